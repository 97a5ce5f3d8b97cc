"""BM25 as every store computes it: the formula of SQLite's FTS5, so that the two agree to the last digits.

Floor 2. Below: nothing. Above: the in-memory store scores with this; the SQLite store takes the budget and the ceiling.
"""

import math
from collections.abc import Mapping

__all__ = ["BUDGET", "COLUMN_WEIGHTS", "affordable", "ceiling", "idf", "saturated"]

K1 = 1.2
B = 0.75
COLUMN_WEIGHTS = (1.0, 0.5)
"""Of the words of a passage, and of those of its item's context."""
BUDGET = 30_000
"""Postings that one search reads. Over 100,000 documents an OR of everything takes 64 ms, 5 ms without common terms."""


def idf(containing: int, passages: int) -> float:
    """Inverse document frequency: log((N - n + 0.5) / (n + 0.5)), never under 1e-6 (Robertson & Walker; FTS5's floor).

    >>> round(idf(1, 100), 4)
    4.1947
    """
    return max(1e-6, math.log((max(0, passages - containing) + 0.5) / (containing + 0.5)))


def saturated(frequency: float, tokens: int, average: float) -> float:
    """What the weighted frequency of a term is worth in a passage of so many tokens; at most K1 + 1."""
    return frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * tokens / average))


def ceiling(frequencies: Mapping[str, int], passages: int) -> float:
    """What BM25 could give at most for these terms (term -> passages that have it): (K1 + 1) times the sum of IDFs."""
    return (K1 + 1) * sum(idf(containing, passages) for containing in frequencies.values())


def affordable(frequencies: Mapping[str, int], budget: int = BUDGET) -> list[str]:
    """The terms that occur, rarest first, as long as their postings together stay within the budget; one at least.

    >>> affordable({"the": 90, "fox": 2, "of": 80, "never": 0}, budget=85)
    ['fox', 'of']
    """
    kept: list[str] = []
    spent = 0
    for containing, term in sorted((n, term) for term, n in frequencies.items() if n):
        spent += containing
        if kept and spent > budget:
            break
        kept.append(term)
    return kept
