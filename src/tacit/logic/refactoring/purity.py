"""Whether a function gives the same for the same arguments and does nothing else.

Floor 2, pure. Below: kinds. Above: caching.

The argument: its arguments are texts, whole numbers, truth values, bytes or None (the one who calls sees to that). All
that it loads beside them are settled literals, built-in functions and members of the standard library that are named
here, and functions of the workspace of which the same is true. So every value within it is of a built-in type, made
there, and whatever is called on it changes nothing but what was made there. Errors are raised again each time.
"""

import ast
import re

from tacit.logic.refactoring.kinds import Kinds, keeps
from tacit.logic.refactoring.program import Program
from tacit.logic.refactoring.source import Module

__all__ = ["is_pure"]

BUILT_IN = frozenset(
    [
        "abs",
        "all",
        "any",
        "ascii",
        "bin",
        "bool",
        "bytes",
        "chr",
        "complex",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "format",
        "frozenset",
        "hex",
        "int",
        "isinstance",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "min",
        "next",
        "oct",
        "ord",
        "pow",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "zip",
        "True",
        "False",
        "None",
        "Exception",
        "ValueError",
        "TypeError",
        "KeyError",
        "IndexError",
        "ZeroDivisionError",
        "ArithmeticError",
        "LookupError",
        "OverflowError",
        "RuntimeError",
        "AssertionError",
        "StopIteration",
    ]
)
LIBRARY = {
    "math": None,
    "re": frozenset(
        [
            "compile",
            "search",
            "match",
            "fullmatch",
            "split",
            "findall",
            "finditer",
            "sub",
            "subn",
            "escape",
            "I",
            "IGNORECASE",
            "M",
            "MULTILINE",
            "S",
            "DOTALL",
            "X",
            "VERBOSE",
            "A",
            "ASCII",
        ]
    ),
    "unicodedata": None,
    "string": frozenset(
        ["ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "hexdigits", "punctuation", "whitespace"]
    ),
    "textwrap": frozenset(["dedent", "indent", "fill", "wrap", "shorten"]),
    "html": frozenset(["escape", "unescape"]),
    "itertools": None,
    "operator": None,
    "bisect": frozenset(["bisect", "bisect_left", "bisect_right"]),
    "zlib": frozenset(["crc32", "adler32"]),
    "difflib": frozenset(["SequenceMatcher", "get_close_matches"]),
    "collections": frozenset(["Counter", "deque", "defaultdict", "OrderedDict"]),
}
"""Module -> the members whose results depend on their arguments alone; None: all of them."""
REFUSED = (
    ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith, ast.AsyncFunctionDef,
    ast.FunctionDef, ast.ClassDef, ast.With, ast.Import, ast.ImportFrom, ast.Match,
)  # fmt: skip
LOCALE = re.compile(r"n\}|^[^a-zA-Z]*n$")
SHOWS = frozenset(["__dict__", "__globals__", "__code__", "__builtins__", "__subclasses__", "__class__"])


def is_pure(
    program: Program, module: Module, function: ast.FunctionDef, *, _above: frozenset[str] = frozenset()
) -> bool:
    """Whether the same arguments give the same result, and nothing else happens. A function that calls itself is not
    told to be: kept results would put frames between the calls, and what just fitted the stack would not any more."""
    if not keeps(module, function) or function.name in _above or not _parameters(function):
        return False
    above = _above | {function.name}
    kinds = Kinds(program, module, function)
    parameters = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
    for part in (*function.body, *function.args.defaults, *function.args.kw_defaults):
        for node in ast.walk(part) if part is not None else ():
            if isinstance(node, REFUSED) or _by_locale(node) or _by_identity(node):
                return False
            if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load) and _of(node) in parameters:
                return False
            if isinstance(node, ast.Attribute) and not _member(kinds, node):
                return False
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and not kinds.local(node.id):
                if _library(kinds, node, module):
                    continue
                if not _known(program, module, kinds, node, above):
                    return False
    return True


def _parameters(function: ast.FunctionDef) -> bool:
    """Some that are named, none that gather, and no default that could change."""
    arguments = function.args
    defaults = [*arguments.defaults, *(one for one in arguments.kw_defaults if one is not None)]
    return (
        bool(arguments.args or arguments.posonlyargs)
        and arguments.vararg is None
        and arguments.kwarg is None
        and all(isinstance(one, ast.Constant) for one in defaults)
    )


def _of(node: ast.Subscript) -> str:
    """The name of what is subscripted."""
    return node.value.id if isinstance(node.value, ast.Name) else ""


def _by_identity(node: ast.AST) -> bool:
    """Whether it compares which object something is, beside those of which there is one: equal ones may be two."""
    if not isinstance(node, ast.Compare) or not any(isinstance(one, ast.Is | ast.IsNot) for one in node.ops):
        return False
    sides = (node.left, *node.comparators)
    return len(sides) != 2 or not any(
        isinstance(one, ast.Constant) and one.value in (None, True, False) for one in sides
    )


def _by_locale(node: ast.AST) -> bool:
    """Whether it is a text that could shape a number as the locale wants it: a format that ends with `n`."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(LOCALE.search(node.value))


def _member(kinds: Kinds, node: ast.Attribute) -> bool:
    """A method or member that is only read."""
    del kinds
    return isinstance(node.ctx, ast.Load) and node.attr not in SHOWS


def _library(kinds: Kinds, node: ast.Name, module: Module) -> bool:
    """A module that is used for a member which is known, or such a member that was imported by its name."""
    target = module.imported.get(node.id)
    if target is None or kinds.program.named(target, module) is not None or node.id in kinds.program.stored:
        return False
    if target in LIBRARY:
        parent = module.parents[node]
        allowed = LIBRARY[target]
        return isinstance(parent, ast.Attribute) and (
            parent.attr not in kinds.program.stored and (allowed is None or parent.attr in allowed)
        )
    where, _, member = target.rpartition(".")
    known = where in LIBRARY and kinds.program.named(where, module) is None
    return known and ((allowed := LIBRARY[where]) is None or member in allowed)


def _known(program: Program, module: Module, kinds: Kinds, node: ast.Name, above: frozenset[str]) -> bool:
    """A built-in that changes nothing, a settled literal, or a function of the workspace that is pure itself."""
    if node.id in BUILT_IN and kinds.builtin(node.id) and node.id not in program.stored:
        return True
    if program.constant(module, node.id) is not None or kinds.pattern(node.id):
        return True
    found = program.found(module, node.id)
    if found is None:
        return False
    parent = module.parents[node]
    called = isinstance(parent, ast.Call) and parent.func is node
    return called and is_pure(program, *found, _above=above)
