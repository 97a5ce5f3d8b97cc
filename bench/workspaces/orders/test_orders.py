import unittest

import storage
from benchmark import get
from web import make_app


class Orders(unittest.TestCase):
    def setUp(self):
        self.db = storage.connect()
        self.db.execute("INSERT INTO customers VALUES (1, 'ann@shop.example', 'Ann')")
        self.db.execute("INSERT INTO customers VALUES (2, 'bob@shop.example', 'Bob')")
        for number, customer, day in [(1, 1, "2026-01-03"), (2, 2, "2026-01-04"), (3, 1, "2026-02-01"), (4, 1, "2026-01-03")]:
            self.db.execute("INSERT INTO orders VALUES (?, ?, ?, 'open', 100)", (number, customer, day))
            self.db.execute("INSERT INTO lines VALUES (?, 'mug', ?)", (number, number))
        self.app = make_app(self.db)

    def test_newest_first(self):
        status, body = get(self.app, "/orders", "email=ann@shop.example")
        self.assertEqual(status, "200 OK")
        self.assertEqual([order["id"] for order in body["orders"]], [3, 1, 4])
        self.assertEqual(body["orders"][0]["lines"], [{"sku": "mug", "quantity": 3}])

    def test_limit(self):
        _, body = get(self.app, "/orders", "email=ann@shop.example&limit=1")
        self.assertEqual(len(body["orders"]), 1)

    def test_unknown_customer(self):
        status, _ = get(self.app, "/orders", "email=eve@shop.example")
        self.assertEqual(status, "404 Not Found")

    def test_unknown_page(self):
        status, _ = get(self.app, "/", "")
        self.assertEqual(status, "404 Not Found")


if __name__ == "__main__":
    unittest.main()
