"""The web application."""

import json
from urllib.parse import parse_qs

import storage


def make_app(db):
    def respond(start_response, status, body):
        payload = json.dumps(body).encode("utf-8")
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(payload)))])
        return [payload]

    def app(environ, start_response):
        path = environ.get("PATH_INFO", "/")
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if path != "/orders":
            return respond(start_response, "404 Not Found", {"error": "no such page"})
        email = query.get("email", [""])[0]
        customer = storage.customer_by_email(db, email)
        if customer is None:
            return respond(start_response, "404 Not Found", {"error": "no such customer"})
        orders = storage.orders_of(db, customer["id"], int(query.get("limit", ["20"])[0]))
        for order in orders:
            order["lines"] = storage.lines_of(db, order["id"])
        return respond(start_response, "200 OK", {"customer": customer["name"], "orders": orders})

    return app
