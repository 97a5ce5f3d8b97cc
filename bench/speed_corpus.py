"""What bench.speed measures with: sentences from a Zipfian vocabulary, and vectors that cost nothing to look up.

Above: the parts of bench.speed. Everything follows from a seed.

The sentences have about 30 words, drawn by Zipf and Mandelbrot's law (rank + 2.7) ** -1.07 from 60 English function
words and 30,000 made-up ones, so that posting lists are as uneven as those of English. The vectors stand in for an
embedder's: unit length, 384 dimensions, in 2,000 clusters, a function of the text alone. `Looked` hands them out, so
that everything of a recall but the model is real. What the vectors mean is not measured here: see bench.recall.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Literal

import numpy as np

__all__ = ["DIMENSION", "Looked", "questions", "sentences"]

DIMENSION = 384
WORDS = 30_000
CLUSTERS = 2_000
PARTS = 8_192
"""Vectors of noise; a text adds two of them to its cluster's centre."""
NOISE = 0.46
"""Length of each of the two against a centre of length 1: neighbours in a cluster have cosines about 0.7, as sentences
on one matter have with a real model."""
PAGE = 10_000
FUNCTION_WORDS = """
the of and to a in is that it was for on with as he be at by I this had not are but from or have an they which one you
were all her she there would their we him been has when who will no more if out so up said what its about than into
them can only other time new some could these two may first then do
"""
ONSETS = [*"bcdfghklmnprstvw", "br", "cl", "cr", "dr", "fl", "gr", "pl", "pr", "sh", "sl", "sp", "st", "th", "tr"]
VOWELS = [*"aeiou", "ai", "ea", "io", "ou"]
CODAS = ["", "", "n", "r", "s", "t", "l", "nd", "rt", "ck", "m"]


class Looked:
    """An embedder that looks vectors up: of a document by the hash of its text, of a question by what it asks for."""

    name = "bench:looked-up"
    dimension = DIMENSION

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self._centres = _unit(random.standard_normal((CLUSTERS, DIMENSION), dtype=np.float32))
        self._parts = NOISE * _unit(random.standard_normal((PARTS, DIMENSION), dtype=np.float32))
        self._asked: dict[str, np.ndarray] = {}

    def learn(self, question: str, text: str) -> None:
        """Know the vector of a question: close to that of the text it asks for."""
        self._asked[question] = self._of([text, question]).T @ np.array([0.9, 0.1], dtype=np.float32)
        self._asked[question] /= np.linalg.norm(self._asked[question])

    def embed(self, texts: Sequence[str], kind: Literal["document", "query"]) -> np.ndarray:
        """-> float32, (len(texts), 384), unit length."""
        if kind == "query":
            return np.stack([self._asked[text] if text in self._asked else self._of([text])[0] for text in texts])
        return self._of(texts)

    def _of(self, texts: Sequence[str]) -> np.ndarray:
        digests = b"".join(blake2b(text.encode(), digest_size=12).digest() for text in texts)
        numbers = np.frombuffer(digests, dtype="<u4").reshape(len(texts), 3)
        noise = self._parts[numbers[:, 1] % PARTS] + self._parts[numbers[:, 2] % PARTS]
        return _unit(self._centres[numbers[:, 0] % CLUSTERS] + noise)


def sentences(count: int, seed: int) -> Iterator[str]:
    """`count` sentences of 15 to 45 words."""
    random = np.random.default_rng(seed)
    words = np.array([*FUNCTION_WORDS.split(), *_made_up(WORDS, seed)])
    weights = np.cumsum((np.arange(len(words)) + 3.7) ** -1.07)
    for start in range(0, count, PAGE):
        lengths = random.integers(15, 46, size=min(PAGE, count - start))
        drawn = words[np.searchsorted(weights, random.random(int(lengths.sum())) * weights[-1])]
        end = 0
        for length in lengths.tolist():
            begin, end = end, end + length
            yield " ".join(drawn[begin:end].tolist()).capitalize() + "."


def questions(texts: Sequence[str], count: int, seed: int) -> list[tuple[str, str]]:
    """(question, the text it asks for): nine words of the text, in their order, whether rare or not."""
    random = np.random.default_rng(seed + 1)
    asked = []
    for place in random.choice(len(texts), size=count, replace=count > len(texts)).tolist():
        words = texts[place].rstrip(".").split()
        kept = np.sort(random.choice(len(words), size=9, replace=False))
        asked.append((" ".join(words[number] for number in kept) + "?", texts[place]))
    return asked


def _made_up(count: int, seed: int) -> list[str]:
    """Distinct words of one to three syllables; the more frequent, the shorter."""
    random = np.random.default_rng(seed + 2)
    drawn = random.integers(0, [len(ONSETS), len(VOWELS), len(CODAS)], size=(8 * count, 3)).tolist()
    syllables = iter(ONSETS[onset] + VOWELS[vowel] + CODAS[coda] for onset, vowel, coda in drawn)
    found: dict[str, None] = {}
    while len(found) < count:
        word = next(syllables)
        for _ in range((len(found) > 300) + (len(found) > 6_000)):
            word += next(syllables)
        found.setdefault(word)
    return list(found)


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
