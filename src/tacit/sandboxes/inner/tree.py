"""A tree of files of the program's own: what it may see is mounted there, and nothing else exists.

Floor 3. Below: kernel. Above: launch. Each mount is taken before the old tree is out of sight, then put where the
new one wants it. Source: open_tree(2), move_mount(2), mount_setattr(2) (Linux 5.12), pivot_root(2).
"""

# ruff: noqa: PTH103, PTH110, PTH112, PTH120, PTH123, PTH211 - pathlib takes longer to load than all of this to run
import os
import struct

from tacit.sandboxes.inner.kernel import AT_EMPTY_PATH, AT_FDCWD, MACHINE, KernelRefused, call, mount, unmount
from tacit.sandboxes.inner.plan import Plan

__all__ = ["TRUST_OWNERS", "build"]

_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_CLONE, _CLOSE_ON_EXEC, _RECURSIVE = 1, 0x80000, 0x8000
_FROM_EMPTY_PATH = 4
_READ_ONLY, _NO_SET_ID, _NO_DEVICES, _NO_EXEC = 1, 2, 4, 8
_PRIVATE = 0x4000 | 1 << 18
_DETACH = 2
_ROOT = "/tmp"  # noqa: S108  only hidden from us while the new tree is being put together
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_COVERED = (
    "kallsyms", "kcore", "key-users", "keys", "kmsg", "kpagecgroup", "kpagecount", "kpageflags", "latency_stats",
    "sched_debug", "slabinfo", "sysrq-trigger", "timer_list", "vmallocinfo",
)  # fmt: skip
"""Of /proc: what belongs to the machine and not to its users."""
_SHORTCUTS = {
    "/dev/fd": "/proc/self/fd",
    "/dev/stdin": "/proc/self/fd/0",
    "/dev/stdout": "/proc/self/fd/1",
    "/dev/stderr": "/proc/self/fd/2",
}
TRUST_OWNERS = "[safe]\n\tdirectory = *\n"
"""For git: files belong to whoever started us, not to the sandbox's user."""


def build(plan: Plan) -> None:
    """Leave the old tree for a new one. In a mount namespace of our own. Raises `KernelRefused`, `OSError`."""
    mount("", "/", "", _PRIVATE)
    read_only, writable = _READ_ONLY | _NO_SET_ID | _NO_DEVICES, _NO_SET_ID | _NO_DEVICES
    taken = [(path, _take(path, _NO_SET_ID)) for path in _DEVICES]
    taken += [(path, _take(path, read_only)) for path in plan.reads]
    taken += [(path, _take(path, writable)) for path in plan.writes]
    megabytes = min(plan.file_mb, plan.memory_mb)
    mount("tmpfs", _ROOT, "tmpfs", _NO_SET_ID | _NO_DEVICES, "mode=755,size=16m")
    for folder, size in (("/tmp", megabytes), ("/dev/shm", plan.memory_mb // 4)):  # noqa: S108
        os.makedirs(_ROOT + folder)
        mount("tmpfs", _ROOT + folder, "tmpfs", _NO_SET_ID | _NO_DEVICES, f"mode=1777,size={max(size, 1)}m")
    for path, source in sorted(taken):
        _put(path, source)
    for path, target in (*zip(plan.links[::2], plan.links[1::2], strict=True), *_SHORTCUTS.items()):
        _link(path, target)
    _write("/etc/gitconfig", TRUST_OWNERS)
    _processes()
    _move_in()


def _take(path: str, attributes: int) -> int:
    """A copy of the mounts at and beneath `path`, not mounted anywhere yet."""
    source = call(f"take {path}", _OPEN_TREE, AT_FDCWD, path, _CLONE | _CLOSE_ON_EXEC | _RECURSIVE)
    _fence(source, "", attributes, AT_EMPTY_PATH | _RECURSIVE)
    return source


def _fence(place: int, path: str, attributes: int, flags: int) -> None:
    wanted = struct.pack("=4Q", attributes, 0, 0, 0)
    call(f"fence {path}", _MOUNT_SETATTR, place, path, flags, wanted, len(wanted))


def _put(path: str, source: int) -> None:
    target = _ROOT + path
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        _write(path, "")
    call(f"mount {path}", _MOVE_MOUNT, source, "", AT_FDCWD, target, _FROM_EMPTY_PATH)
    os.close(source)


def _link(path: str, target: str) -> None:
    place = _ROOT + path
    if not os.path.lexists(place):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(target, place)


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(_ROOT + path), exist_ok=True)
    with open(_ROOT + path, "w") as file:
        file.write(text)


def _processes() -> None:
    """/proc of the processes of this sandbox alone, to read only, without what tells of the machine's memory and keys.
    Where the kernel gives none (in a container in which parts of /proc are covered), there is none."""
    place = _ROOT + "/proc"
    os.makedirs(place, exist_ok=True)
    try:
        mount("proc", place, "proc", _NO_SET_ID | _NO_DEVICES | _NO_EXEC)
    except KernelRefused:
        return
    for name in _COVERED:
        if os.path.exists(f"{place}/{name}"):
            _put(f"/proc/{name}", _take("/dev/null", _READ_ONLY))
    _fence(AT_FDCWD, place, _READ_ONLY, 0)


def _move_in() -> None:
    os.chdir(_ROOT)
    call("enter the new tree", _PIVOT_ROOT[MACHINE], ".", ".")
    unmount(".", _DETACH)
    os.chdir("/")
    _fence(AT_FDCWD, "/", _READ_ONLY, 0)
