"""Targets: what each metric should be, from the specification, from the owner, or from its own history.

Floor 2. Below: the nouns of the loop. Above: the verb that analyses. The owner's number goes before what is learned,
what is learned before what is shipped; where the owner asks for it, the history sets the target.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np

from tacit.errors import InvalidInput
from tacit.improvement import Metric, Target

__all__ = [
    "LEARNED",
    "METRICS",
    "SHARES",
    "SHIPPED",
    "UNITS",
    "better_high",
    "checked_targets",
    "learned",
    "targets",
    "valued",
]

METRICS: tuple[str, ...] = get_args(Metric)
LEARNED = "learned"
"""What the owner says instead of a number."""
SHARES = frozenset({"cache_hit_rate", "recall_quality"})
"""In [0, 1]."""
SHIPPED: Mapping[str, Target] = {
    "indexing_speed": Target(value=50.0, higher_is_better=True),
    "memory_usage_mb": Target(value=500.0),
    "query_time_ms": Target(value=100.0),
    "cpu_percent": Target(value=70.0),
    "cache_hit_rate": Target(value=0.8, higher_is_better=True),
    "error_count": Target(value=0.0),
}
"""SPEC, section 6. There is none for the size of a database, for connections and for the queue: what is right depends
on the owner; and none for quality, which depends on the cases."""
UNITS: Mapping[str, str] = {
    "indexing_speed": "files/s", "memory_usage_mb": "MB", "query_time_ms": "ms", "cpu_percent": "%",
    "database_size_mb": "MB", "queue_age_s": "s",
}  # fmt: skip
_HIGH = frozenset({"indexing_speed", "cache_hit_rate", "recall_quality"})
_BY_ITSELF = frozenset({"recall_quality"})
"""Learned without being asked for."""
FEWEST = 24
"""Values before a target is learned: a day of the hourly loop."""
FEWEST_PROBES = 8
"""Of recall quality, which changes only when it is probed; repeats of a value are counted once."""
SUSTAINED = 5
"""Values in a row whose median is a level that was held."""
BEST = 0.75
"""Quantile of those levels, towards the better: the best there ever was may have been luck."""


def better_high(metric: str) -> bool:
    """Whether more is better."""
    return metric in _HIGH


def checked_targets(owner: Mapping[str, Any], metric: str, value: float | str | None) -> dict[str, Any]:
    """What the owner wants, with this one set; None takes it back. Raises `InvalidInput`."""
    if metric not in METRICS:
        raise InvalidInput("no such metric", cause=ascii(metric)[:80], remedy=f"use one of {', '.join(METRICS)}")
    others = {name: one for name, one in owner.items() if name != metric}
    if value is None:
        return others
    if value == LEARNED:
        return {**others, metric: LEARNED}
    most = 1.0 if metric in SHARES else 1e12
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise InvalidInput(
            f"no target for {metric}",
            cause=ascii(value)[:80],
            remedy=f"pass a number from 0 to {most:g}, or `{LEARNED}`",
        )
    return {**others, metric: float(value)}


def valued(metric: str, value: float) -> str:
    """A value with its unit.

    >>> valued("query_time_ms", 1234.5), valued("cache_hit_rate", 0.5), valued("error_count", 0.0)
    ('1,234 ms', '0.50', '0')
    """
    number = f"{value:.2f}" if metric in SHARES else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{number} {UNITS.get(metric, '')}".strip()


def learned(metric: str, values: Sequence[float]) -> float | None:
    """The best level that was held: the quartile, towards the better, of running medians. None: not enough yet."""
    if metric in _BY_ITSELF:
        values = [one for at, one in enumerate(values) if at == 0 or one != values[at - 1]]
    if len(values) < (FEWEST_PROBES if metric in _BY_ITSELF else FEWEST):
        return None
    levels = np.median(np.lib.stride_tricks.sliding_window_view(np.asarray(values, float), SUSTAINED), axis=1)
    return round(float(np.quantile(levels, BEST if better_high(metric) else 1 - BEST)), 4)


def targets(owner: Mapping[str, Any], history: Mapping[str, Sequence[float]]) -> dict[str, Target]:
    """The target of each metric that has one. `history`: metric -> its values, in the order of time."""
    found: dict[str, Target] = {}
    for metric in METRICS:
        wanted = owner.get(metric)
        if isinstance(wanted, int | float):
            found[metric] = Target(value=float(wanted), source="owner", higher_is_better=better_high(metric))
            continue
        level = learned(metric, history.get(metric, ())) if wanted == LEARNED or metric in _BY_ITSELF else None
        if level is not None:
            found[metric] = Target(value=level, source="learned", higher_is_better=better_high(metric))
        elif metric in SHIPPED:
            found[metric] = SHIPPED[metric]
    return found
