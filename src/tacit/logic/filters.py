"""Whether an item passes a filter: what every store must agree on.

Floor 2. Below: the nouns. Above: the in-memory store asks this of each item, other stores say the same in SQL.
"""

import re

from tacit.changes import TUNABLE
from tacit.errors import InvalidInput
from tacit.types import Filter, Item

__all__ = ["admits", "checked_filter", "checked_tunable"]

METADATA_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


def checked_tunable(column: str) -> str:
    """A column that may be named in a statement: one of a list, never somebody's text. Raises `InvalidInput`."""
    if column not in TUNABLE:
        raise InvalidInput(
            f"no index is made for {ascii(column)[:80]}",
            cause=f"columns are {', '.join(TUNABLE)}",
            remedy="name one of these",
        )
    return column


def checked_filter(filter: Filter) -> Filter:
    """The filter, if its metadata keys are of the allowed form: they name places in JSON, so no other may reach SQL.

    Raises `InvalidInput`.
    """
    for key in filter.metadata:
        if not isinstance(key, str) or not METADATA_KEY.fullmatch(key):
            raise InvalidInput(
                "a metadata key is not allowed",
                cause=f"{ascii(key)[:80]} does not match {METADATA_KEY.pattern}",
                remedy="rename the key",
            )
    return filter


def admits(filter: Filter, item: Item) -> bool:
    """Whether the item passes every field of the filter.

    >>> admits(Filter(kinds=("fact",)), Item(id="1", kind="message", text="hello"))
    False
    """
    return (
        _is_one_of(filter, item)
        and set(filter.tags) <= set(item.tags)
        and all(key in item.metadata and _same(item.metadata[key], value) for key, value in filter.metadata.items())
        and (filter.since is None or item.created_at >= filter.since)
        and (filter.until is None or item.created_at < filter.until)
        and (filter.valid_at is None or _is_valid(item, filter.valid_at))
        and not (filter.current and item.superseded_by is not None)
        and (not filter.derived_from or not set(filter.derived_from).isdisjoint(item.derived_from))
    )


def _same(one: object, other: object) -> bool:
    """Equality as in JSON: numbers compare as numbers, true is not 1, null is only null.

    >>> _same(1, 1.0), _same(1, True), _same(None, 0)
    (True, False, False)
    """
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _is_one_of(filter: Filter, item: Item) -> bool:
    pairs: tuple[tuple[tuple[str, ...], str | None], ...] = (
        (filter.kinds, item.kind),
        (filter.types, item.type),
        (filter.domains, item.domain),
        (filter.languages, item.language),
        (filter.authors, item.author),
        (filter.sessions, item.session),
        (filter.sources, item.source),
        (filter.keys, item.key),
    )
    return all(not wanted or value in wanted for wanted, value in pairs)


def _is_valid(item: Item, at: int) -> bool:
    """From valid_from (or ever) on, and until just before valid_to (or for ever)."""
    return (item.valid_from is None or item.valid_from <= at) and (item.valid_to is None or at < item.valid_to)
