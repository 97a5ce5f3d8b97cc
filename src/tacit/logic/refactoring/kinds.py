"""What kind of value an expression has, as far as that can be told without running it.

Floor 2, pure. Below: program. Above: purity, the refactorings that must know whether something can be hashed.

Every way of binding a name counts, in whatever order they run; one that is not understood makes the name unknown, and
unknown proves nothing. Annotations are believed: they are what the author says.
"""

import ast

from tacit.logic.refactoring.expressions import Expressions
from tacit.logic.refactoring.kind import CONTAINERS, FLOAT, INT, NONE, STR, Kind, annotated, combined, is_plain, joined
from tacit.logic.refactoring.program import READS, Program, reads
from tacit.logic.refactoring.scopes import arguments, binds, mentions, targets, within
from tacit.logic.refactoring.source import Module

__all__ = ["Kinds", "keeps"]

ADDS = {"append": 0, "add": 0, "appendleft": 0, "insert": 1}
"""Method that puts an element in -> which argument it is."""
SHRINKS = frozenset(["pop", "popleft", "clear", "remove", "discard", "sort", "reverse"])
DEEP = 60
"""Calls and names followed one from another."""


class Kinds(Expressions):
    """Kinds within one function of a module, or at its outermost level."""

    def __init__(self, program: Program, module: Module, holder: ast.AST, *, given: dict[str, Kind] | None = None,
                 deep: int = 0) -> None:  # fmt: skip
        """`given`: kinds of parameters that are known for another reason than their annotation."""
        self.program, self.module, self.holder = program, module, holder
        self._deep = deep
        self._given = dict(given or {})
        self._names: dict[str, Kind | None] = {}
        self._bound: dict[str, list[ast.AST]] = {}
        for node in within(holder):
            for name in binds(node):
                self._bound.setdefault(name, []).append(node)
        for node in within(holder, inside=True):
            if isinstance(node, ast.Nonlocal):
                for name in node.names:
                    self._bound.setdefault(name, []).append(node)
        taken = getattr(holder, "args", None)
        self._parameters = {one.arg: one for one in arguments(taken)} if taken else {}

    def local(self, name: str) -> bool:
        """Whether the name is bound within the function."""
        return name in self._bound or name in self._parameters

    def of(self, node: ast.AST | None) -> Kind | None:
        """Of an expression."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if node is None or method is None or self._deep > DEEP:
            return None
        self._deep += 1
        try:
            found: Kind | None = method(node)
        finally:
            self._deep -= 1
        return found

    def builtin(self, name: str) -> bool:
        """Whether the name means what Python comes with."""
        return not self.local(name) and name not in self.module.bindings and not self.module.wildcard

    def means(self, node: ast.AST, dotted: str) -> bool:
        """Whether an expression means this member of an imported module: `re.sub`, however it was imported."""
        where, _, member = dotted.rpartition(".")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return (
                node.attr == member
                and not self.local(node.value.id)
                and self.module.imported.get(node.value.id) == where
                and self.program.named(where, self.module) is None
            )
        return isinstance(node, ast.Name) and not self.local(node.id) and self.module.imported.get(node.id) == dotted

    def pattern(self, name: str) -> bool:
        """Whether a name of the outermost level means one compiled regular expression of text, once and for all."""
        bound = self.module.bindings.get(name, [])
        value = getattr(self.module.parents.get(bound[0]), "value", None) if len(bound) == 1 else None
        return (
            isinstance(value, ast.Call)
            and not self.local(name)
            and name not in self.program.stored
            and self.module.parents[value] in self.module.tree.body
            and self.means(value.func, "re.compile")
            and bool(value.args)
            and isinstance(value.args[0], ast.Constant)
            and isinstance(value.args[0].value, str)
        )

    def _name(self, node: ast.Name) -> Kind | None:
        name = node.id
        inner = self._lambda(node)
        if inner is not None:
            return self._handed(inner, name)
        if not self.local(name):
            return Kind("pattern") if self.pattern(name) else self.of(self.program.constant(self.module, name))
        if name not in self._names:
            self._names[name] = None  # what depends on itself alone is unknown
            self._names[name] = self._settled(name)
        return self._names[name]

    def _lambda(self, node: ast.Name) -> ast.Lambda | None:
        """The innermost lambda within the function that has a parameter of this name, if the name stands in one."""
        above: ast.AST | None = node
        while above is not None and above is not self.holder:
            if isinstance(above, ast.Lambda) and node.id in {one.arg for one in arguments(above.args)}:
                return above
            above = self.module.parents.get(above)
        return None

    def _handed(self, function: ast.Lambda, name: str) -> Kind | None:
        """Of the parameter of a lambda: known where it is the key of something sorted."""
        keyword = self.module.parents[function]
        call = self.module.parents[keyword]
        if not isinstance(keyword, ast.keyword) or keyword.arg != "key" or not isinstance(call, ast.Call):
            return None
        sorts = (
            isinstance(call.func, ast.Name) and call.func.id in {"sorted", "min", "max"} and self.builtin(call.func.id)
        )
        alone = [one.arg for one in arguments(function.args)] == [name] and len(call.args) == 1
        return self._element(call.args[0]) if sorts and alone else None

    def _settled(self, name: str) -> Kind | None:
        """The kind of all that is ever bound to a local name; tried as a whole with a first guess for `x += y`."""
        kinds: list[Kind | None] = []
        if name in self._parameters:
            kinds.append(self._given.get(name) or annotated(self._parameters[name].annotation))
        later: list[ast.AST] = []
        for node in self._bound.get(name, ()):
            if isinstance(node, ast.AugAssign) or (
                isinstance(node, ast.Assign | ast.AnnAssign) and mentions(node.value, name)
            ):
                later.append(node)
            else:
                kinds.append(self._bound_to(name, node))
        found = joined(kinds)
        if found is None:
            return None
        known = set(self._names)
        # Twice: what depends on the name itself was first judged by what else is bound to it.
        for node in (*later, *later):
            self._names[name] = found
            if isinstance(node, ast.AugAssign):
                more = combined(found, node.op, self.of(node.value))
            else:
                more = self._bound_to(name, node)
            found = joined((found, more))
            for guessed in set(self._names) - known:  # what was told by a guess is looked at anew
                del self._names[guessed]
        if found is not None and found.name in CONTAINERS - {"tuple", "iter", "frozenset"}:
            return self._filled(name, found)
        return found

    def _bound_to(self, name: str, node: ast.AST) -> Kind | None:
        if isinstance(node, ast.AnnAssign):
            return self.of(node.value) if node.value is not None else annotated(node.annotation)
        if isinstance(node, ast.Assign):
            kinds = [unpacked(target, self.of(node.value), name, node.value, self) for target in node.targets
                     if name in targets(target)]  # fmt: skip
            return joined(kinds)
        if isinstance(node, ast.For | ast.comprehension):
            return unpacked(node.target, self._element(node.iter), name, None, self)
        if isinstance(node, ast.NamedExpr):
            return self.of(node.value)
        return None

    def _filled(self, name: str, kind: Kind) -> Kind:
        """What a local collection holds: unknown as soon as it is used where something else could be put in."""
        keys: list[Kind | None] = [] if kind.of is None and self._empty(name) else [kind.of]
        values: list[Kind | None] = [] if kind.to is None and self._empty(name) else [kind.to]
        for node in within(self.holder, inside=True):
            if not isinstance(node, ast.Name) or node.id != name or not isinstance(node.ctx, ast.Load):
                continue
            parent = self.module.parents[node]
            put = self._put(node, parent)
            if put is None:
                return Kind(kind.name)
            keys += put[0]
            values += put[1]
        return Kind(kind.name, joined(keys) if keys else None, joined(values) if values else None)

    def _empty(self, name: str) -> bool:
        """Whether all that is bound to it is written as empty."""
        return all(
            isinstance(node, ast.Assign | ast.AnnAssign)
            and (
                (isinstance(node.value, ast.List) and not node.value.elts)
                or (isinstance(node.value, ast.Dict) and not node.value.keys)
                or (isinstance(node.value, ast.Call) and not node.value.args and not node.value.keywords)
            )
            for node in self._bound.get(name, ())
        )

    def _put(self, node: ast.Name, parent: ast.AST) -> tuple[list[Kind | None], list[Kind | None]] | None:
        """What one use of a collection puts into it: ([elements or keys], [values]); None: anything could be."""
        if isinstance(parent, ast.Subscript) and parent.value is node and not isinstance(parent.ctx, ast.Load):
            return self._stored(parent)
        if isinstance(parent, ast.Attribute):
            call = self.module.parents[parent]
            if not isinstance(call, ast.Call) or call.func is not parent or call.keywords:
                return None
            if parent.attr in ADDS and len(call.args) == ADDS[parent.attr] + 1:
                return [self.of(call.args[-1])], []
            if parent.attr == "extend" and len(call.args) == 1:
                return [self._element(call.args[0])], []
            if parent.attr == "setdefault" and len(call.args) == 2:
                return [self.of(call.args[0])], [self.of(call.args[1])]
            return ([], []) if parent.attr in SHRINKS | READS else None
        if isinstance(parent, ast.Return):
            return [], []
        return ([], []) if reads(self.module, node) else None

    def _stored(self, target: ast.Subscript) -> tuple[list[Kind | None], list[Kind | None]] | None:
        if isinstance(target.slice, ast.Slice):
            return None
        if isinstance(target.ctx, ast.Del):
            return [], []
        statement, key = self.module.parents[target], self.of(target.slice)
        kind = self._names.get(target.value.id) if isinstance(target.value, ast.Name) else None
        if isinstance(statement, ast.Assign) and statement.targets == [target]:
            value = self.of(statement.value)
        elif isinstance(statement, ast.AugAssign):
            value = self.of(statement.value)
            value = value if value in (INT, FLOAT, STR) else None
        else:
            return None
        return ([value], []) if kind is not None and kind.name == "list" else ([key], [value])

    def _call(self, node: ast.Call) -> Kind | None:
        function = node.func
        if isinstance(function, ast.Name) and self.builtin(function.id):
            return self._built_in(function.id, node)
        if self.means(function, "re.sub") and node.args and self.of(node.args[0]) == STR:
            return STR
        if self.means(function, "collections.deque") and not node.args:
            return Kind("deque")
        if isinstance(function, ast.Name) and not self.local(function.id):
            return self._returned(function.id, node)
        if isinstance(function, ast.Attribute):
            return self._method(function, node)
        return None

    def _returned(self, name: str, node: ast.Call) -> Kind | None:
        """What a function of the workspace gives for these arguments."""
        found = self.program.found(self.module, name)
        if found is None:
            return None
        module, function = found
        if not keeps(module, function) or any(isinstance(one, ast.Yield | ast.YieldFrom) for one in within(function)):
            return None
        given: dict[str, Kind] = {}
        if not any(isinstance(one, ast.Starred) for one in node.args):
            for parameter, argument in zip(function.args.args, node.args, strict=False):
                kind = self.of(argument)
                if kind is not None and is_plain(kind):
                    given[parameter.arg] = kind
        return Kinds(self.program, module, function, given=given, deep=self._deep + 1).returns(function)

    def returns(self, function: ast.FunctionDef) -> Kind | None:
        """What a function gives: its annotation, else all its `return` together."""
        said = annotated(function.returns)
        if said is not None and (said.of is not None or is_plain(said)):
            return said
        found = [node for node in within(function) if isinstance(node, ast.Return)]
        kinds = [NONE if node.value is None else self.of(node.value) for node in found]
        if not found or not isinstance(function.body[-1], ast.Return | ast.Raise):
            kinds.append(NONE)
        return joined(kinds)


def keeps(module: Module, function: ast.FunctionDef) -> bool:
    """Whether nothing but caches stands before a function: what it gives is what its body says."""
    return all(
        module.written(one).partition("(")[0] in {"functools.lru_cache", "functools.cache", "_keeps_results"}
        for one in function.decorator_list
    )


def unpacked(target: ast.expr, kind: Kind | None, name: str, value: ast.expr | None, kinds: Kinds) -> Kind | None:
    """Of one name in what is assigned to a target."""
    if isinstance(target, ast.Name):
        if kind is not None and kind.name == "pair":
            return Kind("tuple", joined((kind.of, kind.to)))
        return kind
    if isinstance(target, ast.Tuple | ast.List) and not any(isinstance(one, ast.Starred) for one in target.elts):
        place = next((n for n, one in enumerate(target.elts) if name in targets(one)), None)
        if place is None:
            return None
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
            return unpacked(target.elts[place], kinds.of(value.elts[place]), name, value.elts[place], kinds)
        if kind is None:
            return None
        if kind.name == "pair" and len(target.elts) == 2:
            return unpacked(target.elts[place], kind.to if place else kind.of, name, None, kinds)
        inner = STR if kind == STR else kind.of if kind.name in {"list", "tuple"} else None
        return unpacked(target.elts[place], inner, name, None, kinds)
    return None
