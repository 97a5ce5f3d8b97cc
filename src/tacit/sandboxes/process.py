"""Our own launcher as a sandbox: namespaces, Landlock, seccomp and limits of the kernel, nothing to install.

Floor 3. Below: rung. Above: the ladder. Linux on x86_64 and aarch64. Two ways: with namespaces (as root, or on a
kernel that lets users make them), or, where those are forbidden, with Landlock and seccomp alone (Linux 6.12).
"""

import platform
import sys
from contextlib import AbstractContextManager

from tacit.sandboxes.inner import landlock
from tacit.sandboxes.inner.numbers import MACHINES
from tacit.sandboxes.inner.plan import Plan
from tacit.sandboxes.rung import Rung
from tacit.sandboxes.supervised import Launcher, refused, started

__all__ = ["ProcessSandbox", "check_machine"]

_ENOUGH = 6
"""The Landlock that is needed without namespaces: the first (Linux 6.12) that keeps signals in."""


class ProcessSandbox(Rung):
    """`namespaces=False` does without them, as where the kernel forbids them."""

    name = "process"

    def __init__(self, *, namespaces: bool = True) -> None:
        """Raises `SandboxError` where this is no Linux, no machine we know, or no kernel that can keep the promises."""
        check_machine()
        if not namespaces and landlock.abi() < _ENOUGH:
            raise refused(f"without namespaces Landlock {_ENOUGH} is needed, and here is {landlock.abi()}")
        self.fence = "namespaces" if namespaces else "none"

    def start(self, plan: Plan) -> AbstractContextManager[Launcher]:
        """See `Rung`."""
        del plan
        return started(())


def check_machine() -> None:
    """Raises `SandboxError` where our launcher cannot run."""
    if sys.platform != "linux" or platform.machine() not in MACHINES:
        raise refused(f"this is {platform.system()} on {platform.machine()}, not Linux on x86_64 or aarch64")
    if not sys.executable:
        raise refused("this Python does not know its own program (sys.executable)")
