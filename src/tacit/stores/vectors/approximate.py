"""Vectors at four bits a dimension, scanned as a whole: candidates in a tenth of the time, for an exact ranking.

Floor 3. Below: the package `turbovec` (extra `index`), imported when the first index is made. Above: `growing`.
TurboQuant (Zandieh et al., 2025, arXiv 2504.19874): a random rotation, then a fixed code book, so that there is nothing
to train and adding is searching. It is not calibrated: that gains 0.01 of recall@200, and costs 30 ms at 100,000 in the
first search after each change.
"""

import threading
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import ClassVar, Self

import numpy as np

from tacit.stores.vectors.checked import checked_ids, checked_question, checked_rows
from tacit.stores.vectors.file import damaged, unreadable, write_index

__all__ = ["ApproximateIndex", "is_usable"]

BITS = 4
"""With two bits 400 candidates hold 94 to 96 % of the nearest 200, with four 99.7 %; the scan takes the same time."""
MULTIPLE, MOST = 8, 16_384
"""The dimensions that the package takes."""
OVERHEAD = 114
"""Bytes a vector beside its code: norm, scale, id, place in the map. Measured: 306 in all at 384 dimensions."""


@cache
def _package() -> ModuleType | None:
    """turbovec; None where it is not installed, or not for this machine."""
    try:
        import turbovec
    except ImportError:
        return None
    return turbovec  # type: ignore[no-any-return]


def is_usable(dimension: int) -> bool:
    """Whether an approximate index of this dimension can be made here."""
    return dimension % MULTIPLE == 0 and 0 < dimension <= MOST and _package() is not None


class ApproximateIndex:
    """A `turbovec.IdMapIndex`, where `is_usable`. Ids go in as their 64 bits, so that negative ones come back too."""

    kind: ClassVar[int] = 2

    def __init__(self, dimension: int, *, codes: bytes | None = None) -> None:
        """Empty, or of what the package wrote; raises ValueError where it did not write it."""
        package = _package()
        assert package is not None, "is_usable() was not asked"  # noqa: S101
        self.dimension = dimension
        self._lock = threading.Lock()
        if codes is None:
            self._index = package.IdMapIndex(dim=dimension, bit_width=BITS)
        else:
            self._index = package.IdMapIndex.from_bytes(codes)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """See `VectorIndex`."""
        ids, vectors = checked_rows(ids, vectors, self.dimension)
        unsigned = ids.view(np.uint64)
        with self._lock:
            for key in unsigned.tolist():
                self._index.remove(key)
            self._index.add_with_ids(vectors, unsigned)

    def remove(self, ids: np.ndarray) -> None:
        """See `VectorIndex`."""
        unsigned = checked_ids(ids).view(np.uint64)
        with self._lock:
            for key in unsigned.tolist():
                self._index.remove(key)

    def search(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """See `VectorIndex`. Approximate: ask for `OVERFETCH` times as many as are wanted."""
        vector = checked_question(vector, k, self.dimension)
        with self._lock:
            scores, ids = self._index.search(vector[None], k=k)
        return ids[0].view(np.int64), scores[0]

    def __len__(self) -> int:
        return len(self._index)

    @property
    def nbytes(self) -> int:
        """See `VectorIndex`."""
        return len(self) * (self.dimension * BITS // 8 + OVERHEAD)

    def save(self, path: Path) -> None:
        """See `VectorIndex`."""
        with self._lock:
            count, codes = len(self._index), self._index.to_bytes()
        write_index(path, kind=self.kind, dimension=self.dimension, count=count, payload=[codes])

    @classmethod
    def of_payload(cls, payload: memoryview, dimension: int, count: int, path: Path) -> Self:
        """What `save` wrote after the header. Raises `StorageError` where the package that is installed cannot read it,
        `Corrupted` where it holds something else than the header says."""
        if not is_usable(dimension):
            raise unreadable(path, "it was written by turbovec, which is not installed")
        try:
            index = cls(dimension, codes=bytes(payload))
        except ValueError as error:
            raise unreadable(path, f"the turbovec that is installed does not read it: {error}") from error
        if (index._index.dim, len(index)) != (dimension, count):
            raise damaged(path, "it holds something else than its header says")
        return index
