"""Meters: from the samples of all processes in a stretch of time to the value of each metric.

Floor 2. Below: the nouns of the loop. Above: the meter that samples, the verb that analyses. What nothing was measured
of has no value but a reason: zero queries are no fast queries.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from tacit.improvement import Sample

__all__ = ["KEPT", "Measured", "merged", "percentiles", "thinned"]

KEPT = 32
"""Query times that a sample holds: an hour of one process has 1,920, whose p95 has a standard error of 0.5 points of
rank. With 128 an analysis of 2,000 samples took four times as long."""
ACTIVE = 90_000_000
"""Microseconds after its last sample for which a process counts as connected: it tells one a minute."""
FEWEST_FILES = 10
"""Below, a rate would be the time it takes to begin."""
FEWEST_LOOKUPS = 20
"""Texts asked for again; below, one miss is worth over 5 points."""
OBSERVED = 10.0
"""Seconds. A command that lives for half a second is busy all of it, which says nothing of the machine."""
QUIET = "no process did anything in this time"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Values, reasons for those that are missing, and what is behind them; keys as in `Snapshot`."""

    metrics: dict[str, float]
    unmeasured: dict[str, str]
    detail: dict[str, Any]


def percentiles(values: np.ndarray, weights: np.ndarray, *shares: float) -> list[float]:
    """The smallest values that these shares of the weight are at or under. Raises `IndexError` where there are none.

    >>> percentiles(np.array([3.0, 1.0, 40.0, 2.0]), np.ones(4), 0.5, 0.95)
    [2.0, 40.0]
    """
    order = np.argsort(values)
    heaps = np.cumsum(weights[order])
    places = np.searchsorted(heaps, np.array(shares) * heaps[-1] - 1e-9)
    return [float(values[order[min(int(place), len(order) - 1)]]) for place in places]


def thinned(values: list[float]) -> list[float]:
    """Every other one, so that a list of at most twice `KEPT` stays evenly drawn in time."""
    return values[1::2]


def merged(samples: Sequence[Sample], *, now: int, cores: int) -> Measured:
    """What all processes did together in the time that the samples cover."""
    metrics: dict[str, float] = {}
    unmeasured: dict[str, str] = {}
    detail: dict[str, Any] = {"samples": len(samples), "processes": len({one.process for one in samples})}
    for name, measure in _MEASURES.items():
        told = measure(samples, detail) if samples else QUIET
        if isinstance(told, str):
            unmeasured[name] = told
        else:
            metrics[name] = told
    metrics["active_connections"] = float(len({one.process for one in samples if one.ended > now - ACTIVE}))
    busy = _cpu(samples, cores)
    if isinstance(busy, str):
        unmeasured["cpu_percent"] = busy
    else:
        metrics["cpu_percent"] = busy
    return Measured(metrics=metrics, unmeasured=unmeasured, detail=detail)


def _query_time(samples: Sequence[Sample], detail: dict[str, Any]) -> float | str:
    asked = [one for one in samples if one.queries]
    detail["recalls"] = sum(one.recalls for one in samples)
    if not asked:
        return "nothing was recalled in this time"
    lengths = [len(one.queries) for one in asked]
    values = np.fromiter(chain.from_iterable(one.queries for one in asked), np.float64, sum(lengths))
    each = [one.recalls / length for one, length in zip(asked, lengths, strict=True)]
    half, most, nearly_all = percentiles(values, np.repeat(each, lengths), 0.5, 0.95, 0.99)
    detail["query_time_p50_ms"], detail["query_time_p99_ms"] = round(half, 3), round(nearly_all, 3)
    return round(most, 3)


def _errors(samples: Sequence[Sample], detail: dict[str, Any]) -> float | str:
    counts: dict[str, int] = defaultdict(int)
    for one in samples:
        for name, count in one.errors.items():
            counts[name] += count
    detail["errors"] = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    return float(sum(counts.values()))


def _memory(samples: Sequence[Sample], detail: dict[str, Any]) -> float | str:
    latest: dict[str, Sample] = {}
    for one in samples:
        if one.memory_mb and (one.process not in latest or one.ended >= latest[one.process].ended):
            latest[one.process] = one
    if not latest:
        return "this system does not tell the memory of a process"
    detail["memory_of_all_mb"] = round(sum(one.memory_mb for one in latest.values()), 1)
    return round(max(one.memory_mb for one in latest.values()), 1)


def _cache(samples: Sequence[Sample], detail: dict[str, Any]) -> float | str:
    """Of the texts that had been embedded before: what comes for the first time no cache could know."""
    hits, misses = sum(one.cache_hits for one in samples), sum(one.cache_misses for one in samples)
    again = hits + misses - sum(one.cache_firsts for one in samples)
    if hits + misses:
        detail["cache_share_of_all"] = round(hits / (hits + misses), 4)
    if again < FEWEST_LOOKUPS:
        return f"{again} texts were asked for again; {FEWEST_LOOKUPS} are needed"
    return round(hits / again, 4)


def _indexing(samples: Sequence[Sample], detail: dict[str, Any]) -> float | str:
    files, seconds = sum(one.files for one in samples), sum(one.indexing_seconds for one in samples)
    detail["files"] = files
    if not files:
        return "no folder was indexed in this time"
    if files < FEWEST_FILES or seconds <= 0:
        return f"{files} files were indexed; {FEWEST_FILES} are needed for a rate"
    return round(files / seconds, 2)


def _cpu(samples: Sequence[Sample], cores: int) -> float | str:
    """Percent of all cores, over the time in which any process was at work.

    A process with several memories open takes several samples of the same time, each of which has all its CPU time:
    what it used is its mean rate times the time that its samples cover together.
    """
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    used: dict[str, float] = defaultdict(float)
    for one in samples:
        spans[one.process].append((one.begun, one.ended))
        used[one.process] += one.cpu_seconds
    covered = _covered([span for of_one in spans.values() for span in of_one])
    if covered < OBSERVED:
        return f"{covered:.1f} s were observed; {OBSERVED:.0f} are needed" if samples else QUIET
    total = 0.0
    for process, of_one in spans.items():
        told = sum(ended - begun for begun, ended in of_one) / 1e6
        total += used[process] / told * _covered(of_one) if told else 0.0
    return round(100.0 * total / (covered * max(1, cores)), 2)


def _covered(spans: Sequence[tuple[int, int]]) -> float:
    """Seconds that are within any of these spans (microseconds)."""
    total, reached = 0, 0
    for begun, ended in sorted(spans):
        total += max(0, ended - max(begun, reached))
        reached = max(reached, ended)
    return total / 1e6


_MEASURES: Mapping[str, Callable[[Sequence[Sample], dict[str, Any]], float | str]] = {
    "query_time_ms": _query_time,
    "error_count": _errors,
    "memory_usage_mb": _memory,
    "cache_hit_rate": _cache,
    "indexing_speed": _indexing,
}
