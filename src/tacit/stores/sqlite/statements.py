"""The SQL of this store by name, read once from statements.sql, and the two calls that run it.

Floor 3. Words of users never become SQL: they are bound, and only the names of tables that this store made itself
are put into a statement (`words_<number>`).
"""

import functools
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import apsw

__all__ = ["fetch", "fetch_needed", "fetch_one", "sql", "version"]

NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@functools.cache
def sql(name: str) -> str:
    """The statement with this name."""
    return _all()[name]


@functools.cache
def _all() -> dict[str, str]:
    text = files("tacit.stores.sqlite").joinpath("statements.sql").read_text("utf-8")
    parts = NAME.split(text)[1:]
    return {name: body.strip().rstrip(";") for name, body in zip(parts[::2], parts[1::2], strict=True)}


def fetch(connection: apsw.Connection, statement: str, values: Sequence[Any] = ()) -> list[Any]:
    """Run a statement to its end; -> its rows. (apsw stops at the first row of a statement that nobody reads on.)"""
    return connection.execute(statement, values).fetchall()


def fetch_one(connection: apsw.Connection, statement: str, values: Sequence[Any] = ()) -> Any:
    """The first row, or None."""
    rows = connection.execute(statement, values).fetchall()
    return rows[0] if rows else None


def fetch_needed(connection: apsw.Connection, statement: str, values: Sequence[Any] = ()) -> Any:
    """The first row of what must be there. Raises `apsw.CorruptError`: an index and its table disagree."""
    row = fetch_one(connection, statement, values)
    if row is None:
        raise apsw.CorruptError("a row that another one refers to is missing")
    return row


def version(connection: apsw.Connection) -> tuple[int, int]:
    """Changes with every commit of another connection, and with every row that this one writes."""
    return int(fetch_one(connection, "PRAGMA data_version")[0]), connection.total_changes()
