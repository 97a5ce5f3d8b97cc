"""Forecasts: tell where each metric goes, and later, what came of that.

Floor 4. Below: the store, logic.improving. Above: memory. A metric has one forecast that is not due yet. A forecast is
never made anew before it is due, or only the lucky ones would be scored.
"""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from tacit.changes import Advance, Change
from tacit.errors import Conflict
from tacit.improvement import FORECASTS, SNAPSHOTS, Forecast, Snapshot, Target
from tacit.logic.improving.forecasts import foresee, horizon_of, score, scored
from tacit.logic.improving.moments import stamped
from tacit.logic.improving.shelf import newest, put_rows
from tacit.ports import Scope

__all__ = ["forecasts", "forecasts_made", "scores"]

OUTSTANDING = "forecasts"
"""Note: metric -> id of the forecast that is not due yet."""
HISTORY = 200
"""Snapshots."""
SCORED = 2_000
"""The latest forecasts, over which they are scored."""
TOLD = ("active_connections", "error_count")
"""Of these no forecast is made: they are counts of what people do."""

Series = dict[str, tuple[list[int], list[float]]]


def forecasts(scope: Scope) -> list[Forecast]:
    """Score what is due, foretell anew what is not outstanding; -> the forecasts that are not due yet."""
    ids = _note(scope)
    records = scope.store.records(scope.namespace)
    known = [msgspec.convert(row, Forecast) for row in records.learned(FORECASTS, list(ids.values())).values()]
    snapshots = newest(scope, SNAPSHOTS, Snapshot, limit=HISTORY)[::-1]
    if not snapshots:
        return known
    series = _series(snapshots)
    now = snapshots[-1].timestamp
    waiting = {one.metric: one for one in known if one.due_at > now}
    due = [scored(one, *series.get(one.metric, ((), ()))) for one in known if one.due_at <= now]
    made = _made(scope, {name: told for name, told in series.items() if name not in waiting}, snapshots[-1])
    outstanding = [*waiting.values(), *made]
    if due or made:
        after = {one.metric: one.id for one in outstanding}
        changes: list[Change] = [
            Advance(key=OUTSTANDING, before=ids or None, after=after or None),
            put_rows(FORECASTS, *due, *made),
        ]
        try:
            scope.store.write(scope.namespace, changes)
        except Conflict:  # another process has just done it
            return forecasts_made(scope)
    return sorted(outstanding, key=lambda one: (one.breach_at is None, one.metric))


def forecasts_made(scope: Scope, *, limit: int = 100) -> list[Forecast]:
    """The latest first, with what came of those that were due."""
    return newest(scope, FORECASTS, Forecast, limit=limit)


def scores(scope: Scope) -> dict[str, dict[str, float]]:
    """Metric -> how good its forecasts were: n, mae, relative, covered; see `logic.improving.forecasts.score`."""
    found: dict[str, list[Forecast]] = defaultdict(list)
    for one in newest(scope, FORECASTS, Forecast, limit=SCORED):
        if one.came is not None:
            found[one.metric].append(one)
    return {metric: score(of_it) for metric, of_it in sorted(found.items())}


def _made(scope: Scope, series: Series, latest: Snapshot) -> list[Forecast]:
    """One for each metric of which enough is known, and that was measured just now."""
    made = []
    for metric, (times, values) in series.items():
        target: Target | None = latest.targets.get(metric)
        ahead = horizon_of(times)
        told = foresee(metric, times, values, ahead=ahead, target=target)
        if told is None or times[-1] != latest.timestamp:
            continue
        made.append(
            Forecast(
                id=stamped(scope.new_id(), latest.timestamp),
                metric=metric,
                made_at=latest.timestamp,
                due_at=latest.timestamp + ahead,
                value=told.value,
                low=told.low,
                high=told.high,
                breach_at=told.breach_at,
            )
        )
    return made


def _series(snapshots: Sequence[Snapshot]) -> Series:
    """Metric -> times and values, of those metrics that are foretold."""
    found: Series = {}
    for one in snapshots:
        for metric, value in one.metrics.items():
            if metric not in TOLD:
                times, values = found.setdefault(metric, ([], []))
                times.append(one.timestamp)
                values.append(value)
    return found


def _note(scope: Scope) -> dict[str, str]:
    note = scope.store.records(scope.namespace).note(OUTSTANDING)
    return note if isinstance(note, dict) else {}
