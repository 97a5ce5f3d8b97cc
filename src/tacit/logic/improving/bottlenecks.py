"""Bottlenecks: what is worse than its target, by how much, and what has become of it since the last look.

Floor 2. Below: the nouns of the loop. Above: the verb that identifies. A metric has at most one open row. What cannot
be measured now is left as it was: silence is no recovery.
"""

from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec

from tacit.improvement import Bottleneck, Forecast, Severity, Snapshot, Target
from tacit.logic.improving.targets import valued

__all__ = ["Looked", "Told", "deviation", "look", "severity"]

THRESHOLDS: Mapping[Severity, float] = {"critical": 100.0, "high": 50.0, "medium": 25.0, "low": 10.0}
"""Percent of deviation from which on, SPEC section 6."""
EASE = 0.8
"""A severity is left only under this share of its threshold: the low one, and with it the bottleneck, under 8 %. What
hovers about a threshold would otherwise be told anew with every look."""
ZERO = 10.0
"""Where the target is 0 there is no share of it: so many units are 100 %. One error is low, three are medium."""
SAID: Mapping[str, str] = {
    "indexing_speed": "Indexing folders runs at {}",
    "memory_usage_mb": "The largest process uses {}",
    "query_time_ms": "Recalls take {} (p95)",
    "cpu_percent": "The processes use {} of all cores",
    "cache_hit_rate": "The cache knew {} of the texts that were asked for again",
    "database_size_mb": "The database takes {}",
    "active_connections": "{} processes are at work on the file",
    "queue_age_s": "The oldest job has waited {}",
    "recall_quality": "Recall finds what is wanted with a quality of {}",
}

CALLED: Mapping[str, str] = {
    "memory_usage_mb": "memory",
    "query_time_ms": "the time of recalls",
    "cpu_percent": "the share of the processors",
    "database_size_mb": "the size of the database",
    "queue_age_s": "the age of the queue",
}
"""In a sentence; the others as they are."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A line for the lab notebook."""

    what: str
    text: str
    refers: str
    figures: dict[str, float]


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What a look has changed: the open rows as they are now, those that were closed, what to tell."""

    open: dict[str, Bottleneck]
    closed: tuple[Bottleneck, ...]
    told: tuple[Told, ...]


def deviation(value: float, target: Target) -> float:
    """Percent by which a value is worse than its target; 0 where it is as good or better.

    >>> deviation(150.0, Target(value=100.0)), deviation(50.0, Target(value=100.0))
    (50.0, 0.0)
    >>> deviation(30.0, Target(value=50.0, higher_is_better=True))
    40.0
    """
    worse = target.value - value if target.higher_is_better else value - target.value
    return max(0.0, 100.0 * worse / (abs(target.value) or ZERO))


def severity(deviates: float, before: Severity | None = None) -> Severity | None:
    """Of a deviation in percent; `before` is what it was, and is left only under `EASE` of its threshold.

    >>> severity(26.0), severity(24.0), severity(24.0, "medium"), severity(9.0, "low"), severity(7.9, "low")
    ('medium', 'low', 'medium', 'low', None)
    """
    for name, threshold in THRESHOLDS.items():
        if deviates >= threshold or (before == name and deviates >= EASE * threshold):
            return name
    return None


def look(
    known: Mapping[str, Bottleneck], snapshot: Snapshot, foreseen: Mapping[str, Forecast], new_id: Callable[[], str]
) -> Looked:
    """Hold what is open against a snapshot. `known`: metric -> its open row; `foreseen`: forecasts with a breach."""
    opened: dict[str, Bottleneck] = {}
    closed: list[Bottleneck] = []
    told: list[Told] = []
    for metric in dict.fromkeys([*known, *snapshot.metrics, *foreseen]):
        row = _next(known.get(metric), metric, snapshot, foreseen.get(metric), new_id)
        if row is None:
            continue
        if row.resolved:
            closed.append(row)
        else:
            opened[metric] = row
        line = _line(known.get(metric), row)
        if line is not None:
            told.append(line)
    return Looked(open=opened, closed=tuple(closed), told=tuple(told))


def _next(
    row: Bottleneck | None, metric: str, snapshot: Snapshot, coming: Forecast | None, new_id: Callable[[], str]
) -> Bottleneck | None:
    """The row as it should be now; None where there is nothing to say of the metric."""
    value, target, now = snapshot.metrics.get(metric), snapshot.targets.get(metric), snapshot.timestamp
    if target is None:
        return row and _resolved(row, row.current_value, now, "It has no target any more.")
    if value is None:
        return row
    off = deviation(value, target)
    known = row.severity if row is not None and not row.forecast else None
    grade = severity(off, known)
    if grade is not None:
        found = _words(metric, value, target, off, snapshot.detail)
        return _row(row, metric, (value, target.value), (grade, off), found, now, new_id)
    if coming is not None and coming.breach_at is not None:
        off = deviation(coming.value, target)
        found = _expected(metric, value, target, coming, now)
        return _row(row, metric, (value, target.value), (severity(off) or "low", off), found, now, new_id, ahead=True)
    if row is None:
        return None
    why = "The trend does not lead there any more." if row.forecast else f"Recovered: {valued(metric, value)}."
    return _resolved(row, value, now, why)


def _row(
    row: Bottleneck | None,
    metric: str,
    figures: tuple[float, float],
    graded: tuple[Severity, float],
    found: str,
    now: int,
    new_id: Callable[[], str],
    *,
    ahead: bool = False,
) -> Bottleneck:
    return Bottleneck(
        id=row.id if row is not None else new_id(),
        metric_name=metric,
        current_value=figures[0],
        target_value=figures[1],
        severity=graded[0],
        impact_score=round(min(100.0, graded[1]), 2),
        description=found,
        timestamp=row.timestamp if row is not None else now,
        updated_at=now,
        forecast=ahead,
    )


def _resolved(row: Bottleneck, value: float, now: int, why: str) -> Bottleneck:
    changed: Any = {"current_value": value, "resolved": True, "resolved_at": now, "updated_at": now}
    closed: Bottleneck = msgspec.structs.replace(row, description=f"{row.description} {why}", **changed)
    return closed


def _line(before: Bottleneck | None, row: Bottleneck) -> Told | None:
    """What is worth telling: it is there, it is gone, it is another severity, the forecast came true."""
    figures = {"value": row.current_value, "target": row.target_value, "impact": row.impact_score}
    if row.resolved:
        return Told(what="recovered", text=row.description, refers=row.id, figures=figures)
    if before is not None and (before.severity, before.forecast) == (row.severity, row.forecast):
        return None
    text = f"{'expected, ' if row.forecast else ''}{row.severity}: {row.description}"
    if before is not None and before.forecast == row.forecast:
        ranks = get_args(Severity)
        text = f"{'worse' if ranks.index(row.severity) > ranks.index(before.severity) else 'less'}, now {text}"
    return Told(what="bottleneck", text=text, refers=row.id, figures=figures)


def _words(metric: str, value: float, target: Target, off: float, detail: Mapping[str, Any]) -> str:
    if metric == "error_count":
        kinds = ", ".join(f"{name} {count}" for name, count in detail.get("errors", {}).items())
        counted = f"{value:.0f} error{'' if value == 1 else 's'}{f' ({kinds})' if kinds else ''}"
        return f"{counted}; the {_named(target)} is {target.value:.0f}."
    side = "under" if target.higher_is_better else "over"
    far = f"{off:.0f} % {side}" if off < 1000 or not target.value else f"{value / target.value:,.0f} times"
    return (
        f"{SAID[metric].format(valued(metric, value))}, {far} the {_named(target)} of {valued(metric, target.value)}."
    )


def _expected(metric: str, value: float, target: Target, coming: Forecast, now: int) -> str:
    hours = max(0, (coming.breach_at or now) - now) / 3.6e9
    when = f"{hours:.1f} hours" if hours >= 1 else f"{60 * hours:.0f} minutes"
    name, wanted = CALLED.get(metric, metric.replace("_", " ")), valued(metric, target.value)
    told = f"If the trend holds, {name} passes the {_named(target)} of {wanted} in {when}"
    return f"{told}; it is {valued(metric, value)} now."


def _named(target: Target) -> str:
    return {"shipped": "target", "owner": "owner's target", "learned": "learned target"}[target.source]
