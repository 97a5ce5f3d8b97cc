"""Ranking: what the indexes found goes in as arrays, an order with reasons comes out.

Floor 2, numpy only. Above: the recall verb, which hands in what the stores found and asks the reranker in between.

The scale is absolute: a passage scores its cosine plus `policy.words` times the share of the question's words that it
covers, in units of what BM25 could give at most. So the weight of the words adapts by itself: a weak match covers
little and says little. The steps, in order: `fuse`, pool passages to items, lift by session and situation, find
successors, (rerank), let successors pass.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tacit.logic.named_times import agreement, named_times
from tacit.logic.passages import item_of, passages_in
from tacit.logic.stopwords import STOP_WORDS
from tacit.logic.words import terms
from tacit.policy import Policy
from tacit.results import Why
from tacit.types import Item

__all__ = ["Found", "Ranked", "Situation", "known", "promising", "question_terms", "rank", "rerank", "to_reread"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
FIGURES_WITHIN = 1_200
"""Characters of a statement in which its figures are looked for."""
STATEMENTS = ("message", "interaction", "fact")
"""Kinds that say something, which a later one may say anew. Two runs at like tasks do not replace each other."""
STEP = 1e-4
"""By how much a successor passes what it succeeds."""
EXACT = 3.0
"""More than anything else can score (2.5), also before the exact one is embedded."""
DAY = 86_400_000_000
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


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """Items in their order, with what led to it; arrays are parallel to `Found.items`."""

    scores: Floats
    best: Ints
    """Place in `Found.passages` of each item's best passage."""
    known: float
    relevance: Floats
    recency: Floats
    situation: Floats
    dated: Floats
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

    def why(self, found: Found, place: int) -> Why:
        """The reasons of one item."""
        passage = int(self.best[place])
        has = frozenset(terms(found.items[place].text))
        return Why(
            words=tuple(term for term in found.terms if term in has),
            lexical=float(found.words[passage]) or None,
            cosine=None if found.cosine is None else float(found.cosine[passage]),
            reranker=(self.logits or {}).get(place),
            relevance=float(self.relevance[place]),
            recency=float(self.recency[place]),
            situation=float(self.situation[place]),
            dated=float(self.dated[place]),
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
    most = np.array([cosines.get(one, lowest) for one in ids])
    most += policy.words * np.minimum(np.array([words.get(one, 0.0) for one in ids]) / max(ceiling, 1e-9), 1.0)
    return [ids[place] for place in np.argsort(-most, kind="stable")[:keep]]


def rank(found: Found, situation: Situation, policy: Policy, *, now: int) -> Ranked:
    """Order the candidates; `now` in microseconds."""
    passage_scores = _fused(found, policy)
    scores, best = _pooled(found, passage_scores, policy)
    judged = known(found, scores)
    recency = policy.recency * _freshness(found.items, now, policy)
    fitting = policy.context * _agreement(found.items, situation)
    at = np.array([item.created_at for item in found.items], dtype=np.int64)
    dated = policy.dated * agreement(named_times(found.query), at)
    lifted = _shared_in_session(scores, found.items, policy) + recency + fitting + dated + _exact(found)
    ranked = Ranked(
        scores=lifted, best=best, known=judged, relevance=scores, recency=recency, situation=fitting, dated=dated
    )
    pairs = {*_told(found.items), *_successors(found, ranked, policy)}
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


def _fused(found: Found, policy: Policy) -> Floats:
    covered = policy.words * np.minimum(found.words / found.ceiling, 1.0)
    return covered if found.cosine is None else found.cosine + covered


def _pooled(found: Found, scores: Floats, policy: Policy) -> tuple[Floats, Ints]:
    """Each item's score, by its best passage, and which passage that is."""
    place_of = {item.sequence: place for place, item in enumerate(found.items)}
    owner = np.array([place_of[item_of(passage)[0]] for passage in found.passages.tolist()], dtype=np.int64)
    ascending = np.argsort(scores, kind="stable")
    best = np.zeros(len(found.items), dtype=np.int64)
    best[owner[ascending]] = ascending
    counts = np.array([passages_in(len(item.text)) for item in found.items], dtype=np.float64)
    return scores[best] - policy.length * np.log(counts), best


def _shared_in_session(scores: Floats, items: Sequence[Item], policy: Policy) -> Floats:
    """An item gains from the best one of its session; one without a session is a session of its own."""
    tops: dict[str, float] = {}
    for score, item in zip(scores.tolist(), items, strict=True):
        session = item.session or item.id
        tops[session] = max(score, tops.get(session, score))
    return scores + policy.session * np.array([tops[item.session or item.id] for item in items], dtype=np.float64)


def _freshness(items: Sequence[Item], now: int, policy: Policy) -> Floats:
    """1 for this moment, a half for each half-life of age."""
    ages = np.array([max(0, now - item.created_at) / DAY for item in items], dtype=np.float64)
    fresh: Floats = np.exp2(-ages / policy.half_life_days)
    return fresh


def _agreement(items: Sequence[Item], situation: Situation) -> Floats:
    """How many of domain, language, type and tags agree with the situation."""
    if situation == Situation():
        return np.zeros(len(items))
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


def _exact(found: Found) -> Floats:
    """An item that is the question, letter by letter, stands first."""
    asked = _plain(found.query)
    return (
        EXACT
        * np.array(
            [  # most are told apart by their first letter: 0.05 ms instead of 0.4 for 400
                asked.startswith(item.text.lstrip()[:1].casefold()) and _plain(item.text) == asked
                for item in found.items
            ],
            dtype=np.float64,
        )
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _told(items: Sequence[Item]) -> list[tuple[int, int]]:
    """Pairs (older, newer) that were recorded as superseding."""
    place_of = {item.id: place for place, item in enumerate(items)}
    return [
        (place, place_of[item.superseded_by])
        for place, item in enumerate(items)
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
    if before.kind not in STATEMENTS or _plain(before.text) == _plain(found.query):
        return []
    figures = _figures(before.text)
    vector = found.vectors[ranked.best[old]]
    return [
        (old, new)
        for new in order[1:]
        if figures
        and found.items[new].sequence > before.sequence
        and ranked.dated[new] >= ranked.dated[old]  # asked of its time, the older one is the answer
        and found.items[new].author == before.author
        and found.items[new].kind == before.kind
        and _figures(found.items[new].text) - figures
        and float(found.vectors[ranked.best[new]] @ vector) >= policy.succession_similarity
    ]


def _figures(text: str) -> frozenset[str]:
    return frozenset(FIGURE.findall(text[:FIGURES_WITHIN]))


def _sigmoid(x: float) -> float:
    return float(1.0 / (1.0 + np.exp(-min(60.0, max(-60.0, x)))))
