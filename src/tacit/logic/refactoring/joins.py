"""Joins: a text that grows in a loop is gathered in a list and joined once.

Floor 2, pure. Below: kinds. Above: the table of refactorings.

`text = ""`, then a loop in which nothing but `text += part` (or `text = part + text`) names it, with parts that are
texts for certain. Where the loop could be left by an error that the function itself handles, nothing is proposed.
"""

import ast
from collections.abc import Iterator

from tacit.logic.refactoring.kind import STR
from tacit.logic.refactoring.kinds import Kinds
from tacit.logic.refactoring.patch import Observed, Patch
from tacit.logic.refactoring.program import Program
from tacit.logic.refactoring.source import Edit, Module, applied

__all__ = ["joins"]

LEAST_SHARE = 0.03


def joins(program: Program, observed: Observed) -> Iterator[Patch]:
    """A patch for each such loop."""
    for module in program.open():
        for function in module.functions.values():
            if observed.heat(module.path, function).inner >= LEAST_SHARE:
                yield from _of(program, module, function)


def _of(program: Program, module: Module, function: ast.FunctionDef) -> Iterator[Patch]:
    kinds = Kinds(program, module, function)
    for loop in ast.walk(function):
        if not isinstance(loop, ast.For | ast.While) or module.holder(loop) is not function:
            continue
        if any(isinstance(one, ast.Try) for one in module.around(loop)):
            continue
        for name in sorted({_target(one) for one in _grown(loop)}):
            edits = _gathered(module, kinds, function, loop, name)
            if edits is not None:
                yield Patch(
                    key=f"joins:{module.path}:{function.name}:{name}",
                    description=f"{function.name} in {module.path} gathers the parts of {name} and joins them once",
                    kind="refactoring",
                    files={module.path: applied(module.text, edits)},
                )


def _grown(loop: ast.AST) -> Iterator[ast.AugAssign | ast.Assign]:
    """Statements of a loop that add to a text at its end or at its beginning."""
    for node in ast.walk(loop):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
            yield node
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value, name = node.value, node.targets[0].id
            if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
                before = isinstance(value.right, ast.Name) and value.right.id == name
                after = isinstance(value.left, ast.Name) and value.left.id == name
                if before != after:
                    yield node


def _gathered(
    module: Module, kinds: Kinds, function: ast.FunctionDef, loop: ast.For | ast.While, name: str
) -> list[Edit] | None:
    body = _block(module, loop)
    start = body[body.index(loop) - 1] if body and body.index(loop) else None
    grown = [one for one in _grown(loop) if _target(one) == name]
    inside = [node for node in ast.walk(loop) if isinstance(node, ast.Name) and node.id == name]
    at_end = {isinstance(one, ast.AugAssign) or getattr(one.value, "left", None) in inside for one in grown}
    parts = f"_{name}_parts"
    if (
        start is None
        or not _empty_text(start, name)
        or len(at_end) != 1
        or len(inside) != sum(1 if isinstance(one, ast.AugAssign) else 2 for one in grown)
        or parts in module.names
        or _seen_by_others(module, function, name)
        or any(isinstance(one, ast.Yield | ast.YieldFrom | ast.Await | ast.Return) for one in ast.walk(loop))
        or any(isinstance(one, ast.Nonlocal | ast.Global) for one in ast.walk(function))
        or loop.orelse
    ):
        return None
    edits: list[Edit | None] = [module.replaced(start, f"{parts} = []")]
    for one in grown:
        part = _part(one, name)
        if part is None or kinds.of(part) != STR:
            return None
        edits.append(module.replaced(one, f"{parts}.append({module.written(part)})"))
    ordered = parts if at_end == {True} else f"reversed({parts})"
    edits.append(module.after(loop, f'{name} = "".join({ordered})'))
    done = [edit for edit in edits if edit is not None]
    return done if len(done) == len(edits) and (at_end == {True} or kinds.builtin("reversed")) else None


def _seen_by_others(module: Module, function: ast.FunctionDef, name: str) -> bool:
    """Whether a function or lambda within it names the text: it may look at it on the way."""
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and (module.holder(node) is not function or any(isinstance(one, ast.Lambda) for one in module.around(node)))
        for node in ast.walk(function)
    )


def _target(statement: ast.AugAssign | ast.Assign) -> str:
    target = statement.target if isinstance(statement, ast.AugAssign) else statement.targets[0]
    return target.id if isinstance(target, ast.Name) else ""


def _part(statement: ast.AugAssign | ast.Assign, name: str) -> ast.expr | None:
    """What is added."""
    if isinstance(statement, ast.AugAssign):
        return statement.value
    value = statement.value
    if not isinstance(value, ast.BinOp):
        return None
    return value.right if isinstance(value.left, ast.Name) and value.left.id == name else value.left


def _empty_text(statement: ast.stmt, name: str) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id == name
        and isinstance(statement.value, ast.Constant)
        and statement.value.value == ""
    )


def _block(module: Module, statement: ast.stmt) -> list[ast.stmt]:
    """The statements among which it stands."""
    parent = module.parents[statement]
    for field in ("body", "orelse", "finalbody"):
        block = getattr(parent, field, [])
        if isinstance(block, list) and statement in block:
            return block
    return []
