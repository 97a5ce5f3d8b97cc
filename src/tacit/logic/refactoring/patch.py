"""What a refactoring proposes, and what was observed of the program that it may go by.

Floor 2, pure. Above: every refactoring, the verb that tries their patches.
"""

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


@dataclass(frozen=True)
class Heat:
    """What one function took, as shares of the whole."""

    calls: int
    inner: float
    """In itself and in what is written in C that it called."""
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
    """(path within the workspace, line of `def`) -> heat. Without any, nothing is known and all may be hot."""
    queries: tuple[Query, ...] = ()

    def heat(self, path: str, line: int) -> Heat:
        """Of the function that begins there."""
        return self.functions.get((path, line), UNSEEN if self.functions else HOT)


UNSEEN = Heat(0, 0.0, 0.0)
HOT = Heat(1_000_000, 1.0, 1.0)

Refactoring = Callable[["Program", Observed], Iterable[Patch]]
"""Patches that leave what the program does as it is, the most promising first."""
