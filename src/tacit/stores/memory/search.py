"""Reading of the in-memory store: by filter, by words, by meaning; every item is looked at.

Floor 3. Below: state, the logic of filters, BM25 and vectors. Above: the store.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from tacit.changes import Hits
from tacit.logic.filters import admits, checked_filter
from tacit.logic.lexical import Division, ceiling, divided, idf, saturated
from tacit.logic.passages import item_of
from tacit.logic.vectors import checked_question
from tacit.stores.memory.state import Space
from tacit.types import Filter, Item

__all__ = ["match", "nearest", "page", "vectors_of"]


def page(space: Space, filter: Filter, *, after: int, limit: int, newest_first: bool) -> list[Item]:
    """Items with a sequence over `after`, ascending; or under it (if it is not 0), descending."""
    checked_filter(filter)
    found: list[Item] = []
    for sequence in sorted(space.items, reverse=newest_first):
        reached = sequence < after or after == 0 if newest_first else sequence > after
        if len(found) < limit and reached and admits(filter, space.items[sequence]):
            found.append(space.items[sequence])
    return found


def match(space: Space, terms: Sequence[str], filter: Filter, limit: int) -> Hits:
    """BM25 over all passages of the namespace; the filter decides which of them are shown, not what they score."""
    checked_filter(filter)
    frequencies = {
        term: sum(term in words.frequencies for words in space.words.values()) for term in dict.fromkeys(terms)
    }
    most = ceiling(frequencies, len(space.words))
    scores: dict[int, float] = {}
    for wide in (False, True):
        division = divided(frequencies, wide=wide)
        scores = _scored(space, filter, division, frequencies)
        if len(scores) >= limit or set(division.choosing) == {term for term in frequencies if frequencies[term]}:
            break
    return _best(scores, limit, most)


def _scored(space: Space, filter: Filter, division: Division, frequencies: Mapping[str, int]) -> dict[int, float]:
    """passage -> BM25 by all terms of the division, of the passages that it chooses."""
    choosing, counting, together = division
    weights = {term: idf(frequencies[term], len(space.words)) for term in choosing + counting}
    average = sum(words.tokens for words in space.words.values()) / max(1, len(space.words))
    scores: dict[int, float] = {}
    for passage, words in space.words.items():
        chosen = any(term in words.frequencies for term in choosing)
        joined = not together or any(term in words.frequencies for term in counting)
        if chosen and joined and admits(filter, space.items[item_of(passage)[0]]):
            scores[passage] = sum(
                weight * saturated(words.frequencies[term], words.tokens, average)
                for term, weight in weights.items()
                if term in words.frequencies
            )
    return scores


def nearest(space: Space, model: str, vector: np.ndarray, filter: Filter, limit: int) -> Hits:
    """The cosine with every vector. Raises `InvalidInput` for a vector of another dimension or length."""
    checked_filter(filter)
    question = checked_question(vector, space.dimensions.get(model)).astype(np.float64)
    scores = {
        passage: float(row @ question)
        for passage, row in space.vectors.get(model, {}).items()
        if admits(filter, space.items[item_of(passage)[0]])
    }
    return _best(scores, limit, 0.0)


def vectors_of(space: Space, model: str, passages: Sequence[int]) -> np.ndarray:
    """float32, (len(passages), dimension); zeros where there is none, (n, 0) where the model has none at all."""
    known = space.vectors.get(model)
    found = np.zeros((len(passages), space.dimensions[model] if known else 0), dtype=np.float32)
    for row, passage in enumerate(passages):
        if known and passage in known:
            found[row] = known[passage]
    return found


def _best(scores: Mapping[int, float], limit: int, most: float) -> Hits:
    """The highest scores first; of equal ones the older passage."""
    best = sorted(scores, key=lambda passage: (-scores[passage], passage))[: max(0, limit)]
    return Hits(
        passages=np.array(best, dtype=np.int64),
        scores=np.array([scores[passage] for passage in best], dtype=np.float32),
        ceiling=most,
    )
