"""What follows from samples: Bayesian linear regression in its dual form, exact for what is kept.

Floor 2. Below: samples. Above: weighing.

Each feature has a weight of mean 0 and a variance of its own. Two samples are as alike as the features that they share
weigh: k(x, y) = sum of sqrt(var_x * var_y) over them. With K for the samples, and N diagonal (a sample that stands for
several has less noise), the weights that are expected are X' (K + N)^-1 targets (Rasmussen, Williams, 2006, 2.2). How
little is known of a weight is told by how often its feature was met: the exact answer costs a square of the samples for
every option that is asked about.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tacit.logic.samples import decoded

__all__ = ["Model", "solved"]

SETTLED = 2.0
"""Steps after which half of what a feature may mean is known."""
Numbers = NDArray[np.float64]
Model = dict[int, tuple[float, ...]]
"""Feature -> weight of each target, for the root of its variance; and the share of the variance that is left."""


def solved(features: Sequence[str], targets: Numbers, stands_for: Numbers, noise: float) -> Model:
    """`features`: of each sample, coded, at least one; `targets`: (samples, targets); `stands_for`: how many steps each
    sample stands for; `noise`: variance of the targets, in the units of the variances of features."""
    count = len(features)
    read = [decoded(one) for one in features]
    ids, roots = np.concatenate([one[0] for one in read]), np.sqrt(np.concatenate([one[1] for one in read]))
    owner = np.repeat(np.arange(count), [len(one[0]) for one in read])
    order = np.argsort(ids, kind="stable")
    ids, roots, owner = ids[order], roots[order], owner[order]
    starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
    gram = _alike(np.diff(np.r_[starts, len(ids)]), roots, owner, count)
    answers = np.linalg.solve(gram + np.diag(noise / stands_for), targets)
    weights = np.add.reduceat(answers[owner] * roots[:, None], starts, axis=0)
    seen = np.add.reduceat(stands_for[owner], starts)
    table = np.column_stack([weights, SETTLED / (seen + SETTLED)]).tolist()
    return {one: tuple(row) for one, row in zip(ids[starts].tolist(), table, strict=True)}


def _alike(sizes: NDArray[np.int64], roots: Numbers, owner: NDArray[np.int64], count: int) -> Numbers:
    """K, from what is sorted by feature; `sizes`: how many samples have each. A feature of one sample only makes no two
    alike: most are, and none of them needs a column."""
    column = np.cumsum(sizes > 1) - 1
    shared = np.repeat(sizes > 1, sizes)
    matrix = np.zeros((count, int(column[-1]) + 1), dtype=np.float32)
    matrix[owner[shared], np.repeat(column, sizes)[shared]] = roots[shared]
    gram: Numbers = (matrix @ matrix.T).astype(np.float64)
    gram[np.diag_indices(count)] += np.bincount(owner[~shared], weights=roots[~shared] ** 2, minlength=count)
    return gram
