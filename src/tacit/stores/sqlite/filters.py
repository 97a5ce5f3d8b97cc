"""Filter -> a condition in SQL, every value bound.

Floor 3. Below: the noun. Above: search and selection. `i` is the table of items.
"""

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from tacit.logic.filters import checked_filter
from tacit.stores.sqlite.statements import fetch
from tacit.types import Filter

__all__ = ["allowed", "condition"]

LISTS = {
    "kinds": "kind",
    "types": "type",
    "domains": "domain",
    "languages": "language",
    "authors": "author",
    "sessions": "session",
    "sources": "source",
    "keys": "key",
}
DERIVED = "i.sequence IN (SELECT d.sequence FROM derivations d WHERE d.namespace = i.namespace AND d.source IN ({}))"


def condition(filter: Filter) -> tuple[str, list[Any]]:
    """-> (` AND ...` over items `i`, values); ("", []) where nothing restricts. Raises `InvalidInput` for a bad key."""
    checked_filter(filter)
    parts: list[str] = []
    values: list[Any] = []
    for field, column in LISTS.items():
        wanted = getattr(filter, field)
        if wanted:
            parts.append(f"i.{column} IN ({_marks(wanted)})")
            values += wanted
    if filter.sessions and all(filter.sessions):
        parts.append("i.session <> ''")  # says so that the index of sessions, which has no empty one, can be used
    for tag in filter.tags:
        parts.append("EXISTS (SELECT 1 FROM json_each(i.tags) t WHERE t.value = ?)")
        values.append(tag)
    for key, value in filter.metadata.items():
        part, bound = _metadata(key, value)
        parts.append(part)
        values += bound
    for sign, column, edge in ((">=", "created_at", filter.since), ("<", "created_at", filter.until)):
        if edge is not None:
            parts.append(f"i.{column} {sign} ?")
            values.append(edge)
    if filter.valid_at is not None:
        parts.append("(i.valid_from IS NULL OR i.valid_from <= ?) AND (i.valid_to IS NULL OR i.valid_to > ?)")
        values += [filter.valid_at, filter.valid_at]
    if filter.current:
        parts.append("i.superseded_by IS NULL")
    if filter.derived_from:
        parts.append(DERIVED.format(_marks(filter.derived_from)))
        values += filter.derived_from
    return "".join(f" AND {part}" for part in parts), values


def allowed(
    connection: apsw.Connection, namespace: int, restriction: tuple[str, Sequence[object]], passages: Sequence[int]
) -> set[int]:
    """Those of the passages whose items pass a condition."""
    restricted, values = restriction
    wanted = msgspec.json.encode(list({passage // 4096 for passage in passages})).decode()
    query = (
        "SELECT i.sequence FROM items i WHERE +i.namespace = ? "  # noqa: S608  conditions with bound values
        f"AND i.sequence IN (SELECT value FROM json_each(?)){restricted}"
    )
    passing = {row[0] for row in fetch(connection, query, (namespace, wanted, *values))}
    return {passage for passage in passages if passage // 4096 in passing}


def _marks(values: tuple[Any, ...]) -> str:
    return ", ".join("?" * len(values))


def _metadata(key: str, value: object) -> tuple[str, list[Any]]:
    """Typed equality: true is not 1, and an absent key is not null."""
    path = f'$."{key}"'
    if isinstance(value, bool) or value is None:
        return "json_type(i.metadata, ?) = ?", [path, msgspec.json.encode(value).decode()]
    kind = "text" if isinstance(value, str) else "number"
    types = {"text": "('text')", "number": "('integer', 'real')"}[kind]
    return f"json_type(i.metadata, ?) IN {types} AND json_extract(i.metadata, ?) = ?", [path, path, value]
