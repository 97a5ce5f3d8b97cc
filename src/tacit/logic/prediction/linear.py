"""A linear model over hashed words: how the words of a task, of calls and of answers speak for success.

Floor 2. Below: views. Above: chances.

Logistic regression, learned online with a rate of its own for each weight (FTRL-proximal; McMahan et al. 2013, "Ad
click prediction: a view from the trenches", KDD), hashed (Weinberger et al. 2009) into `BLOCKS` rows of `SIZE` pairs,
as many features of an episode share a row: `l<block>` -> [z, n, z, n, ...].
"""

from collections.abc import MutableMapping, Sequence
from math import exp, sqrt
from typing import Any
from zlib import crc32

from tacit.logic.prediction.views import Course

__all__ = ["KEYS", "features", "learned", "score"]

BLOCKS = 16
SIZE = 256
UNIT = 1_000
"""Numbers are kept as thousandths: whole numbers are read three times as fast."""
KEYS = [f"l{block}" for block in range(BLOCKS)]
ALPHA, BETA, L1, L2 = 0.3, 1.0, 0.05, 1.0
SURE = 0.02
"""An error below it is not learned from."""
LATEST = 5
"""Steps whose shape counts; the words of the last two."""

Page = MutableMapping[str, Any]


def features(course: Course) -> list[int]:
    """Places of what is seen, each once, ascending."""
    found = [f"t{word}" for word in course.words]
    found += [f"b{course.agent}", f"d{course.domain}", f"p{len(course.steps)}"]
    found += [f"{name}{value}" for name, value in zip("rcfw", course.paid, strict=True)]
    for step in course.steps[-LATEST:]:
        found += [f"h{step.head}", f"s{step.said}", f"q{step.done}", f"z{step.shape}"]
    for step in course.steps[-2:]:
        found += [f"o{word}" for word in step.words]
    for step in course.steps[-1:]:
        found += [f"a{word}" for word in step.spoken]
    return sorted({crc32(one.encode("utf-8", "replace")) % (BLOCKS * SIZE) for one in found})


def score(seen: Sequence[int], page: Page) -> float:
    """Log odds of success, in [-8, 8]."""
    blocks = [page.get(key) for key in KEYS]
    total = 0.0
    for place in seen:
        row = blocks[place // SIZE]
        if row:
            at = 2 * (place % SIZE)
            total += _weight(row[at] / UNIT, row[at + 1] / UNIT)
    return min(max(total, -8.0), 8.0)


def learned(seen: Sequence[int], page: Page, scored: float, outcome: float) -> None:
    """One step of FTRL-proximal; `scored` is the score of what is seen, as the page stands."""
    wrong = 1 / (1 + exp(-scored)) - outcome
    if abs(wrong) < SURE:
        return
    square = wrong * wrong
    blocks: dict[int, list[int]] = {}
    for place in seen:
        block, at = place // SIZE, 2 * (place % SIZE)
        row = blocks.get(block)
        if row is None:
            row = blocks[block] = list(page.get(KEYS[block]) or (0,) * (2 * SIZE))
        z, n = row[at] / UNIT, row[at + 1] / UNIT
        row[at] = round(UNIT * (z + wrong - (sqrt(n + square) - sqrt(n)) / ALPHA * _weight(z, n)))
        row[at + 1] = round(UNIT * (n + square))
    for block, row in blocks.items():
        page[KEYS[block]] = row


def _weight(z: float, n: float) -> float:
    if -L1 <= z <= L1:
        return 0.0
    return -(z - L1 if z > 0 else z + L1) / ((BETA + sqrt(n)) / ALPHA + L2)
