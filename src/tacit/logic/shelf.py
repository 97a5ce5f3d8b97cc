"""The shelf of learning: learned items at hand, read when first asked for, written together.

Floor 2. Above: `operations.learn` binds one to a store; beside `notebook`, which holds what is no item.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tacit.changes import Put
from tacit.types import Item, Kind

__all__ = ["Shelf"]

KeyRead = Callable[[Kind, Sequence[str]], Iterable[Item]]
"""(kind, keys) -> the current items with these keys."""
IdRead = Callable[[Sequence[str]], Iterable[Item]]


@dataclass
class Shelf:
    """Items by kind and key, and by id. What was put is what is read from then on."""

    by_key: KeyRead
    by_id: IdRead
    _items: dict[str, Item] = field(default_factory=dict)
    """id -> item as it stands."""
    _ids: dict[tuple[Kind, str], str | None] = field(default_factory=dict)
    """(kind, key) -> id; None where there is no such item."""
    _missing: set[str] = field(default_factory=set)
    _changed: dict[str, Item] = field(default_factory=dict)
    _made: set[str] = field(default_factory=set)

    def prefetch(self, kind: Kind, keys: Iterable[str]) -> None:
        """Read several by key at once."""
        missing = [key for key in dict.fromkeys(keys) if (kind, key) not in self._ids]
        if missing:
            self._ids.update(((kind, key), None) for key in missing)
            for item in self.by_key(kind, missing):
                self.hold(item)

    def prefetch_ids(self, ids: Iterable[str]) -> None:
        """Read several by id at once."""
        missing = [one for one in dict.fromkeys(ids) if one not in self._items and one not in self._missing]
        if missing:
            self._missing.update(missing)
            for item in self.by_id(missing):
                self.hold(item)

    def find(self, kind: Kind, key: str) -> Item | None:
        """The current item with a key, or None."""
        self.prefetch(kind, [key])
        known = self._ids[kind, key]
        return None if known is None else self._items[known]

    def get(self, id: str) -> Item | None:
        """The item with an id, or None."""
        self.prefetch_ids([id])
        return self._items.get(id)

    def hold(self, item: Item) -> None:
        """Know an item as it stands in the store."""
        self._items[item.id] = item
        self._missing.discard(item.id)
        if item.key is not None:
            self._ids[item.kind, item.key] = item.id

    def put(self, item: Item) -> None:
        """Write an item with the next changes: a new one, or a known one as it is now."""
        if item.id not in self._items:
            self._made.add(item.id)
        self.hold(item)
        self._changed[item.id] = item

    def changes(self) -> list[Put]:
        """What was put since the last call, in the order in which it was first put. The shelf is to be left then:
        the store counts revisions on."""
        puts = [
            Put(item=item, on_conflict="error" if name in self._made else "replace")
            for name, item in self._changed.items()
        ]
        self._changed.clear()
        return puts
