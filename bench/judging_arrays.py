"""What the judge is tried on: pairs of which nothing is better, and pairs with a gain of a known size.

`measured` recalls LoCoMo questions: under policies that differ (quality), and again and again under the same one (CPU
time of a recall). `made_up` has the same shape without data, and says so. A null pair is drawn from either: times of
the same recall at two moments, qualities of the same policy or of two whose sides are swapped case by case at random,
so that neither side can be better.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.common import say
from bench.improve_lab import laboratory
from tacit.logic.improving.judge import Measures, Primary
from tacit.policy import Policy

__all__ = ["Arrays", "made_up", "measured", "null_pair", "with_gain"]

Floats = NDArray[np.float64]

OTHERS = (
    {"words": 1.0},
    {"words": 0.3},
    {"session": 0.0},
    {"dated": 0.0, "dated_kept": 0},
    {"candidates": 40, "kept": 25},
)
"""What differs from the shipped policy: quality of 1 to 32 % of the cases does, by .08 on average over those."""
UP = 0.37
"""How much a case gains where a gain is planted, at most: the answer is found one place earlier, at the top."""


@dataclass(frozen=True)
class Arrays:
    """Of the same cases."""

    quality: Floats
    """(policies, cases); the shipped policy first."""
    milliseconds: Floats
    """(cases, repeats)."""
    origin: str
    """What a reader of the figures must know."""


def measured(data: Path, *, most: int, repeats: int, seed: int = 0) -> Arrays:
    """From the development conversations 1 to 3 of LoCoMo."""
    policies = [Policy(), *(msgspec.structs.replace(Policy(), **each) for each in OTHERS)]
    with laboratory(data, (0, 1, 2), most=most, seed=seed) as lab:
        quality = np.array([lab.measured(policy).quality for policy in policies])
        say(f"{len(lab.cases)} cases under {len(policies)} policies")
        times = []
        for place in range(len(lab.cases)):
            row = [float(lab.measured(policies[0], [place]).milliseconds[0]) for _ in range(repeats + 1)]
            times.append(row[1:])  # the first one reads pages and fills caches: 12 % longer, and it is nobody's turn
    return Arrays(quality, np.array(times), f"{len(times)} LoCoMo questions, each recalled {repeats} times")


def made_up(*, cases: int = 400, repeats: int = 10, seed: int = 0) -> Arrays:
    """Arrays of the same shape: most cases do not differ, times are skewed, one in two hundred is very slow."""
    rng = np.random.default_rng(seed)
    ranks = rng.integers(0, 6, cases)
    base = np.where(ranks < 5, 1.0 / np.log2(ranks + 2.0), 0.0)
    quality = [base]
    for share in (0.18, 0.3, 0.1, 0.05, 0.01):
        moved = np.where(rng.random(cases) < share, rng.normal(0.0, 0.2, cases), 0.0)
        quality.append(np.clip(base + moved, 0.0, 1.0))
    noise = np.exp(rng.normal(0.0, 0.1, (cases, repeats)))
    slow = 1.0 + np.where(rng.random((cases, repeats)) < 0.005, rng.exponential(3.0, (cases, repeats)), 0.0)
    times = 4.0 * np.exp(rng.normal(0.0, 0.2, (cases, 1))) * noise * slow
    return Arrays(np.array(quality), times, f"{cases} made-up cases (no data set was given)")


def null_pair(arrays: Arrays, rng: Generator, cases: int, *, swapped: bool) -> tuple[Measures, Measures]:
    """Two sides of which none is better. `swapped`: qualities of two policies; else of one, which are the same."""
    every = arrays.quality.shape[1]
    chosen = rng.permutation(every)[:cases] if cases <= every else rng.integers(0, every, cases)
    repeats = arrays.milliseconds.shape[1]
    first = rng.integers(0, repeats, cases)
    second = (first + rng.integers(1, repeats, cases)) % repeats
    one = arrays.quality[0, chosen]
    other = arrays.quality[rng.integers(1, len(arrays.quality)), chosen] if swapped else one
    turned = rng.random(cases) < 0.5
    return (
        Measures(np.where(turned, other, one), arrays.milliseconds[chosen, first]),
        Measures(np.where(turned, one, other), arrays.milliseconds[chosen, second]),
    )


def with_gain(
    pair: tuple[Measures, Measures], primary: Primary, gain: float, rng: Generator
) -> tuple[Measures, Measures]:
    """The pair with its new side better by a share of the old one's mean: times shortened, answers found earlier."""
    old, new = pair
    if primary == "milliseconds":
        return old, Measures(new.quality, new.milliseconds * (1.0 - gain))
    wanted = gain * float(old.quality.mean()) * old.quality.size
    quality = new.quality.copy()
    for place in rng.permutation(quality.size):
        step = min(UP, 1.0 - quality[place], wanted)
        quality[place] += step
        wanted -= step
    return old, Measures(quality, new.milliseconds)
