"""What the indexes found for a question, as ranking sees it: parallel arrays, and the situation of the one who asks.

Floor 2. Above: scoring, succession, ranking.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tacit.logic.worth import Worth
from tacit.types import Item

__all__ = ["Floats", "Found", "Ints", "Situation"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Of the one who asks: what agrees with it ranks a little higher."""

    domain: str = ""
    language: str = ""
    type: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Found:
    """Candidate passages of candidate items. Arrays named `passage_*` are parallel, so are `items` and what `rank`
    makes of them."""

    query: str
    terms: tuple[str, ...]
    items: tuple[Item, ...]
    passages: Ints
    """Ids."""
    words: Floats
    """BM25 of each passage; 0 where no word matched."""
    ceiling: float
    """What BM25 could give at most for this question: (k1 + 1) times the sum of the IDF of its terms; over 0."""
    cosine: Floats | None
    """Of each passage with the question; None where words alone were searched."""
    vectors: NDArray[np.float32] | None
    """Of each passage, unit length, (passages, dimension); rows of zeros where there is none yet."""
    embedder: str | None = None
    worths: Mapping[str, Worth] = field(default_factory=dict)
    """Of the learned ones among the items, by id."""
    recall: str = ""
    """Id of the recall: it seeds the draws."""
