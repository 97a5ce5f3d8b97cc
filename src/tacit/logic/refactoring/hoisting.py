"""Hoisting: a regular expression that is written in a function is compiled once, for the module.

Floor 2, pure. Below: kinds. Above: the table of refactorings.

`re` keeps what it compiled, but looks it up at each call, and forgets where there are more than 512. The pattern must
be written out and compile; a bad one is left to fail where it fails.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from itertools import count

from tacit.logic.refactoring.kinds import Kinds
from tacit.logic.refactoring.patch import Observed, Patch
from tacit.logic.refactoring.program import Program
from tacit.logic.refactoring.source import Edit, Function, Module, applied

__all__ = ["hoisting"]

LEAST_SHARE = 0.03
TAKES = {"search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2, "split": 3, "sub": 4, "subn": 4,
         "compile": 1}  # fmt: skip
"""Function of `re` -> how many arguments come before the flags."""


def hoisting(program: Program, observed: Observed) -> Iterator[Patch]:
    """One patch a module, for all expressions of its hot functions."""
    for module in program.open():
        edits: list[Edit] = []
        names: dict[str, str] = {}
        functions = [node for node in ast.walk(module.tree) if isinstance(node, Function)]
        for function in functions:
            if observed.heat(module.path, function).inner < LEAST_SHARE:
                continue
            kinds = Kinds(program, module, function)
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and module.holder(call) is function and not _in_header(module, call):
                    edits += _compiled(module, kinds, call, names)
        patch = _patch(module, edits, names) if names else None
        if patch is not None:
            yield patch


def _in_header(module: Module, node: ast.AST) -> bool:
    """Whether it stands in a decorator or a default, which are run outside of the function."""
    while not isinstance(node, ast.stmt):
        node = module.parents[node]
        if isinstance(node, ast.Lambda | ast.arguments):
            return True
    return isinstance(node, Function)


def _compiled(module: Module, kinds: Kinds, call: ast.Call, names: dict[str, str]) -> list[Edit]:
    """The edits of one call; `names` gains the pattern's."""
    member = next((one for one in TAKES if kinds.means(call.func, f"re.{one}")), None)
    if member is None or not call.args or call.keywords:
        return []
    if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
        return []
    pattern, *rest = call.args
    if not isinstance(pattern, ast.Constant) or not isinstance(pattern.value, str | bytes) or _starred(rest):
        return []
    flags = call.args[TAKES[member]] if len(call.args) > TAKES[member] else None
    if len(call.args) > TAKES[member] + 1 or not _compiles(pattern.value, flags, kinds):
        return []
    written = [module.written(pattern)] + ([module.written(flags)] if flags is not None else [])
    if any("\n" in one for one in written):
        return []
    value = f"{module.written(call.func.value)}.compile({', '.join(written)})"
    kept = [one for one in rest if one is not flags]
    if any(isinstance(one, ast.Name) and one.id == call.func.value.id for node in kept for one in ast.walk(node)):
        return []  # another such call within: two edits would overlap, it is found when this one was made
    name = names.setdefault(value, _name({*module.names, *names.values()}))
    if member == "compile":
        return [module.replaced(call, name)]
    return [module.replaced(call, f"{name}.{member}({', '.join(map(module.written, kept))})")]


def _starred(nodes: list[ast.expr]) -> bool:
    return any(isinstance(one, ast.Starred) for one in nodes)


def _compiles(pattern: str | bytes, flags: ast.expr | None, kinds: Kinds) -> bool:
    value = _flags(flags, kinds)
    if value is None:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern, value)
    except (re.error, Warning, OverflowError, RecursionError, ValueError):
        return False
    return True


def _flags(node: ast.expr | None, kinds: Kinds) -> int | None:
    """The value of `re.I | re.M`; None where it is something else."""
    if node is None:
        return 0
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left, right = _flags(node.left, kinds), _flags(node.right, kinds)
        return None if left is None or right is None else left | right
    if (
        isinstance(node, ast.Attribute)
        and node.attr in re.RegexFlag.__members__
        and kinds.means(node, f"re.{node.attr}")
    ):
        return re.RegexFlag[node.attr].value
    return None


def _name(taken: set[str]) -> str:
    return next(name for number in count(1) if (name := f"_PATTERN_{number}") not in taken)


def _patch(module: Module, edits: list[Edit], names: dict[str, str]) -> Patch | None:
    lines = [f"{name} = {value}" for value, name in names.items()]
    inserted = module.after(_last_import(module), "", *lines)
    if inserted is None:
        return None
    many = "a regular expression" if len(names) == 1 else f"{len(names)} regular expressions"
    return Patch(
        key=f"hoisting:{module.path}:{' '.join(sorted(names))}",
        description=f"{many} of {module.path} compiled once, not looked up at each call",
        kind="refactoring",
        files={module.path: applied(module.text, [*edits, inserted])},
    )


def _last_import(module: Module) -> ast.stmt:
    """The end of the run of imports in which `re` is imported: whatever uses it comes later."""
    body = module.tree.body
    at = next(n for n, node in enumerate(body) if isinstance(node, ast.Import) and "re" in {a.name for a in node.names})
    while at + 1 < len(body) and isinstance(body[at + 1], ast.Import | ast.ImportFrom):
        at += 1
    return body[at]
