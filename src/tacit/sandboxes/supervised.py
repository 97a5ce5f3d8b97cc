"""One run in a launcher of its own: hands it the plan and the input, takes output up to its bound, waits for the report.

Floor 3. Below: `sandboxes.inner`, in another process. Above: the rungs.
"""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

from tacit.errors import SandboxError
from tacit.improvement import Limits, Ran
from tacit.sandboxes.inner.plan import Plan, write

__all__ = ["refused", "run"]

_START = (
    "import sys; sys.path.insert(0, sys.argv[2]); from tacit.sandboxes.inner.launch import main; main(int(sys.argv[1]))"
)
_SOURCE = str(Path(__file__).resolve().parents[2])
_GRACE = 10.0
"""Seconds beyond its time after which a launcher that says nothing is ended: it keeps the time itself, so this is for
one that was stopped or starved."""
_PIECE = 1 << 16
_ENOUGH_TO_SEE = 400
_OUT_OF_MEMORY = (b"MemoryError", b"std::bad_alloc", b"Cannot allocate memory", b"virtual memory exhausted")

Stopped = Literal["", "time", "cpu", "memory", "output", "processes"]


def refused(why: str) -> SandboxError:
    """The error of a sandbox that cannot keep what it promises."""
    return SandboxError(
        "the program was not run",
        cause=f"this machine cannot hold it as promised ({why})",
        remedy="see which sandboxes there are with `tacit doctor`; a Docker or podman engine, bwrap, or Linux 6.12 helps",
    )


def run(plan: Plan, limits: Limits, input: bytes, launcher: Sequence[str] = ()) -> Ran:
    """-> what became of the program. `launcher`: another program that starts ours. Raises `SandboxError`."""
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            process = _started(theirs.fileno())
        with process:
            try:
                ours.sendall(write(plan))
                return _Conversation(process, ours, limits, input).finish()
            finally:
                process.kill()
    finally:
        ours.close()


def _started(control: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-I", "-S", "-c", _START, str(control), _SOURCE]
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=[control], env=kept, start_new_session=True, bufsize=0
    )


class _Conversation:
    """Four ends at once: input, output, errors, report."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", control: socket.socket, limits: Limits, input: bytes
    ) -> None:
        self.process = process
        self.control = control
        self.most = limits.output_kb * 1024
        self.deadline = time.monotonic() + limits.seconds + _GRACE
        self.input = memoryview(input)
        self.heard = {name: bytearray() for name in ("output", "errors", "report")}
        self.over = False

    def finish(self) -> Ran:
        """Until all three ends that we read are closed."""
        with selectors.DefaultSelector() as ends:
            for end, name in (
                (self.process.stdout, "output"),
                (self.process.stderr, "errors"),
                (self.control, "report"),
            ):
                ends.register(cast("Any", end), selectors.EVENT_READ, name)
            assert self.process.stdin is not None  # noqa: S101  it is a pipe
            os.set_blocking(self.process.stdin.fileno(), False)
            ends.register(self.process.stdin, selectors.EVENT_WRITE, "input")
            while any(key.data != "input" for key in ends.get_map().values()):
                left = self.deadline - time.monotonic()
                if left <= 0:
                    raise refused("the launcher did not answer")
                for key, _ in ends.select(left):
                    self._serve(ends, key)
        return self._ran()

    def _serve(self, ends: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        if key.data == "input":
            done = self._feed(key.fd)
        else:
            piece = os.read(key.fd, _PIECE)
            done = not piece
            self._hear(key.data, piece)
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

    def _hear(self, name: str, piece: bytes) -> None:
        heard = self.heard[name]
        if name == "report":
            heard += piece
            return
        heard += piece[: self.most - len(heard)]
        if len(piece) and len(heard) >= self.most and not self.over:
            self.over = True
            self._stop()

    def _stop(self) -> None:
        try:
            self.control.sendall(b"output\n")
        except (BrokenPipeError, ConnectionResetError):  # it has ended by itself
            return

    def _ran(self) -> Ran:
        report: dict[str, Any] = json.loads(self.heard["report"] or b"{}")
        if "refused" in report or not report:
            raise refused(report.get("refused") or self._last_words())
        code = os.waitstatus_to_exitcode(report["status"])
        errors = bytes(self.heard["errors"])
        return Ran(
            exit_code=code,
            output=bytes(self.heard["output"]),
            errors=errors,
            seconds=report["seconds"],
            cpu_seconds=report["cpu_seconds"],
            peak_mb=report["peak"] / (1 << 20),
            stopped=_stopped(report["stopped"], code, errors),
        )

    def _last_words(self) -> str:
        words = bytes(self.heard["errors"][-_ENOUGH_TO_SEE:]).decode("utf-8", "replace").strip()
        return f"the launcher ended without a word: {words}" if words else "the launcher ended without a word"


def _stopped(said: str, code: int, errors: bytes) -> Stopped:
    """What the launcher saw, or what the end of the program tells: its own time of CPU, or memory that it was denied."""
    if said:
        return cast("Stopped", said)
    if code == -signal.SIGXCPU:
        return "cpu"
    end = errors[-_ENOUGH_TO_SEE:]
    return "memory" if code and any(words in end for words in _OUT_OF_MEMORY) else ""


def environment(given: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """What is given, and of the defaults what is not."""
    return {**defaults, **given}
