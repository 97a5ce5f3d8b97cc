"""A real HTTP server on this machine that speaks the protocols of embeddings and chat, and fails as told."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tacit.testing.embedders import HashingEmbedder

Answer = Callable[["Handler", dict[str, Any]], None]


class Server(ThreadingHTTPServer):
    """Answers as Ollama and OpenAI do; `plan` holds what to do instead, one entry a request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.embedder = HashingEmbedder(48)
        self.plan: deque[Answer] = deque()
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        self.server.headers.append(dict(self.headers.items()))
        answer = self.server.plan.popleft() if self.server.plan else healthy
        answer(self, body)

    def reply(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


def healthy(handler: Handler, body: dict[str, Any]) -> None:
    """What is asked for by the path."""
    answer = chat if handler.path == "/v1/chat/completions" else embeddings
    answer(handler, body)


def chat(handler: Handler, body: dict[str, Any]) -> None:
    """A model that repeats the last message, a word a token; with a schema, as JSON: {"said": ...}."""
    words = body["messages"][-1]["content"].split()
    most = body.get("max_tokens", body.get("max_completion_tokens"))
    text = " ".join(words[:most])
    if "response_format" in body:
        text = json.dumps({"said": text})
    handler.reply(200, replied(text, "stop" if len(words) <= most else "length", read=len(words)))


def replied(text: str | None, reason: str | None = "stop", *, read: int = 3, **message: Any) -> bytes:
    """A reply as OpenAI's endpoint sends it."""
    choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": text, **message}}
    usage = {"prompt_tokens": read, "completion_tokens": len((text or "").split()), "total_tokens": 0}
    return json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}).encode()


def embeddings(handler: Handler, body: dict[str, Any]) -> None:
    """What a healthy endpoint answers; as OpenAI's, with its rows in another order, and not of unit length."""
    if any(not text for text in body["input"]):
        handler.reply(400, b'{"error": {"message": "input cannot be an empty string"}}')
        return
    rows = (handler.server.embedder.embed(body["input"], "document") * 3).tolist()
    if handler.path == "/api/embed":
        handler.reply(200, json.dumps({"model": body["model"], "embeddings": rows}).encode())
    elif handler.path == "/v1/embeddings":
        data = [{"object": "embedding", "index": place, "embedding": row} for place, row in enumerate(rows)]
        handler.reply(200, json.dumps({"object": "list", "data": data[::-1], "model": body["model"]}).encode())
    else:
        handler.reply(404, b"no such path")


def status(code: int, content: bytes = b"{}", **headers: str) -> Answer:
    """Answer with this status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, body: handler.reply(code, content, named)


def content(text: str) -> Answer:
    """Answer 200 with exactly this."""
    return status(200, text.encode())


def silence(handler: Handler, body: dict[str, Any]) -> None:
    """Accept, and say nothing until the test is over."""
    handler.server.released.wait(30)


def hang_up(handler: Handler, body: dict[str, Any]) -> None:
    """Close the connection in the middle of an answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"data": [')


@contextmanager
def running() -> Iterator[Server]:
    """A server in a thread."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()
