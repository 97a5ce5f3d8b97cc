"""The kinds of vector index that were candidates, each behind the same calls: what ships, and what was refused."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tacit.stores.vector_index import load_index
from tacit.stores.vectors.approximate import ApproximateIndex
from tacit.stores.vectors.exact import ExactIndex

__all__ = ["KINDS", "Candidates", "Kind"]


class Candidates(Protocol):
    """What is measured. `load` is None for kinds that do not ship."""

    load: Callable[[Path, int], Any] | None

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None: ...
    def search(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]: ...
    def save(self, path: Path) -> None: ...


class Shipped:
    """A kind of ours."""

    load = staticmethod(load_index)

    def __init__(self, index: ExactIndex | ApproximateIndex) -> None:
        self.add, self.search, self.save = index.add, index.search, index.save


class Turbovec:
    """turbovec with other settings than ours."""

    load = None

    def __init__(self, dimension: int, *, bits: int = 4, calibrated: bool = False) -> None:
        import turbovec

        self._index = turbovec.IdMapIndex(dim=dimension, bit_width=bits)
        self._calibrated = not calibrated

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        if not self._calibrated:
            self._index.calibrate(vectors[:2048])
            self._calibrated = True
        self._index.add_with_ids(vectors, ids.astype(np.uint64))

    def search(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        scores, ids = self._index.search(vector[None], k=k)
        return ids[0].astype(np.int64), scores[0]


class Faiss:
    """faiss by the name of its factory, one thread; trained on the first 10,000."""

    load = None

    def __init__(self, dimension: int, name: str) -> None:
        import faiss

        faiss.omp_set_num_threads(1)
        self._index = faiss.index_factory(dimension, name, faiss.METRIC_INNER_PRODUCT)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:  # noqa: ARG002 - faiss numbers rows itself
        if not self._index.is_trained:
            self._index.train(vectors)
        self._index.add(vectors)

    def search(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        scores, ids = self._index.search(vector[None], k)
        return ids[0], scores[0]


class Projected:
    """No package: the first principal axes of the vectors, float32, by numpy."""

    load = None

    def __init__(self, axes: int) -> None:
        self._axes = axes
        self._project: np.ndarray | None = None
        self._parts: list[np.ndarray] = []

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:  # noqa: ARG002 - in order
        if self._project is None:
            self._project = np.linalg.eigh(np.cov(vectors.T))[1][:, -self._axes :].astype(np.float32)
        self._parts.append(vectors @ self._project)

    def search(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        assert self._project is not None
        question = vector @ self._project
        scores = np.concatenate([np.einsum("ij,j->i", part, question) for part in self._parts])
        near = np.argpartition(-scores, min(k, len(scores) - 1))[:k]
        return near, scores[near]


@dataclass(frozen=True)
class Kind:
    """How to make one, and what must be installed."""

    make: Callable[[int], Any]
    package: str = "numpy"

    def missing(self) -> bool:
        return find_spec(self.package) is None


KINDS = {
    "exact": Kind(lambda d: Shipped(ExactIndex(d))),
    "approximate": Kind(lambda d: Shipped(ApproximateIndex(d)), "turbovec"),
    "turbovec4 calibrated": Kind(lambda d: Turbovec(d, calibrated=True), "turbovec"),
    "turbovec2": Kind(lambda d: Turbovec(d, bits=2), "turbovec"),
    "faiss SQ8": Kind(lambda d: Faiss(d, "SQ8"), "faiss"),
    "faiss PQ192x4fs": Kind(lambda d: Faiss(d, f"PQ{d // 2}x4fs"), "faiss"),
    "faiss RaBitQfs": Kind(lambda d: Faiss(d, "RaBitQfs"), "faiss"),
    "numpy 96 axes": Kind(lambda _: Projected(96)),
}
