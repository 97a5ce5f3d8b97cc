"""A shop with some thousand orders answers requests."""

import json
import random
from wsgiref.util import setup_testing_defaults

import storage
from web import make_app


def fill(db, customers=400, orders=3000, seed=3):
    rng = random.Random(seed)
    db.executemany(
        "INSERT INTO customers (id, email, name) VALUES (?, ?, ?)",
        [(n, f"c{n}@shop.example", f"Customer {n}") for n in range(1, customers + 1)],
    )
    for number in range(1, orders + 1):
        day = f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        row = (number, rng.randint(1, customers), day, rng.randint(100, 99999))
        db.execute("INSERT INTO orders (id, customer_id, placed_at, total_cents) VALUES (?, ?, ?, ?)", row)
        for _ in range(rng.randint(1, 3)):
            db.execute("INSERT INTO lines VALUES (?, ?, ?)", (number, f"sku{rng.randint(1, 500)}", rng.randint(1, 5)))
    db.commit()


def get(app, path, query):
    environ = {"PATH_INFO": path, "QUERY_STRING": query}
    setup_testing_defaults(environ)
    said = []
    body = b"".join(app(environ, lambda status, headers: said.append(status)))
    return said[0], json.loads(body)


def main():
    db = storage.connect()
    fill(db)
    app = make_app(db)
    shown = 0
    for n in range(1, 301):
        status, body = get(app, "/orders", f"email=c{n}@shop.example")
        shown += len(body["orders"])
    print(status, shown)


if __name__ == "__main__":
    main()
