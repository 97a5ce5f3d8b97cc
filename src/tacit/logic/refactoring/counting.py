"""Counting: what `list.count` counts anew for each word is counted once.

Floor 2, pure. Below: kinds. Above: the table of refactorings.

`words.count(word)` in a loop, where the list is made in the function, holds values that can be hashed for certain, and
the outermost loop around it leaves the list as it is.
"""

import ast
from collections.abc import Iterator, Sequence

from tacit.logic.refactoring.kind import is_plain
from tacit.logic.refactoring.kinds import Kinds
from tacit.logic.refactoring.patch import Observed, Patch
from tacit.logic.refactoring.program import Program, reads
from tacit.logic.refactoring.source import Edit, Module, applied

__all__ = ["counting"]

LEAST_SHARE = 0.03
LOOPS = (ast.For, ast.While, ast.comprehension, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


def counting(program: Program, observed: Observed) -> Iterator[Patch]:
    """A patch for each list that is counted in a loop."""
    for module in program.open():
        for function in module.functions.values():
            if observed.heat(module.path, function).inner >= LEAST_SHARE:
                yield from _of(program, module, function)


def _of(program: Program, module: Module, function: ast.FunctionDef) -> Iterator[Patch]:
    kinds = Kinds(program, module, function)
    calls: dict[tuple[str, ast.stmt], list[ast.Call]] = {}
    for node in ast.walk(function):
        name = _counted(node)
        if isinstance(node, ast.Call) and name is not None and module.holder(node) is function:
            around = [one for one in module.around(node) if isinstance(one, LOOPS)]
            listed, sought = kinds.of(node.func.value), kinds.of(node.args[0])  # type: ignore[attr-defined]
            known = listed is not None and listed.name == "list" and is_plain(listed.of) and is_plain(sought)
            if around and known and kinds.local(name):
                calls.setdefault((name, _outermost(module, around)), []).append(node)
    for (name, loop), found in sorted(calls.items(), key=lambda one: one[1][0].lineno):
        edits = _edits(module, function, loop, name, found)
        if edits is not None:
            yield Patch(
                key=f"counting:{module.path}:{function.name}:{name}",
                description=f"{function.name} in {module.path} counts all of {name} once, not each again",
                kind="refactoring",
                files={module.path: applied(module.text, edits)},
            )


def _counted(node: ast.AST) -> str | None:
    """x, where the node is `x.count(y)`."""
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
        return None
    method = node.func
    plain = isinstance(method, ast.Attribute) and method.attr == "count" and isinstance(method.value, ast.Name)
    return method.value.id if plain else None  # type: ignore[attr-defined]


def _outermost(module: Module, around: Sequence[ast.AST]) -> ast.stmt:
    """The statement of the outermost loop."""
    return module.statement(around[-1])


def _edits(
    module: Module, function: ast.FunctionDef, loop: ast.stmt, name: str, calls: list[ast.Call]
) -> list[Edit] | None:
    new, importing = f"_{name}_counts", module.importing("collections")
    used = [node for node in ast.walk(loop) if isinstance(node, ast.Name) and node.id == name]
    inner = any(isinstance(one, ast.FunctionDef | ast.ClassDef) for one in ast.walk(loop))
    inner = inner or any(isinstance(one, ast.arg) and one.arg == name for one in ast.walk(function))
    changed = any(not isinstance(one.ctx, ast.Load) or not reads(module, one) for one in used)
    inserted = module.before(loop, f"{new} = collections.Counter({name})")
    if importing is None or new in module.names or inner or changed or inserted is None:
        return None
    if not _always_bound(function, loop, name):
        return None
    return [
        *importing,
        inserted,
        *(module.replaced(one, f"{new}[{module.written(one.args[0])}]") for one in calls),
    ]


def _always_bound(function: ast.FunctionDef, loop: ast.stmt, name: str) -> bool:
    """Whether a statement of the function's own block binds the name before the loop."""
    for statement in function.body:
        if statement is loop or loop in ast.walk(statement):
            return False
        if isinstance(statement, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == name for t in statement.targets
        ):
            return True
    return False
