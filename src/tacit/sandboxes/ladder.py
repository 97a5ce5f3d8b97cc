"""Which sandbox this machine offers: the rungs in their order, each tried before it is trusted.

Floor 3. Below: the rungs. Above: the facade.
"""

import functools
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tacit.errors import InvalidInput, SandboxError
from tacit.improvement import Limits
from tacit.sandboxes.bwrap import BwrapSandbox
from tacit.sandboxes.container import ContainerSandbox
from tacit.sandboxes.process import ProcessSandbox
from tacit.sandboxes.rung import Rung
from tacit.sandboxes.supervised import refused

__all__ = ["climb", "proven", "survey"]

_RUNGS: dict[str, tuple[Callable[[], Rung], ...]] = {
    "container": (ContainerSandbox,),
    "bwrap": (BwrapSandbox,),
    "process": (ProcessSandbox, functools.partial(ProcessSandbox, namespaces=False)),
}
_PROBE = """
import socket, sys
held = 0
try:
    open(sys.argv[1])
except OSError:
    held += 1
try:
    socket.socket()
except OSError:
    held += 1
open("here", "w").close()
print(held)
"""
"""Tries what must fail, a file that was not granted and a socket, and what must not."""
_LIMITS = Limits(seconds=20, cpu_seconds=10, memory_mb=1024, processes=4)


def climb(name: str) -> Rung:
    """See `sandboxes.open_sandbox`."""
    if name != "auto" and name not in _RUNGS:
        known = ", ".join(["auto", *_RUNGS])
        raise InvalidInput(f"there is no sandbox {name!r}", cause=f"known are {known}", remedy="name one of these")
    reasons = []
    for rung in _RUNGS if name == "auto" else [name]:
        try:
            return _of_this_process(rung, os.getpid())
        except SandboxError as error:
            reasons.append(f"{rung}: {_reason(error)}")
    raise refused("; ".join(reasons))


def survey() -> dict[str, str]:
    """See `sandboxes.available`."""
    found = {}
    for rung in _RUNGS:
        try:
            promises = _of_this_process(rung, os.getpid()).enforces()
        except SandboxError as error:
            found[rung] = f"no: {_reason(error)}"
        else:
            found[rung] = f"files: {promises['files']}; network: {promises['network']}"
    return found


@functools.cache
def _of_this_process(rung: str, process: int) -> Rung:
    """Tried once in a process (`process` is the key). Raises `SandboxError`."""
    del process
    return proven(_RUNGS[rung])


def proven(ways: Sequence[Callable[[], Rung]]) -> Rung:
    """The first that does what it says. Raises `SandboxError` where none does."""
    reasons = []
    for way in ways:
        try:
            return _tried(way())
        except SandboxError as error:
            reasons.append(_reason(error))
    raise refused("; ".join(reasons))


def _tried(sandbox: Rung) -> Rung:
    """The sandbox, after it has held a program that tries to get out. Raises `SandboxError`."""
    with tempfile.TemporaryDirectory(prefix="tacit-") as folder:
        secret, room = Path(folder, "secret"), Path(folder, "room")
        secret.touch()
        room.mkdir()
        command = [sys.executable, "-I", "-S", "-c", _PROBE, str(secret)]
        ran = sandbox.run(command, limits=_LIMITS, writes=[room])
        if ran.exit_code or ran.output.strip() != b"2" or not (room / "here").exists():
            words = (ran.errors or ran.output)[-200:].decode("utf-8", "replace").strip()
            raise refused(f"a first program was not held as it should be: exit {ran.exit_code}, {words}")
    return sandbox


def _reason(error: SandboxError) -> str:
    """The part in brackets of `refused`."""
    return error.cause.partition("(")[2].removesuffix(")")
