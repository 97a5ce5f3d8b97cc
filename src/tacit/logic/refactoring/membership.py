"""Membership: what is looked for in a list again and again is looked for in a set.

Floor 2, pure. Below: kinds. Above: the table of refactorings.

Two forms: a settled list of texts or numbers, and a list that a function fills and searches. Beside the list stands a
set with the same members, so that everything else that the list is used for stays. A set can only be asked for what can
be hashed: where that is not proven, the type is looked at first (settled lists), or nothing is proposed (filled ones).
"""

import ast
from collections.abc import Iterator

from tacit.logic.refactoring.kind import is_plain
from tacit.logic.refactoring.kinds import Kinds
from tacit.logic.refactoring.patch import Observed, Patch
from tacit.logic.refactoring.program import Program
from tacit.logic.refactoring.source import Edit, Module, applied

__all__ = ["membership"]

LEAST_SHARE = 0.03
LEAST_LENGTH = 6
"""Of a settled list: fewer members are compared as fast as one is hashed."""


def membership(program: Program, observed: Observed) -> Iterator[Patch]:
    """Patches of both forms."""
    for module in program.open():
        yield from _settled(program, module, observed)
        for function in module.functions.values():
            if observed.heat(module.path, function).inner >= LEAST_SHARE:
                yield from _filled(program, module, function)


def _tests(tree: ast.AST, name: str) -> Iterator[ast.Compare]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            (right,) = node.comparators
            if isinstance(right, ast.Name) and right.id == name:
                yield node


def _settled(program: Program, module: Module, observed: Observed) -> Iterator[Patch]:
    for name in sorted(module.bindings):
        value = program.constant(module, name)
        kind = _one_type(value)
        if (
            value is None
            or kind is None
            or not isinstance(value, ast.List | ast.Tuple)
            or len(value.elts) < LEAST_LENGTH
        ):
            continue
        if not (name.isupper() or name.startswith("_")):
            continue
        edits = [
            edit
            for test in _tests(module.tree, name)
            if (holder := module.holder(test)) is not module.tree
            and observed.heat(module.path, holder).inner >= LEAST_SHARE
            and (edit := _asked(program, module, test, name, kind)) is not None
        ]
        new = f"_{name.strip('_')}_SET"
        assigned = module.statement(module.bindings[name][0])
        inserted = module.after(assigned, f"{new} = frozenset({name})")
        if not edits or inserted is None or new in module.names or "frozenset" in module.bindings:
            continue
        yield Patch(
            key=f"membership:{module.path}:{name}",
            description=f"what is looked for in {name} of {module.path} is looked for in a set of the same members",
            kind="refactoring",
            files={module.path: applied(module.text, [*edits, inserted])},
        )


def _one_type(value: ast.expr | None) -> str | None:
    """The one type of all members of a literal, where it is `str` or `int`."""
    if not isinstance(value, ast.List | ast.Tuple):
        return None
    types = {type(one.value).__name__ if isinstance(one, ast.Constant) else "" for one in value.elts}
    return types.pop() if types in ({"str"}, {"int"}) else None


def _asked(program: Program, module: Module, test: ast.Compare, name: str, kind: str) -> Edit | None:
    """The test, asked of the set; with a look at the type first, where that is not known to be hashable."""
    kinds = Kinds(program, module, module.holder(test))
    if kinds.local(name):
        return None
    new = f"_{name.strip('_')}_SET"
    if is_plain(kinds.of(test.left)):
        return module.replaced(test.comparators[0], new)
    if not isinstance(test.left, ast.Name) or not kinds.builtin("type") or not kinds.builtin(kind):
        return None
    return module.replaced(test.comparators[0], f"({new} if type({test.left.id}) is {kind} else {name})")


def _filled(program: Program, module: Module, function: ast.FunctionDef) -> Iterator[Patch]:
    kinds = Kinds(program, module, function)
    for name in sorted({node.id for node in ast.walk(function) if isinstance(node, ast.Name)}):
        tests = [test for test in _tests(function, name) if _in_loop(module, test)]
        if not tests or not kinds.local(name) or not all(is_plain(kinds.of(test.left)) for test in tests):
            continue
        edits = _beside(module, kinds, function, name)
        new = f"_in_{name}"
        if edits is None or new in module.names or not kinds.builtin("set"):
            continue
        edits += [module.replaced(test.comparators[0], new) for test in tests]
        yield Patch(
            key=f"membership:{module.path}:{function.name}:{name}",
            description=f"what {function.name} in {module.path} looks for in its list {name} is looked for in a set",
            kind="refactoring",
            files={module.path: applied(module.text, edits)},
        )


def _beside(module: Module, kinds: Kinds, function: ast.FunctionDef, name: str) -> list[Edit] | None:
    """A set that is filled as the list is; None where the list may be filled or emptied in another way."""
    new, edits = f"_in_{name}", []
    if name in {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}:
        return None
    for node in ast.walk(function):
        if not isinstance(node, ast.Name) or node.id != name:
            continue
        if module.holder(node) is not function:
            return None
        statement, parent = module.statement(node), module.parents[node]
        if not isinstance(node.ctx, ast.Load):
            edit = _emptied(module, statement, node, new)
        elif isinstance(parent, ast.Attribute):
            edit = _appended(module, kinds, statement, parent, new)
            if edit is None:
                return None
        else:
            if not _only_read(kinds, parent, node):
                return None
            continue
        if edit is None:
            return None
        edits.append(edit)
    return edits


def _emptied(module: Module, statement: ast.stmt, node: ast.Name, new: str) -> Edit | None:
    """`name = []` becomes two statements."""
    empty = (
        isinstance(statement, ast.Assign)
        and statement.targets == [node]
        and isinstance(statement.value, ast.List)
        and not statement.value.elts
    ) or (
        isinstance(statement, ast.AnnAssign)
        and statement.target is node
        and isinstance(statement.value, ast.List)
        and not statement.value.elts
    )
    return module.after(statement, f"{new} = set()") if empty else None


def _appended(module: Module, kinds: Kinds, statement: ast.stmt, method: ast.Attribute, new: str) -> Edit | None:
    """`name.append(x)` becomes two statements, where x is a plain name."""
    call = module.parents[method]
    if (
        not isinstance(statement, ast.Expr)
        or statement.value is not call
        or method.attr != "append"
        or not isinstance(call, ast.Call)
        or len(call.args) != 1
        or call.keywords
        or not isinstance(call.args[0], ast.Name)
        or not is_plain(kinds.of(call.args[0]))
    ):
        return None
    return module.after(statement, f"{new}.add({call.args[0].id})")


def _only_read(kinds: Kinds, parent: ast.AST, node: ast.Name) -> bool:
    """Whether the list itself stays in the function, or leaves it for good."""
    if isinstance(parent, ast.Return):
        return True
    if isinstance(parent, ast.Call):
        reads = isinstance(parent.func, ast.Name) and parent.func.id in {"len", "sorted", "list", "tuple", "set", "sum"}
        return reads and node in parent.args and kinds.builtin(parent.func.id)  # type: ignore[attr-defined]
    if isinstance(parent, ast.Compare):
        return isinstance(parent.ops[0], ast.In | ast.NotIn)
    if isinstance(parent, ast.Subscript):
        return parent.value is node and isinstance(parent.ctx, ast.Load)
    return isinstance(parent, ast.For | ast.comprehension) and parent.iter is node


def _in_loop(module: Module, node: ast.AST) -> bool:
    return any(isinstance(one, ast.For | ast.While | ast.comprehension) for one in module.around(node))
