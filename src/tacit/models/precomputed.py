"""An embedder that only knows vectors which were made before: no model is loaded, nothing is computed.

Floor 3. Above: what replays recalls in a sandbox, where the questions are known beforehand.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from tacit.errors import ModelError

__all__ = ["Precomputed"]


class Precomputed:
    """As `ports.Embedder`, under the name of the model that made the vectors."""

    def __init__(self, name: str, dimension: int, vectors: Mapping[str, np.ndarray]) -> None:
        self.name = name
        self.dimension = dimension
        self._vectors = vectors

    def embed(self, texts: Sequence[str], kind: Literal["document", "query"]) -> np.ndarray:
        """Raises `ModelError` for a text that was not embedded before."""
        del kind
        try:
            return np.array([self._vectors[text] for text in texts], dtype=np.float32).reshape(-1, self.dimension)
        except KeyError as unknown:
            raise ModelError(
                "a text has no vector",
                cause=f"{ascii(unknown.args[0])[:80]} was not embedded beforehand",
                remedy="embed it before it is replayed",
            ) from None
