"""Indexes that are made when filters want them, and what the query plan says without them.

Floor 3. Below: filters, statements. Above: the store and its transactions.
"""

import apsw

from tacit.changes import TuneIndex
from tacit.logic.filters import checked_tunable
from tacit.stores.sqlite.filters import condition
from tacit.stores.sqlite.statements import fetch, sql
from tacit.types import Filter

__all__ = ["scans", "tune", "tuned"]

PLAIN = "items_by_namespace"
"""The index that leads to all items of a namespace."""


def tune(connection: apsw.Connection, change: TuneIndex) -> None:
    """Make or drop an index, within the transaction at hand. Raises `InvalidInput` for another column."""
    column = checked_tunable(change.column)
    fetch(connection, sql("tune" if change.present else "untune").replace("{column}", column))


def tuned(connection: apsw.Connection) -> tuple[str, ...]:
    """Columns with such an index, sorted."""
    return tuple(row[0] for row in fetch(connection, sql("tuned")))


def scans(connection: apsw.Connection, namespace: int, filter: Filter) -> bool:
    """Whether every item of the namespace is read to find those that pass (SQLite's EXPLAIN QUERY PLAN)."""
    restricted, values = condition(filter)
    if not restricted:
        return False
    query = f"EXPLAIN QUERY PLAN SELECT i.sequence FROM items i WHERE i.namespace = ?{restricted}"  # noqa: S608
    plan = [row[-1] for row in fetch(connection, query, (namespace, *values))]
    return any(line.startswith(("SCAN i", "SEARCH i")) and ("SCAN i" in line or PLAIN in line) for line in plan)
