"""The rows of the loop: nouns by their ids, in the spaces of `tacit.improvement`.

Floor 2. Below: the port of the store, which is handed in. Above: every verb of the loop.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from tacit.changes import PutLearned
from tacit.errors import NotFound
from tacit.improvement import LEDGER, Entry
from tacit.logic.improving.moments import since
from tacit.ports import Scope
from tacit.types import Value

__all__ = ["entry", "every_row", "newest", "one_row", "past", "put_rows", "row_named"]

PAGE = 1000
ONE_IN = 64
"""Reading 20,000 samples takes a tenth of a second."""
T = TypeVar("T", bound=Value)


def put_rows(space: str, *rows: Any) -> PutLearned:
    """The change that keeps these nouns, each under its id."""
    return PutLearned(space=space, rows={row.id: msgspec.to_builtins(row) for row in rows})


def every_row(scope: Scope, space: str, of: type[T], *, after: str = "") -> Iterator[T]:
    """The rows with an id over `after`, in the order in which they were made."""
    records = scope.store.records(scope.namespace)
    while page := records.learnings(space, after=after, limit=PAGE):
        for value in page.values():
            yield msgspec.convert(value, of)
        after = max(page)


def newest(scope: Scope, space: str, of: type[T], *, limit: int = 100, begun: int = 0) -> list[T]:
    """The newest rows, the latest first; none from before `begun` (microseconds)."""
    records = scope.store.records(scope.namespace)
    found: list[T] = []
    before, first = "", since(begun) if begun else ""
    while len(found) < limit and (
        page := records.learnings(space, after=before, limit=min(PAGE, limit - len(found)), newest_first=True)
    ):
        rows = [msgspec.convert(value, of) for key, value in page.items() if key >= first]
        found += rows
        before = min(page)
        if len(rows) < len(page):
            break
    return found


def one_row(scope: Scope, space: str, of: type[T], id: str) -> T | None:
    """The row with this id, or None."""
    value = scope.store.records(scope.namespace).learned(space, [id]).get(id)
    return None if value is None else msgspec.convert(value, of)


def row_named(scope: Scope, space: str, of: type[T], id: str) -> T:
    """The row with this id. Raises `NotFound`."""
    row = one_row(scope, space, of, id)
    if row is None:
        what = of.__name__.lower()
        raise NotFound(
            f"no {what} {ascii(id)[:80]}", cause="this namespace has none with this id", remedy=f"pass a {what}'s id"
        )
    return row


def past(scope: Scope, space: str, key: str, *, keep: int, most: int) -> dict[str, None]:
    """What to write over the rows of a series whose time is over, as `key` is written: a page of the oldest, those over
    `keep` microseconds old or beyond the `most` latest. One key in 64 looks."""
    if int(key[-4:], 16) % ONE_IN:
        return {}
    records = scope.store.records(scope.namespace)
    old = [one for one in records.learnings(space, limit=PAGE) if one < since(scope.clock() - keep)]
    before, seen = "", 0
    while not old and (page := records.learnings(space, after=before, limit=PAGE, newest_first=True)):
        before, seen = min(page), seen + len(page)
        old = sorted(page)[: max(0, seen - most)]
    return dict.fromkeys(old)


def entry(
    scope: Scope, what: str, text: str, *, refers: Sequence[str] = (), figures: Mapping[str, float] | None = None
) -> PutLearned:
    """The change that writes a line into the lab notebook."""
    line = Entry(
        id=scope.new_id(),
        timestamp=scope.clock(),
        what=what,
        text=text,
        refers=tuple(refers),
        figures=dict(figures or {}),
    )
    return put_rows(LEDGER, line)
