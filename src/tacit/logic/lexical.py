"""BM25 as every store computes it: the formula of SQLite's FTS5, so that the two agree to the last digits.

Floor 2. Below: nothing. Above: the in-memory store scores with this; the SQLite store takes the budget and the ceiling.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["COLUMN_WEIGHTS", "Division", "ceiling", "divided", "idf", "saturated"]

K1 = 1.2
B = 0.75
COLUMN_WEIGHTS = (1.0, 0.5)
"""Of the words of a passage, and of those of its item's context."""
WHOLE = 4_000
"""Postings up to which every passage with any of the terms is scored: 2 ms."""
CHOOSING = 500
"""Postings, at least, of the terms that choose which passages are scored, where there are more than `WHOLE`."""
WIDE = 30_000
"""Postings of the terms that choose where that gave fewer passages than were asked for; no others count then."""
COUNTING = 100_000
"""Postings of the further terms that count in the scores of the chosen passages. Walking one costs a twentieth of
scoring it. Six words of a passage find it again among 500,000 as the first in 70 % and within ten in 90 %, in 9 ms;
scoring 30,000 postings of the rarest terms 50 % and 75 %, in 13 ms; scoring everything 74 % and 92 %, in 198 ms."""


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


class Division(NamedTuple):
    """Terms that decide which passages are scored, and all that count in the scores; both rarest first."""

    choosing: list[str]
    """A passage needs one of these ..."""
    counting: list[str]
    """Further terms."""
    together: bool = False
    """... and, where they are common, one of the counting terms, too."""


def divided(frequencies: Mapping[str, int], *, wide: bool = False) -> Division:
    """What a search reads. `frequencies`: term -> passages that have it.

    Few postings: all terms choose. Otherwise the rarest choose, and of the rest those count whose postings can be
    walked. One term at least chooses, if any occurs.

    >>> divided({"the": 90_000, "fox": 600, "of": 80_000, "red": 12_000, "never": 0})
    Division(choosing=['fox'], counting=['red', 'of'], together=False)
    """
    occurring = sorted((containing, term) for term, containing in frequencies.items() if containing)
    if sum(containing for containing, _ in occurring) <= WHOLE:
        return Division([term for _, term in occurring], [])
    if wide:
        return Division(_within(occurring, WIDE, WIDE) or [occurring[0][1]], [])
    choosing = _within(occurring, CHOOSING, WHOLE) or [occurring[0][1]]
    counting = _within(occurring[len(choosing) :], COUNTING, COUNTING)
    return Division(choosing, counting, together=bool(counting) and occurring[0][0] > WHOLE)


def _within(occurring: list[tuple[int, str]], enough: int, most: int) -> list[str]:
    """Terms from the first on until their postings are enough, or would be more than the most."""
    kept: list[str] = []
    spent = 0
    for containing, term in occurring:
        if spent >= enough or spent + containing > most:
            break
        spent += containing
        kept.append(term)
    return kept
