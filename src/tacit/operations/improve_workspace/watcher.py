"""Runs inside the sandbox, as `sitecustomize`, while the benchmark runs once: which functions took how long, which
statements of SQLite scanned a table, and which index would have spared that.

Above: observing, which puts this file there. It knows nothing of tacit and imports the standard library alone; whatever
goes wrong in it must not be seen by the program that it watches.
"""

import atexit
import contextlib
import cProfile
import itertools
import json
import os
import re
import sqlite3
import sys
from typing import Any

__all__: list[str] = []

FOLDER = os.environ.get("TACIT_WATCHED", "")
ROOT = os.environ.get("TACIT_WORKSPACE", "")
MOST_STATEMENTS = 300
MOST_COLUMNS = 6
WORD = re.compile(r"[A-Za-z_]\w*")

seen: dict[str, dict[str, Any]] = {}


def plan(connection: sqlite3.Connection, sql: str, values: Any) -> list[str]:
    """Lines of the query plan."""
    cursor = sqlite3.Connection.cursor(connection, sqlite3.Cursor)
    cursor.row_factory = None
    return [row[3] for row in sqlite3.Cursor.execute(cursor, "EXPLAIN QUERY PLAN " + sql, values).fetchall()]


def plain_rows(connection: sqlite3.Connection, sql: str, values: Any = ()) -> list[Any]:
    """Rows as tuples, whatever the program has set."""
    cursor = sqlite3.Connection.cursor(connection, sqlite3.Cursor)
    cursor.row_factory = None
    return sqlite3.Cursor.execute(cursor, sql, values).fetchall()


def steps(lines: list[str]) -> list[tuple[str, str, str]]:
    """-> [(SCAN or SEARCH, table, the rest)] of a query plan."""
    found = []
    for line in lines:
        words = line.split(None, 2)
        if len(words) > 1 and words[0] in ("SCAN", "SEARCH"):
            found.append((words[0], words[1], words[2] if len(words) > 2 else ""))
    return found


def advised(connection: sqlite3.Connection, sql: str, values: Any) -> list[list[Any]]:
    """-> [[table, columns]]: the indexes with which nothing but a scan becomes a search for equal values."""
    before = steps(plan(connection, sql, values))
    if not any(kind == "SCAN" and not rest for kind, _, rest in before):
        return []
    made = [
        row[0]
        for row in plain_rows(
            connection, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index')"
        )
    ]
    names = [row[0] for row in plain_rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    words = {word.lower() for word in WORD.findall(sql)}
    found = []
    for table in names:
        if table.lower() not in words:
            continue
        columns = [row[1] for row in plain_rows(connection, f'PRAGMA table_info("{table}")')]
        named = [one for one in columns if one.lower() in words][:MOST_COLUMNS]
        choices = [(one,) for one in named] + list(itertools.permutations(named, 2))
        for choice in choices:
            copy = sqlite3.Connection(":memory:")
            for statement in made:
                with contextlib.suppress(sqlite3.Error):
                    sqlite3.Connection.execute(copy, statement)
            quoted = ", ".join(f'"{one}"' for one in choice)
            sqlite3.Connection.execute(copy, f'CREATE INDEX tacit_try ON "{table}" ({quoted})')
            after = steps(plan(copy, sql, values))
            sqlite3.Connection.close(copy)
            if fits(before, after, len(choice)) and not ranged(sql):
                found.append([table, list(choice)])
                break
    return found


def fits(before: list[tuple[str, str, str]], after: list[tuple[str, str, str]], columns: int) -> bool:
    """Whether the tables come in the same order, and one scan became a search by the tried index alone."""
    if [table for _, table, _ in before] != [table for _, table, _ in after]:
        return False
    changed = [(old, new) for old, new in zip(before, after) if old != new]  # noqa: B905
    if len(changed) != 1 or changed[0][0][0] != "SCAN" or changed[0][0][2] or changed[0][1][0] != "SEARCH":
        return False
    rest = changed[0][1][2]
    asked = rest[rest.find("(") + 1 : rest.rfind(")")]
    return "tacit_try" in rest and asked.count("=?") == columns == len(asked.split(" AND "))


def ranged(sql: str) -> bool:
    """Whether a column may be asked for several values at once: the rows could then come in another order."""
    return bool(re.search(r"\b(IN|OR)\b", sql, re.IGNORECASE))


def noted(connection: sqlite3.Connection, sql: str, values: Any) -> None:
    """Count a statement; at its first time, ask which index it lacks."""
    try:
        known = seen.get(sql)
        if known is not None:
            known["count"] += 1
            return
        if len(seen) < MOST_STATEMENTS and re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", sql, re.IGNORECASE):
            seen[sql] = {"sql": sql, "count": 1, "indexes": []}
            seen[sql]["indexes"] = advised(connection, sql, values)
    except Exception:  # noqa: BLE001, S110  the program must not see that it is watched
        pass


class WatchedCursor(sqlite3.Cursor):
    """A cursor that tells."""

    def execute(self, sql: str, parameters: Any = (), /) -> "WatchedCursor":
        """As it was, then noted."""
        result = super().execute(sql, parameters)
        noted(self.connection, sql, parameters)
        return result


class WatchedConnection(sqlite3.Connection):
    """A connection whose cursors tell."""

    def cursor(self, factory: Any = WatchedCursor) -> Any:
        """As it was, of the class that tells."""
        return super().cursor(factory)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """As it was, then noted."""
        result = super().execute(sql, parameters)
        noted(self, sql, parameters)
        return result


def watched_connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
    """As `sqlite3.connect`, with connections that tell."""
    if len(arguments) < 6:
        options.setdefault("factory", WatchedConnection)
    connection: sqlite3.Connection = plain_connect(*arguments, **options)
    return connection


def told(profile: cProfile.Profile) -> tuple[dict[str, list[float]], float]:
    """-> ({"file:line": [calls, seconds in it and what is no workspace, all]} of functions of the workspace, sum)."""
    profile.create_stats()
    found: dict[str, list[float]] = {}
    total = 0.0
    for (file, line, _), (_, calls, own, whole, callers) in profile.stats.items():
        total += own
        if file.startswith(ROOT + os.sep):
            entry = found.setdefault(f"{file[len(ROOT) + 1 :]}:{line}", [0, 0.0, 0.0])
            entry[0] += calls
            entry[1] += own
            entry[2] += whole
        else:
            for (by, where, _), (_, _, _, spent) in callers.items():
                if by.startswith(ROOT + os.sep):
                    found.setdefault(f"{by[len(ROOT) + 1 :]}:{where}", [0, 0.0, 0.0])[1] += spent
    return found, total


def written() -> None:
    """At the end of the process: what was seen, into a file of its own."""
    try:
        profile.disable()
        functions, total = told(profile)
        kept = {"functions": functions, "total": total, "queries": [one for one in seen.values() if one["indexes"]]}
        with open(os.path.join(FOLDER, f"{os.getpid()}.json"), "w", encoding="utf-8") as out:  # noqa: PTH118, PTH123
            json.dump(kept, out)
    except Exception:  # noqa: BLE001, S110  the program must not see that it is watched
        pass


if FOLDER and ROOT:
    plain_connect = sqlite3.connect
    for module in (sqlite3, sqlite3.dbapi2):
        vars(module)["connect"] = watched_connect
    profile = cProfile.Profile()  # by the wall: under a limit of CPU its clock ticks every 4 ms
    atexit.register(written)
    sys.setrecursionlimit(sys.getrecursionlimit() + 50)
    profile.enable()
