"""The notebook of learning: rows by space and key, read when first asked for, written together.

Floor 2. Above: `operations.learn` binds one to a store; the logic of learning sees mappings only (`page`), so that a
plain dictionary serves in its tests.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from tacit.changes import PutLearned

__all__ = ["Notebook", "Page"]

Read = Callable[[str, Sequence[str]], Mapping[str, Any]]
"""(space, keys) -> the values that are kept."""


class Page(MutableMapping[str, Any]):
    """One space: key -> JSON value. A value that is changed must be set again: nothing watches what is inside it.

    `len` and iteration see what was touched only; a space may be larger than memory.
    """

    def __init__(self, space: str, read: Read) -> None:
        self._space = space
        self._read = read
        self._rows: dict[str, Any] = {}
        self._dirty: set[str] = set()

    def prefetch(self, keys: Sequence[str]) -> None:
        """Read several keys at once."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._rows]
        if missing:
            found = self._read(self._space, missing)
            self._rows.update((key, found.get(key)) for key in missing)

    def __getitem__(self, key: str) -> Any:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default. (An episode asks 500 times: the mixin's way takes twice as long.)"""
        if key not in self._rows:
            self.prefetch([key])
        value = self._rows[key]
        return default if value is None else value

    def __setitem__(self, key: str, value: Any) -> None:
        self._rows[key] = value
        self._dirty.add(key)

    def __delitem__(self, key: str) -> None:
        self[key]  # a KeyError where there is none
        self._rows[key] = None
        self._dirty.add(key)

    def __iter__(self) -> Iterator[str]:
        return iter([key for key, value in self._rows.items() if value is not None])

    def __len__(self) -> int:
        return sum(value is not None for value in self._rows.values())

    def taken(self) -> dict[str, Any]:
        """What was set since the last call; None for what was deleted."""
        changed = {key: self._rows[key] for key in sorted(self._dirty)}
        self._dirty.clear()
        return changed


class Notebook:
    """All spaces of a namespace."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._pages: dict[str, Page] = {}

    def page(self, space: str) -> Page:
        """One space."""
        if space not in self._pages:
            self._pages[space] = Page(space, self._read)
        return self._pages[space]

    def changes(self) -> list[PutLearned]:
        """What was set since the last call, to be written in one transaction."""
        taken = {space: page.taken() for space, page in sorted(self._pages.items())}
        return [PutLearned(space=space, rows=rows) for space, rows in taken.items() if rows]

    @property
    def size(self) -> int:
        """Rows in memory."""
        return sum(len(page) for page in self._pages.values())
