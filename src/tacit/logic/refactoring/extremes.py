"""Extremes: of what is sorted only to take the first few, only these are sought.

Floor 2, pure. Below: kinds. Above: the table of refactorings.

`sorted(x)[0]` and `sorted(x, key=f, reverse=True)[:n]` become `heapq.nsmallest` and `nlargest`, which promise the same
elements in the same order, equal ones too, where the order is a total one: texts and whole numbers, and keys that are
such. (Real numbers may be no numbers, which are neither smaller nor larger.)
"""

import ast
from collections.abc import Iterator

from tacit.logic.refactoring.kind import BOOL, INT, STR, Kind
from tacit.logic.refactoring.kinds import Kinds
from tacit.logic.refactoring.patch import Observed, Patch
from tacit.logic.refactoring.program import Program
from tacit.logic.refactoring.source import Module, applied

__all__ = ["extremes"]

LEAST_SHARE = 0.03
MOST = 100
"""Of how many first ones; where it is a good part of all, sorting is faster."""


def extremes(program: Program, observed: Observed) -> Iterator[Patch]:
    """A patch for each such call."""
    for module in program.open():
        importing = module.importing("heapq")
        for function in module.functions.values():
            if importing is None or observed.heat(module.path, function).inner < LEAST_SHARE:
                continue
            kinds = Kinds(program, module, function)
            for node in ast.walk(function):
                new = _sought(module, kinds, node) if module.holder(node) is function else None
                if new is not None and isinstance(node, ast.Subscript):
                    edits = [*importing, module.replaced(node, new)]
                    yield Patch(
                        key=f"extremes:{module.path}:{function.name}:{module.written(node)}",
                        description=f"{function.name} in {module.path} seeks the first few, and sorts nothing else",
                        kind="refactoring",
                        files={module.path: applied(module.text, edits)},
                    )


def _sought(module: Module, kinds: Kinds, node: ast.AST) -> str | None:
    if (
        not isinstance(node, ast.Subscript)
        or not isinstance(node.ctx, ast.Load)
        or not isinstance(node.value, ast.Call)
    ):
        return None
    call, several = node.value, isinstance(node.slice, ast.Slice)
    count = _count(node.slice)
    if count is None or not isinstance(call.func, ast.Name) or call.func.id != "sorted" or not kinds.builtin("sorted"):
        return None
    options = {one.arg: one.value for one in call.keywords}
    if len(call.args) != 1 or isinstance(call.args[0], ast.Starred) or not set(options) <= {"key", "reverse"}:
        return None
    reverse = options.get("reverse")
    if reverse is not None and not (isinstance(reverse, ast.Constant) and isinstance(reverse.value, bool)):
        return None
    if not _ordered(kinds, call.args[0], options.get("key")):
        return None
    name = "nlargest" if reverse is not None and reverse.value else "nsmallest"
    key = f", key={module.written(options['key'])}" if "key" in options else ""
    return f"heapq.{name}({count}, {module.written(call.args[0])}{key})" + ("" if several else "[0]")


def _count(index: ast.expr) -> int | None:
    if isinstance(index, ast.Constant):
        return 1 if index.value == 0 and isinstance(index.value, int) and index.value is not False else None
    if not isinstance(index, ast.Slice) or index.lower is not None or index.step is not None:
        return None
    upper = index.upper.value if isinstance(index.upper, ast.Constant) else None
    return upper if isinstance(upper, int) and not isinstance(upper, bool) and 1 <= upper <= MOST else None


def _ordered(kinds: Kinds, values: ast.expr, key: ast.expr | None) -> bool:
    """Whether what is compared is all texts or all whole numbers for certain."""
    listed = kinds.of(values)
    element: Kind | None = STR if listed == STR else listed.of if listed is not None else None
    if listed is not None and listed.name == "dict" and key is None:
        element = listed.of
    if key is None:
        return element in (STR, INT)
    if isinstance(key, ast.Name) and key.id in {"len"}:
        return kinds.builtin(key.id)
    if not isinstance(key, ast.Lambda) or len(key.args.args) != 1 or key.args.defaults:
        return False
    return all(
        kinds.of(one) in (STR, INT, BOOL) for one in (key.body.elts if isinstance(key.body, ast.Tuple) else [key.body])
    )
