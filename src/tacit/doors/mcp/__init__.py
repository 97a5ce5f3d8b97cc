"""The door for agents that speak the Model Context Protocol: `tacit mcp`, over standard input and output.

Floor 6. Below: Memory, by way of `open_memory`. Needs the extra `tacit[mcp]`; importing this module does not.
"""

import contextlib
import logging
import sys
from typing import Any

from tacit.errors import MissingExtra
from tacit.opening import open_memory

__all__ = ["main"]


def main(**flags: Any) -> None:
    """Serve one memory until the client closes standard input, or SIGTERM or SIGINT comes.

    `flags` are settings (path, namespace, embedder, ...; None counts as not given), see `tacit.settings`. Standard
    output belongs to the protocol: whatever this process prints or logs goes to standard error. Raises `MissingExtra`,
    and what `open_memory` raises, before anything is served.
    """
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="tacit mcp: %(levelname)s: %(message)s")
    try:
        from tacit.doors.mcp.serving import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types", "anyio", "pydantic"):
            raise
        raise MissingExtra(
            "the MCP server cannot start", cause=f"the package {error.name} is missing", remedy="install tacit[mcp]"
        ) from error
    with contextlib.redirect_stdout(sys.stderr):
        memory = open_memory(source="mcp", **flags)
    with memory:
        serve(memory)
