"""The laboratory without a clock: the product's ranking on searches made once, and milliseconds from a formula.

For `bench.improve_search --formula`: on a busy machine times say more of the others than of a policy, and forty trials
of thirty courses take long. The quality is that of the policy, but for one thing: fewer candidates are the first of
many here, where the store may find a few others. The formula was fitted by eye to one dial at a time as
`bench.improve_lab` measured them on two cores (2.1 to 7.8 ms); each recall has its own factor and noise of 6 %.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.improve_lab import Laboratory, Posed, ndcg
from tacit.clock import system_clock
from tacit.logic import ranking
from tacit.logic.improving.judge import Measures
from tacit.logic.passages import item_of
from tacit.operations.recall import _of_its_times
from tacit.policy import Policy
from tacit.types import Filter, Item

__all__ = ["Formula", "milliseconds"]

Floats = NDArray[np.float64]
MOST, DATED = 3000, 400
"""The most that a policy may ask for."""
FACTOR, NOISE = 0.25, 0.06
K = 10


@dataclass(frozen=True)
class Searched:
    """What the indexes found: (passages, BM25, ceiling, passages, cosines), all, and of each time that is named."""

    case: Posed
    terms: tuple[str, ...]
    vector: Floats
    all: tuple[Any, ...]
    named: list[tuple[Any, ...]]


class Formula:
    """As `bench.improve_search.Bench`."""

    def __init__(self, lab: Laboratory, *, seed: int = 0) -> None:
        self._items: dict[tuple[str, int], Item] = {}
        self._vectors: dict[tuple[str, int], Floats] = {}
        self._name = lab._embedder.name
        self._searched = [self._search(lab, case) for case in lab.cases]
        self._random = np.random.default_rng(seed)
        self._factors = np.exp(FACTOR * self._random.standard_normal(len(lab.cases)))
        self._known: dict[bytes, Floats] = {}
        self._now = system_clock()

    def sides(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Measures, Measures]:
        """Both, case by case."""
        first, second = (Measures(quality=self.quality(one), milliseconds=self._times(one)) for one in (old, new))
        return first, second

    def relative(self, new: Mapping[str, Any]) -> tuple[float, float]:
        """Mean quality, and milliseconds by those of the shipped policy."""
        return float(self.quality(new).mean()), float(self._times(new).mean() / self._times({}).mean())

    def times(self, policies: Sequence[Mapping[str, Any]], *, rounds: int) -> Floats:
        """Of each, without noise."""
        return np.tile([[milliseconds(Policy(**one))] for one in policies], (rounds, 1, 1))

    def quality(self, dials: Mapping[str, Any]) -> Floats:
        """nDCG@10 of each case."""
        name = msgspec.json.encode(dials, order="deterministic")
        if name not in self._known:
            policy = Policy(**dials)
            self._known[name] = np.array([self._ranked(one, policy) for one in self._searched])
        return self._known[name]

    def _times(self, dials: Mapping[str, Any]) -> Floats:
        noise = np.exp(NOISE * self._random.standard_normal(len(self._factors)))
        taken: Floats = milliseconds(Policy(**dials)) * self._factors * noise
        return taken

    def _search(self, lab: Laboratory, case: Posed) -> Searched:
        store, terms = lab._scopes[case.namespace].store, ranking.question_terms(case.query)
        vector = lab._embedder.embed([case.query], "query")[0]

        def found(filter: Filter, limit: int) -> tuple[Any, ...]:
            words = store.match(case.namespace, terms, filter, limit)
            near = store.nearest(case.namespace, self._name, vector, filter, limit)
            passages = sorted({*words.passages.tolist(), *near.passages.tolist()})
            new = [one for one in passages if (case.namespace, one) not in self._vectors]
            for item in store.load(case.namespace, sorted({item_of(one)[0] for one in new})):
                self._items[case.namespace, item.sequence] = item
            rows = store.vectors(case.namespace, self._name, new)
            self._vectors |= {(case.namespace, one): row for one, row in zip(new, rows, strict=True)}
            return (
                words.passages.tolist(), words.scores.tolist(), words.ceiling,
                near.passages.tolist(), near.scores.tolist(),
            )  # fmt: skip

        named = [found(one, DATED) for one in _of_its_times(case.query, Filter())]
        return Searched(case, tuple(terms), vector, found(Filter(), MOST), named)

    def _ranked(self, one: Searched, policy: Policy) -> float:
        """As `operations.recall` does it."""
        words, ceiling, cosines = _first(one.all, policy.candidates)
        ids = ranking.promising(words, ceiling, cosines, keep=max(K, policy.kept), policy=policy)
        for named in one.named if policy.dated_kept else ():
            of_then, _, near_then = _first(named, policy.dated_kept)
            words |= of_then
            ids += ranking.promising(of_then, ceiling, near_then, keep=policy.dated_kept, policy=policy)
        ids = list(dict.fromkeys(ids))
        if not ids:
            return 0.0
        namespace = one.case.namespace
        vectors = np.array([self._vectors[namespace, each] for each in ids])
        found = ranking.Found(
            query=one.case.query,
            terms=one.terms,
            items=tuple(self._items[namespace, owner] for owner in dict.fromkeys(item_of(each)[0] for each in ids)),
            passages=np.array(ids, dtype=np.int64),
            words=np.array([words.get(each, 0.0) for each in ids]),
            ceiling=max(ceiling, 1e-9),
            cosine=(vectors @ one.vector).astype(np.float64),
            vectors=vectors,
            embedder=self._name,
        )
        ranked = ranking.rank(found, ranking.Situation(), policy, now=self._now)
        return ndcg([found.items[place].id for place in ranked.order[:K]], one.case.relevant)


def milliseconds(policy: Policy) -> float:
    """What a recall is taken to cost; see the head of this file."""
    kept = min(max(K, policy.kept), 2 * policy.candidates, 600)
    searching = 0.6 * math.log1p(min(policy.candidates, 800) / 30)
    return 1.75 + searching + 0.0085 * kept + 0.03 * math.log1p(policy.dated_kept) + 0.002 * policy.succession_top


def _first(found: tuple[Any, ...], most: int) -> tuple[dict[int, float], float, dict[int, float]]:
    passages, scores, ceiling, near, cosines = found
    return (
        dict(zip(passages[:most], scores[:most], strict=True)),
        ceiling,
        dict(zip(near[:most], cosines[:most], strict=True)),
    )
