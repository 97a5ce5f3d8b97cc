"""Embedders for tests: one that needs no model, one that counts, one that fails.

Floor 6. Below: the port and the hashing embedder. Above: tests, ours and those of whoever builds on tacit.
"""

import threading
from collections.abc import Sequence
from typing import Literal

import numpy as np

from tacit.errors import ModelError
from tacit.models.hashing import HashingEmbedder
from tacit.ports import Embedder

__all__ = ["CountingEmbedder", "FlakyEmbedder", "HashingEmbedder"]


class CountingEmbedder:
    """Wraps an embedder and keeps what it was asked for. Thread-safe."""

    def __init__(self, inner: Embedder | None = None) -> None:
        self.inner = inner or HashingEmbedder()
        self.name = self.inner.name
        self.dimension = self.inner.dimension
        self.asked: list[tuple[str, str]] = []
        """(kind, text), in the order in which they came."""
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str], kind: Literal["document", "query"]) -> np.ndarray:
        """-> what the inner embedder makes of them."""
        with self._lock:
            self.asked += [(kind, text) for text in texts]
        return self.inner.embed(texts, kind)


class FlakyEmbedder:
    """Wraps an embedder; its first `failures` calls raise `ModelError`, as a dead endpoint would."""

    def __init__(self, inner: Embedder | None = None, *, failures: int = 1) -> None:
        self.inner = inner or HashingEmbedder()
        self.name = self.inner.name
        self.dimension = self.inner.dimension
        self.failures = failures
        """How many calls are still going to fail."""
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str], kind: Literal["document", "query"]) -> np.ndarray:
        """-> what the inner embedder makes of them, once the failures are used up."""
        with self._lock:
            failing = self.failures > 0
            self.failures -= failing
        if failing:
            raise ModelError(f"{self.name} did not embed", cause="the test said so", remedy="ask again")
        return self.inner.embed(texts, kind)
