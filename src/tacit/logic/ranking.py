"""Ranking: what the indexes found goes in as arrays, an order with reasons comes out.

Floor 2, numpy only. Below: found, scoring. Above: the recall verb, which hands in what the stores found and asks the
reranker in between.

The steps, in order: sum the terms of each passage, pool passages to items, add the terms of each item, find
successors, (rerank), let successors pass.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat

import numpy as np

from tacit.logic.found import Floats, Found, Ints, Situation
from tacit.logic.passages import item_of
from tacit.logic.scoring import ITEM_TERMS, PASSAGE_TERMS, Asking, plain
from tacit.logic.stopwords import STOP_WORDS
from tacit.logic.words import terms
from tacit.policy import Policy
from tacit.results import Why

__all__ = [
    "STEP",
    "SUCCESSIONS",
    "Found",
    "Ranked",
    "Situation",
    "known",
    "promising",
    "question_terms",
    "rank",
    "rerank",
    "to_reread",
    "without",
]

FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
FIGURES_WITHIN = 1_200
"""Characters of a statement in which its figures are looked for."""
STATEMENTS = ("message", "interaction", "fact")
"""Kinds that say something, which a later one may say anew. Two runs at like tasks do not replace each other."""
STEP = 1e-4
"""By how much a successor passes what it succeeds."""
CALIBRATED = "onnx:bge-small-en-v1.5-int8"
"""The embedder whose cosines the first line below was fitted to."""
KNOWN_BY_MEANING = (23.0, 0.747)
"""Slope and middle of the logistic curve over the best item's score; fitted on 939 own against as many foreign
questions of LoCoMo and BEAM, left-one-conversation-out: predicted .29, .50, .71 were seen .32, .53, .83."""
FEW = (0.56, 0.041)
"""Among few passages the best of what does not answer scores lower, so the middle lies at `0.56 + 0.041 ln(passages)`
until that reaches the one above: fitted to windows of 3, 6, 12, 25, 50 messages: .595, .63, .66, .705, .71."""
KNOWN_BY_WORDS = (20.5, 0.159)
"""The same over the share of words covered, where nothing (calibrated) judges meaning."""


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """Items in their order, with what led to it; arrays are parallel to `Found.items`."""

    scores: Floats
    best: Ints
    """Place in `Found.passages` of each item's best passage."""
    known: float
    relevance: Floats
    added: Mapping[str, Floats] = field(default_factory=dict)
    """By each of `ITEM_TERMS`."""
    pairs: tuple[tuple[int, int], ...] = ()
    """(older, newer): places of items where the newer one took over; oldest first, so that chains hold."""
    logits: dict[int, float] | None = None

    @property
    def order(self) -> list[int]:
        """Places of items, best first; what succeeds another one stands right before it."""
        lifted = self.scores.copy()
        for old, new in self.pairs:
            lifted[new] = max(lifted[new], lifted[old] + STEP * (1 + self.scores[new]))
        return [int(place) for place in np.argsort(-lifted, kind="stable")]

    def gained(self, term: str, place: int) -> float:
        """What a term gave an item."""
        return float(self.added[term][place]) if term in self.added else 0.0

    def why(self, found: Found, place: int) -> Why:
        """The reasons of one item."""
        passage = int(self.best[place])
        worth = found.worths.get(found.items[place].id)
        has = frozenset(terms(found.items[place].text))
        return Why(
            words=tuple(term for term in found.terms if term in has),
            lexical=float(found.words[passage]) or None,
            cosine=None if found.cosine is None else float(found.cosine[passage]),
            reranker=(self.logits or {}).get(place),
            relevance=float(self.relevance[place]),
            recency=self.gained("recency", place),
            situation=self.gained("situation", place),
            dated=self.gained("dated", place),
            confidence=self.gained("confidence", place),
            effect=self.gained("effect", place),
            verdict=worth.verdict if worth else "",
            evidence=worth.evidence if worth else "",
            propensity=worth.propensity if worth else 1.0,
            supersedes=tuple(found.items[old].id for old, new in self.pairs if new == place),
            superseded=found.items[place].superseded_by is not None or any(old == place for old, _ in self.pairs),
        )


def question_terms(question: str) -> list[str]:
    """The terms to look for, once each, without stop words; all of them where nothing else is left.

    >>> question_terms("Where did she run the tests?")
    ['run', 'test']
    """
    once = list(dict.fromkeys(terms(question)))
    telling = [term for term in once if term not in STOP_WORDS and (len(term) > 1 or not term.isascii())]
    return telling or once


def promising(
    words: Mapping[int, float], ceiling: float, cosines: Mapping[int, float], *, keep: int, policy: Policy
) -> list[int]:
    """The `keep` passages that could score most, of those found by words (-> BM25) and by meaning (-> cosine).

    One that was found by words alone has at most the lowest cosine of those that were found by meaning.
    """
    lowest = min(cosines.values(), default=0.0)
    ids = list(dict.fromkeys([*words, *cosines]))
    if len(ids) <= keep:
        return ids
    most = np.array(list(map(cosines.get, ids, repeat(lowest))))
    most += policy.words * np.minimum(np.array(list(map(words.get, ids, repeat(0.0)))) / max(ceiling, 1e-9), 1.0)
    return [ids[place] for place in np.argsort(-most, kind="stable")[:keep]]


def without(found: Found, ids: Collection[str]) -> Found:
    """The candidates without some items."""
    items = tuple(item for item in found.items if item.id not in ids)
    there = {item.sequence for item in items}
    kept = np.array([item_of(passage)[0] in there for passage in found.passages.tolist()], dtype=bool)
    return replace(
        found,
        items=items,
        passages=found.passages[kept],
        words=found.words[kept],
        cosine=None if found.cosine is None else found.cosine[kept],
        vectors=None if found.vectors is None else found.vectors[kept],
    )


def rank(found: Found, situation: Situation, policy: Policy, *, now: int) -> Ranked:
    """Order the candidates; `now` in microseconds."""
    asking = _asking(found, situation, policy, now)
    relevance, best = _pooled(asking)
    asking = replace(asking, relevance=relevance)
    added = {name: term(asking) for name, term in ITEM_TERMS.items()}
    scores = relevance
    for gained in added.values():
        scores = scores + gained
    ranked = Ranked(scores=scores, best=best, known=known(found, relevance), relevance=relevance, added=added)
    pairs = {pair for successions in SUCCESSIONS.values() for pair in successions(found, ranked, policy)}
    return replace(ranked, pairs=tuple(sorted(pairs, key=lambda pair: (found.items[pair[0]].sequence, pair))))


def to_reread(ranked: Ranked, policy: Policy) -> list[int]:
    """Places of the items that a cross-encoder should read, best first."""
    return [int(place) for place in np.argsort(-ranked.scores, kind="stable")[: policy.rerank_top]]


def rerank(ranked: Ranked, read: Sequence[int], logits: Floats, policy: Policy) -> Ranked:
    """Add the cross-encoder's opinion; what it has read stays above what it has not."""
    scores = ranked.scores.copy()
    places = np.asarray(read, dtype=np.int64)
    scores[places] += policy.rerank / (1.0 + np.exp(-logits.astype(np.float64) / policy.rerank_softness))
    rest = np.delete(ranked.scores, places)
    if rest.size:
        scores[places] += max(0.0, float(rest.max()) - float(scores[places].min()) + STEP)
    return replace(ranked, scores=scores, logits=dict(zip(map(int, read), map(float, logits), strict=True)))


def known(found: Found, scores: Floats) -> float:
    """Probability that something relevant is known, from the best item's score."""
    if not scores.size:
        return 0.0
    if found.cosine is not None and found.embedder == CALIBRATED:
        slope, middle = KNOWN_BY_MEANING
        among_few = FEW[0] + FEW[1] * float(np.log(len(found.passages)))
        return _sigmoid(slope * (float(scores.max()) - min(middle, among_few)))
    slope, middle = KNOWN_BY_WORDS
    covered = np.minimum(found.words / found.ceiling, 1.0)
    return _sigmoid(slope * (float(covered.max()) - middle))


def _asking(found: Found, situation: Situation, policy: Policy, now: int) -> Asking:
    place_of = {item.sequence: place for place, item in enumerate(found.items)}
    owner = np.array([place_of[item_of(passage)[0]] for passage in found.passages.tolist()], dtype=np.int64)
    blank = np.zeros(len(found.items))
    return Asking(found=found, situation=situation, policy=policy, now=now, owner=owner, relevance=blank)


def _pooled(asking: Asking) -> tuple[Floats, Ints]:
    """Each item's relevance, by its best passage, and which passage that is."""
    scores = np.zeros(len(asking.found.passages))
    for term in PASSAGE_TERMS.values():
        scores = scores + term(asking)
    ascending = np.argsort(scores, kind="stable")
    best = np.zeros(len(asking.found.items), dtype=np.int64)
    best[asking.owner[ascending]] = ascending
    return scores[best], best


def _told(found: Found, _ranked: Ranked, _policy: Policy) -> list[tuple[int, int]]:
    """Pairs (older, newer) that were recorded as superseding."""
    place_of = {item.id: place for place, item in enumerate(found.items)}
    return [
        (place, place_of[item.superseded_by])
        for place, item in enumerate(found.items)
        if item.superseded_by is not None and item.superseded_by in place_of
    ]


def _successors(found: Found, ranked: Ranked, policy: Policy) -> list[tuple[int, int]]:
    """Pairs (older, newer): the best item, and newer statements of its author on the same matter with a new figure.

    An update that is recorded like anything else resembles what it updates, so that both are found; which of them
    stands first is chance (35 % on BEAM's knowledge updates) without this.
    """
    if found.vectors is None or not found.items:
        return []
    order = [int(place) for place in np.argsort(-ranked.scores, kind="stable")[: policy.succession_top]]
    if not order:
        return []
    old = order[0]
    before = found.items[old]
    if before.kind not in STATEMENTS or plain(before.text) == plain(found.query):
        return []
    figures = _figures(before.text)
    vector = found.vectors[ranked.best[old]]
    return [
        (old, new)
        for new in order[1:]
        if figures
        and found.items[new].sequence > before.sequence
        and ranked.gained("dated", new) >= ranked.gained("dated", old)  # asked of its time, the older one is the answer
        and found.items[new].author == before.author
        and found.items[new].kind == before.kind
        and _figures(found.items[new].text) - figures
        and float(found.vectors[ranked.best[new]] @ vector) >= policy.succession_similarity
    ]


SUCCESSIONS: dict[str, Callable[[Found, Ranked, Policy], list[tuple[int, int]]]] = {
    "told": _told,
    "succession": _successors,
}
"""Who took the place of whom: pairs (older, newer) of places."""


def _figures(text: str) -> frozenset[str]:
    return frozenset(FIGURE.findall(text[:FIGURES_WITHIN]))


def _sigmoid(x: float) -> float:
    return float(1.0 / (1.0 + np.exp(-min(60.0, max(-60.0, x)))))
