"""Scoring: the terms that a passage's and an item's score is the sum of, each a function in a table.

Floor 2, numpy only. Below: found, worth. Above: ranking, which adds them up.

The scale is absolute: a passage scores its cosine plus `policy.words` times the share of the question's words that it
covers, in units of what BM25 could give at most. So the weight of the words adapts by itself: a weak match covers
little and says little. An item has the relevance of its best passage, and gains or loses what its own terms say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tacit.logic.found import Floats, Found, Ints, Situation
from tacit.logic.named_times import agreement, named_times
from tacit.logic.passages import passages_in
from tacit.logic.worth import utility
from tacit.policy import Policy
from tacit.types import Item

__all__ = ["ITEM_TERMS", "PASSAGE_TERMS", "Asking", "plain"]

EXACT = 3.0
"""More than anything else can score (2.5), also before the exact one is embedded."""
DAY = 86_400_000_000


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What a term may look at."""

    found: Found
    situation: Situation
    policy: Policy
    now: int
    """Microseconds."""
    owner: Ints
    """Of each passage: the place of its item."""
    relevance: Floats
    """Of each item, once its passages are scored."""


Term = Callable[[Asking], Floats]


def plain(text: str) -> str:
    """In small letters, with single blanks."""
    return " ".join(text.casefold().split())


def _words(asking: Asking) -> Floats:
    covered: Floats = asking.policy.words * np.minimum(asking.found.words / asking.found.ceiling, 1.0)
    return covered


def _meaning(asking: Asking) -> Floats:
    return np.zeros(len(asking.found.passages)) if asking.found.cosine is None else asking.found.cosine


def _length(asking: Asking) -> Floats:
    """The best of many draws is high by luck."""
    counts = np.array([passages_in(len(item.text)) for item in asking.found.items], dtype=np.float64)
    cost: Floats = -asking.policy.length * np.log(counts)
    return cost[asking.owner]


def _session(asking: Asking) -> Floats:
    """An item gains from the best one of its session; one without a session is a session of its own."""
    tops: dict[str, float] = {}
    for score, item in zip(asking.relevance.tolist(), asking.found.items, strict=True):
        session = item.session or item.id
        tops[session] = max(score, tops.get(session, score))
    best = np.array([tops[item.session or item.id] for item in asking.found.items], dtype=np.float64)
    return asking.policy.session * best


def _recency(asking: Asking) -> Floats:
    """All for this moment, a half for each half-life of age."""
    ages = np.array([max(0, asking.now - item.created_at) / DAY for item in asking.found.items], dtype=np.float64)
    fresh: Floats = asking.policy.recency * np.exp2(-ages / asking.policy.half_life_days)
    return fresh


def _situation(asking: Asking) -> Floats:
    """For how many of domain, language, type and tags agree with the situation."""
    if asking.situation == Situation():
        return np.zeros(len(asking.found.items))
    return asking.policy.context * _agreement(asking.found.items, asking.situation)


def _agreement(items: Sequence[Item], situation: Situation) -> Floats:
    return np.array(
        [
            (bool(situation.domain) and item.domain == situation.domain)
            + (bool(situation.language) and item.language == situation.language)
            + (bool(situation.type) and item.type == situation.type)
            + bool(situation.tags.intersection(item.tags))
            for item in items
        ],
        dtype=np.float64,
    )


def _dated(asking: Asking) -> Floats:
    at = np.array([item.created_at for item in asking.found.items], dtype=np.int64)
    dated: Floats = asking.policy.dated * agreement(named_times(asking.found.query), at)
    return dated


def _exact(asking: Asking) -> Floats:
    """An item that is the question, letter by letter, stands first."""
    asked = plain(asking.found.query)
    same = [  # most are told apart by their first letter: 0.05 ms instead of 0.4 for 400
        asked.startswith(item.text.lstrip()[:1].casefold()) and plain(item.text) == asked for item in asking.found.items
    ]
    return EXACT * np.array(same, dtype=np.float64)


def _confidence(asking: Asking) -> Floats:
    worths, weight = asking.found.worths, asking.policy.confidence
    if not worths:
        return np.zeros(len(asking.found.items))
    gained = [weight * worths[item.id].confidence if item.id in worths else 0.0 for item in asking.found.items]
    return np.array(gained, dtype=np.float64)


def _effect(asking: Asking) -> Floats:
    worths, recall = asking.found.worths, asking.found.recall
    if not worths:
        return np.zeros(len(asking.found.items))
    gained = [
        utility(recall, item.id, worths[item.id], asking.policy) if item.id in worths else 0.0
        for item in asking.found.items
    ]
    return np.array(gained, dtype=np.float64)


PASSAGE_TERMS: dict[str, Term] = {"meaning": _meaning, "words": _words, "length": _length}
"""Their sum is the relevance of a passage."""
ITEM_TERMS: dict[str, Term] = {
    "session": _session,
    "recency": _recency,
    "situation": _situation,
    "dated": _dated,
    "exact": _exact,
    "confidence": _confidence,
    "effect": _effect,
}
"""Added to the relevance of an item's best passage."""
