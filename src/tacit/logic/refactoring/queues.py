"""Queues: a list that is emptied from its front becomes a deque.

Floor 2, pure. Below: kinds. Above: the table of refactorings.

`list.pop(0)` moves all that is behind. The list must be written out where it is made, and be used for nothing that a
deque does otherwise: no slices, no loop over it while it changes, never handed on.
"""

import ast
from collections.abc import Iterator

from tacit.logic.refactoring.kinds import Kinds
from tacit.logic.refactoring.patch import Observed, Patch
from tacit.logic.refactoring.program import Program
from tacit.logic.refactoring.source import Edit, Module, applied

__all__ = ["queues"]

LEAST_SHARE = 0.03
METHODS = frozenset(["append", "extend", "clear"])


def queues(program: Program, observed: Observed) -> Iterator[Patch]:
    """A patch for each list that is used as a queue."""
    for module in program.open():
        for function in module.functions.values():
            if observed.heat(module.path, function).inner < LEAST_SHARE:
                continue
            kinds = Kinds(program, module, function)
            for name in sorted({one for node in ast.walk(function) if (one := _popped(node))}):
                edits = _edits(module, kinds, function, name)
                if edits is not None:
                    yield Patch(
                        key=f"queues:{module.path}:{function.name}:{name}",
                        description=f"{name} of {function.name} in {module.path}, emptied from its front, is a deque",
                        kind="refactoring",
                        files={module.path: applied(module.text, edits)},
                    )


def _popped(node: ast.AST) -> str | None:
    """x, where the node is `x.pop(0)`."""
    if (
        not isinstance(node, ast.Call)
        or len(node.args) != 1
        or node.keywords
        or not isinstance(node.func, ast.Attribute)
    ):
        return None
    first = isinstance(node.args[0], ast.Constant) and node.args[0].value == 0 and node.args[0].value is not False
    name = node.func.value
    return name.id if first and node.func.attr == "pop" and isinstance(name, ast.Name) else None


def _edits(module: Module, kinds: Kinds, function: ast.FunctionDef, name: str) -> list[Edit] | None:
    importing = module.importing("collections")
    if importing is None or name in {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}:
        return None
    edits: list[Edit] = [*importing]
    for node in ast.walk(function):
        if not isinstance(node, ast.Name) or node.id != name:
            continue
        edit = _made(module, node) if not isinstance(node.ctx, ast.Load) else _used(module, kinds, node)
        if edit is None or module.holder(node) is not function:
            return None
        edits += edit
    return edits


def _made(module: Module, node: ast.Name) -> list[Edit] | None:
    """`x = [a, b]` becomes `x = collections.deque([a, b])`."""
    statement = module.parents[node]
    if (
        not isinstance(statement, ast.Assign)
        or statement.targets != [node]
        or not isinstance(statement.value, ast.List)
    ):
        return None
    written = module.written(statement.value)
    new = "collections.deque()" if not statement.value.elts else f"collections.deque({written})"
    return [module.replaced(statement.value, new)]


def _used(module: Module, kinds: Kinds, node: ast.Name) -> list[Edit] | None:
    parent = module.parents[node]
    above = module.parents[parent]
    if isinstance(parent, ast.Attribute) and isinstance(above, ast.Call) and above.func is parent:
        if _popped(above) is not None:
            return [module.replaced(above, f"{node.id}.popleft()")]
        own = any(isinstance(one, ast.Name) and one.id == node.id for arg in above.args for one in ast.walk(arg))
        return [] if parent.attr in METHODS and not own else None
    if isinstance(parent, ast.Call):
        counted = (
            isinstance(parent.func, ast.Name) and parent.func.id in {"len", "bool"} and kinds.builtin(parent.func.id)
        )
        return [] if counted else None
    if isinstance(parent, ast.While | ast.If):
        return [] if parent.test is node else None
    if isinstance(parent, ast.Subscript) and parent.value is node and isinstance(parent.ctx, ast.Load):
        index = parent.slice.operand if isinstance(parent.slice, ast.UnaryOp) else parent.slice
        return [] if isinstance(index, ast.Constant) and isinstance(index.value, int) else None
    if isinstance(parent, ast.UnaryOp):
        return [] if isinstance(parent.op, ast.Not) else None
    return [] if isinstance(parent, ast.Compare) and isinstance(parent.ops[0], ast.In | ast.NotIn) else None
