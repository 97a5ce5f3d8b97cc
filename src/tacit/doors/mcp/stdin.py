"""Standard input as the server reads it: lines that can be waited for, given up, and mended.

Above: serving. The SDK's own reader blocks in a thread that nothing can wake, so SIGTERM would have to wait for the
client's next message; here the thread is a daemon, and giving up looks to the SDK like the end of the input.

JavaScript clients that cut a text in the middle of an emoji send half of it as a lone surrogate (`"\\ud83d"`). The SDK
drops such a message without an answer, and the client waits for ever; here the half becomes U+FFFD.
"""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Self

import anyio
import anyio.from_thread
import anyio.lowlevel

__all__ = ["Lines", "claimed", "mended"]

CHUNK = 65_536
ESCAPES = re.compile(
    r"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""A whole pair or another escape (kept), or half a pair."""


def mended(line: str) -> str:
    r"""A line of JSON with each lone surrogate replaced by U+FFFD.

    >>> mended(r'["\ud83d\ude00 \ud83d \\ud83d"]')
    '["\\ud83d\\ude00 \\ufffd \\\\ud83d"]'
    """
    return ESCAPES.sub(lambda found: found[1] or r"\ufffd", line) if "\\u" in line else line


def claimed() -> int:
    """Take standard input from this process: -> a descriptor that only the session reads.

    Whatever else reads standard input, here or in a child process, finds it empty.
    """
    own = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return own


class Lines:
    """Lines of a descriptor, as an asynchronous iterator that ends with the input or by `stop`."""

    def __init__(self, descriptor: int) -> None:
        self._inbox, self._lines = anyio.create_memory_object_stream[str](0)
        self._loop = anyio.lowlevel.current_token()
        threading.Thread(target=self._read, args=(descriptor,), name="tacit-stdin", daemon=True).start()

    def stop(self) -> None:
        """End the iteration now; call it in the event loop."""
        self._inbox.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        try:
            return await self._lines.receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            self._lines.close()
            raise StopAsyncIteration from None

    def _read(self, descriptor: int) -> None:
        over = (anyio.ClosedResourceError, anyio.BrokenResourceError, RuntimeError)  # the session, or its event loop
        with suppress(*over):
            for line in _lines(descriptor):
                anyio.from_thread.run(self._inbox.send, mended(line), token=self._loop)
        with suppress(*over):
            anyio.from_thread.run_sync(self._inbox.close, token=self._loop)


def _lines(descriptor: int) -> Iterator[str]:
    """Read without Python's buffered reader: its lock, held by a daemon thread, would abort the interpreter's exit."""
    parts: list[bytes] = []
    while chunk := os.read(descriptor, CHUNK):
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            yield b"".join([*parts, end]).decode("utf-8", "replace")
            parts = []
        parts.append(rest)
    if any(parts):
        yield b"".join(parts).decode("utf-8", "replace")
