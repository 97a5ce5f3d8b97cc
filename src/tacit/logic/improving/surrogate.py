"""Surrogate: what earlier trials say about policies that nobody tried: a Gaussian process on differences.

Floor 2, numpy only. Above: optimiser, which asks where to look next.

A trial measures the difference between two policies on the same cases, not how good either is: cases come and go, and
machines are busier at some times than at others. So the data are differences y = f(new) - f(old) + noise, and all that
is asked for is f(candidate) - f(standing). f is a sum of one function of each dial (Duvenaud, Nickisch, Rasmussen
2011), for most dials interact little: what was learned of one holds wherever the others stand, and some ten trials say
something of ten dials. Exact inference (Rasmussen and Williams 2006, 2.19); the size of each dial's function is chosen
by marginal likelihood, in one sweep around what it is expected to be.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Contrast", "Surrogate", "fitted"]

Floats = NDArray[np.float64]

SIZES = (0.1, 0.3, 3.0)
"""Times the expected size of a dial's function: what the sweep tries."""
SIZE_PRIOR = 0.5
"""Log likelihood that a size other than the expected one must gain."""
REACHES = (0.25, 0.6)
"""Length scales, in shares of a dial's range: a function with a hump, and one that hardly bends."""
JITTER = 1e-9


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """One measured difference; `old` and `new` are vectors of places in [0, 1], one for each dial."""

    old: Floats
    new: Floats
    change: float
    """f(new) - f(old), as measured."""
    error: float
    """Standard error of it."""


@dataclass(frozen=True, kw_only=True)
class Surrogate:
    """What is believed of f after the contrasts."""

    expected: Callable[[Floats], Floats]
    """Prior mean of f at each of some points (points x dials)."""
    sizes: Floats
    """Of each dial's function: standard deviation."""
    reach: float
    contrasts: tuple[Contrast, ...]
    root: Floats
    """Cholesky factor of the covariance of the contrasts."""
    weights: Floats

    def difference(self, standing: Floats, candidates: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of f(candidate) - f(standing), for each row of `candidates`."""
        mean = self.expected(candidates) - self.expected(standing[None])[0]
        spread = np.zeros(len(candidates))
        shared = np.zeros((len(candidates), len(self.contrasts)))
        for dial in np.flatnonzero(self.sizes > 0):  # candidates share few values of a dial: one look at each
            values, which = np.unique(candidates[:, dial], return_inverse=True)
            here = standing[dial : dial + 1]
            spread += (2.0 * self.sizes[dial] ** 2 * (1.0 - _shape(values, here, self.reach)[:, 0]))[which]
            if self.contrasts:
                old, new = (end[:, dial] for end in _ends(self.contrasts))
                apart = _shape(values, new, self.reach) - _shape(values, old, self.reach)
                apart -= _shape(here, new, self.reach) - _shape(here, old, self.reach)
                shared += (self.sizes[dial] ** 2 * apart)[which]
        if self.contrasts:
            mean = mean + shared @ self.weights
            spread = spread - np.square(np.linalg.solve(self.root, shared.T)).sum(axis=0)
        return mean, np.sqrt(np.maximum(spread, 1e-12))


def fitted(
    contrasts: Sequence[Contrast], expected: Callable[[Floats], Floats], sizes: Floats, *, floor: float
) -> Surrogate:
    """What the contrasts teach. `sizes`: of each dial's function as expected before anything is measured, 0 for a dial
    that does not matter; `floor`: least standard error that is believed."""
    if not contrasts:
        empty = np.zeros((0, 0))
        return Surrogate(
            expected=expected, sizes=sizes, reach=REACHES[-1], contrasts=(), root=empty, weights=np.zeros(0)
        )
    old, new = _ends(contrasts)
    surprise = np.array([one.change for one in contrasts]) - (expected(new) - expected(old))
    noise = np.diag(np.square(np.maximum([one.error for one in contrasts], floor)) + JITTER)
    likeliest = []
    for reach in REACHES:
        parts = _contrasted(old, new, reach)
        likeliest.append((_likelihood(np.tensordot(np.square(sizes), parts, axes=1) + noise, surprise), reach, parts))
    _, reach, parts = max(likeliest, key=lambda one: one[0])
    sizes = _swept(parts, surprise, noise, sizes)
    root = np.linalg.cholesky(np.tensordot(np.square(sizes), parts, axes=1) + noise).astype(np.float64)
    weights = np.linalg.solve(root.T, np.linalg.solve(root, surprise))
    return Surrogate(
        expected=expected, sizes=sizes, reach=reach, contrasts=tuple(contrasts), root=root, weights=weights
    )


def _contrasted(old: Floats, new: Floats, reach: float) -> Floats:
    """Covariance of the contrasts for each dial of size one: dials x contrasts x contrasts."""
    parts = []
    for before, after in zip(old.T, new.T, strict=True):
        across = _shape(after, before, reach)
        parts.append(_shape(after, after, reach) + _shape(before, before, reach) - across - across.T)
    return np.array(parts)


def _swept(parts: Floats, surprise: Floats, noise: Floats, sizes: Floats) -> Floats:
    """One sweep over the dials that were turned: each takes the size that makes the contrasts most likely."""
    best = sizes.copy()
    covariance = np.tensordot(np.square(best), parts, axes=1) + noise
    likelihood = _likelihood(covariance, surprise)
    for place in np.flatnonzero((sizes > 0) & (np.abs(parts).max(axis=(1, 2)) > 1e-12)):
        for times in SIZES:
            size = sizes[place] * times
            other = covariance + (size**2 - best[place] ** 2) * parts[place]
            found = _likelihood(other, surprise) - SIZE_PRIOR
            if found > likelihood:
                likelihood, covariance, best[place] = found, other, size
    return best


def _likelihood(covariance: Floats, surprise: Floats) -> float:
    root = np.linalg.cholesky(covariance)
    scaled = np.linalg.solve(root, surprise)
    return float(-0.5 * scaled @ scaled - np.log(np.diag(root)).sum())


def _ends(contrasts: Sequence[Contrast]) -> tuple[Floats, Floats]:
    return np.array([one.old for one in contrasts]), np.array([one.new for one in contrasts])


def _shape(left: Floats, right: Floats, reach: float) -> Floats:
    """Matern kernel of 3/2 between two rows of places on one dial."""
    apart = np.sqrt(3.0) * np.abs(left[:, None] - right[None, :]) / reach
    shape: Floats = (1.0 + apart) * np.exp(-apart)
    return shape
