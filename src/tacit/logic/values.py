"""Values: what experience says of each thing that could be done now.

Floor 2. Below: features, online, samples, trail, weighing, wording. Above: logic.lesson learns, operations.advise asks.

Each finished episode is walked through once. Of every step it is learned what it paid, whether it ended the episode in
failure, how new what it told was, and by how much what was gained after it (discounted) passed what was to be expected
at such a point. An option is worth the sum of what is expected of it: see `weighing`.

Where the environment pays no step, the outcome pays the last one. A loss that is made good later in the episode counts
for nothing: taking a wrong turn back is a matter of steps, not of pay.

What a step pays and what it risks hangs on a few features of many, and few steps tell: samples are kept, and solved for
when they are asked for (`samples`, `kernel`). What is new and what comes later every step tells, and it is learned
online (`online`).

Rows of the page (space "values"):
    "o" and the verb, hashed to one of 512 -> samples of its steps (see `samples`) and "w": {feature: [news, later,
        variance, times]}
    "o*" -> the same of the features that mean something for every verb
    "~" -> {feature of the point: [weight, variance]}, for the prospect
"""

from collections.abc import MutableMapping, Sequence
from itertools import accumulate
from typing import Any

from tacit.lessons import Option
from tacit.logic.evidence import success_of
from tacit.logic.features import standing
from tacit.logic.online import Prospect, bounded, met
from tacit.logic.samples import Row, added, coded, lettered
from tacit.logic.trail import Trail
from tacit.logic.weighing import EVERY, Judge, row_of, sampled
from tacit.logic.wording import said, worded
from tacit.types import Episode, Failure, Item, Step

__all__ = ["Judge", "accounted", "learn", "trail_of", "valued"]

Page = MutableMapping[str, Any]

DISCOUNT = 0.85
"""A step."""
NOISE = 0.5
"""Variance of the targets around what features can say online. On recorded games 0.01 to 3 were tried: what a step pays
was foretold with an R2 of 0.72 to 0.83 (twc) and 0.60 to 0.71 (cookingworld), best from 0.5 to 1."""
OWN = (96, 64)
"""Samples of a verb that are kept: steps that paid or failed, and others."""
ALL = (64, 32)
"""The same, of all verbs together."""
LITTLE = 0.005
"""What pays less pays nothing."""
CELLS = 600
"""Features of a row that are learned online; above them those seen least are dropped."""
LONGEST = 300
"""Steps of an episode that are learned from."""


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
    rows: dict[str, Row] = {}
    prospect, trail = Prospect(page), Trail(episode.task)
    for place, step in enumerate(steps):
        last, point, option = place + 1 == len(steps), standing(trail), said(step)
        features, light = sampled(trail, option)
        expected, news = prospect.of(point), trail.add(step)
        later = 0.0 if last else DISCOUNT * returns[place + 1]
        prospect.expect(point, later)
        name = row_of(option)
        for one in (name, EVERY):
            if one not in rows:
                rows[one] = page.get(one) or {}
        own, every = rows[name], rows[EVERY]
        _met(own, every, features, (news, later - expected))
        targets = [round(earned[place], 3), float(failed and last)]
        mattered = targets[1] > 0 or abs(earned[place]) > LITTLE
        added(own, worded(option).form, [coded(features), *targets], mattered=mattered, most=OWN)
        added(every, "", [coded(light), *targets, name], mattered=mattered, most=ALL)
    for name, row in rows.items():
        row["w"] = bounded(row["w"], CELLS)
        page[name] = row
    prospect.keep()


def trail_of(task: str, steps: Sequence[Step]) -> Trail:
    """The trail of an episode that is under way."""
    trail = Trail(task)
    for step in steps:
        trail.add(step)
    return trail


def valued(trail: Trail, options: Sequence[str], page: Page) -> list[Option]:
    """What experience says of each option at this point of the trail, in their order."""
    return Judge(page).valued(trail, options)


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


def _met(own: Row, every: Row, features: dict[str, float], targets: tuple[float, float]) -> None:
    """Learn online: what holds for every verb in its own row."""
    parts: list[dict[str, float]] = [{}, {}]
    for name, variance in features.items():
        parts[name.startswith("*")][lettered(name)] = variance
    met([(own.setdefault("w", {}), parts[0]), (every.setdefault("w", {}), parts[1])], targets, NOISE)
