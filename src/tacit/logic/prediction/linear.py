"""A linear model over hashed words: how the words of a task and of its answers speak for success.

Floor 2. Below: views. Above: chances.

Logistic regression, learned online with a rate of its own for each weight (McMahan et al. 2013, "Ad click prediction: a
view from the trenches", KDD: FTRL-proximal). Hashed (Weinberger et al. 2009) into `BLOCKS` rows of `SIZE` pairs, so
that many features share a row: `l<block>` -> [z, n, z, n, ...].
"""

from collections.abc import MutableMapping, Sequence
from math import exp, sqrt
from typing import Any
from zlib import crc32

from tacit.logic.prediction.views import Course

__all__ = ["BLOCKS", "features", "learned", "score"]

BLOCKS = 32
SIZE = 256
ALPHA, BETA, L1, L2 = 0.3, 1.0, 0.05, 1.0

Page = MutableMapping[str, Any]


def features(course: Course) -> list[int]:
    """Places of what is seen, each once."""
    found = [f"t{word}" for word in course.words]
    found += [f"b{course.agent}", f"d{course.domain}", f"p{len(course.steps)}"]
    for step in course.steps[-5:]:
        found += [f"h{step.head}", f"s{step.said}", f"q{step.done}", f"z{step.shape}"]
    if course.steps:
        found += [f"o{word}" for step in course.steps[-2:] for word in step.words]
        found += [f"a{word}" for word in course.steps[-1].spoken]
    return list({crc32(one.encode("utf-8", "replace")) % (BLOCKS * SIZE) for one in found})


def score(seen: Sequence[int], page: Page) -> float:
    """Log odds of success."""
    return min(max(sum(_weight(*_pair(place, page)) for place in seen), -8.0), 8.0)


def learned(seen: Sequence[int], page: Page, outcome: float) -> None:
    """One step of FTRL-proximal."""
    weights = [_weight(*_pair(place, page)) for place in seen]
    wrong = 1 / (1 + exp(-min(max(sum(weights), -12.0), 12.0))) - outcome
    square = wrong * wrong
    for place, weight in zip(seen, weights, strict=True):
        key, at = f"l{place // SIZE}", 2 * (place % SIZE)
        row = page.get(key) or [0.0] * (2 * SIZE)
        z, n = row[at], row[at + 1]
        row[at] = round(z + wrong - (sqrt(n + square) - sqrt(n)) / ALPHA * weight, 4)
        row[at + 1] = round(n + square, 4)
        page[key] = row


def _pair(place: int, page: Page) -> tuple[float, float]:
    row = page.get(f"l{place // SIZE}")
    at = 2 * (place % SIZE)
    return (row[at], row[at + 1]) if row else (0.0, 0.0)


def _weight(z: float, n: float) -> float:
    if abs(z) <= L1:
        return 0.0
    return -(z - L1 if z > 0 else z + L1) / ((BETA + sqrt(n)) / ALPHA + L2)
