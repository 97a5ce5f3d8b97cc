"""The last steps of a process before it becomes the program: limits, user, rights, files, calls.

Floor 3. Below: landlock, seccomp, kernel. Above: launch. Everything here is inherited by whatever the program starts,
and nothing of it can be taken back.
"""

# ruff: noqa: PTH208 - pathlib takes longer to load than all of this to run
import os
import resource
import struct

from tacit.sandboxes.inner import landlock, seccomp
from tacit.sandboxes.inner.kernel import MACHINE, call, prctl
from tacit.sandboxes.inner.plan import Plan

__all__ = ["become", "confine"]

_MEGABYTE = 1 << 20
_OPEN_FILES = 1024

_CLOSE_RANGE, _CLOSE_ON_EXEC = 436, 4
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION = 0x20080522
_KEEP_CAPABILITIES, _DROP_BOUND, _AMBIENT, _RAISE = 8, 24, 47, 2
_NO_NEW_PRIVILEGES = 38
_DAC_OVERRIDE, _FOWNER = 1, 3
_FACTS = (
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/loadavg",
    "/proc/filesystems",
    "/proc/version",
)
"""Of /proc, where it is everybody's: what the program is, and what the machine is."""


def confine(plan: Plan, tasks: int) -> None:
    """All fences, in the one order in which each can still be raised. `tasks`: how many processes and threads the user
    may have, ours included; -1: somebody else counts. Raises `KernelRefused`, `OSError`."""
    _close_files()
    _limit(plan, tasks)
    _become_user(plan)
    prctl("promise no new privileges", _NO_NEW_PRIVILEGES, 1)
    landlock.restrict(_rules(plan))
    resource.setrlimit(resource.RLIMIT_AS, (plan.memory_mb * _MEGABYTE,) * 2)
    seccomp.install(seccomp.program(MACHINE, whole_tree=plan.fence == "none", other_user=plan.uid >= 0))


def become(plan: Plan) -> None:
    """Run the program; returns only when it cannot be run. Raises `OSError`."""
    environment = dict(entry.split("=", 1) for entry in plan.environment)
    os.execvpe(plan.command[0], plan.command, environment)  # noqa: S606  no shell is wanted


def _close_files() -> None:
    """All but input, output and errors are closed when the program begins."""
    try:
        call("close files", _CLOSE_RANGE, 3, 0xFFFFFFFF, _CLOSE_ON_EXEC)
    except OSError:  # older than Linux 5.11, or a container that does not know the call
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2 and os.path.lexists(f"/proc/self/fd/{name}"):
                os.set_inheritable(int(name), False)


def _limit(plan: Plan, tasks: int) -> None:
    """The kernel's own bounds. Those on the CPU time and the tasks of all together are watched besides."""
    seconds = int(plan.cpu_seconds) + 1
    bounds = {
        resource.RLIMIT_CORE: 1,  # 0 would still feed a dump to a handler behind a pipe, 1 never
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: plan.file_mb * _MEGABYTE,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_RTPRIO: 0,
    }
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    bounds[resource.RLIMIT_NOFILE] = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if tasks >= 0:
        bounds[resource.RLIMIT_NPROC] = tasks
    for which, bound in bounds.items():
        resource.setrlimit(which, (bound, bound))


def _become_user(plan: Plan) -> None:
    """As root: another user, with nobody's rights but, in a tree of files of its own, those of an owner of files (what
    it may not change is mounted read-only there). As anybody: without rights."""
    other = plan.uid >= 0
    kept = [_DAC_OVERRIDE, *([] if plan.fence == "none" else [_FOWNER])] if other else []
    _drop_bounds(kept)
    if other:
        prctl("keep rights over files", _KEEP_CAPABILITIES, 1)
        os.setgroups([])
        os.setresgid(plan.uid, plan.uid, plan.uid)
        os.setresuid(plan.uid, plan.uid, plan.uid)
    bits = sum(1 << capability for capability in kept)
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    call("lay down rights", _CAPSET[MACHINE], header, struct.pack("=6I", bits, bits, bits, 0, 0, 0))
    for capability in kept:
        prctl("keep rights over files", _AMBIENT, _RAISE, capability)


def _drop_bounds(kept: list[int]) -> None:
    """Rights that nothing can give back. Only who may change rights can drop them so; nobody else has any to drop, and
    no_new_privs keeps it that way."""
    for capability in range(64):
        if capability not in kept:
            try:
                prctl("drop rights", _DROP_BOUND, capability)
            except OSError:  # past the last that this kernel knows, or not ours to change
                return


def _rules(plan: Plan) -> list[tuple[str, int]]:
    """In a tree of its own, what is mounted is what there is to read."""
    alone = plan.fence != "none"
    readable = ["/"] if alone else [*plan.reads, *_FACTS]
    devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]
    written = [*plan.writes, *devices, *(["/tmp", "/dev/shm"] if alone else [])]  # noqa: S108
    return [*((path, landlock.READ) for path in readable), *((path, landlock.WRITE) for path in written)]
