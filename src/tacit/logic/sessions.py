"""Which conversations answer: sessions scored by what was found in them.

Floor 2. Below: ranking. Above: the recall verb, which asks the reranker in between.

A session scores the mean of its best three items, plus a share for how much of the question its found items cover
together: what one of them leaves out another may say. A cross-encoder then reads one extract of each: these three, put
together. docs/decisions/0016-sessions.md has the figures.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tacit.logic.passages import item_of, passages
from tacit.logic.ranking import STEP, Found, Ranked
from tacit.logic.words import terms
from tacit.policy import Policy

__all__ = ["Session", "by_session", "extract", "reread"]

BEST = 3
"""Items that a session is judged by. 1 to 5 are within 0.3 points of R@5 on LoCoMo."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """One conversation among the candidates."""

    name: str
    score: float
    places: tuple[int, ...]
    """Of its items in `Found.items`, best first."""


def by_session(found: Found, ranked: Ranked, policy: Policy) -> list[Session]:
    """The sessions of the candidates, best first; items without a session belong to none."""
    groups: dict[str, list[int]] = {}
    for place in np.argsort(-ranked.scores, kind="stable").tolist():
        if found.items[place].session:
            groups.setdefault(found.items[place].session, []).append(place)
    covered = _covered(found, groups.values())
    sessions = [
        Session(
            name=name,
            score=float(np.mean(ranked.scores[places[:BEST]])) + policy.coverage * share,
            places=tuple(places),
        )
        for (name, places), share in zip(groups.items(), covered, strict=True)
    ]
    return sorted(sessions, key=lambda session: -session.score)


def extract(found: Found, ranked: Ranked, session: Session) -> str:
    """What a cross-encoder should read of a session: the best passages of its best items, best first."""
    lines = []
    for place in session.places[:BEST]:
        item = found.items[place]
        _, number = item_of(int(found.passages[ranked.best[place]]))
        lines.append(passages(item.text)[number])
    return "\n".join(lines)


def reread(sessions: Sequence[Session], logits: NDArray[np.float32], policy: Policy) -> list[Session]:
    """Add the cross-encoder's opinion of the first `len(logits)`, which stay above the rest; -> best first."""
    read, rest = sessions[: len(logits)], sessions[len(logits) :]
    squashed = 1.0 / (1.0 + np.exp(-logits.astype(np.float64) / policy.rerank_softness))
    scores = [one.score + policy.rerank_session * float(opinion) for one, opinion in zip(read, squashed, strict=True)]
    lift = max(0.0, rest[0].score - min(scores) + STEP) if rest and scores else 0.0
    read = [replace(one, score=score + lift) for one, score in zip(read, scores, strict=True)]
    return [*sorted(read, key=lambda session: -session.score), *rest]


def _covered(found: Found, groups: Iterable[Sequence[int]]) -> list[float]:
    """The share of the question's terms, by what they tell among the candidates, that the items of each group have."""
    asked = frozenset(found.terms)
    has = [asked.intersection(terms(item.text)) for item in found.items]
    number = len(found.items)
    tells = {}
    for term in found.terms:
        holders = sum(term in one for one in has)
        tells[term] = math.log(1.0 + (number - holders + 0.5) / (holders + 0.5))  # the IDF of BM25
    most = sum(tells.values())
    return [
        sum(tells[term] for term in frozenset().union(*(has[place] for place in group))) / most if most else 0.0
        for group in groups
    ]
