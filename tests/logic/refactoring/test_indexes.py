"""Indexes: made where the table is made, once, and nowhere else."""

import sqlite3

import pytest
from tests.logic.refactoring.proposing import proposed

from tacit.logic.refactoring.indexes import indexes
from tacit.logic.refactoring.patch import Query

QUERY = Query(sql="SELECT * FROM orders WHERE customer = ?", count=9, table="orders", columns=("customer",))
TABLES = "CREATE TABLE a (x TEXT DEFAULT ';)');\n  CREATE TABLE orders (\n  customer INT -- who; or what\n);\n"
STATEMENT = "CREATE INDEX IF NOT EXISTS idx_orders_customer ON orders (customer)"


def made(text: str) -> set[str]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(text)
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    return names


def test_a_script_gets_the_index_behind_its_table() -> None:
    (patch,) = proposed(indexes, QUERY, schema_sql=TABLES)
    assert patch.files["schema.sql"] == TABLES.replace(");\n", f");\n  {STATEMENT};\n", 2).replace(
        f"');\n  {STATEMENT};\n", "');\n"
    )
    assert made(patch.files["schema.sql"]) == {"a", "orders", "idx_orders_customer"}


def test_a_script_in_a_text_of_python_does_too() -> None:
    text = f'SCHEMA = """{TABLES}"""\ndef make(db):\n    db.executescript(SCHEMA)\n'
    (patch,) = proposed(indexes, QUERY, main=text)
    assert patch.files["main.py"].count(STATEMENT + ";") == 1
    assert patch.files["main.py"].replace(f"\n  {STATEMENT};", "") == text


def test_a_statement_alone_is_followed_by_another() -> None:
    text = 'def make(db):\n    db.execute("CREATE TABLE orders (customer INT)")\n    return db\n'
    (patch,) = proposed(indexes, QUERY, main=text)
    assert patch.files["main.py"].splitlines()[2] == f'    db.execute("{STATEMENT}")'


REFUSED = {
    "it has it": 'X = "idx_orders_customer"\ndef make(db):\n    db.execute("CREATE TABLE orders (customer INT)")\n',
    "it is made twice": 'def a(db):\n    db.execute("CREATE TABLE orders (c INT)")\n'
    'def b(db):\n    db.execute("CREATE TABLE orders (c INT)")\n',
    "nobody makes it": "x = 1\n",
    "its text is used otherwise": 'S = """CREATE TABLE orders (c INT);"""\nprint(S)\n'
    "def a(db):\n    db.executescript(S)\n",
    "its text is put together": 'def a(db, more):\n    db.execute("CREATE TABLE orders (c INT" + more)\n',
    "its text is formatted": 'def a(db, more):\n    db.execute(f"CREATE TABLE orders ({more})")\n',
    "its result is used": 'def a(db):\n    return db.execute("CREATE TABLE orders (c INT)")\n',
    "it is a comment": '"""CREATE TABLE orders (c INT);"""\n',
    "the script does not end": 'S = """CREATE TABLE orders (c INT)"""\ndef a(db):\n    db.executescript(S)\n',
}


@pytest.mark.parametrize("why", REFUSED)
def test_no_index_where(why: str) -> None:
    assert proposed(indexes, QUERY, main=REFUSED[why]) == []


def test_a_name_that_would_need_quotes_is_left_alone() -> None:
    odd = Query(sql="", count=1, table="or ders", columns=("x",))
    assert proposed(indexes, odd, schema_sql='CREATE TABLE "or ders" (x INT);\n') == []
