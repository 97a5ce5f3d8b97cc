"""Distill: make knowledge of the groups of similar patterns; update what changed, delete what has no group any more.

Floor 4. Below: the store, logic.distillation. Above: memory; the worker runs the handler.

The knowledge is a function of the patterns, so that doing it again changes nothing, and killed between two transactions
the next call goes on with what is still missing. Each transaction asserts that nothing was forgotten since the patterns
were read: no knowledge outlives what it quotes.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from heapq import nlargest

from tacit.changes import Advance, Change, Delete, Enqueue, Job, Put, SetNote
from tacit.errors import Conflict
from tacit.logic.distillation import Replaced, distilled, eligible, reconciled
from tacit.logic.notes import FORGOTTEN, LEARNING
from tacit.logic.pages import every
from tacit.ports import NewId, Scope, Store, Transactions
from tacit.types import Filter, Item, Kind, Pattern, Value

__all__ = ["Distilled", "distill", "distill_handler"]


NOTE = "distilled"
"""Digest of patterns and knowledge as they stood when there was nothing to write."""
BATCH = 100
"""Items a transaction."""
MOST = 20_000
"""Patterns that take part, those seen in most episodes: 10 s and 60 MB."""
ATTEMPTS = 5
"""How often distilling begins anew because something was learned or forgotten meanwhile."""


class Distilled(Value, frozen=True, kw_only=True):
    """Progress of a distillation."""

    patterns: int
    """That took part."""
    knowledge: int
    """Pieces that there are to be."""
    written: int = 0
    """New and changed ones, so far."""
    removed: int = 0
    """Their group is gone."""
    waiting: int = 0
    """Writes to come."""
    unchanged: bool = False
    """The patterns are those of the last time: nothing was to be done."""


def distill(scope: Scope) -> Iterator[Distilled]:
    """Distill here and now; yields progress, last with `waiting` 0. Stopped at any point, another call goes on.

    Raises `Conflict` where others kept changing the patterns through five attempts.
    """
    for attempt in range(ATTEMPTS):
        try:
            yield from _once(scope)
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return


def distill_handler(store: Store, *, new_id: NewId) -> Callable[[str, Sequence[Job]], Transactions]:
    """Handler of the stage `distill`. Where learning went on meanwhile, the last transaction asks for another turn."""

    def handle(namespace: str, jobs: Sequence[Job]) -> Transactions:
        del jobs  # they only say that there is something to do
        before = _token(store, namespace)
        plan = _plan(store, namespace, new_id)
        yield from plan.transactions
        now = _token(store, namespace)
        return [Enqueue(stage="distill", key=f"after {now}")] if now != before else []

    return handle


class _Plan(Value, frozen=True, kw_only=True):
    patterns: int
    knowledge: int
    transactions: tuple[list[Change], ...] = ()
    unchanged: bool = False


def _once(scope: Scope) -> Iterator[Distilled]:
    plan = _plan(scope.store, scope.namespace, scope.new_id)
    waiting = sum(_written(one) + _removed(one) for one in plan.transactions)
    state = Distilled(patterns=plan.patterns, knowledge=plan.knowledge, waiting=waiting, unchanged=plan.unchanged)
    if not plan.transactions:
        yield state
    for transaction in plan.transactions:
        scope.store.write(scope.namespace, transaction)
        state = Distilled(
            patterns=plan.patterns,
            knowledge=plan.knowledge,
            written=state.written + _written(transaction),
            removed=state.removed + _removed(transaction),
            waiting=state.waiting - _written(transaction) - _removed(transaction),
        )
        yield state


def _written(transaction: Sequence[Change]) -> int:
    return sum(isinstance(change, Put) for change in transaction)


def _removed(transaction: Sequence[Change]) -> int:
    return sum(len(change.ids) for change in transaction if isinstance(change, Delete))


def _plan(store: Store, namespace: str, new_id: NewId) -> _Plan:
    """All that is to be written, in transactions; none where the patterns are those of the last time."""
    records = store.records(namespace)
    forgotten, done = records.note(FORGOTTEN), records.note(NOTE)
    patterns = nlargest(MOST, filter(eligible, every(store, namespace, _current("pattern"))), key=_weight)
    there = list(every(store, namespace, _current("knowledge")))
    digest = _digest([*patterns, *there])
    if digest == done:
        return _Plan(patterns=len(patterns), knowledge=len(there), unchanged=True)
    wanted = distilled(patterns)
    replaced = reconciled(wanted, there, new_id=new_id)
    assertion = Advance(key=FORGOTTEN, before=forgotten, after=forgotten)
    changes = _changes(replaced)
    batches = [changes[start : start + BATCH] for start in range(0, len(changes), BATCH)]
    transactions: list[list[Change]] = [[*batch, assertion] for batch in batches]
    if not changes:
        transactions = [[assertion, SetNote(key=NOTE, value=digest)]]
    else:
        transactions[-1].append(Enqueue(stage="embed", key=new_id()))
    return _Plan(patterns=len(patterns), knowledge=len(wanted), transactions=tuple(transactions))


def _changes(replaced: Replaced) -> list[Change]:
    gone: list[Change] = [
        Delete(ids=replaced.gone[start : start + BATCH]) for start in range(0, len(replaced.gone), BATCH)
    ]
    puts = (Put(item=one, on_conflict="error" if one.id in replaced.made else "replace") for one in replaced.put)
    return [*gone, *puts]


def _weight(item: Item) -> tuple[int, str]:
    return (item.payload.count if isinstance(item.payload, Pattern) else 0, item.key or "")


def _digest(items: Sequence[Item]) -> str:
    """Of who they are and how often they were written."""
    seen = "\n".join(sorted(f"{item.id} {item.revision}" for item in items))
    return blake2b(seen.encode("ascii", "replace"), digest_size=16).hexdigest()


def _current(kind: Kind) -> Filter:
    return Filter(kinds=(kind,), current=True)


def _token(store: Store, namespace: str) -> object:
    """Of the last transaction of learning."""
    note = store.records(namespace).note(LEARNING)
    return note.get("token") if isinstance(note, dict) else None
