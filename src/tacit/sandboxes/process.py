"""Our own launcher as a sandbox: namespaces, Landlock, seccomp and limits of the kernel, nothing to install.

Floor 3. Below: grants, supervised. Above: the ladder. Linux on x86_64 and aarch64. Two ways: with namespaces (root, or a kernel that
lets users make them), or, where those are forbidden, with Landlock and seccomp alone (Linux 6.12).
"""

import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tacit.errors import InvalidInput
from tacit.improvement import Limits, Ran
from tacit.sandboxes import grants
from tacit.sandboxes.inner import landlock
from tacit.sandboxes.inner.numbers import MACHINES
from tacit.sandboxes.inner.plan import Plan
from tacit.sandboxes.supervised import refused, run

__all__ = ["ProcessSandbox"]

_LIMITS = Limits()
_NOTHING: Mapping[str, str] = {}
_ENOUGH = 6
"""The Landlock that is needed without namespaces: the first (Linux 6.12) that keeps signals in."""
_FIRST_USER, _USERS = 61_184, 4_336
"""Numbers that systemd, too, gives to users for a while, and nobody else has."""
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ProcessSandbox:
    """Implements `ports.Sandbox`. `namespaces=False` does without, as where the kernel forbids them."""

    name = "process"

    def __init__(self, *, namespaces: bool = True) -> None:
        """Raises `SandboxError` where this is no Linux, no machine we know, or no kernel that can keep the promises."""
        if sys.platform != "linux" or platform.machine() not in MACHINES:
            raise refused(
                f"{platform.system()} on {platform.machine()}: our own launcher is for Linux on x86_64 and aarch64"
            )
        if not namespaces and landlock.abi() < _ENOUGH:
            raise refused(f"Landlock {landlock.abi()} of {_ENOUGH} without namespaces: Linux 6.12 has it")
        self.namespaces = namespaces

    def run(
        self,
        command: Sequence[str],
        *,
        limits: Limits = _LIMITS,
        reads: Sequence[Path] = (),
        writes: Sequence[Path] = (),
        folder: Path | None = None,
        input: bytes = b"",
        environment: Mapping[str, str] = _NOTHING,
    ) -> Ran:
        """As the port says. Raises `SandboxError`, `InvalidInput`."""
        with _private_folder(not self.namespaces) as private:
            plan = self._plan(command, limits, reads, [*writes, *private], folder, environment)
            return run(plan, limits, input)

    def enforces(self) -> dict[str, str]:
        """By what."""
        return {}

    def _plan(
        self,
        command: Sequence[str],
        limits: Limits,
        reads: Sequence[Path],
        writes: Sequence[Path],
        folder: Path | None,
        environment: Mapping[str, str],
    ) -> Plan:
        readable = [*grants.system_paths(), *grants.python_folders(), Path(sys.executable), *reads]
        real_reads, links = grants.walked(readable)
        real_writes, more = grants.walked(writes)
        if not self.namespaces and any(read.is_relative_to(write) for read in real_reads for write in real_writes):
            raise refused("a folder to read within one to write needs namespaces")
        missing = [path for path in (*real_reads, *real_writes) if not path.exists()]
        if missing or not command:
            raise InvalidInput(
                "the sandbox cannot be built", cause=f"no such path: {missing}", remedy="name what exists"
            )
        home = folder or (writes[0] if writes else Path("/tmp"))  # noqa: S108  its own
        defaults = {
            "PATH": f"{Path(sys.executable).parent}:{_SYSTEM_PATH}",
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "TMPDIR": "/tmp" if self.namespaces else str(writes[-1]),  # noqa: S108
        }
        return Plan(
            command=list(command),
            environment={**defaults, **environment},
            folder=str(home),
            reads=[str(path) for path in real_reads],
            writes=[str(path) for path in real_writes],
            links=[*links, *more],
            namespaces=self.namespaces,
            seconds=limits.seconds,
            cpu_seconds=limits.cpu_seconds,
            memory_mb=limits.memory_mb,
            processes=limits.processes,
            file_mb=limits.file_mb,
            uid=_FIRST_USER + os.getpid() % _USERS if os.geteuid() == 0 else -1,
        )


@contextmanager
def _private_folder(needed: bool) -> Iterator[list[Path]]:
    """A folder for temporary files that nobody else has, where there is no tree of its own to have one in."""
    if not needed:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="tacit-", ignore_cleanup_errors=True) as folder:
        yield [Path(folder)]
