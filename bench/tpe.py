"""A tree-structured Parzen estimator over a unit cube, one dial at a time: what the loop's proposer is compared with.

After Bergstra, Bardenet, Bengio, Kegl (2011). The best few observations and the others each make a density per dial (a
Gaussian at each observation, as wide as the farther of its neighbours is away, and a flat one; cut off at the ends); of
some draws from the density of the good ones, the next is the one where it is largest against that of the others.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["suggest"]

Floats = NDArray[np.float64]

STARTUP = 10
"""Random draws before anything is modelled."""
DRAWS = 24
NARROWEST = 1e-2


def suggest(points: Sequence[Floats], losses: Sequence[float], *, dials: int, random: np.random.Generator) -> Floats:
    """The next point in [0, 1]^dials to evaluate, given those that were (losses: lower is better)."""
    if len(points) < STARTUP:
        return random.random(dials)
    order = np.argsort(np.asarray(losses), kind="stable")
    good = math.ceil(0.25 * math.sqrt(len(points))) + 1
    seen = np.asarray(points)[order]
    return np.array([_one(seen[:good, dial], seen[good:, dial], random) for dial in range(dials)])


def _one(good: Floats, others: Floats, random: np.random.Generator) -> float:
    centres, widths = _mixture(good)
    chosen = random.integers(0, len(centres), size=DRAWS)
    drawn = np.clip(random.normal(centres[chosen], widths[chosen]), 0.0, 1.0)
    ratio = _density(drawn, *_mixture(good)) / _density(drawn, *_mixture(others))
    return float(drawn[int(np.argmax(ratio))])


def _mixture(seen: Floats) -> tuple[Floats, Floats]:
    """Centres and widths; the flat one stands in the middle, as wide as the range."""
    centres = np.sort(np.append(seen, 0.5))
    edges = np.concatenate([[0.0], centres, [1.0]])
    widths = np.maximum(edges[1:-1] - edges[:-2], edges[2:] - edges[1:-1])
    widths = np.clip(widths, max(NARROWEST, 1.0 / min(100, 1 + len(centres))), 1.0)
    widths[int(np.searchsorted(centres, 0.5))] = 1.0
    return centres, widths


def _density(at: Floats, centres: Floats, widths: Floats) -> Floats:
    apart = (at[:, None] - centres[None, :]) / widths[None, :]
    inside = np.array([0.5 * (math.erf((1 - c) / w / math.sqrt(2)) + math.erf(c / w / math.sqrt(2)))
                       for c, w in zip(centres, widths, strict=True)])  # fmt: skip
    found: Floats = (np.exp(-0.5 * np.square(apart)) / (widths * inside)[None, :]).mean(axis=1) + 1e-12
    return found
