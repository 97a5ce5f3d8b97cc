"""Forget: delete items with everything that was derived from them.

Floor 4. Below: the store. Above: memory.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from tacit.changes import Change, Delete, Enqueue, Put
from tacit.errors import DiskFull, InvalidInput
from tacit.logic.limits import LABEL
from tacit.logic.passages import passages
from tacit.logic.text import checked
from tacit.ports import Scope
from tacit.types import Filter, Item, Kind, Value

__all__ = ["Forgotten", "forget"]

PAGE = 500
SAID: tuple[Kind, ...] = ("message", "interaction")
"""What is found by the words before it, too."""


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
    carry the words of a forgotten message as their context lose them. `discard` is told the texts, for caches.
    Raises `InvalidInput` when neither is given: to forget a whole namespace, pass `Filter()` on purpose.
    """
    if not ids and filter is None:
        raise InvalidInput("nothing to forget is named", cause="no ids and no filter", remedy="pass ids or a filter")
    named_ids = [checked(one, "id", LABEL) for one in ids]
    found = {item.id: item for item in scope.store.read(scope.namespace, named_ids)}
    if filter is not None:
        found.update((item.id, item) for item in _all(scope, filter))
    named = len(found)
    _cascade(scope, found)
    kinds: dict[str, int] = {}
    for item in found.values():
        kinds[item.kind] = kinds.get(item.kind, 0) + 1
    traces = False
    if found and not dry_run:
        traces = _delete(scope, found)
        if discard is not None:
            discard(piece for item in found.values() for piece in passages(item.text))
    return Forgotten(ids=tuple(found), derived=len(found) - named, kinds=kinds, dry_run=dry_run, traces=traces)


def _delete(scope: Scope, found: dict[str, Item]) -> bool:
    """-> whether traces are left: on a full disk there is no room to rewrite the index, and deleting goes first."""
    changes: list[Change] = [Put(item=item, on_conflict="replace") for item in _without_words_of(scope, found)]
    if changes:
        changes.append(Enqueue(stage="embed", key=scope.new_id()))
    try:
        scope.store.write(scope.namespace, [Delete(ids=tuple(found), scrub=True), *changes])
    except DiskFull:
        scope.store.write(scope.namespace, [Delete(ids=tuple(found)), *changes])
        return True
    return False


def _cascade(scope: Scope, found: dict[str, Item]) -> None:
    """Add what was derived from what was found, and so on."""
    edge = list(found)
    while edge:
        children: list[Item] = []
        for start in range(0, len(edge), PAGE):
            children += _all(scope, Filter(derived_from=tuple(edge[start : start + PAGE])))
        edge = [child.id for child in children if child.id not in found]
        found.update((child.id, child) for child in children)


def _without_words_of(scope: Scope, found: dict[str, Item]) -> list[Item]:
    """What was said after a forgotten item in its session, without its words in the context.

    The whole rest of the session is read: other writers may have come between a message and what it follows."""
    first: dict[str, int] = {}
    texts: dict[str, set[str]] = {}
    for gone in found.values():
        if gone.session:
            first[gone.session] = min(gone.sequence, first.get(gone.session, gone.sequence))
            texts.setdefault(gone.session, set()).add(gone.text)
    kept: list[Item] = []
    for session, after in first.items():
        for item in _all(scope, Filter(kinds=SAID, sessions=(session,)), after=after):
            context = tuple(text for text in item.context if text not in texts[session])
            if item.id not in found and context != item.context:
                kept.append(msgspec.structs.replace(item, context=context))
    return kept


def _all(scope: Scope, filter: Filter, *, after: int = 0) -> list[Item]:
    items: list[Item] = []
    while page := scope.store.select(scope.namespace, filter, after=after, limit=PAGE):
        items += page
        after = page[-1].sequence
    return items
