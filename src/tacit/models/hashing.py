"""An embedder without a model: words and pieces of words, hashed into a vector. A fallback, and a double for tests.

Floor 3. Below: `logic.words`. Above: `open`. It finds texts that share words or parts of words, in any script; it knows
nothing of meaning, and says so: `is_semantic` is False.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np

from tacit.errors import InvalidInput
from tacit.logic.words import terms

__all__ = ["HashingEmbedder"]

PIECES = (3, 4)
"""Lengths of the character n-grams of a word, its edges marked: enough to meet a misspelt or inflected word again."""
SHARE = 0.5
"""What all pieces of a word weigh together, against 1 for the word itself."""
CHARACTERS = 100_000
"""No more of a text is read."""


class HashingEmbedder:
    """Signed feature hashing (Weinberger et al., 2009) of stemmed words and their character n-grams, at unit length.

    The same text gives the same vector on every machine and in every version of Python.
    """

    is_semantic = False

    def __init__(self, dimension: int = 384) -> None:
        if not 8 <= dimension <= 65_536:
            raise InvalidInput(
                f"a hashing embedder cannot have {dimension} dimensions",
                cause="they must be between 8 and 65,536",
                remedy="use hashing:384",
            )
        self.name = f"hashing:{dimension}"
        self.dimension = dimension

    def embed(self, texts: Sequence[str], kind: Literal["document", "query"]) -> np.ndarray:
        """-> float32, (len(texts), dimension), rows of unit length; questions and documents alike."""
        del kind
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            self._add(row, text[:CHARACTERS])
        return vectors

    def _add(self, row: np.ndarray, text: str) -> None:
        found = Counter(terms(text))
        for term, count in found.items():
            # A word that is said four times says twice as much: repetition must not drown the other words.
            np.add.at(row, _places(term, self.dimension), _weights(term) * np.float32(count**0.5))
        length = float(np.linalg.norm(row))
        if length == 0.0:  # no words, or words that cancel out: the text as a whole is its one feature
            place, sign = _hashed("=" + text)
            row[place % self.dimension] = sign
            return
        row /= np.float32(length)


def _hashed(feature: str) -> tuple[int, int]:
    """-> a number for the place, and a sign, from one hash."""
    digest = int.from_bytes(hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest(), "big")
    return digest >> 1, 1 if digest & 1 else -1


def _features(term: str) -> list[str]:
    edged = f"<{term}>"
    pieces = {edged[start : start + size] for size in PIECES for start in range(len(edged) - size + 1)}
    return [term, *sorted("#" + piece for piece in pieces - {edged})]


@lru_cache(maxsize=32_768)
def _places(term: str, dimension: int) -> np.ndarray:
    return np.array([_hashed(feature)[0] % dimension for feature in _features(term)])


@lru_cache(maxsize=32_768)
def _weights(term: str) -> np.ndarray:
    signs = np.array([_hashed(feature)[1] for feature in _features(term)], np.float32)
    signs[1:] *= np.float32((SHARE / max(1, len(signs) - 1)) ** 0.5)
    return signs
