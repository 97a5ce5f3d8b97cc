"""Serve a memory on standard input and output until the client leaves or the process is told to.

Below: the tools, the SDK. Above: `main`.
"""

import signal
import sys
from typing import cast

import anyio
from mcp.server.stdio import stdio_server

from tacit.doors.mcp.server import build
from tacit.doors.mcp.stdin import Lines, claimed
from tacit.memory import Memory

__all__ = ["serve"]


def serve(memory: Memory) -> None:
    """Serve until the input ends, or SIGTERM or SIGINT comes. Calls that run then are finished first."""
    anyio.run(_serve, memory)


async def _serve(memory: Memory) -> None:
    server = build(memory)
    lines = Lines(claimed())
    async with anyio.create_task_group() as group:
        if sys.platform != "win32":  # there, the event loop takes no signals and closing the input is the way
            group.start_soon(_stop_when_told, lines)
        async with stdio_server(stdin=cast("anyio.AsyncFile[str]", lines)) as (incoming, outgoing):
            await server.serve(incoming, outgoing)
        group.cancel_scope.cancel()


async def _stop_when_told(lines: Lines) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            lines.stop()
            return
