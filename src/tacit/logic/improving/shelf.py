"""The rows of the loop: nouns by their ids, in the spaces of `tacit.improvement`.

Floor 2. Below: the port of the store, which is handed in. Above: every verb of the loop.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from tacit.changes import PutLearned
from tacit.errors import NotFound
from tacit.improvement import LEDGER, Entry
from tacit.ports import Scope
from tacit.types import Value

__all__ = ["entry", "every_row", "newest", "one_row", "put_rows", "row_named"]

PAGE = 1000
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


def newest(scope: Scope, space: str, of: type[T], *, limit: int = 100, since: str = "") -> list[T]:
    """The newest rows, the latest first; none with an id under `since`."""
    records = scope.store.records(scope.namespace)
    found: list[T] = []
    before = ""
    while len(found) < limit and (
        page := records.learnings(space, after=before, limit=min(PAGE, limit - len(found)), newest_first=True)
    ):
        rows = [msgspec.convert(value, of) for key, value in page.items() if key >= since]
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
