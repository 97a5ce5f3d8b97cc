"""Forecasts: where a metric is going, how sure that is, and when it passes its target.

Floor 2. Below: changepoints, the nouns of the loop. Above: the verb that foresees. Three ways to look ahead (the
middle of the latest values, the last value, the trend since the last changepoint) are tried on the metric's own past;
the best of them speaks, and what it missed by there is its interval. Nothing is assumed of the noise. A forecast is
kept with the time it is due, and scored against what came: `score`.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from tacit.improvement import Forecast, Target
from tacit.logic.improving.changepoints import changepoints
from tacit.logic.improving.targets import SHARES

__all__ = ["FEWEST", "Foreseen", "foresee", "horizon_of", "score", "scored", "trend"]

FEWEST = 20
"""Values before anything is foretold: with 14 the intervals of 90 % covered 65 to 87 % of what came."""
MOST = 200
"""Latest values that are looked at."""
PIECE = 40
"""Latest values since the last changepoint that is looked ahead from, now as in the past: with a longer piece now, and
the last stair of a database that grows by stairs taken for a change, its size was missed by 12 % instead of 6."""
RECENT = 5
"""Values whose median is the level."""
ORIGINS = 40
"""Places in the past from which it is tried: what is due for each came long ago."""
FEWEST_TRIED = 8
COVERED = 0.9
SIMPLER = 0.9
"""A less simple way must miss by less than this share of what the simpler one misses by."""
Z = 2.576
"""99 % of a normal: values drag, and Kendall's variance does not know it."""
EXACT = 0.001
"""Of a value: nothing is measured better than that."""
HOUR = 3_600_000_000
SOONEST, LATEST = 600_000_000, 24 * HOUR
AHEAD = 3
"""A breach is told up to so many horizons away."""


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What the past says of one later time."""

    value: float
    low: float
    high: float
    way: str
    """level, last or trend: which of the ways to look ahead missed by least."""
    breach_at: int | None
    since: int
    """When the series began to behave as it does now."""


def horizon_of(times: Sequence[int]) -> int:
    """How far to look ahead (microseconds): a quarter of what is known, from ten minutes to a day."""
    known = times[-1] - times[0] if times else 0
    return min(LATEST, max(SOONEST, known // 4))


def foresee(
    metric: str, times: Sequence[int], values: Sequence[float], *, ahead: int, target: Target | None = None
) -> Foreseen | None:
    """The metric `ahead` microseconds after its last time, with an interval of 90 %. None: too little is known.

    The interval is the conformal one (Vovk and others 2005) of the errors from earlier places: finite samples, no
    assumption but that the series goes on erring as it did.
    """
    at, series = np.asarray(times[-MOST:], dtype=np.float64), np.asarray(values[-MOST:], dtype=np.float64)
    if len(series) < FEWEST or at[-1] <= at[0]:
        return None
    first = (changepoints(series) or [0])[-1]
    errors = _tried(at, series, ahead, first)
    if len(errors["level"]) < FEWEST_TRIED:  # the change, if it is one, is too young to be told from a stair
        first, errors = 0, _tried(at, series, ahead, 0)
    if len(errors["level"]) < FEWEST_TRIED:
        return None
    way = _best(errors)
    first = max(first, len(series) - PIECE)
    middle = _ways(at[first:], series[first:], at[-1] + ahead)[way]
    off = max(_quantile(np.asarray(errors[way])), EXACT * abs(middle))
    bounds = (0.0, 1.0) if metric in SHARES else (0.0, np.inf)
    value, low, high = (float(np.clip(one, *bounds)) for one in (middle, middle - off, middle + off))
    breach = None
    if target is not None and way == "trend":
        breach = _breach(at[first:], series[first:], target, ahead, off)
    return Foreseen(value=value, low=low, high=high, way=way, breach_at=breach, since=int(at[first]))


def trend(times: np.ndarray, values: np.ndarray) -> tuple[float, float, float, float]:
    """Slope with its bounds, and the value at the last time, by Theil and Sen: half the values may be wrong.

    The bounds are Sen's (1968), from the variance of Kendall's tau, at 99 %.
    """
    count = len(values)
    rows, columns = np.triu_indices(count, k=1)
    spans = times[columns] - times[rows]
    apart = spans > 0
    slopes = np.sort((values[columns] - values[rows])[apart] / spans[apart])
    if not len(slopes):
        return 0.0, 0.0, 0.0, float(np.median(values))
    slope = float(np.median(slopes))
    reach = Z * (count * (count - 1) * (2 * count + 5) / 18) ** 0.5
    low = slopes[max(0, int((len(slopes) - reach) / 2) - 1)]
    high = slopes[min(len(slopes) - 1, int((len(slopes) + reach) / 2))]
    last = float(np.median(values + slope * (times[-1] - times)))
    return slope, float(low), float(high), last


def score(forecasts: Iterable[Forecast]) -> dict[str, float]:
    """How good those were that are due: n, mean absolute error, that as a share of what came, share in the interval."""
    due = [(one, one.came) for one in forecasts if one.came is not None]
    if not due:
        return {"n": 0}
    off = [abs(one.value - came) for one, came in due]
    size = sum(abs(came) for _, came in due)
    return {
        "n": len(due),
        "mae": sum(off) / len(due),
        "relative": sum(off) / size if size else 0.0,
        "covered": sum(one.low <= came <= one.high for one, came in due) / len(due),
    }


def _tried(at: np.ndarray, series: np.ndarray, ahead: int, begun: int) -> dict[str, list[float]]:
    """What each way would have missed by, from places since `begun`. What is due is the first value at its time or
    later, unless that is over half as far away again."""
    errors: dict[str, list[float]] = {"level": [], "last": [], "trend": []}
    last = int(np.searchsorted(at, at[-1] - ahead, side="right")) - 1
    for origin in range(max(begun + RECENT, last - ORIGINS + 1), last + 1):
        due = at[origin] + ahead
        came = int(np.searchsorted(at, due))
        if came >= len(at) or at[came] > due + ahead / 2:
            continue
        first = max(begun, origin + 1 - PIECE)
        told = _ways(at[first : origin + 1], series[first : origin + 1], float(at[came]))
        for way, value in told.items():
            errors[way].append(float(series[came]) - value)
    return errors


def _ways(at: np.ndarray, series: np.ndarray, due: float) -> Mapping[str, float]:
    """The value at a later time by each way of looking ahead."""
    slope, _, _, last = trend(at, series)
    return {
        "level": float(np.median(series[-RECENT:])),
        "last": float(series[-1]),
        "trend": last + slope * (due - float(at[-1])),
    }


def _best(errors: Mapping[str, Sequence[float]]) -> str:
    """The simplest way, unless another misses by clearly less."""
    best, least = "level", float(np.mean(np.abs(errors["level"])))
    for way in ("last", "trend"):
        found = float(np.mean(np.abs(errors[way])))
        if found < SIMPLER * least:
            best, least = way, found
    return best


def _quantile(errors: np.ndarray) -> float:
    """What 90 % of such errors are at most; beyond all of them, where they are few.

    Errors of neighbouring places have much in common where values drag: n of them count as n (1 - a) / (1 + a), a
    their autocorrelation.
    """
    centred = errors - errors.mean()
    power = float(centred @ centred)
    drag = min(0.95, max(0.0, float(centred[1:] @ centred[:-1]) / power)) if power else 0.0
    count = max(1.0, len(errors) * (1 - drag) / (1 + drag))
    share = COVERED * (count + 1) / count
    sizes = np.abs(errors)
    return float(np.quantile(sizes, share, method="higher")) if share <= 1 else float(sizes.max()) * share


def _breach(at: np.ndarray, series: np.ndarray, target: Target, ahead: float, off: float) -> int | None:
    """When the trend passes the target. None where it does not within sight, or may not: where the slower bound of its
    slope does not, or the change until `ahead` is less than what such forecasts miss by (`off`)."""
    slope, low, high, last = trend(at, series)
    sign = -1.0 if target.higher_is_better else 1.0
    left = sign * (target.value - last)
    slowest = min(sign * low, sign * high)
    if left <= 0 or slowest <= 0 or left / slowest > AHEAD * ahead or sign * slope * ahead <= off:
        return None
    return int(at[-1] + left / (sign * slope))


def scored(forecast: Forecast, times: Sequence[int], values: Sequence[float]) -> Forecast:
    """The forecast with what came: the value at its time, on the straight line between the two next to it; nothing,
    where the later one came over half as much time late."""
    late = (forecast.due_at - forecast.made_at) / 2
    place = bisect_left(times, forecast.due_at)
    if place == len(times) or times[place] > forecast.due_at + late:
        return forecast
    came = float(
        np.interp(forecast.due_at, times[max(0, place - 1) : place + 1], values[max(0, place - 1) : place + 1])
    )
    changed: Any = {"came": came}
    told: Forecast = msgspec.structs.replace(forecast, **changed)
    return told
