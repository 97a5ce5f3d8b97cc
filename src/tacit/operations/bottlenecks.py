"""Bottlenecks: hold the latest snapshot against the rows that are open, and keep what has changed.

Floor 4. Below: the store, logic.improving. Above: memory. Which rows are open stands in one note, moved by compare and
swap in the transaction that writes the rows: two processes that look at once never open two rows of a metric.
"""

from collections.abc import Mapping

import msgspec

from tacit.changes import Advance, Change
from tacit.errors import Conflict
from tacit.improvement import BOTTLENECKS, FORECASTS, SNAPSHOTS, Bottleneck, Forecast, Snapshot
from tacit.logic.improving.bottlenecks import look
from tacit.logic.improving.moments import stamped
from tacit.logic.improving.shelf import entry, newest, put_rows
from tacit.ports import Scope

__all__ = ["bottlenecks", "identify"]

OPEN = "bottlenecks"
"""Note: metric -> id of its open row."""
OUTSTANDING = "forecasts"
"""Note: metric -> id of the forecast that is not due yet."""
TRIES = 5


def identify(scope: Scope) -> list[Bottleneck]:
    """Open, update and close bottlenecks by the latest snapshot; -> those that are open now, the worst first.

    Nothing happens before the first snapshot, or when the latest one has been looked at already.
    """
    for attempt in range(TRIES):
        try:
            return _worst_first(_identified(scope))
        except Conflict:  # another process has looked at the same time: see what it left
            if attempt == TRIES - 1:
                raise
    return []


def bottlenecks(scope: Scope, *, resolved: bool = False, limit: int = 100) -> list[Bottleneck]:
    """The open rows, the worst first; or, `resolved`, the latest ones, closed ones among them."""
    if resolved:
        return newest(scope, BOTTLENECKS, Bottleneck, limit=limit)
    return _worst_first(_open(scope, _note(scope, OPEN)))[:limit]


def _identified(scope: Scope) -> Mapping[str, Bottleneck]:
    ids = _note(scope, OPEN)
    known = _open(scope, ids)
    latest = newest(scope, SNAPSHOTS, Snapshot, limit=1)
    if not latest:
        return known
    seen = look(known, latest[0], _breaches(scope), lambda: stamped(scope.new_id(), latest[0].timestamp))
    rows = [*seen.open.values(), *seen.closed]
    changed = [row for row in rows if row != known.get(row.metric_name)]
    if not changed:
        return seen.open
    after = {metric: row.id for metric, row in sorted(seen.open.items())}
    changes: list[Change] = [
        Advance(key=OPEN, before=ids or None, after=after or None),
        put_rows(BOTTLENECKS, *changed),
        *(entry(scope, one.what, one.text, refers=[one.refers], figures=one.figures) for one in seen.told),
    ]
    scope.store.write(scope.namespace, changes)
    return seen.open


def _breaches(scope: Scope) -> dict[str, Forecast]:
    """The forecasts that are not due yet and see a target passed."""
    ids = _note(scope, OUTSTANDING)
    rows = scope.store.records(scope.namespace).learned(FORECASTS, list(ids.values()))
    found = [msgspec.convert(row, Forecast) for row in rows.values()]
    return {one.metric: one for one in found if one.breach_at is not None}


def _open(scope: Scope, ids: Mapping[str, str]) -> dict[str, Bottleneck]:
    rows = scope.store.records(scope.namespace).learned(BOTTLENECKS, list(ids.values()))
    found = [msgspec.convert(row, Bottleneck) for row in rows.values()]
    return {one.metric_name: one for one in found}


def _note(scope: Scope, key: str) -> dict[str, str]:
    note = scope.store.records(scope.namespace).note(key)
    return note if isinstance(note, dict) else {}


def _worst_first(rows: Mapping[str, Bottleneck]) -> list[Bottleneck]:
    return sorted(rows.values(), key=lambda one: (one.forecast, -one.impact_score, one.metric_name))
