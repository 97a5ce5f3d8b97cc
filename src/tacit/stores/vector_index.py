"""The vector index of the embedded store: where the nearest vectors probably are.

Floor 3. Below: `vectors/`, one file a kind of index. Above: the stores in a file. An index is derived and disposable:
the truth is the blobs, from which it is rebuilt, and by which its candidates are ranked exactly. Scores of an index
order candidates; they are never shown. docs/decisions/0004 has the figures.
"""

from pathlib import Path
from typing import Protocol

import numpy as np

from tacit.stores.vectors.approximate import ApproximateIndex, is_usable
from tacit.stores.vectors.exact import ExactIndex
from tacit.stores.vectors.file import read_index, unreadable
from tacit.stores.vectors.growing import GrowingIndex

__all__ = ["OVERFETCH", "VectorIndex", "load_index", "make_index"]

OVERFETCH = 2
"""Candidates to ask for, for each that is wanted after the exact ranking: of the true 200 nearest among 100,000 real
vectors, 200 candidates hold 93 %, 400 hold 99.9 %; the ten nearest are there in both. Ask for 1,000 at
most: of 100,000 vectors the approximate kind finds 800 in 1.7 ms, 1,600 in 20. A filter that leaves little is better
answered from the rows that it leaves."""


class VectorIndex(Protocol):
    """Ids and unit vectors of one model. Thread-safe: searching goes on while others add."""

    dimension: int

    @property
    def is_exact(self) -> bool:
        """Whether the scores of a search are those of the vectors."""
        ...

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Put these in, in the place of what has the same ids; of an id given twice the last counts.

        ids: integers, (n,). vectors: float, finite, (n, dimension). Raises `InvalidInput`, and nothing is changed.
        """
        ...

    def remove(self, ids: np.ndarray) -> None:
        """Take these out; unknown ones are passed over."""
        ...

    def search(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """-> (ids, int64; scores, float32), best first, min(k, len(self)) of them, by inner product with `vector`.

        Raises `InvalidInput` where the vector is not (dimension,) finite numbers, or k is under 1.
        """
        ...

    def __len__(self) -> int:
        """How many vectors are in it."""
        ...

    @property
    def nbytes(self) -> int:
        """Memory it takes, about."""
        ...

    def save(self, path: Path) -> None:
        """Write a file that `load_index` reads, by one rename after fsync. Raises `DiskFull`, `StorageError`."""
        ...


def make_index(dimension: int, expected: int = 0) -> VectorIndex:
    """An empty index for about `expected` vectors: exact while it is small, approximate when it has grown.

    Without the package of the extra `index`, or where a dimension is none that it takes, exact at any size.
    """
    if not is_usable(dimension):
        return ExactIndex(dimension)
    return GrowingIndex(dimension, expected)


def load_index(path: Path, dimension: int) -> VectorIndex:
    """What `save` wrote. Every error means: rebuild it from the blobs.

    Raises `Corrupted` for a damaged or foreign file, `StorageError` for one that is absent, of another dimension, or
    that what is installed cannot read.
    """
    kind, count, payload = read_index(path, dimension)
    if kind == ExactIndex.kind:
        exact = ExactIndex.of_payload(payload, dimension, count, path)
        return GrowingIndex.of(exact) if is_usable(dimension) else exact
    if kind == ApproximateIndex.kind:
        return GrowingIndex.of(ApproximateIndex.of_payload(payload, dimension, count, path))
    raise unreadable(path, f"it is of kind {kind}, which is not known here")
