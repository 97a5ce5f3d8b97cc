"""Weighing options against each other by what a page of values says.

Floor 2. Below: features, kernel, online, samples, trail, wording. Above: values.

    worth = pay + later + CURIOSITY * news - end * what there is still to gain

Models are solved when they are first asked for and kept as long as the judge: for as long as nothing more was learned.
"""

from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from itertools import islice
from math import sqrt
from typing import Any
from zlib import crc32

import numpy as np

from tacit.lessons import Option
from tacit.logic.features import Features, described, standing
from tacit.logic.kernel import Model, solved
from tacit.logic.online import Prospect
from tacit.logic.samples import FEATURES, Row, numbered, tally, unlettered
from tacit.logic.trail import Trail
from tacit.logic.wording import worded

__all__ = ["EVERY", "Judge", "row_of", "sampled"]

CURIOSITY = 0.15
"""What news are worth, before it is known what they are good for."""
HOPE = 0.3
"""What there is to gain at least, as long as the task has not failed."""
ROWS = 512
EVERY = "o*"
"""The row of what holds for every verb."""
STANDS = 8.0
"""Steps that one sample stands for, at most."""
LEVEL = 0.05
"""Variance of what is the verb's own in a sample for others."""
SMALLEST = 0.01
"""Variance of the targets around what features can say, in the units of theirs. At 0.5 a hundred episodes did not tell
right from wrong where at 0.02 they did (AUC 0.83 and 0.99, exact solution, recorded steps of cookingworld)."""
SPREAD = 0.01
"""Variance of what a step pays, before any was seen."""
FIRST = 3
"""Steps that this counts for."""
DIGITS = 6
UNKNOWN = (0.0, 0.0, 1.0, 0.0, 0.0)

Weights = dict[int, tuple[float, ...]]
"""Feature -> pay, end, share not known, news, later."""


@lru_cache(maxsize=4_096)
def row_of(option: str) -> str:
    """The row of an option's verb."""
    return f"o{crc32(worded(option).verb.encode()) % ROWS}"


def sampled(trail: Trail, option: str) -> tuple[Features, Features]:
    """-> all features of an option, and those that a sample for other verbs has."""
    did = worded(option)
    own, shared = described(trail, option)
    light = {**shared, f"{did.verb} b": LEVEL, f"{did.verb} T{did.form}": LEVEL}
    return {**light, **own}, light


class Judge:
    """What a page says. The page must not change while it is asked."""

    def __init__(self, page: MutableMapping[str, Any]) -> None:
        self._page = page
        self._models: dict[str, tuple[Weights, float] | None] = {}
        self._prospect = Prospect(page)

    def valued(self, trail: Trail, options: Sequence[str]) -> list[Option]:
        """What experience says of each option at this point of the trail, in their order."""
        fetch = getattr(self._page, "prefetch", None)
        if fetch is not None:
            fetch([EVERY, *sorted({row_of(option) for option in options})])
        at_stake = max(HOPE, self._prospect.of(standing(trail)))
        return [self._valued(trail, option, at_stake) for option in options]

    def foretold(self, trail: Trail, option: str) -> tuple[float, float, float, float, float]:
        """-> pay, end, news, later, and how little is known of them, 0 to 1.

        What never paid or never ended in failure in n steps of its form is expected to by 1 / (n + 1) of what is said
        by what it has in common with others: else what a word did with one verb is feared or hoped for with all.
        """
        model = self._model(row_of(option))
        if model is None:
            return 0.0, 0.0, 0.0, 0.0, 1.0
        weights, spread = model
        whole = unknown = pay = end = news = later = 0.0
        for name, variance in islice(sampled(trail, option)[0].items(), FEATURES):
            one = weights.get(numbered(name), UNKNOWN)
            root = sqrt(variance)
            pay += root * one[0]
            end += root * one[1]
            unknown += variance * one[2]
            news += one[3]
            later += one[4]
            whole += variance
        steps, earned, failed = self._tally(option)
        pay *= 1.0 if earned else 1.0 / (1 + steps)
        end *= 1.0 if failed else 1.0 / (1 + steps)
        return pay, min(1.0, max(0.0, end)), max(0.0, news), later, sqrt(unknown / whole * spread)

    def _tally(self, option: str) -> tuple[int, int, int]:
        return tally(self._page.get(row_of(option)) or {}, worded(option).form)

    def _valued(self, trail: Trail, option: str, at_stake: float) -> Option:
        pay, end, news, later, unknown = self.foretold(trail, option)
        worth = pay + later + CURIOSITY * news - end * at_stake
        tried, *_ = self._tally(option)
        return Option(
            option=option,
            value=round(max(-1.0, min(1.0, worth)), DIGITS),
            uncertainty=round(unknown, DIGITS) if tried else 1.0,
            risk=round(end * at_stake, DIGITS),
            tried=tried,
            because=_because(option, tried, pay, news, end),
        )

    def _model(self, name: str) -> tuple[Weights, float] | None:
        if name not in self._models:
            self._models[name] = _solved(name, self._page.get(name) or {}, self._page.get(EVERY) or {})
        return self._models[name]


def _solved(name: str, own: Row, every: Row) -> tuple[Weights, float] | None:
    """The samples of a row and those of other verbs, solved for, with what was learned online."""
    samples, stand = [], []
    for source in (own, every):
        for kind, seen in zip("ep", source.get("n", (0, 0)), strict=True):
            kept = [one for one in source.get(kind, ()) if one[3:] != [name]]
            samples += kept
            stand += [min(STANDS, max(1.0, seen / max(1, len(source.get(kind, ())))))] * len(kept)
    if not samples:
        return None
    targets, stands_for = np.array([one[1:3] for one in samples], dtype=np.float64), np.array(stand)
    model: Model = solved([one[0] for one in samples], targets, stands_for, SMALLEST)
    weights: Weights = {one: (*found, 0.0, 0.0) for one, found in model.items()}
    for source in (own, every):
        for letters, (news, later, *_) in source.get("w", {}).items():
            weights[unlettered(letters)] = (*weights.get(unlettered(letters), UNKNOWN)[:3], news, later)
    mine = sum(len(own.get(kind, ())) for kind in "ep")
    return weights, _spread(targets[:mine, 0].tolist(), stand[:mine])


def _spread(paid: Sequence[float], stands_for: Sequence[float]) -> float:
    """How much what a verb's steps paid varies, 0 to 1: what always comes out the same holds nothing to find out."""
    count = sum(stands_for)
    mean = sum(one * times for one, times in zip(paid, stands_for, strict=True)) / count if count else 0.0
    off = sum((one - mean) ** 2 * times for one, times in zip(paid, stands_for, strict=True))
    return min(1.0, (SPREAD * FIRST + off) / (FIRST + count) / SPREAD)


def _because(option: str, tried: int, pay: float, news: float, end: float) -> str:
    form = worded(option).form
    if not tried:
        return f"nothing like '{form}' was ever tried"
    parts = [f"pays {pay:+.2f}"] if abs(pay) >= 0.01 else ["pays nothing"]
    parts += ["tells something new"] if news >= 0.5 else ["tells nothing new"] if news < 0.1 else []
    parts += [f"ends in failure in {end:.0%}"] if end >= 0.05 else []
    return f"{', '.join(parts)}: from {tried} steps like '{form}'"
