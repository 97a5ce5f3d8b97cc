"""Values: what experience says of each thing that could be done now.

Floor 2. Below: features, trail, wording. Above: logic.lesson learns, operations.advise asks.

Each finished episode is walked through once. For every step the features of what was done meet four targets: what the
step paid; how new what it told was; whether it ended the episode in failure; and by how much the prospect (a running
estimate of the discounted return from such a point on) moved. An option is worth the sum of what is expected of it:

    pay + moved prospect + CURIOSITY * news - end * what there was still to gain

Where the environment pays no step, the outcome pays the last one. A loss that is made good later in the episode counts
for nothing: taking a wrong turn back is a matter of steps, not of pay.

Weights are learned online with a variance each (adaptive regularisation: Vaits, Crammer, 2011; a Kalman filter with a
diagonal covariance): w += v * error / (NOISE + sum v), v -= v * v / (NOISE + sum v). No step size, one pass, and what
was rarely seen moves most.

Rows of the page (space "values"):
    verb, hashed to one of 512, or "*" -> {feature, hashed: [pay, news, end, moved, variance, times]}
    "~" -> {feature of the point: [weight, variance]}, for the prospect
"""

from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from itertools import accumulate
from math import sqrt
from typing import Any
from zlib import crc32

from tacit.lessons import Option
from tacit.logic.evidence import success_of
from tacit.logic.features import SHARED, described, standing
from tacit.logic.trail import Trail
from tacit.logic.wording import said, worded
from tacit.types import Episode, Failure, Item, Step

__all__ = ["accounted", "learn", "trail_of", "valued"]

Page = MutableMapping[str, Any]
Cell = list[float]

DISCOUNT = 0.95
"""A step."""
PRIOR = 0.02
"""Variance of a weight before anything was seen."""
NOISE = 0.5
"""Variance of the targets around what features can say. On recorded games 0.01 to 3 were tried: what a step pays was
foretold with an R2 of 0.72 to 0.83 (twc) and 0.60 to 0.71 (cookingworld), best from 0.5 to 1."""
PROSPECT_NOISE = 0.15
FLOOR = 1e-5
"""Variance of a weight that was seen often: what it says may still change."""
CURIOSITY = 0.15
"""What news are worth, before it is known what they are good for."""
HOPE = 0.3
"""What there is to gain at least, as long as the task has not failed."""
PAY, NEWS, END, MOVED, VARIANCE, TIMES = range(6)
TARGETS = 4
ROWS = 512
CELLS = 1_500
"""Features that a row keeps; above them those seen least are dropped."""
DIGITS = 6
LONGEST = 300
"""Steps of an episode that are learned from."""
PROSPECT = "~"


def learn(item: Item, page: Page) -> None:
    """Learn from a finished episode, once. One that tells neither rewards nor an outcome teaches nothing."""
    episode = item.payload
    if not isinstance(episode, Episode):
        return
    paid = _paid(episode)
    if not paid:
        return
    steps = episode.steps[: len(paid)]
    earned, gained = accounted(paid)
    returns = [*accumulate(reversed(gained), lambda later, now: now + DISCOUNT * later)][::-1]
    failed = isinstance(episode.outcome, Failure) and len(steps) == len(episode.steps)
    weights, trail = _Weights(page), Trail(episode.task)
    for place, step in enumerate(steps):
        groups = described(trail, said(step))
        point, before = standing(trail), weights.prospect(standing(trail))
        news = trail.add(step)
        weights.expect(point, returns[place])
        if place + 1 == len(steps):  # where it leads is not known
            weights.meet(groups, (earned[place], news, float(failed), None))
        else:
            after = weights.prospect(standing(trail))
            weights.meet(groups, (earned[place], news, 0.0, DISCOUNT * after - before))
    weights.keep()


def trail_of(task: str, steps: Sequence[Step]) -> Trail:
    """The trail of an episode that is under way."""
    trail = Trail(task)
    for step in steps:
        trail.add(step)
    return trail


def valued(trail: Trail, options: Sequence[str], page: Page) -> list[Option]:
    """What experience says of each option at this point of the trail, in their order."""
    weights = _Weights(page)
    weights.fetch(options)
    at_stake = max(HOPE, weights.prospect(standing(trail)))
    return [_valued(weights, trail, option, at_stake) for option in options]


def accounted(paid: Sequence[float]) -> tuple[list[float], list[float]]:
    """-> what each step earned, and what it gained for good.

    A gain is earned even where it makes a loss good, but gained only where the total passes what it had been before. A
    loss counts as far as it is not made good later.

    >>> accounted([1.0, -1.0, 1.0, 1.0, -1.0])
    ([1.0, 0.0, 1.0, 1.0, -1.0], [1.0, 0.0, 0.0, 1.0, -1.0])
    """
    totals = [*accumulate(paid)]
    highest = [*accumulate(reversed(totals), max)][::-1]
    best = 0.0
    earned, gained = [], []
    for now, total, later in zip(paid, totals, highest, strict=True):
        lost = min(0.0, later - (total - now)) if now < 0 else 0.0
        earned.append(now if now > 0 else lost)
        gained.append(max(0.0, total - best) + lost)
        best = max(best, total)
    return earned, gained


def _paid(episode: Episode) -> list[float]:
    steps = episode.steps
    if any(step.reward is not None for step in steps):
        return [step.reward or 0.0 for step in steps[:LONGEST]]
    success = success_of(episode.outcome)
    if success is None or not steps or len(steps) > LONGEST:
        return []
    return [0.0] * (len(steps) - 1) + [success]


def _valued(weights: "_Weights", trail: Trail, option: str, at_stake: float) -> Option:
    groups = described(trail, option)
    pay, news, end, moved, variance = weights.foretold(groups)
    end = min(1.0, max(0.0, end))
    worth = pay + moved + CURIOSITY * news - end * at_stake
    tried = weights.tried(groups)
    return Option(
        option=option,
        value=round(max(-1.0, min(1.0, worth)), DIGITS),
        uncertainty=round(min(1.0, sqrt(variance)), DIGITS) if tried else 1.0,
        tried=tried,
        because=_because(option, tried, pay, news, end),
    )


def _because(option: str, tried: int, pay: float, news: float, end: float) -> str:
    form = worded(option).form
    if not tried:
        return f"nothing like '{form}' was ever tried"
    parts = [f"pays {pay:+.2f}"] if abs(pay) >= 0.01 else ["pays nothing"]
    parts += ["tells something new"] if news >= 0.5 else ["tells nothing new"] if news < 0.1 else []
    parts += [f"ends in failure in {end:.0%}"] if end >= 0.05 else []
    return f"{', '.join(parts)}: from {tried} steps like '{form}'"


class _Weights:
    """The page, as the weights of a linear model."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._rows: dict[str, dict[str, Any]] = {}

    def fetch(self, options: Sequence[str]) -> None:
        """Read at once what these options will want."""
        fetch = getattr(self._page, "prefetch", None)
        if fetch is not None:
            fetch([_row("v" + verb) for verb in sorted({worded(option).verb for option in options})])

    def prospect(self, point: Sequence[str]) -> float:
        row = self._at(PROSPECT)
        return float(sum(row[name][0] for name in point if name in row))

    def expect(self, point: Sequence[str], target: float) -> None:
        row = self._at(PROSPECT)
        cells = [row.setdefault(name, [0.0, PRIOR]) for name in point]
        error = target - sum(cell[0] for cell in cells)
        total = PROSPECT_NOISE + sum(cell[1] for cell in cells)
        for cell in cells:
            gain = cell[1] / total
            cell[0] = round(cell[0] + gain * error, DIGITS)
            cell[1] = round(max(FLOOR, cell[1] - gain * cell[1]), DIGITS)

    def foretold(self, groups: Sequence[tuple[str, list[str]]]) -> tuple[float, float, float, float, float]:
        """-> pay, news, end, moved, variance of their sum."""
        sums = [0.0] * (TARGETS + 1)
        for name, features in groups:
            row = self._at(_row(name))
            for feature in features:
                cell = row.get(_hash(feature))
                if cell is None:
                    sums[VARIANCE] += PRIOR
                else:
                    for which in range(TARGETS + 1):
                        sums[which] += cell[which]
        return sums[PAY], sums[NEWS], sums[END], sums[MOVED], sums[VARIANCE]

    def meet(self, groups: Sequence[tuple[str, list[str]]], targets: tuple[float, float, float, float | None]) -> None:
        cells = [self._cell(_row(name), feature) for name, features in groups for feature in dict.fromkeys(features)]
        errors = [
            0.0 if target is None else target - sum(cell[which] for cell in cells)
            for which, target in enumerate(targets)
        ]
        total = NOISE + sum(cell[VARIANCE] for cell in cells)
        for cell in cells:
            gain = cell[VARIANCE] / total
            for which, error in enumerate(errors):
                cell[which] = round(cell[which] + gain * error, DIGITS)
            cell[VARIANCE] = round(max(FLOOR, cell[VARIANCE] - gain * cell[VARIANCE]), DIGITS)
            cell[TIMES] += 1

    def tried(self, groups: Sequence[tuple[str, list[str]]]) -> int:
        """Steps of the same form."""
        name, features = groups[0]
        cell = self._at(_row(name)).get(_hash(features[1]))
        return int(cell[TIMES]) if cell else 0

    def keep(self) -> None:
        """Hand the rows back, none longer than it may be."""
        for name, row in sorted(self._rows.items()):
            if name != PROSPECT and len(row) > CELLS:
                kept = sorted(row, key=lambda key: (-row[key][TIMES], key))[: CELLS * 3 // 4]
                row = {key: row[key] for key in kept}
            if row:
                self._page[name] = row

    def _at(self, name: str) -> dict[str, Any]:
        if name not in self._rows:
            self._rows[name] = self._page.get(name) or {}
        return self._rows[name]

    def _cell(self, name: str, feature: str) -> Cell:
        return self._at(name).setdefault(_hash(feature), [0.0, 0.0, 0.0, 0.0, PRIOR, 0])  # type: ignore[no-any-return]


@lru_cache(maxsize=4_096)
def _row(name: str) -> str:
    return name if name == SHARED else f"v{crc32(name.encode()) % ROWS}"


@lru_cache(maxsize=65_536)
def _hash(feature: str) -> str:
    return format(crc32(feature.encode()), "x")
