"""What the launcher is told to do, as one line of JSON.

Floor 3. Below: nothing. Above: the launcher, which reads it, and the rungs, which write it.
"""

import json
from typing import Literal, NamedTuple

__all__ = ["Fence", "Plan", "read", "write"]

Fence = Literal["namespaces", "none", "bwrap", "container"]
"""Who gives the program a tree of files and a table of processes of its own: the launcher, nobody (Landlock and seccomp
do it alone), or the one that started the launcher within."""


class Plan(NamedTuple):
    """One program, what it may use, and which fences to raise."""

    command: list[str]
    environment: dict[str, str]
    folder: str
    reads: list[str]
    """Real paths, to read and to run."""
    writes: list[str]
    """Real paths, to change as well."""
    links: list[tuple[str, str]]
    """Symbolic links on the way to these: (path, target)."""
    fence: Fence
    seconds: float
    cpu_seconds: float
    memory_mb: int
    processes: int
    file_mb: int
    uid: int
    """Of whoever runs us as root: the user that the program gets. -1: the one that runs us."""


def write(plan: Plan) -> bytes:
    """-> one line."""
    return json.dumps(plan._asdict()).encode() + b"\n"


def read(line: bytes) -> Plan:
    """The inverse of `write`."""
    fields = json.loads(line)
    fields["links"] = [(path, target) for path, target in fields["links"]]
    return Plan(**fields)
