"""Linear models that are learned online, with a variance for each weight, in one pass over all steps.

Floor 2. Below: nothing. Above: values, weighing.

Adaptive regularisation (Vaits, Crammer, 2011; a Kalman filter with a diagonal covariance): w += v * error / (NOISE +
sum v), v -= v * v / (NOISE + sum v). No step size, and what was rarely seen moves most.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

__all__ = ["Prospect", "bounded", "met"]

Cells = dict[str, list[float]]
"""Feature -> the weight of each target, variance, times."""
FLOOR = 1e-5
"""Variance of a weight that was seen often: what it says may still change."""
DIGITS = 5
PROSPECT = "~"
PRIOR = 0.02
"""Variance of a weight before anything was seen."""
PROSPECT_NOISE = 0.15
PROSPECT_DIGITS = 6


def met(parts: Sequence[tuple[Cells, Mapping[str, float]]], targets: Sequence[float], noise: float) -> None:
    """Learn what came; `parts`: weights, and the features of theirs with the variance that a new one has."""
    cells = [
        weights.setdefault(name, [*[0.0] * len(targets), variance, 0])
        for weights, features in parts
        for name, variance in features.items()
    ]
    errors = [target - sum(cell[which] for cell in cells) for which, target in enumerate(targets)]
    at = len(targets)
    total = noise + sum(cell[at] for cell in cells)
    for cell in cells:
        gain = cell[at] / total
        for which, error in enumerate(errors):
            cell[which] = round(cell[which] + gain * error, DIGITS)
        cell[at] = round(max(FLOOR, cell[at] - gain * cell[at]), DIGITS)
        cell[at + 1] += 1


def bounded(weights: Cells, most: int) -> Cells:
    """The weights, at most so many: three quarters of them where there are more, those that were met most often."""
    if len(weights) <= most:
        return weights
    kept = sorted(weights, key=lambda name: (-weights[name][-1], name))[: most * 3 // 4]
    return {name: weights[name] for name in kept}


class Prospect:
    """What there is still to gain at a point of a trail: a linear model, learned online with a variance a weight."""

    def __init__(self, page: MutableMapping[str, Any]) -> None:
        self._page = page
        self._row: Cells = page.get(PROSPECT) or {}

    def of(self, point: Sequence[str]) -> float:
        """The discounted return that is expected."""
        return float(sum(self._row[name][0] for name in point if name in self._row))

    def expect(self, point: Sequence[str], target: float) -> None:
        """Learn what the return was."""
        cells = [self._row.setdefault(name, [0.0, PRIOR]) for name in point]
        error = target - sum(cell[0] for cell in cells)
        total = PROSPECT_NOISE + sum(cell[1] for cell in cells)
        for cell in cells:
            gain = cell[1] / total
            cell[0] = round(cell[0] + gain * error, PROSPECT_DIGITS)
            cell[1] = round(max(FLOOR, cell[1] - gain * cell[1]), PROSPECT_DIGITS)

    def keep(self) -> None:
        """Hand the row back."""
        self._page[PROSPECT] = self._row
