"""Optimiser: the next vector of dials to try, from what trials have measured.

Floor 2, numpy only. Below: dials, surrogate. Above: proposals.

Many vectors are made up around the standing one: one dial, two of a group, all that cost time, the best of each dial
in a draw from what is believed. Each is given what may be expected of trying it: the gain beyond what a judge can see,
times the probability that the guard passes (Schonlau, Welch, Jones 1998; Gardner et al. 2014).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tacit.logic.improving.dials import Dial
from tacit.logic.improving.surrogate import Contrast, Surrogate, fitted

__all__ = ["Aim", "Beliefs", "Suggestion", "Tried", "believed", "suggested", "weighed"]

Floats = NDArray[np.float64]
Goal = Literal["quality", "milliseconds"]

QUALITY_SIZES = {
    "words": 0.08, "candidates": 0.04, "session": 0.03, "length": 0.03, "kept": 0.02,
    "rerank_top": 0.04, "rerank": 0.04,
}  # fmt: skip
"""How much of nDCG a dial's function is expected to vary by (standard deviation): one dial at a time, rounded."""
QUALITY_SIZE = 0.015
"""Of the other dials."""
STARVED = (0.15, 0.12)
"""What too few candidates are expected to cost, and within which share of the range."""
EXTREME = 0.03
"""What either end of a weight's range is expected to cost: an extreme is seldom best."""
TIMES = {
    "candidates": (0.7, 0.3), "kept": (0.7, 0.3), "dated_kept": (0.1, 0.1), "succession_top": (0.05, 0.05),
    "rerank_top": (1.5, 0.5),
}  # fmt: skip
"""Natural logarithm of how much slower the costly end of a dial is expected to be than the other, and of how much its
function may vary beside that: one dial at a time, rounded."""
TIME_SIZE = 0.02
"""Of a dial that should cost nothing."""
FLOORS = {"quality": 0.004, "milliseconds": 0.01}
"""Least standard error that is believed of a trial."""
NEWEST = 60
"""Trials that are looked at: proposing must stay quick."""
GRID = tuple(place / 12 for place in range(13))
NEAR = (-0.08, -0.05, -0.03, 0.03, 0.05, 0.08)
"""Steps from where a dial stands, for when the great ones are done."""
COARSE = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SHARES = (0.25, 0.5, 0.7, 0.85, 1.0)
"""How far towards the cheap end, for all costly dials at once."""
DRAWS = 60
BEST = 12
"""Suggestions of which plainer ones are made."""
PLAIN = 0.03
"""Share of the expected gain that each further dial must bring: of equals the simpler one is proposed."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """Two policies that a trial measured, as values of dials."""

    old: Mapping[str, float]
    new: Mapping[str, float]
    quality: float
    """New less old."""
    quality_error: float
    milliseconds: float
    """Natural logarithm of new by old."""
    milliseconds_error: float


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What is to get better, and how much worse the other may get."""

    goal: Goal
    seen: float
    """Least gain that a trial can tell from none: absolute of quality, share of milliseconds."""
    margin: float
    """How much worse the guarded measure may be expected to get: share of milliseconds, absolute of quality."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One vector worth trying."""

    values: dict[str, float]
    """All dials that were handed in."""
    gain: float
    """Expected: absolute of quality, share of milliseconds."""
    chance: float
    """That the goal gets better by more than can be seen, and that the guard passes."""
    merit: float


@dataclass(frozen=True, kw_only=True)
class Beliefs:
    """What is believed of both measures."""

    dials: tuple[Dial, ...]
    quality: Surrogate
    milliseconds: Surrogate


def believed(dials: Sequence[Dial], tried: Sequence[Tried]) -> Beliefs:
    """What the trials, newest last, teach of quality and of the logarithm of milliseconds."""
    newest = tried[-NEWEST:]
    ends = [_bounded(dials, np.array([_places(dials, one.old), _places(dials, one.new)])) for one in newest]

    def contrasts(measure: Callable[[Tried], tuple[float, float]]) -> list[Contrast]:
        return [
            Contrast(old=old, new=new, change=measure(one)[0], error=measure(one)[1])
            for one, (old, new) in zip(newest, ends, strict=True)
        ]

    sizes = np.array([QUALITY_SIZES.get(dial.name, QUALITY_SIZE) for dial in dials])
    times = np.array([TIMES.get(dial.name, (0.0, TIME_SIZE))[1] for dial in dials])
    return Beliefs(
        dials=tuple(dials),
        quality=fitted(
            contrasts(lambda one: (one.quality, one.quality_error)),
            _expected_quality(dials), sizes, floor=FLOORS["quality"],
        ),
        milliseconds=fitted(
            contrasts(lambda one: (one.milliseconds, one.milliseconds_error)),
            _expected_time(dials), times, floor=FLOORS["milliseconds"],
        ),
    )  # fmt: skip


def suggested(
    beliefs: Beliefs,
    standing: Mapping[str, float],
    aim: Aim,
    *,
    turnable: Sequence[str],
    random: np.random.Generator,
) -> list[Suggestion]:
    """Vectors worth trying, best first; only dials in `turnable` differ from the standing ones."""
    dials = beliefs.dials
    free = [place for place, dial in enumerate(dials) if dial.name in turnable]
    if not free:
        return []
    here = _places(dials, standing)
    first = _weighed(beliefs, standing, here, _made_up(beliefs, here, free, aim, random), aim)
    plain = _plainer(dials, standing, here, first[:BEST])
    return sorted([*first, *_weighed(beliefs, standing, here, plain, aim)], key=lambda one: -one.merit)


def weighed(beliefs: Beliefs, standing: Mapping[str, float], aim: Aim, there: Mapping[str, float]) -> Suggestion | None:
    """What may be expected of a vector that somebody else made up; None where it changes nothing."""
    made = _places(beliefs.dials, there)[None]
    return next(iter(_weighed(beliefs, standing, _places(beliefs.dials, standing), made, aim)), None)


def _weighed(beliefs: Beliefs, standing: Mapping[str, float], here: Floats, made: Floats, aim: Aim) -> list[Suggestion]:
    """Those that differ from what stands, best first."""
    if not len(made):
        return []
    values, vectors = _values(beliefs.dials, standing, here, made)
    merits, gains, chances = _worth(beliefs, _bounded(beliefs.dials, here[None])[0], vectors, aim)
    turned = np.array([sum(one[name] != standing[name] for name in one) for one in values])
    merits = merits * (1.0 - PLAIN) ** np.maximum(0, turned - 1)
    return [
        Suggestion(
            values=values[place], gain=float(gains[place]), chance=float(chances[place]), merit=float(merits[place])
        )
        for place in np.argsort(-merits, kind="stable").tolist()
        if turned[place]
    ]


def _plainer(dials: Sequence[Dial], standing: Mapping[str, float], here: Floats, best: Sequence[Suggestion]) -> Floats:
    """Each of some suggestions, with one of its dials left where it stands; and with only one."""
    made = []
    for one in best:
        there = _places(dials, one.values)
        turned = [place for place, dial in enumerate(dials) if one.values[dial.name] != standing[dial.name]]
        if len(turned) > 1:
            made += [_with(there, {place: here[place]}) for place in turned]
            made += [_with(here, {place: there[place]}) for place in turned]
    return np.array(made)


def _worth(beliefs: Beliefs, here: Floats, vectors: Floats, aim: Aim) -> tuple[Floats, Floats, Floats]:
    """Merit, expected gain and chance of each vector."""
    quality, quality_spread = beliefs.quality.difference(here, vectors)
    slower, slower_spread = beliefs.milliseconds.difference(here, vectors)
    if aim.goal == "quality":
        gain, spread, passes = quality, quality_spread, _below(math.log1p(aim.margin), slower, slower_spread)
    else:
        gain, spread, passes = -slower, slower_spread, 1.0 - _below(-aim.margin, quality, quality_spread)
    seen = aim.seen if aim.goal == "quality" else -math.log1p(-aim.seen)
    z = (gain - seen) / spread
    beyond = _normal(z)
    merit = np.maximum(0.0, gain * beyond + spread * np.exp(-0.5 * np.square(z)) / math.sqrt(2.0 * math.pi)) * passes
    shown = gain if aim.goal == "quality" else -np.expm1(-gain)
    return merit, shown, beyond * passes


def _made_up(beliefs: Beliefs, here: Floats, free: Sequence[int], aim: Aim, random: np.random.Generator) -> Floats:
    made = [_with(here, {place: there}) for place in free for there in GRID]
    made += [_with(here, {place: here[place] + step}) for place in free for step in NEAR]
    for group in dict.fromkeys(beliefs.dials[place].group for place in free):
        pair = [place for place in free if beliefs.dials[place].group == group][:2]
        if len(pair) == 2:
            made += [_with(here, {pair[0]: one, pair[1]: other}) for one in COARSE for other in COARSE]
            made += [_with(here, {one: here[one] + step for one in pair}) for step in NEAR]
    costly = [place for place in free if beliefs.dials[place].cheaper]
    for share in SHARES if costly else ():
        ends = {place: 0.0 if beliefs.dials[place].cheaper < 0 else 1.0 for place in costly}
        made.append(_with(here, {place: here[place] + share * (end - here[place]) for place, end in ends.items()}))
        made += [_with(made[-1], {place: there}) for place in free if place not in ends for there in COARSE]
    return np.array(made + _drawn(beliefs, here, free, aim, random))


def _drawn(beliefs: Beliefs, here: Floats, free: Sequence[int], aim: Aim, random: np.random.Generator) -> list[Floats]:
    """Several dials at once: each to where a draw of what is believed has its best, those that gain most first."""
    steps = [(place, there) for place in free for there in GRID]
    single = _bounded(beliefs.dials, np.array([_with(here, {place: there}) for place, there in steps]))
    effective = _bounded(beliefs.dials, here[None])[0]
    quality, quality_spread = beliefs.quality.difference(effective, single)
    slower, slower_spread = beliefs.milliseconds.difference(effective, single)
    made = []
    for _ in range(DRAWS):
        gained = quality + quality_spread * random.standard_normal(len(steps))
        saved = -(slower + slower_spread * random.standard_normal(len(steps)))
        price = float(random.choice((0.02, 0.1, 0.3)))  # nDCG that one natural logarithm of time is worth
        value = gained + price * saved if aim.goal == "quality" else saved + gained / price
        best = np.argmax(value.reshape(len(free), len(GRID)), axis=1)
        worth = value.reshape(len(free), len(GRID))[np.arange(len(free)), best]
        for most in (2, 3, 5):
            chosen = np.argsort(-worth, kind="stable")[:most]
            made.append(_with(here, {free[one]: GRID[best[one]] for one in chosen.tolist() if worth[one] > 0}))
    return made


def _values(
    dials: Sequence[Dial], standing: Mapping[str, float], here: Floats, made: Floats
) -> tuple[list[dict[str, float]], Floats]:
    """As values, once each, and where these stand: a dial that stays keeps its value, also one beyond its range."""
    names, rows, vectors = [dial.name for dial in dials], [], []
    for place, dial in enumerate(dials):
        units, which = np.unique(np.clip(made[:, place], 0.0, 1.0), return_inverse=True)
        values = [standing[dial.name] if unit == here[place] else dial.value(unit) for unit in units.tolist()]
        rows.append([values[one] for one in which.tolist()])
        vectors.append(np.array([dial.unit(value) for value in values])[which])
    _within(dials, standing, rows, vectors)
    once = {row: place for place, row in reversed(list(enumerate(zip(*rows, strict=True))))}
    order = sorted(once.values())
    found = [dict(zip(names, (row[place] for row in rows), strict=True)) for place in order]
    return found, _bounded(dials, np.array(vectors).T[order])


def _within(
    dials: Sequence[Dial], standing: Mapping[str, float], rows: list[list[float]], vectors: list[Floats]
) -> None:
    """Turn a dial no further than the one that it lies within allows: what does no more is not said either."""
    place_of = {dial.name: place for place, dial in enumerate(dials)}
    for place, dial in enumerate(dials):
        for row, outer in enumerate(rows[place_of[dial.within]]) if dial.within in place_of else ():
            if rows[place][row] > 2 * outer and rows[place][row] != standing[dial.name]:
                rows[place][row] = max(standing[dial.name], 2 * outer)
                vectors[place][row] = dial.unit(rows[place][row])


def _bounded(dials: Sequence[Dial], vectors: Floats) -> Floats:
    """Where each vector stands in effect: a dial that lies within another one goes no further than that allows."""
    place_of = {dial.name: place for place, dial in enumerate(dials)}
    bounded = vectors.copy()
    for place, dial in enumerate(dials):
        if dial.within in place_of:
            other = place_of[dial.within]
            most = np.array([dial.unit(2 * dials[other].value(one)) for one in vectors[:, other].tolist()])
            bounded[:, place] = np.minimum(vectors[:, place], most)
    return bounded


def _places(dials: Sequence[Dial], values: Mapping[str, float]) -> Floats:
    return np.array([dial.unit(values[dial.name]) for dial in dials])


def _with(vector: Floats, places: Mapping[int, float]) -> Floats:
    new = vector.copy()
    for place, value in places.items():
        new[place] = value
    return new


def _expected_quality(dials: Sequence[Dial]) -> Callable[[Floats], Floats]:
    reach = np.array([dial.group == "reach" for dial in dials])

    def expected(points: Floats) -> Floats:
        starved = STARVED[0] * np.exp(-points / STARVED[1])
        extreme = EXTREME * np.power(2.0 * points - 1.0, 4)
        lost: Floats = -np.where(reach, starved, extreme).sum(axis=1)
        return lost

    return expected


def _expected_time(dials: Sequence[Dial]) -> Callable[[Floats], Floats]:
    slopes = np.array([TIMES.get(dial.name, (0.0, TIME_SIZE))[0] for dial in dials])

    def expected(points: Floats) -> Floats:
        slower: Floats = points @ slopes
        return slower

    return expected


def _below(bound: float, mean: Floats, spread: Floats) -> Floats:
    return _normal((bound - mean) / spread)


def _normal(z: Floats) -> Floats:
    return np.array([0.5 * math.erfc(-one / math.sqrt(2.0)) for one in z.tolist()])
