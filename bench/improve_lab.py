"""The laboratory of the proposers: one memory with LoCoMo conversations in it, and what a policy does there.

`Laboratory.measured(policy)` recalls every case once and hands back nDCG@10, R@10 and CPU milliseconds of each. The
vectors of the questions are computed once, so that the milliseconds are the memory's own. Not covered: learned items,
the cross-encoder, hints; dials that concern those change nothing here.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import tacit
from bench import sets
from tacit.clock import new_id, system_clock
from tacit.logic.about import About
from tacit.logic.improving import quality
from tacit.operations import record
from tacit.operations.embedding import embed_handler
from tacit.operations.recall import Asked, Models, search
from tacit.operations.worker import Worker
from tacit.policy import Policy
from tacit.ports import Embedder, Scope
from tacit.types import Filter

__all__ = ["Laboratory", "Measured", "Posed", "laboratory", "ndcg"]

Floats = NDArray[np.float64]
K = 10


@dataclass(frozen=True)
class Posed:
    """A question to one conversation, with the ids of the items that answer it."""

    namespace: str
    query: str
    relevant: frozenset[str]
    domain: str = ""
    """Asked within this domain alone, where one is named."""


@dataclass(frozen=True)
class Measured:
    """Of one policy: an array over the cases each."""

    quality: Floats
    """nDCG@10."""
    recalled: Floats
    """R@10."""
    milliseconds: Floats
    """CPU time of a recall."""


class Known:
    """An embedder that has seen the questions before: its time is none of the policy's."""

    def __init__(self, inner: Embedder, queries: Sequence[str]) -> None:
        self.name, self.dimension = inner.name, inner.dimension
        vectors = inner.embed(list(queries), "query")
        self._known = {query: vectors[place : place + 1] for place, query in enumerate(queries)}

    def embed(self, texts: Sequence[str], _kind: str) -> NDArray[np.float32]:
        """The vectors from before."""
        return np.concatenate([self._known[text] for text in texts])


class Laboratory:
    """Cases, and what a policy makes of them."""

    def __init__(self, memory: tacit.Memory, cases: Sequence[Posed]) -> None:
        assert memory.embedder is not None
        self.cases = list(cases)
        self._embedder = Known(memory.embedder, sorted({case.query for case in cases}))
        self._scopes = {
            name: Scope(store=memory._backend, namespace=name, clock=system_clock, new_id=new_id, source="bench")
            for name in {case.namespace for case in cases}
        }

    def measured(self, policy: Policy, cases: Sequence[int] | None = None) -> Measured:
        """All the cases once (or those at some places), in their order."""
        models = Models(embedder=self._embedder, policy=policy)
        rows = [self._one(self.cases[place], models) for place in (cases or range(len(self.cases)))]
        quality, recalled, milliseconds = np.array(rows, dtype=np.float64).T
        return Measured(quality, recalled, milliseconds)

    def _one(self, case: Posed, models: Models) -> tuple[float, float, float]:
        begun = time.process_time_ns()
        answer = search(self._scopes[case.namespace], _asked(case), models)
        took = (time.process_time_ns() - begun) / 1e6
        found = [one.item.id for one in answer.results]
        return ndcg(found, case.relevant), len(case.relevant.intersection(found)) / len(case.relevant), took


def _asked(case: Posed) -> Asked:
    return Asked(query=case.query, filter=Filter(domains=(case.domain,)) if case.domain else Filter(), k=K)


@contextmanager
def laboratory(
    data: Path,
    conversations: Sequence[int],
    *,
    most: int,
    seed: int = 0,
    embedder: str = "auto",
    together: bool = False,
) -> Iterator[Laboratory]:
    """Some conversations (places, from 0) in a memory of their own, and `most` cases drawn from their questions.

    `together`: in one namespace, each a domain that its questions are asked within; else in a namespace each."""
    chosen = [sets.locomo(data)[place] for place in conversations]
    with (
        tempfile.TemporaryDirectory() as folder,
        tacit.open(Path(folder) / "lab.db", embedder=embedder, worker=False) as memory,
    ):
        cases = [case for one in chosen for case in _recorded(memory, one, together=together)]
        assert memory.embedder is not None
        for _ in Worker(
            memory._backend, system_clock, {"embed": embed_handler(memory._backend, memory.embedder)}
        ).drain():
            pass
        drawn = np.random.default_rng(seed).permutation(len(cases))[:most]
        yield Laboratory(memory, [cases[int(place)] for place in np.sort(drawn)])


def _recorded(memory: tacit.Memory, conversation: sets.Conversation, *, together: bool) -> list[Posed]:
    name = conversation.name
    namespace, domain = ("default", name) if together else (name, "")
    scope = Scope(store=memory._backend, namespace=namespace, clock=system_clock, new_id=new_id, source="bench")
    items = record.messages(scope, [_said(one, domain) for one in conversation.said])
    ids = {one.id: item.id for one, item in zip(conversation.said, items, strict=True)}
    return [
        Posed(namespace, question.text, frozenset(ids[one] for one in question.gold), domain)
        for question in conversation.questions
        if question.answerable
    ]


def _said(one: sets.Said, domain: str) -> tuple[str, str, About]:
    key, session = (f"{domain}/{one.id}", f"{domain}/{one.session}") if domain else (one.id, one.session)
    return one.text, "", {"author": one.author, "key": key, "at": one.at, "session": session, "domain": domain}


def ndcg(found: Sequence[str], relevant: frozenset[str], k: int = K) -> float:
    """As trials measure it, with grades of 1."""
    return quality.ndcg(found, dict.fromkeys(relevant, 1.0), k)
