"""Replaying: the program that runs inside the sandbox of a trial. One errand on standard input, measures on output.

Floor 5, above `opening`. Nothing imports this: `operations.try_improvement` runs it by its name, in a process that sees
a copy of the memory and nothing else.
"""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from tacit.clock import new_id, system_clock
from tacit.improvement import Case
from tacit.models.open import OpenOptions, open_embedder, open_reranker
from tacit.models.precomputed import Precomputed
from tacit.operations.alter import altered
from tacit.operations.embedding import reembed
from tacit.operations.recall import Asked, Models, search
from tacit.operations.replay import Replayed, replay
from tacit.operations.try_improvement import Errand
from tacit.policy import Policy
from tacit.ports import Scope

__all__ = ["main", "replayed"]


def main() -> None:
    """Do the errand; as the least of all processes, so that whoever works meanwhile is not slowed down."""
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    errand = msgspec.json.decode(sys.stdin.buffer.read(), type=Errand)
    sys.stdout.buffer.write(msgspec.json.encode(replayed(errand)))


def replayed(errand: Errand) -> Replayed:
    """Open both sides and answer the cases on each in turn."""
    from tacit.stores.sqlite import SqliteStore

    embedder = None
    if errand.model and errand.questions:
        vectors = np.load(errand.vectors, allow_pickle=False)
        known = dict(zip(errand.questions, vectors, strict=True))
        embedder = Precomputed(errand.model, errand.dimension, known)
    options = OpenOptions(cache=Path(errand.models) if errand.models else None)
    reranker = open_reranker(errand.reranker, options).reranker if errand.reranker != "none" else None
    with ExitStack() as stack:
        stores = {}
        for path in dict.fromkeys((errand.old, errand.new)):
            stores[path] = SqliteStore(Path(path), clock=system_clock)
            stack.callback(stores[path].close)
        sides = []
        for path, policy in zip((errand.old, errand.new), errand.policies, strict=True):
            scope = Scope(store=stores[path], namespace=errand.namespace, clock=system_clock, new_id=new_id)
            sides.append((scope, Models(embedder=embedder, reranker=reranker, policy=msgspec.convert(policy, Policy))))
        if errand.alteration.kind == "embedder":
            sides[1] = _reembedded(*sides[1], errand, options)
        elif errand.old != errand.new:
            changes, _ = altered(sides[1][0], errand.alteration)
            sides[1][0].store.write(errand.namespace, changes)
        old, new = (_answerer(*side) for side in sides)
        return replay(errand.cases, old, new, rounds=errand.rounds)


def _reembedded(scope: Scope, models: Models, errand: Errand, options: OpenOptions) -> tuple[Scope, Models]:
    """The copy under another embedder. Its questions are embedded before anything is measured, as the old ones were."""
    embedder = open_embedder(errand.alteration.embedder, options).embedder
    assert embedder is not None  # noqa: S101  a named one is opened, or it raises
    for _ in reembed(scope.store, scope.namespace, embedder):
        pass
    questions = [*dict.fromkeys(case.query for case in errand.cases)]
    vectors = dict(zip(questions, embedder.embed(questions, "query"), strict=True))
    known = Precomputed(embedder.name, embedder.dimension, vectors)
    return scope, replace(models, embedder=known)


def _answerer(scope: Scope, models: Models) -> Callable[[Case], Sequence[str]]:
    def answer(case: Case) -> list[str]:
        asked = Asked(query=case.query, k=case.k, filter=case.filter)
        return [one.item.id for one in search(scope, asked, models).results]

    return answer
