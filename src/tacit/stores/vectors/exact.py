"""Every vector compared with the question: the answer that other kinds of index are measured by.

Floor 3. Below: numpy. Above: `growing`, and `vector_index` where no other kind can be used.
"""

import threading
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from tacit.errors import InvalidInput
from tacit.stores.vectors.checked import checked_ids, checked_question, checked_rows
from tacit.stores.vectors.file import damaged, write_index

__all__ = ["ExactIndex"]

BLOCK = 4096
"""Rows that are allocated at once: growing copies nothing and leaves at most this many rows unused."""
OVERHEAD = 110
"""Bytes a vector beside its numbers: id, its place in the dictionary."""


class ExactIndex:
    """float32 rows in blocks; a removed row's place is taken by the last one. 100,000 x 384: 165 MB.

    `einsum` and not `@`: at 100,000 x 384 it takes 6.5 ms on one thread, the BLAS 11 ms on two, with a worse tail where
    the cores are busy; and a vector's score does not depend on the place where it lies.
    """

    kind: ClassVar[int] = 1

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._lock = threading.Lock()
        self._blocks: list[np.ndarray] = []
        self._ids = np.empty(0, np.int64)
        self._row: dict[int, int] = {}

    @property
    def is_exact(self) -> bool:
        """See `VectorIndex`."""
        return True

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """See `VectorIndex`."""
        ids, vectors = checked_rows(ids, vectors, self.dimension)
        with self._lock:
            known = np.fromiter((key in self._row for key in ids.tolist()), bool, len(ids))
            for key, vector in zip(ids[known].tolist(), vectors[known], strict=True):
                row = self._row[key]
                self._blocks[row // BLOCK][row % BLOCK] = vector
            self._append(ids[~known], vectors[~known])

    def remove(self, ids: np.ndarray) -> None:
        """See `VectorIndex`."""
        ids = checked_ids(ids)
        with self._lock:
            for key in ids.tolist():
                row = self._row.pop(key, None)
                if row is not None:
                    self._fill(row)

    def search(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """See `VectorIndex`. Equal scores: the lower id first."""
        vector = checked_question(vector, k, self.dimension)
        with self._lock:
            count = len(self._row)
            if not count:
                return np.empty(0, np.int64), np.empty(0, np.float32)
            scores = np.concatenate([np.einsum("ij,j->i", block, vector) for block in self._blocks])[:count]
            ids = self._ids[:count]
            if k < count:
                near = np.flatnonzero(scores >= np.partition(scores, count - k)[count - k])
                scores, ids = scores[near], ids[near]
            order = np.lexsort((ids, -scores))[:k]
            return ids[order], scores[order]

    def __len__(self) -> int:
        return len(self._row)

    @property
    def nbytes(self) -> int:
        """See `VectorIndex`."""
        return len(self._blocks) * BLOCK * self.dimension * 4 + len(self._row) * OVERHEAD

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """A copy of ids, int64 (n,), and vectors, float32 (n, dimension)."""
        with self._lock:
            count = len(self._row)
            vectors = np.concatenate([np.empty((0, self.dimension), np.float32), *self._blocks])
            return self._ids[:count].copy(), vectors[:count]

    def save(self, path: Path) -> None:
        """See `VectorIndex`."""
        ids, vectors = self.rows()
        little = ids.astype("<i8", copy=False), vectors.astype("<f4", copy=False).reshape(-1)
        payload = [part.view(np.uint8).data for part in little]
        write_index(path, kind=self.kind, dimension=self.dimension, count=len(ids), payload=payload)

    @classmethod
    def of_payload(cls, payload: memoryview, dimension: int, count: int, path: Path) -> Self:
        """What `save` wrote after the header. Raises `Corrupted` where it is not that."""
        if len(payload) != count * (8 + 4 * dimension):
            raise damaged(path, "its length does not fit its count")
        index = cls(dimension)
        ids = np.frombuffer(payload[: 8 * count], "<i8")
        vectors = np.frombuffer(payload[8 * count :], "<f4").reshape(count, dimension)
        try:
            index.add(ids, vectors)
        except InvalidInput as error:
            raise damaged(path, error.cause) from error
        if len(index) != count:
            raise damaged(path, "an id is in it twice")
        return index

    def _append(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        start, end = len(self._row), len(self._row) + len(ids)
        while len(self._blocks) * BLOCK < end:
            self._blocks.append(np.zeros((BLOCK, self.dimension), np.float32))
        if len(self._ids) < end:
            self._ids = np.concatenate(
                [self._ids, np.empty(max(BLOCK, end - len(self._ids), len(self._ids)), np.int64)]
            )
        self._ids[start:end] = ids
        row = start
        while row < end:
            place = row % BLOCK
            part = vectors[row - start : row - start + BLOCK - place]
            self._blocks[row // BLOCK][place : place + len(part)] = part
            row += len(part)
        self._row.update(zip(ids.tolist(), range(start, end), strict=True))

    def _fill(self, row: int) -> None:
        """Move the last row into this place, whose id was taken out already."""
        last = len(self._row)
        if row != last:
            moved = int(self._ids[last])
            self._blocks[row // BLOCK][row % BLOCK] = self._blocks[last // BLOCK][last % BLOCK]
            self._ids[row] = moved
            self._row[moved] = row
        while len(self._blocks) * BLOCK >= last + BLOCK:
            self._blocks.pop()
