"""The watcher advises an index only where the rows come as before; what it tells is read, whatever nonsense it is."""

import ast
import json
import random
import sqlite3
from pathlib import Path

import pytest

from tacit.operations.improve_workspace.running import _observed
from tacit.operations.improve_workspace.watcher import WatchedConnection, advised, seen

TABLES = """
CREATE TABLE people (id INTEGER PRIMARY KEY, town TEXT, age INTEGER);
CREATE TABLE orders (id INTEGER PRIMARY KEY, person INTEGER, day TEXT, state TEXT);
CREATE INDEX by_day ON orders (day);
"""
ADVISED = {
    "SELECT * FROM orders WHERE person = ?": ["orders", ["person"]],
    "SELECT * FROM orders WHERE person = ? AND state > 'a'": ["orders", ["person"]],
    "SELECT id FROM orders WHERE person = ? ORDER BY state DESC LIMIT 3": ["orders", ["person"]],
    "SELECT o.id FROM orders AS o WHERE o.person = ?": ["orders", ["person"]],
    "SELECT state, count(*) FROM orders WHERE person = ? GROUP BY state": ["orders", ["person"]],
    "SELECT p.id, o.id FROM people p CROSS JOIN orders o ON o.person = p.id WHERE p.id = ?": ["orders", ["person"]],
}
NOT_ADVISED = (
    "SELECT id FROM orders WHERE person = ? ORDER BY day DESC LIMIT 3",
    "SELECT * FROM orders WHERE day = ?",
    "SELECT * FROM orders WHERE id = ?",
    "SELECT * FROM orders WHERE person > ?",
    "SELECT * FROM orders WHERE person = ? OR state = 'a'",
    "SELECT * FROM orders WHERE person IN (?, 3)",
    "SELECT * FROM orders WHERE person + 0 = ?",
    "SELECT * FROM orders WHERE ? IS NOT NULL",
    "SELECT * FROM orders WHERE state LIKE ?",
)


def connection() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.executescript(TABLES)
    generator = random.Random(5)
    for _ in range(300):
        db.execute("INSERT INTO people (town, age) VALUES (?, ?)", (generator.choice("abc"), generator.randint(1, 9)))
        row = (generator.randint(1, 9), f"d{generator.randint(1, 30)}", generator.choice("xyz"))
        db.execute("INSERT INTO orders (person, day, state) VALUES (?, ?, ?)", row)
    return db


@pytest.mark.parametrize("sql", ADVISED)
def test_the_advised_index_leaves_the_rows_as_they_were_in_their_order(sql: str) -> None:
    db = connection()
    assert advised(db, sql, (3,)) == [ADVISED[sql]]
    before = [db.execute(sql, (n,)).fetchall() for n in range(10)]
    table, columns = ADVISED[sql]
    db.execute(f"CREATE INDEX made ON {table} ({', '.join(columns)})")
    assert [db.execute(sql, (n,)).fetchall() for n in range(10)] == before
    assert advised(db, sql, (3,)) == []
    db.close()


@pytest.mark.parametrize("sql", NOT_ADVISED)
def test_no_index_is_advised_where_none_helps_or_the_order_could_change(sql: str) -> None:
    db = connection()
    assert advised(db, sql, (3,)) == []
    db.close()


def test_a_watched_connection_answers_as_any_other() -> None:
    seen.clear()
    db = sqlite3.connect(":memory:", factory=WatchedConnection)
    db.row_factory = sqlite3.Row
    db.executescript(TABLES)
    with db:
        db.execute("INSERT INTO orders (person) VALUES (:who)", {"who": 3})
    cursor = db.cursor()
    for _ in range(4):
        assert [dict(row) for row in cursor.execute("SELECT person FROM orders WHERE person = ?", (3,))] == [
            {"person": 3}
        ]
    with pytest.raises(sqlite3.OperationalError):
        db.execute("SELECT nothing FROM nowhere")
    assert [(one["count"], one["indexes"]) for one in seen.values()] == [(4, [["orders", ["person"]]])]
    seen.clear()
    db.close()


def test_what_was_told_by_several_processes_is_added_and_nonsense_left_out(tmp_path: Path) -> None:
    query = {"sql": "SELECT 1", "count": 2, "indexes": [["t", ["a"]]]}
    for name in ("1", "2"):
        told = {
            "functions": {"a.py:2": [5, 1.0, 2.0], "a.py:4": [9, 1.0, 1.0], "a.py:9": [9, 9.0, 9.0]},
            "total": 4.0,
            "queries": [query],
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(told))
    (tmp_path / "3.json").write_text("[1")
    (tmp_path / "4.json").write_text('{"total": "much"}')
    observed = _observed(tmp_path)
    (function,) = ast.parse("\n@f\ndef g():\n    return [x for x in y]\n").body
    assert observed.heat("a.py", function).calls == 10
    assert observed.heat("a.py", function).whole == 0.5
    assert observed.heat("b.py", function).calls == 0
    assert [(one.table, one.columns, one.count) for one in observed.queries] == [("t", ("a",), 4)]
