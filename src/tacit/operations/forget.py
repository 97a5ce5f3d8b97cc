"""Forget: delete items with everything that was derived from them.

Floor 4. Below: the store. Above: memory.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

from tacit.changes import Change, Delete, Enqueue, Put
from tacit.errors import Conflict, DiskFull, InvalidInput
from tacit.logic.forgetting import cascade, counted, guards, without_words_of
from tacit.logic.limits import LABEL
from tacit.logic.notes import LEARNING
from tacit.logic.pages import every
from tacit.logic.passages import passages
from tacit.logic.text import checked
from tacit.ports import Scope
from tacit.types import Filter, Item, Kind, Value

__all__ = ["Forgotten", "forget"]

ATTEMPTS = 20
"""How often forgetting begins anew because something was learned between reading and writing, some milliseconds."""
LEARNED: tuple[Kind, ...] = ("episode", "pattern", "rule", "knowledge")
"""What learning reads and writes."""


class Forgotten(Value, frozen=True, kw_only=True):
    """What was, or would be, deleted."""

    ids: tuple[str, ...]
    derived: int
    """How many of them only because something they were derived from goes."""
    kinds: dict[str, int]
    """kind -> how many."""
    dry_run: bool = False
    traces: bool = False
    """True where the disk was full: nothing finds the words any more, but bytes of them are in the file until something
    is forgotten with space to spare."""
    relearn: bool = False
    """True where an episode goes that was learned from: what was counted is counted anew, without it."""


def forget(
    scope: Scope,
    *,
    ids: Sequence[str] = (),
    filter: Filter | None = None,
    dry_run: bool = False,
    discard: Callable[[Iterable[str]], None] | None = None,
) -> Forgotten:
    """Delete by id, by filter, or both; unknown ids are passed over.

    The cascade is found first and deleted in one transaction, so that a crash leaves all or nothing. Neighbours that
    carry the words of a forgotten message as their context lose them. Where an episode goes that was learned from, the
    stage "relearn" takes it out of all counts. `discard` is told the texts, for caches.
    Raises `InvalidInput` when neither is given: to forget a whole namespace, pass `Filter()` on purpose.
    """
    if not ids and filter is None:
        raise InvalidInput("nothing to forget is named", cause="no ids and no filter", remedy="pass ids or a filter")
    named_ids = [checked(one, "id", LABEL) for one in ids]
    for _ in range(ATTEMPTS - 1):
        with suppress(Conflict):  # learning went on between reading and writing
            return _once(scope, named_ids, filter, dry_run=dry_run, discard=discard)
    return _once(scope, named_ids, filter, dry_run=dry_run, discard=discard)


def _once(
    scope: Scope,
    named_ids: Sequence[str],
    filter: Filter | None,
    *,
    dry_run: bool,
    discard: Callable[[Iterable[str]], None] | None,
) -> Forgotten:
    cursor = scope.store.records(scope.namespace).note(LEARNING)  # first: what is learned from here on is a conflict
    found = {item.id: item for item in scope.store.read(scope.namespace, named_ids)}
    if filter is not None:
        found.update((item.id, item) for item in every(scope.store, scope.namespace, filter))
    named = len(found)
    cascade(found, partial(every, scope.store, scope.namespace))
    kinds: dict[str, int] = {}
    for item in found.values():
        kinds[item.kind] = kinds.get(item.kind, 0) + 1
    relearn = counted(found, cursor)
    traces = False
    if found and not dry_run:
        traces = _delete(scope, found, cursor)
        if discard is not None:
            discard(piece for item in found.values() for piece in passages(item.text))
    return Forgotten(
        ids=tuple(found),
        derived=len(found) - named,
        kinds=kinds,
        dry_run=dry_run,
        traces=traces,
        relearn=relearn,
    )


def _delete(scope: Scope, found: dict[str, Item], cursor: object) -> bool:
    """-> whether traces are left: on a full disk there is no room to rewrite the index, and deleting goes first."""
    relearn = counted(found, cursor)
    marks = guards(cursor, scope.new_id, relearn=relearn) if _learned(found) else []
    try:
        scope.store.write(scope.namespace, [Delete(ids=tuple(found), scrub=True), *_others(scope, found), *marks])
    except DiskFull:
        scope.store.write(scope.namespace, [Delete(ids=tuple(found)), *marks])
        return True
    return False


def _learned(found: dict[str, Item]) -> bool:
    """Whether learning may be writing any of these at this moment."""
    return any(item.kind in LEARNED for item in found.values())


def _others(scope: Scope, found: dict[str, Item]) -> list[Change]:
    rest = without_words_of(found, partial(every, scope.store, scope.namespace))
    changes: list[Change] = [Put(item=item, on_conflict="replace") for item in rest]
    if changes:
        changes.append(Enqueue(stage="embed", key=scope.new_id()))
    return changes
