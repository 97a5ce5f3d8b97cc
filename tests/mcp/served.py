"""A server of ours in a process of its own, as a client of the SDK sees it, and one that speaks raw lines to it."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

from mcp.client.stdio import stdio_client
from mcp_types import CallToolResult

from mcp import Client, StdioServerParameters

SOURCE = Path(__file__).resolve().parents[2] / "src"
HANDSHAKE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}


def command(db: Path, *flags: str) -> list[str]:
    return [sys.executable, "-m", "tacit.doors.mcp", "--db", str(db), *(flags or ("--embedder", "none"))]


def environment(folder: Path) -> dict[str, str]:
    """Nobody's settings, nobody's weights."""
    return {"PYTHONPATH": str(SOURCE), "XDG_CONFIG_HOME": str(folder), "TACIT_MODELS": str(folder / "no-models")}


@asynccontextmanager
async def client(db: Path, *flags: str, mode: str = "auto") -> AsyncIterator[Client]:
    """The SDK's own client, connected to a new server process; its log is beside the database."""
    program, *arguments = command(db, *flags)
    server = StdioServerParameters(command=program, args=arguments, env=environment(db.parent), cwd=db.parent)
    with (db.parent / "server.log").open("a") as log:
        async with Client(stdio_client(server, errlog=log), mode=mode) as connected:
            yield connected


async def call(connected: Client, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """Call a tool that must work; -> its structured answer."""
    answer = await connected.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    assert answer.structured_content is not None
    return answer.structured_content


def told(answer: CallToolResult) -> str:
    """The text of an answer."""
    return "\n".join(part.text for part in answer.content if part.type == "text")


class Raw:
    """Speaks the protocol line by line to a server process, which it can also kill."""

    def __init__(self, db: Path, *flags: str) -> None:
        self.process = subprocess.Popen(
            command(db, *flags),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment(db.parent)},
            cwd=db.parent,
        )
        self._last = 0

    def __enter__(self) -> Self:
        try:
            self.ask("initialize", HANDSHAKE)
            self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill the server, if it still runs."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(BrokenPipeError):  # what was not sent when the server died
                stream.close()

    def line(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def send(self, message: dict[str, Any]) -> None:
        self.line(json.dumps(message).encode())

    def request(self, method: str, params: dict[str, Any]) -> int:
        """Send a request without waiting for its answer; -> its id."""
        self._last += 1
        self.send({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params})
        return self._last

    def answer(self, id: int) -> dict[str, Any]:
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("id") == id:
                return message["result"]
        raise AssertionError(f"the server ended without an answer: {self.process.stderr.read().decode()}")

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        return self.answer(self.request(method, params))

    def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        assert not result.get("isError"), result
        return result["structuredContent"]
