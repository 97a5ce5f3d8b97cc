"""What the processes beneath one use, and their end.

Floor 3. Below: kernel, /proc. Above: launch. What the kernel limits for each process is watched for all
of them together.
"""

# ruff: noqa: PTH116, PTH123, PTH208 - pathlib takes longer to load than all of this to run
import os

from tacit.sandboxes.inner.kernel import call, prctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Usage", "descendants", "kill_children", "reap", "tasks_of_user", "usage"]

_TICKS = os.sysconf("SC_CLK_TCK")
_SECURE_BITS, _RIGHTS_STAY = 28, 1 << 2
_SIGNAL_BY_DESCRIPTOR = 424
_KILL, _STOP = 9, 19


class Usage:
    """Of several processes together."""

    def __init__(self, cpu_seconds: float, memory: int, tasks: int) -> None:
        self.cpu_seconds = cpu_seconds
        self.memory = memory
        """Bytes that they hold or share among them: those of files are not counted."""
        self.tasks = tasks
        """Processes and threads."""

    def or_more(self, other: "Usage") -> "Usage":
        """Of each, the larger."""
        return Usage(
            max(self.cpu_seconds, other.cpu_seconds), max(self.memory, other.memory), max(self.tasks, other.tasks)
        )


def descendants(pid: int) -> "Iterator[int]":
    """Children, their children, and so on."""
    waiting = [pid]
    while waiting:
        for child in _children(waiting.pop()):
            waiting.append(child)
            yield child


def usage(pid: int, enough: int, user: int) -> Usage:
    """Of all that descends from `pid`, what those that have ended had used included, where somebody waited for them.

    Memory that several share counts for each; where that makes more than `enough` bytes, it is counted once, which
    takes a hundred times as long, and may need to be asked for as `user`, whose processes they are (-1: as we are)."""
    ticks = tasks = memory = 0
    found = list(descendants(pid))
    for child in found:
        fields = _read(f"/proc/{child}/stat").rpartition(") ")[2].split()
        if len(fields) > 17:
            ticks += sum(int(field) for field in fields[11:15])
            tasks += int(fields[17])
            memory += _held(child)
    for asker in (-1, user):
        if memory * 1024 > enough:
            memory = _counted_once(found, asker)
    return Usage(ticks / _TICKS, memory * 1024, tasks)


def _held(pid: int) -> int:
    """Kilobytes, what it shares included."""
    return _kilobytes(f"/proc/{pid}/status", ("RssAnon:", "RssShmem:"))


def _counted_once(pids: list[int], user: int) -> int:
    """Kilobytes; of who cannot be asked, all that it holds. As root without the right to look into others (in a
    container, mostly), we look as the user itself."""
    try:
        if user >= 0:
            prctl("keep rights", _SECURE_BITS, _RIGHTS_STAY)
            os.setegid(user)
            os.seteuid(user)
        shared = ("Pss_Anon:", "Pss_Shmem:")
        return sum(_kilobytes(f"/proc/{pid}/smaps_rollup", shared) or _held(pid) for pid in pids)
    except OSError:
        return sum(_held(pid) for pid in pids)
    finally:
        if user >= 0:
            os.seteuid(0)
            os.setegid(0)


def _kilobytes(path: str, names: tuple[str, ...]) -> int:
    lines = [line.split() for line in _read(path).splitlines() if line.startswith(names)]
    return sum(int(words[1]) for words in lines if len(words) > 1)


def tasks_of_user(uid: int) -> int:
    """Processes and threads that this user has on this machine."""
    count = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                mine = os.stat(f"/proc/{name}").st_uid == uid
                count += len(os.listdir(f"/proc/{name}/task")) if mine else 0
            except OSError:
                continue
    return count


def kill_children() -> dict[int, int]:
    """End all that descends from us, to whom orphans come back. First all are stopped, so that none makes another.
    -> pid -> status, of those that were ours to wait for."""
    ended: dict[int, int] = {}
    while True:
        for how in (_STOP, _KILL):
            _signal_all(how)
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return ended
        ended[pid] = status
        ended.update(reap())


def _signal_all(how: int) -> None:
    """To what descends from us and still does when it is held by a descriptor: a number may be another's by then."""
    held: dict[int, int] = {}
    for pid in descendants(os.getpid()):
        try:
            held[pid] = os.pidfd_open(pid)
        except OSError:  # it has ended
            continue
    ours = set(descendants(os.getpid()))
    for pid, descriptor in held.items():
        if pid in ours:
            _signal(descriptor, how)
        os.close(descriptor)


def _signal(descriptor: int, how: int) -> None:
    try:
        call("signal", _SIGNAL_BY_DESCRIPTOR, descriptor, how, 0, 0)
    except OSError:  # it has ended
        return


def reap() -> dict[int, int]:
    """-> pid -> status, of children that have ended, without waiting."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if not pid:
            return ended
        ended[pid] = status


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        found += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return found


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:  # it has ended
        return ""
