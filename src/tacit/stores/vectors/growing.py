"""Exact while that is quick, approximate from then on.

Floor 3. Below: both kinds. Above: `vector_index`.
"""

import threading
from pathlib import Path
from typing import Self

import numpy as np

from tacit.stores.vectors.approximate import ApproximateIndex
from tacit.stores.vectors.exact import ExactIndex

__all__ = ["GrowingIndex"]

EXACT = 20_000
"""Vectors up to which an index is exact: 1.4 ms a question and 31 MB at 384 dimensions. What most people keep is found
exactly, with and without the package; and at this size many candidates (k over 1,000) cost the other kind more."""


class GrowingIndex:
    """Starts as an `ExactIndex`, unless more than `EXACT` are expected, and becomes an `ApproximateIndex` when it holds
    more: 0.1 s, once. It does not turn back."""

    def __init__(self, dimension: int, expected: int = 0) -> None:
        self.dimension = dimension
        self._changing = threading.Lock()
        self._inner: ExactIndex | ApproximateIndex = (
            ExactIndex(dimension) if expected <= EXACT else ApproximateIndex(dimension)
        )

    @classmethod
    def of(cls, inner: ExactIndex | ApproximateIndex) -> Self:
        """One that goes on from here; an exact one that is too large turns at the next `add`."""
        index = cls(inner.dimension)
        index._inner = inner
        return index

    @property
    def is_exact(self) -> bool:
        """See `VectorIndex`."""
        return isinstance(self._inner, ExactIndex)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """See `VectorIndex`."""
        with self._changing:
            inner = self._inner
            if isinstance(inner, ExactIndex) and len(inner) + len(ids) > EXACT:
                grown = ApproximateIndex(self.dimension)
                grown.add(*inner.rows())
                grown.add(ids, vectors)
                self._inner = grown  # a search that runs on the old one sees it whole
            else:
                inner.add(ids, vectors)

    def remove(self, ids: np.ndarray) -> None:
        """See `VectorIndex`."""
        with self._changing:
            self._inner.remove(ids)

    def search(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """See `VectorIndex`."""
        return self._inner.search(vector, k)

    def __len__(self) -> int:
        return len(self._inner)

    @property
    def nbytes(self) -> int:
        """See `VectorIndex`."""
        return self._inner.nbytes

    def save(self, path: Path) -> None:
        """See `VectorIndex`."""
        self._inner.save(path)
