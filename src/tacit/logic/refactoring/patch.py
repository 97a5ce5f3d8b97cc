"""What a refactoring proposes, and what was observed of the program that it may go by.

Floor 2, pure. Above: every refactoring, the verb that tries their patches.
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tacit.improvement import SuggestionType

if TYPE_CHECKING:
    from tacit.logic.refactoring.program import Program

__all__ = ["Heat", "Observed", "Patch", "Query", "Refactoring"]


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A change of some files, whole."""

    key: str
    """What it does to what; a key is tried once."""
    description: str
    kind: SuggestionType
    files: Mapping[str, str]
    """Path within the workspace -> its new text."""
    inverse: str = ""
    """Key of the patch that would take it back: once this one is kept, that one need not be tried."""
    same: bool = True
    """Whether it promises that the program says what it said before."""
    origin: str = ""
    """The model that wrote it, where one did."""


@dataclass(frozen=True)
class Heat:
    """What one function took, as shares of the whole."""

    calls: int
    inner: float
    """In itself and in what it called that is not of the workspace."""
    whole: float
    """With all that it called."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """A statement that scanned a table, and the index with which the same engine would not."""

    sql: str
    count: int
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What one run of the benchmark showed."""

    functions: Mapping[tuple[str, int], Heat]
    """(path within the workspace, line where it begins) -> heat. Without any, nothing is known and all may be hot."""
    queries: tuple[Query, ...] = ()

    def heat(self, path: str, function: ast.AST) -> Heat:
        """Of a function with the comprehensions and functions within it, which are functions to a profiler, too."""
        if not self.functions:
            return HOT
        line, last = getattr(function, "lineno", 0), getattr(function, "end_lineno", 0)
        first = min([line, *(one.lineno for one in getattr(function, "decorator_list", ()))])
        within = [(at, heat) for (where, at), heat in self.functions.items() if where == path and first <= at <= last]
        calls = sum(heat.calls for at, heat in within if at <= line)
        return Heat(calls, sum(heat.inner for _, heat in within), max((heat.whole for _, heat in within), default=0.0))


HOT = Heat(1_000_000, 1.0, 1.0)

Refactoring = Callable[["Program", Observed], Iterable[Patch]]
"""Patches that leave what the program does as it is, the most promising first."""
