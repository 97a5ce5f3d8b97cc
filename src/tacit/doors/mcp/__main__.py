"""`python -m tacit.doors.mcp`: the same server as `tacit mcp`, where no script is on the path."""

import argparse
import sys

from tacit.doors.mcp import main
from tacit.errors import TacitError


def run() -> int:
    """Parse the flags, serve; -> exit code."""
    parser = argparse.ArgumentParser(prog="tacit mcp", description="Serve a memory to an MCP client over stdio.")
    parser.add_argument("--db", dest="path", help="the database file (TACIT_PATH; tacit.db)")
    parser.add_argument("--namespace", help="where to record and recall (TACIT_NAMESPACE; default)")
    parser.add_argument("--embedder", help="auto, none, or provider:model (TACIT_EMBEDDER; auto)")
    try:
        main(**vars(parser.parse_args()))
    except TacitError as error:
        print(f"tacit mcp: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(run())
