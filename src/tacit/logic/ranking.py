"""Ranking (first cut, until the measured one lands)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tacit.results import Why
from tacit.types import Item

ABSTAIN = 0.1
CANDIDATES = 150


@dataclass(frozen=True, kw_only=True)
class Situation:
    domain: str = ""
    language: str = ""
    type: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Candidates:
    terms: tuple[str, ...]
    items: tuple[Item, ...]
    lexical: np.ndarray
    query: np.ndarray | None
    matrix: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Ranked:
    order: np.ndarray
    scores: np.ndarray
    known: float | None
    cosine: np.ndarray
    extra: dict[str, np.ndarray] = field(default_factory=dict)

    def why(self, found: Candidates, place: int) -> Why:
        lexical = float(found.lexical[place])
        return Why(
            lexical=None if np.isnan(lexical) else lexical,
            cosine=float(self.cosine[place]) if found.query is not None else None,
            relevance=float(self.scores[place]),
        )


def asked_terms(found: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(found))


def rank(found: Candidates, situation: Situation, *, now: int) -> Ranked:
    del situation, now
    n = len(found.items)
    lexical = np.nan_to_num(found.lexical, nan=0.0)
    cosine = found.matrix @ found.query if found.query is not None and found.matrix.shape[1] else np.zeros(n)
    score = lexical / max(float(lexical.max(initial=0)), 1e-9) + 2 * cosine
    return Ranked(order=np.argsort(-score, kind="stable"), scores=score, known=None, cosine=cosine)


def worth_a_second_look(ranked: Ranked) -> list[int]:
    return [int(place) for place in ranked.order[:10]]


def blend(ranked: Ranked, chosen: Sequence[int], logits: np.ndarray) -> Ranked:
    del chosen, logits
    return ranked
