"""One run in a launcher of its own: hands it plan and input, takes output up to its bound, waits for the report.

Floor 3. Below: `sandboxes.inner`, in another process. Above: the rungs.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from tacit.errors import SandboxError
from tacit.improvement import Limits, Ran
from tacit.sandboxes.inner.plan import Plan, write

__all__ = ["Launcher", "Stopped", "converse", "end", "launching", "refused", "spawn", "started"]

_START = """\
import sys, types
for name in ("tacit", "tacit.sandboxes"):
    sys.modules[name] = package = types.ModuleType(name)
    package.__path__ = [sys.argv[2] + "/" + name.replace(".", "/")]
from tacit.sandboxes.inner.launch import main
main(sys.argv[1])
"""
"""Without the packages' own first lines, which load what a launcher has no use for."""
_SOURCE = str(Path(__file__).resolve().parents[2])
_GRACE = 10.0
"""Seconds beyond its time after which a launcher that says nothing is ended: it keeps the time itself, so this is for
one that was stopped or starved. Also how long it may take to end."""
_PIECE = 1 << 16
_END = 400
_OUT_OF_MEMORY = (b"MemoryError", b"bad_alloc", b"Cannot allocate memory", b"out of memory", b"memory exhausted")

Stopped = Literal["", "time", "cpu", "memory", "output", "processes"]


class Launcher(NamedTuple):
    """A launcher that waits for its plan."""

    process: "subprocess.Popen[bytes]"
    control: socket.socket


def refused(why: str) -> SandboxError:
    """The error of a sandbox that cannot keep what it promises."""
    return SandboxError(
        "the program was not run",
        cause=f"this machine cannot hold it as promised ({why})",
        remedy="ask `tacit doctor` which sandboxes there are; an engine of containers, bwrap, or Linux 6.12 would help",
    )


def launching(control: str) -> list[str]:
    """The command that starts the launcher. `control`: the number of its end of a socket, or a socket's path."""
    return [sys.executable, "-I", "-S", "-c", _START, control, _SOURCE]


@contextmanager
def started(within: Sequence[str]) -> Iterator[Launcher]:
    """The launcher, running, at the other end of a socket. `within`: a command that runs the one it is followed by.
    Afterwards it has ended: it does so, with all that it started, when the socket is closed."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [*within, *launching(str(theirs.fileno()))]
        process = spawn(command, [theirs.fileno()])
        theirs.close()
        with process:
            try:
                yield Launcher(process, ours)
            finally:
                ours.close()
                end(process)


def spawn(
    command: Sequence[str], descriptors: Sequence[int] = (), keep: Sequence[str] = ("LD_LIBRARY_PATH",)
) -> "subprocess.Popen[bytes]":
    """Start it away from our terminal, our files, and our environment but what is named in `keep`."""
    kept = {name: os.environ[name] for name in keep if name in os.environ}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=descriptors, env=kept, start_new_session=True, bufsize=0
    )


def end(process: "subprocess.Popen[bytes]") -> bool:
    """-> whether it has ended by itself, as it does when it is left alone; if not, it is killed."""
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        return False
    return True


def converse(launcher: Launcher, plan: Plan, limits: Limits, input: bytes) -> Ran:
    """-> what became of the program. Raises `SandboxError` where it was not run."""
    with suppress(BrokenPipeError, ConnectionResetError):  # its last words tell why
        launcher.control.sendall(write(plan))
    return _Conversation(launcher, limits, input).finish()


class _Conversation:
    """Four ends at once: input, output, errors, report."""

    def __init__(self, launcher: Launcher, limits: Limits, input: bytes) -> None:
        self.process, self.control = launcher
        self.most = limits.output_kb * 1024
        self.deadline = time.monotonic() + limits.seconds + _GRACE
        self.input = memoryview(input)
        self.heard = {name: bytearray() for name in ("output", "errors", "report")}
        self.over = False

    def finish(self) -> Ran:
        """Until all three ends that we read are closed."""
        process = self.process
        named = {"output": process.stdout, "errors": process.stderr, "report": self.control}
        with selectors.DefaultSelector() as ends:
            for name, end in named.items():
                ends.register(cast("Any", end), selectors.EVENT_READ, name)
            fed = cast("Any", process.stdin)
            os.set_blocking(fed.fileno(), False)
            ends.register(fed, selectors.EVENT_WRITE, "input")
            while any(key.data != "input" for key in ends.get_map().values()):
                left = self.deadline - time.monotonic()
                if left <= 0:
                    raise refused("the launcher did not answer in time")
                for key, _ in ends.select(left):
                    self._serve(ends, key)
        return self._ran()

    def _serve(self, ends: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        done = self._feed(key.fd) if key.data == "input" else self._hear(key)
        if done:
            ends.unregister(key.fileobj)
            if key.data != "report":
                cast("Any", key.fileobj).close()

    def _feed(self, end: int) -> bool:
        """-> whether there is nothing left to say, or nobody who listens."""
        try:
            self.input = self.input[os.write(end, self.input[:_PIECE]) :] if self.input else self.input
        except BlockingIOError:
            return False
        except BrokenPipeError:
            return True
        return not self.input

    def _hear(self, key: selectors.SelectorKey) -> bool:
        """-> whether there is nothing left to hear."""
        try:
            piece = os.read(key.fd, _PIECE)
        except ConnectionResetError:  # it ended before it had read all that we said
            return True
        heard = self.heard[key.data]
        if key.data == "report":
            heard += piece
            return not piece
        room = self.most - len(heard)
        heard += piece[:room]
        if len(piece) > room:
            self._stop()
        return not piece

    def _stop(self) -> None:
        if self.over:
            return
        self.over = True
        with suppress(BrokenPipeError, ConnectionResetError):  # it has ended by itself
            self.control.sendall(b"output\n")

    def _ran(self) -> Ran:
        words = self.heard["report"].decode("utf-8", "replace")
        report = dict(line.partition("=")[::2] for line in words.splitlines())
        if "status" not in report:
            raise refused(words.removeprefix("refused=") or self._last_words())
        code = os.waitstatus_to_exitcode(int(report["status"]))
        errors = bytes(self.heard["errors"])
        return Ran(
            exit_code=code,
            output=bytes(self.heard["output"]),
            errors=errors,
            seconds=float(report["seconds"]),
            cpu_seconds=float(report["cpu_seconds"]),
            peak_mb=int(report["peak"]) / (1 << 20),
            stopped=_stopped(report["stopped"], code, errors),
        )

    def _last_words(self) -> str:
        words = bytes(self.heard["errors"][-_END:]).decode("utf-8", "replace").strip()
        return f"the launcher ended without a word: {words}" if words else "the launcher ended without a word"


def _stopped(said: str, code: int, errors: bytes) -> Stopped:
    """What the launcher saw, or what the end of the program tells: CPU time that ran out, memory that was denied."""
    if said:
        return cast("Stopped", said)
    if code == -signal.SIGXCPU:
        return "cpu"
    return "memory" if code and any(words in errors[-_END:] for words in _OUT_OF_MEMORY) else ""
