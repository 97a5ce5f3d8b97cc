"""Reach: what of the world outside of its own values a Python file names; no patch from elsewhere may widen it.

Floor 2, pure. Above: advice.

A patch that makes a program faster needs neither files nor processes nor names made of texts that the file did without.
This refuses the plain ways to them; it is no proof that there are no others: the sandbox holds what is tried, and what
is committed is there to be read.
"""

import ast
from collections.abc import Collection, Iterator

__all__ = ["reach"]

HARMLESS = frozenset(
    [
        "__future__", "abc", "array", "bisect", "cmath", "collections", "copy", "dataclasses", "decimal", "enum",
        "fractions", "functools", "heapq", "itertools", "math", "numbers", "re", "statistics", "textwrap",
        "unicodedata",
    ]
)  # fmt: skip
"""Modules of the standard library that compute and do nothing else: `typing` evaluates texts, `operator` and `string`
find attributes by them."""
NAMES = frozenset(
    [
        "BaseException", "GeneratorExit", "KeyboardInterrupt", "SystemExit", "breakpoint", "compile", "delattr", "eval",
        "exec", "exit", "getattr", "globals", "input", "locals", "open", "print", "quit", "setattr", "vars",
    ]
)  # fmt: skip
"""Built-in names that reach out of a function, end the process, or find others by a text."""
MODULES = frozenset(
    [
        "*", "asyncio", "atexit", "builtins", "ctypes", "gc", "http", "importlib", "inspect", "multiprocessing",
        "operator", "os", "pathlib", "pickle", "requests", "runpy", "shutil", "signal", "socket", "subprocess", "sys",
        "tempfile", "threading", "typing", "urllib",
    ]
)  # fmt: skip
"""What is not to be had through a module of the workspace either, nor with all that it holds."""


def reach(tree: ast.Module, own: Collection[str] = ()) -> frozenset[str]:
    """What it names of modules that do more than compute (`os.path.join`), of built-in names that reach out, and of
    attributes with two underscores at both ends. `own`: names of the workspace's own modules.

    >>> sorted(reach(ast.parse("import os, math\\nx = os.path.sep\\ny = eval(math.pi)")))
    ['eval', 'import os', 'os.path.sep']
    >>> reach(ast.parse("from functools import lru_cache"))
    frozenset()
    """
    return frozenset(_reached(tree, HARMLESS.union(own, ("",))))


def _reached(tree: ast.Module, known: Collection[str]) -> Iterator[str]:
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = {alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
        else:
            continue
        outside = {name: what for name, what in names.items() if not _is_known(what, known)}
        bound |= outside
        yield from (f"import {what}" for what in outside.values())
    inner = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            chain = _chain(node) if node not in inner else ()
            if chain and chain[0] in bound:
                yield ".".join((bound[chain[0]], *chain[1:]))
            if node.attr in MODULES or _dunder(node.attr):
                yield f".{node.attr}"
        elif isinstance(node, ast.Name) and node not in inner:
            if node.id in bound:
                yield bound[node.id]
            elif node.id in NAMES or (_dunder(node.id) and node.id != "__name__"):
                yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _dunder(node.value.strip()):
            yield node.value.strip()


def _is_known(what: str, known: Collection[str]) -> bool:
    first, _, rest = what.partition(".")
    return first in known and not {first, rest.rpartition(".")[2]} & MODULES


def _chain(node: ast.expr) -> tuple[str, ...]:
    """a, b, c of `a.b.c`; nothing where it begins with something else."""
    if isinstance(node, ast.Attribute):
        before = _chain(node.value)
        return (*before, node.attr) if before else ()
    return (node.id,) if isinstance(node, ast.Name) else ()


def _dunder(name: str) -> bool:
    return len(name) > 4 and name.startswith("__") and name.endswith("__")
