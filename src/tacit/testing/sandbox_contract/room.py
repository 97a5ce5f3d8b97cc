"""Where a check happens: a file nobody may see, a folder to read, a folder to write, and a sandbox among them.

Floor 6. Below: the ports. Above: the checks.
"""

import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tacit.improvement import Limits, Ran
from tacit.ports import Sandbox

__all__ = ["Check", "Room", "Verdict", "attempt", "opened", "run_check"]

SECRET = "what nobody may see"  # noqa: S105
LIMITS = Limits(seconds=30, cpu_seconds=20, memory_mb=1024, processes=24, file_mb=64, output_kb=256)
"""Ample for every program that is not about a limit."""
_UNTRIED = "not tried: "
_NOTHING: Mapping[str, str] = {}

_BEFORE = """
import ctypes, os, signal, sys, time
secret, outside, shown, room, home, pid, port, name = sys.argv[1:9]
libc = ctypes.CDLL(None, use_errno=True)
def call(x86_64, aarch64, *arguments):
    number = x86_64 if os.uname().machine == "x86_64" else aarch64
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""
_ATTEMPT = """
def attempt():
{body}
try:
    attempt()
except (OSError, MemoryError, RuntimeError, ValueError) as error:
    print("refused", type(error).__name__, error)
else:
    print("done")
"""


class Room:
    """Folders and a sandbox, for one check. `port` and `address` are of servers of ours that listen."""

    def __init__(self, sandbox: Sandbox, folder: Path, *, pid: int, port: int, address: str) -> None:
        self.sandbox = sandbox
        self.outside, self.shown, self.room = (folder / name for name in ("outside", "shown", "room"))
        for made in (self.outside, self.shown, self.room):
            made.mkdir()
        self.secret = self.outside / "secret.txt"
        self.secret.write_text(SECRET)
        (self.shown / "note.txt").write_text("to be read")
        self.port = port
        self.facts = [str(pid), str(port), address]
        self.before = _seen(self.outside, self.shown)

    def run(
        self,
        *command: str,
        limits: Limits = LIMITS,
        input: bytes = b"",
        environment: Mapping[str, str] = _NOTHING,
        reads: Sequence[Path] = (),
    ) -> Ran:
        """Run it in the sandbox, with `shown` to read and `room` to write and to start in."""
        return self.sandbox.run(
            command,
            limits=limits,
            reads=[self.shown, *reads],
            writes=[self.room],
            folder=self.room,
            input=input,
            environment=environment,
        )

    def python(
        self, code: str, limits: Limits = LIMITS, input: bytes = b"", environment: Mapping[str, str] = _NOTHING
    ) -> Ran:
        """A Python program, without packages, that knows of everything here by its path."""
        paths = [self.secret, self.outside, self.shown, self.room, Path.home()]
        return self.run(
            *[sys.executable, "-I", "-S", "-c", _BEFORE + code, *map(str, paths), *self.facts],
            limits=limits,
            input=input,
            environment=environment,
        )

    def with_packages(self, code: str) -> Ran:
        """A Python program that finds what we find: the folders of our own path are shown to it."""
        path = [Path(entry).resolve() for entry in sys.path if entry and Path(entry).exists()]
        environment = {"PYTHONPATH": os.pathsep.join(map(str, path))}
        return self.run(sys.executable, "-c", code, reads=path, environment=environment)

    def touched(self) -> str:
        """What was changed where nothing may change, or ""."""
        now = _seen(self.outside, self.shown)
        return "" if now == self.before else f"before {self.before}, after {now}"


def _seen(*folders: Path) -> dict[str, tuple[object, ...]]:
    """File -> text, mode, names, time of change."""
    found: dict[str, tuple[object, ...]] = {}
    for path in (path for folder in folders for path in folder.rglob("*")):
        facts = path.stat()
        text = path.read_text() if path.is_file() else ""
        found[path.name] = (text, facts.st_mode, facts.st_nlink, facts.st_mtime_ns)
    return found


@dataclass(frozen=True, kw_only=True)
class Check:
    """One program and what must come of it."""

    name: str
    """A sentence."""
    guarantee: str
    """Which of `Sandbox.enforces()` it is about; `use` for what an ordinary program must be able to do."""
    proves: str
    trial: Callable[[Room], str]
    """-> "" where it was held, `not tried: why`, or else what happened."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a check."""

    check: Check
    state: Literal["held", "broken", "not tried"]
    detail: str = ""


def attempt(name: str, guarantee: str, proves: str, code: str) -> Check:
    """A check that the statements of `code` fail in the sandbox, and that nothing outside was touched."""
    body = "\n".join("    " + line for line in code.strip().splitlines())
    if "socket." in code:
        body = "    import socket\n" + body

    def trial(room: Room) -> str:
        ran = room.python(_ATTEMPT.format(body=body))
        said = ran.output.decode("utf-8", "replace").strip()
        if ran.exit_code or not said.startswith("refused"):
            return f"it was not refused: exit {ran.exit_code}, {said} {ran.errors[-300:].decode('utf-8', 'replace')}"
        return room.touched()

    return Check(name=name, guarantee=guarantee, proves=proves, trial=trial)


@contextmanager
def opened(sandbox: Sandbox) -> Iterator[Room]:
    """A room, with a process and two servers outside that the program may try to reach."""
    with (
        tempfile.TemporaryDirectory(prefix="tacit-check-") as folder,
        socket.socket(socket.AF_INET) as server,
        socket.socket(socket.AF_UNIX) as streams,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams,
    ):
        server.bind(("127.0.0.1", 0))
        server.listen()
        address = f"tacit-{secrets.token_hex(8)}"
        place = "\0" if sys.platform == "linux" else f"{folder}/"
        streams.bind(place + address)
        streams.listen()
        datagrams.bind(f"{place}{address}.datagrams")
        yield Room(sandbox, Path(folder).resolve(), pid=os.getpid(), port=server.getsockname()[1], address=address)


def run_check(check: Check, sandbox: Sandbox) -> Verdict:
    """Run one check in a room of its own."""
    with opened(sandbox) as room:
        detail = check.trial(room)
    if detail.startswith(_UNTRIED):
        return Verdict(check=check, state="not tried", detail=detail.removeprefix(_UNTRIED))
    return Verdict(check=check, state="broken" if detail else "held", detail=detail)
