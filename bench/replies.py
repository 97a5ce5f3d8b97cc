"""Replies written down before, served as a chat model of this machine: what a model would bring that is good enough."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

__all__ = ["served"]

NOTHING = '{"patches": []}'


@contextmanager
def served(replies: Sequence[str], *, asked: list[dict[str, Any]] | None = None) -> Iterator[str]:
    """-> the base URL of an endpoint that gives these replies in turn, and then that it has nothing to propose.

    `asked`: gets what it is sent."""
    left, got = list(replies), [] if asked is None else asked

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            text = left.pop(0) if left else NOTHING
            said = json.dumps({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Progress is told by whoever asks."""

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
