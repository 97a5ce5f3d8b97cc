"""The shop's database."""

import sqlite3

SCHEMA = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers(id),
    placed_at TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open',
    total_cents INTEGER NOT NULL
);
CREATE TABLE lines (
    order_id INTEGER NOT NULL REFERENCES orders(id),
    sku TEXT NOT NULL,
    quantity INTEGER NOT NULL
);
"""


def connect(path=":memory:"):
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    db.executescript(SCHEMA)
    return db


def customer_by_email(db, email):
    return db.execute("SELECT id, email, name FROM customers WHERE email = ?", (email,)).fetchone()


def orders_of(db, customer_id, limit=20):
    rows = db.execute(
        "SELECT id, placed_at, status, total_cents FROM orders WHERE customer_id = ? ORDER BY placed_at DESC LIMIT ?",
        (customer_id, limit),
    ).fetchall()
    return [dict(row) for row in rows]


def lines_of(db, order_id):
    rows = db.execute("SELECT sku, quantity FROM lines WHERE order_id = ?", (order_id,)).fetchall()
    return [dict(row) for row in rows]
