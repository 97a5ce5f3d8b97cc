"""Forget: delete items with everything that was derived from them.

Floor 4. Below: the store. Above: memory.
"""

from collections.abc import Sequence

from tacit.changes import Delete
from tacit.errors import InvalidInput
from tacit.ports import Scope
from tacit.types import Filter, Item, Value

__all__ = ["Forgotten", "forget"]

PAGE = 500


class Forgotten(Value, frozen=True, kw_only=True):
    """What was, or would be, deleted."""

    ids: tuple[str, ...]
    derived: int
    """How many of them only because something they were derived from goes."""
    kinds: dict[str, int]
    """kind -> how many."""
    dry_run: bool = False


def forget(scope: Scope, *, ids: Sequence[str] = (), filter: Filter | None = None, dry_run: bool = False) -> Forgotten:
    """Delete by id, by filter, or both; unknown ids are passed over.

    The cascade is found first and deleted in one transaction, so that a crash leaves all or nothing. Raises
    `InvalidInput` when neither is given: to forget a whole namespace, pass `Filter()` on purpose.
    """
    if not ids and filter is None:
        raise InvalidInput("nothing to forget is named", cause="no ids and no filter", remedy="pass ids or a filter")
    found = {item.id: item for item in scope.store.read(scope.namespace, ids)}
    if filter is not None:
        found.update((item.id, item) for item in _all(scope, filter))
    named = len(found)
    edge = list(found)
    while edge:
        children: list[Item] = []
        for start in range(0, len(edge), PAGE):
            children += _all(scope, Filter(derived_from=tuple(edge[start : start + PAGE])))
        edge = [child.id for child in children if child.id not in found]
        found.update((child.id, child) for child in children)
    kinds: dict[str, int] = {}
    for item in found.values():
        kinds[item.kind] = kinds.get(item.kind, 0) + 1
    forgotten = Forgotten(ids=tuple(found), derived=len(found) - named, kinds=kinds, dry_run=dry_run)
    if found and not dry_run:
        scope.store.write(scope.namespace, [Delete(ids=tuple(found))])
    return forgotten


def _all(scope: Scope, filter: Filter) -> list[Item]:
    items: list[Item] = []
    after = 0
    while page := scope.store.select(scope.namespace, filter, after=after, limit=PAGE):
        items += page
        after = page[-1].sequence
    return items
