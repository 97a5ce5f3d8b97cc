"""All Python files of a workspace together: who means whom, and what stays as it was once it is made.

Floor 2, pure. Below: source. Above: kinds, purity, every refactoring.

A name of the outermost level is *settled* where it is bound once, no file stores an attribute of its name, and (for
what could be changed in place) every use of it in any file only reads. That is as much as can be known without running
the program; what is done to it from outside of the workspace, or by names made up at run time, is not seen. A file
that looks names up by text (`globals`, `eval`, `exec`, `vars`) is left alone.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath

from tacit.logic.refactoring.source import Module

__all__ = ["READERS", "READS", "Program", "constant", "reads"]

Literal = ast.Constant | ast.List | ast.Tuple | ast.Set | ast.Dict

READERS = frozenset(
    [
        "all",
        "any",
        "bool",
        "dict",
        "enumerate",
        "filter",
        "float",
        "frozenset",
        "int",
        "isinstance",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "min",
        "print",
        "range",
        "repr",
        "reversed",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "zip",
    ]
)
"""Built-in functions that change nothing that they are given."""
READS = frozenset(["copy", "count", "get", "index", "items", "keys", "values", "join"])
"""Methods that change nothing of what they are called on."""
BY_TEXT = frozenset(["globals", "locals", "vars", "eval", "exec", "__import__", "compile", "setattr", "delattr"])


class Program:
    """The files that could be parsed, and every text."""

    def __init__(self, texts: Mapping[str, str], *, protected: frozenset[str] = frozenset()) -> None:
        """`texts`: path within the workspace -> text. `protected`: paths that no patch may change, though all count."""
        self.texts = dict(texts)
        self.protected = protected
        self.modules = {path: module for path, text in sorted(texts.items()) if (module := _parsed(path, text))}

    def open(self) -> Iterator[Module]:
        """The modules that may be changed."""
        for path, module in self.modules.items():
            by_text = any(isinstance(node, ast.Name) and node.id in BY_TEXT for node in ast.walk(module.tree))
            if path not in self.protected and not by_text and not module.wildcard:
                yield module

    @cached_property
    def stored(self) -> frozenset[str]:
        """Every name that some file stores as an attribute, and every text that could name one, as in `setattr`."""
        found = set()
        for module in self.modules.values():
            patches = bool({"setattr", "patch", "delattr"} & module.names)
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                    found.add(node.attr)
                elif patches and isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value.rpartition(".")[2])
        return frozenset(found)

    @cached_property
    def changed(self) -> frozenset[str]:
        """Every name, of any file, that is used in a way that could change what it names, or let others change it."""
        return frozenset(
            name for module in self.modules.values() for name, node in _uses(module.tree) if not reads(module, node)
        )

    @cached_property
    def handed_on(self) -> frozenset[str]:
        """Every name that is used otherwise than by calling it, or handing it to a call as an argument or a key."""
        found = set()
        for module in self.modules.values():
            for name, node in _uses(module.tree):
                parent = module.parents[node]
                sorts = isinstance(parent, ast.keyword) and parent.arg == "key"
                if not isinstance(parent, ast.Call | ast.ImportFrom) and not sorts:
                    found.add(name)
        return frozenset(found)

    def constant(self, module: Module, name: str) -> ast.expr | None:
        """What a settled name of a module holds, where that is a literal of plain values; else None."""
        found = module.bindings.get(name, [])
        if len(found) != 1 or name in self.stored or module.wildcard:
            return None
        statement = module.parents.get(found[0])
        if isinstance(statement, ast.Assign) and statement.targets == [found[0]]:
            value: ast.expr | None = statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.target is found[0]:
            value = statement.value
        else:
            return None
        if statement not in module.tree.body or value is None or not constant(value):
            return None
        fixed = isinstance(value, ast.Constant) or (isinstance(value, ast.Tuple) and constant(value))
        return value if fixed or name not in self.changed else None

    def found(self, module: Module, name: str) -> tuple[Module, ast.FunctionDef] | None:
        """The function of the workspace that a name of a module means, where nobody puts another in its place."""
        if name in self.stored:
            return None
        own = module.functions.get(name)
        if module.wildcard:
            return None
        if own is not None:
            return module, own
        target = module.imported.get(name)
        if target is None:
            return None
        where, _, real = target.rpartition(".")
        other = self.named(where, module)
        if other is None or other.wildcard or real in self.stored or real not in other.functions:
            return None
        return other, other.functions[real]

    def named(self, dotted: str, by: Module) -> Module | None:
        """The module that `import dotted` means in another one; None where none or several could be meant."""
        folder = PurePosixPath(by.path).parent
        if dotted.startswith("."):
            name = dotted.lstrip(".")
            for _ in range(len(dotted) - len(name) - 1):
                folder = folder.parent
            roots = [folder]
        else:
            name, roots = dotted, sorted({folder, PurePosixPath("."), PurePosixPath("src")})
        inner = name.replace(".", "/")
        paths = {str(root / end) for root in roots for end in (f"{inner}.py", f"{inner}/__init__.py")}
        found = [self.modules[path] for path in sorted(paths) if path in self.modules]
        return found[0] if len(found) == 1 else None


def constant(node: ast.expr) -> bool:
    """Whether it is a literal of texts, numbers, and collections of these (none that can change within another)."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return isinstance(node.operand, ast.Constant) and isinstance(node.operand.value, int | float)
    if isinstance(node, ast.List | ast.Set | ast.Tuple):
        return all(_fixed(one) for one in node.elts)
    return isinstance(node, ast.Dict) and all(
        key is not None and _fixed(key) and _fixed(value) for key, value in zip(node.keys, node.values, strict=True)
    )


def _fixed(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant | ast.UnaryOp) and constant(node)) or (
        isinstance(node, ast.Tuple) and all(_fixed(one) for one in node.elts)
    )


def _uses(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((alias.name, alias) for alias in node.names if alias.asname)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id, node
        elif isinstance(node, ast.Attribute):
            yield node.attr, node


def reads(module: Module, node: ast.AST) -> bool:
    """Whether this use of a name can neither change what it names nor hand it on to who could."""
    parent = module.parents[node]
    if isinstance(parent, ast.Compare):
        return True
    if isinstance(parent, ast.Subscript):
        return parent.value is not node or isinstance(parent.ctx, ast.Load)
    if isinstance(parent, ast.For | ast.comprehension):
        return parent.iter is node
    if isinstance(parent, ast.Attribute):
        call = module.parents[parent]
        return parent.attr in READS and isinstance(call, ast.Call) and call.func is parent
    if isinstance(parent, ast.Call):
        if parent.func is node:
            return True
        known = isinstance(parent.func, ast.Name) and parent.func.id in READERS
        joined = isinstance(parent.func, ast.Attribute) and parent.func.attr in {"join", "startswith", "endswith"}
        return node in parent.args and (known or joined)
    if isinstance(parent, ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.If | ast.While | ast.IfExp | ast.Starred):
        return not isinstance(parent, ast.BoolOp | ast.IfExp) or getattr(parent, "test", None) is node
    return isinstance(parent, ast.FormattedValue | ast.Assert)


def _parsed(path: str, text: str) -> Module | None:
    if not path.endswith(".py") or "\r" in text or "\f" in text or text.startswith("\ufeff"):
        return None
    try:
        return Module(path, text)
    except (SyntaxError, ValueError, RecursionError):
        return None
