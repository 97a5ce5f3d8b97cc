"""Caching: a pure function that is called again and again keeps its results.

Floor 2, pure. Below: purity. Above: the table of refactorings.

What makes it safe, beside purity: arguments are compared with their types (1, 1.0 and True are equal, and are not the
same argument); real numbers are never kept (0.0 and -0.0 are equal); results are values that cannot change, so that
whoever changes one changes nobody else's. Where the annotations do not say what the arguments are, each call looks.
"""

import ast
from collections.abc import Iterator

from tacit.logic.refactoring.kind import NONE, PLAIN, is_plain
from tacit.logic.refactoring.kinds import Kinds
from tacit.logic.refactoring.patch import Observed, Patch
from tacit.logic.refactoring.program import Program
from tacit.logic.refactoring.purity import is_pure
from tacit.logic.refactoring.source import Module, applied

__all__ = ["caching"]

LEAST_CALLS = 50
LEAST_SHARE = 0.03
"""Of the benchmark's time, in the function and all that it calls: less is not worth a measurement."""
KEPT = 16384
"""Results; the least recently used go. A bound, because a program may run for years."""
NAMED = {"str", "int", "bool", "bytes", "None"}
GUARDED = '''
_PLAIN = frozenset({{bool, bytes, int, str, type(None)}})


def {name}(function):
    """Keep the results for arguments of built-in types that cannot change; for others it is computed each time."""
    kept = functools.lru_cache(maxsize={kept}, typed=True)(function)

    @functools.wraps(function)
    def call(*arguments, **named):
        if named:
            return function(*arguments, **named)
        for argument in arguments:
            if type(argument) not in _PLAIN:
                return function(*arguments)
        return kept(*arguments)

    return call

'''


def caching(program: Program, observed: Observed) -> Iterator[Patch]:
    """Patches that let a function keep its results, the hottest function first."""
    found = []
    for module in program.open():
        for function in module.functions.values():
            heat = observed.heat(module.path, function)
            if heat.calls >= LEAST_CALLS and heat.whole >= LEAST_SHARE and _fit(program, module, function):
                found.append((heat.whole, module, function))
    for _, module, function in sorted(found, key=lambda one: -one[0]):
        patch = _patch(module, function)
        if patch is not None:
            yield patch


def _fit(program: Program, module: Module, function: ast.FunctionDef) -> bool:
    if function.decorator_list or program.found(module, function.name) is None or function.name in program.handed_on:
        return False
    if any(one.annotation is not None and not _promises(one.annotation) for one in _arguments(function)):
        return False
    if not is_pure(program, module, function):
        return False
    plain = {one.arg: PLAIN for one in _arguments(function)}
    given = Kinds(program, module, function, given=plain).returns(function)
    return is_plain(given) and given != NONE


def _patch(module: Module, function: ast.FunctionDef) -> Patch | None:
    importing = module.importing("functools")
    said = all(_promises(one.annotation) for one in _arguments(function))
    guard = "_keeps_results"
    if importing is None or (not said and {guard, "_PLAIN"} & module.names and not _has_guard(module, guard)):
        return None
    decorator = f"@functools.lru_cache(maxsize={KEPT}, typed=True)" if said else f"@{guard}"
    lines = [decorator]
    edits = [*importing]
    if not said and not _has_guard(module, guard):
        lines = [*GUARDED.format(name=guard, kept=KEPT).strip("\n").split("\n"), "", "", decorator]
        first = next(node for node in module.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
        if first is not function:
            inserted = module.before(first, *lines[:-1])
            if inserted is None:
                return None
            edits.append(inserted)
            lines = [decorator]
    decorated = module.before(function, *lines)
    if decorated is None:
        return None
    text = applied(module.text, [*edits, decorated])
    description = f"{function.name} in {module.path} keeps its results: it is pure, and was called again and again"
    return Patch(
        key=f"caching:{module.path}:{function.name}", description=description, kind="caching", files={module.path: text}
    )


def _has_guard(module: Module, name: str) -> bool:
    function = module.functions.get(name)
    return function is not None and module.written(function) in GUARDED.format(name=name, kept=KEPT)


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _promises(annotation: ast.expr | None) -> bool:
    """Whether an annotation says that the argument is one of the types whose equal values are the same."""
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _promises(annotation.left) and _promises(annotation.right)
    if isinstance(annotation, ast.Constant):
        return annotation.value is None or annotation.value in NAMED
    return isinstance(annotation, ast.Name) and annotation.id in NAMED
