"""What bench.learning is measured against, under the same stream: each answers before it is told.

Back-off 2-gram and majority; recovery by failed tool; the twenty nearest earlier cases by TF-IDF; logistic regression
on TF-IDF words for success.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from zlib import crc32

import numpy as np
import numpy.typing as npt

from tacit.logic.words import terms
from tacit.types import Step

__all__ = ["ByTool", "Logistic", "Nearest", "TwoGram", "words_of"]

SIZE = 2048
"""Places of a hashed vector of words."""
NEIGHBOURS = 20
READ = 500
"""Characters of an answer."""

Vector = npt.NDArray[np.float32]


def words_of(task: str, steps: Sequence[Step]) -> list[str]:
    """The words of a task and of its steps, with their results."""
    parts = [f"{one.tool} {one.arguments} {one.observation[:READ]} result{one.result}" for one in steps]
    return terms(" ".join([task, *parts]))


class TwoGram:
    """The most frequent tools after the last two, after the last one, at all."""

    def __init__(self) -> None:
        self._after: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)

    def best(self, before: Sequence[str]) -> list[str]:
        """Three tools; `before` are the tools so far."""
        for length in (2, 1, 0):
            counts = self._after.get(_context(before, length))
            if counts:
                return [tool for tool, _ in counts.most_common(3)]
        return []

    def learn(self, tools: Sequence[str]) -> None:
        """The tools of an episode, with the end."""
        for place, tool in enumerate(tools):
            for length in (0, 1, 2):
                self._after[_context(tools[:place], length)][tool] += 1


def _context(before: Sequence[str], length: int) -> tuple[str, ...]:
    return tuple(["^", "^", *before][-length:]) if length else ()


class ByTool:
    """The most frequent recovery, by the tool that failed, and at all."""

    def __init__(self) -> None:
        self._all: Counter[str] = Counter()
        self._by: dict[str, Counter[str]] = defaultdict(Counter)

    def best(self, failed: str) -> tuple[str | None, str | None]:
        """-> (by the failed tool, at all)."""
        majority = _first(self._all)
        return _first(self._by[failed]) or majority, majority

    def learn(self, failed: str, tool: str) -> None:
        """One more case."""
        self._all[tool] += 1
        self._by[failed][tool] += 1


def _first(counts: Counter[str]) -> str | None:
    return counts.most_common(1)[0][0] if counts else None


class Nearest:
    """What the twenty most similar earlier cases did, each vote by its cosine (TF-IDF, words hashed)."""

    def __init__(self) -> None:
        self._rows = np.zeros((64, SIZE), np.float32)
        self._answers: list[str] = []
        self._seen = np.zeros(SIZE, np.float32)

    def best(self, words: Sequence[str]) -> str | None:
        """None without an earlier case."""
        count = len(self._answers)
        if not count:
            return None
        rarity = np.log((1 + count) / (1 + self._seen)) + 1
        rows, weights = self._rows[:count], rarity * rarity
        lengths = np.sqrt((rows * rows) @ weights)
        likeness = (rows @ (_hashed(words) * weights)) / np.maximum(lengths, 1e-9)
        votes: dict[str, float] = defaultdict(float)
        for place in np.argsort(-likeness, kind="stable")[:NEIGHBOURS]:
            votes[self._answers[place]] += float(likeness[place])
        return max(votes, key=lambda tool: votes[tool])

    def learn(self, words: Sequence[str], tool: str) -> None:
        """One more case."""
        count = len(self._answers)
        if count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[count] = row = _hashed(words)
        self._seen += row > 0
        self._answers.append(tool)


class Logistic:
    """Logistic regression on TF-IDF, online (AdaGrad: Duchi, Hazan, Singer 2011)."""

    def __init__(self, rate: float = 0.5) -> None:
        self._rate = rate
        self._weights, self._squares = np.zeros(SIZE + 1), np.full(SIZE + 1, 1e-6)
        self._seen, self._count = np.zeros(SIZE, np.float32), 0

    def probability(self, words: Sequence[str]) -> float:
        """Of success."""
        return float(1 / (1 + np.exp(-np.clip(self._weights @ self._vector(words), -30, 30))))

    def learn(self, words: Sequence[str], success: float) -> None:
        """One more episode."""
        vector = self._vector(words)
        gradient = (self.probability(words) - success) * vector
        self._squares += gradient * gradient
        self._weights -= self._rate * gradient / np.sqrt(self._squares)
        self._seen += vector[:-1] > 0
        self._count += 1

    def _vector(self, words: Sequence[str]) -> npt.NDArray[np.float64]:
        row = _hashed(words) * (np.log((1 + self._count) / (1 + self._seen)) + 1)
        return np.append(row / max(float(np.linalg.norm(row)), 1e-9), 1.0)


def _hashed(words: Sequence[str]) -> Vector:
    """1 + log of how often each occurs."""
    row = np.zeros(SIZE, np.float32)
    for word, times in Counter(words).items():
        row[crc32(word.encode("utf-8", "replace")) % SIZE] += 1 + np.log(times)
    return row
