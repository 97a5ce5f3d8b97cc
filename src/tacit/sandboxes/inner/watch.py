"""What the processes beneath one use, and their end.

Floor 3. Below: /proc. Above: launch. What the kernel limits for each process is watched for all
of them together.
"""

# ruff: noqa: PTH116, PTH123, PTH208 - pathlib takes longer to load than all of this to run
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Usage", "descendants", "kill_children", "reap", "tasks_of_user", "usage"]

_TICKS = os.sysconf("SC_CLK_TCK")
_KILL, _STOP = 9, 19
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Usage:
    """Of several processes together."""

    def __init__(self, cpu_seconds: float, memory: int, tasks: int) -> None:
        self.cpu_seconds = cpu_seconds
        self.memory = memory
        """Bytes that they hold by themselves: shared libraries and files are not counted."""
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


def usage(pid: int) -> Usage:
    """Of all that descends from `pid`, what those that have ended had used included, where somebody waited for them."""
    ticks = pages = tasks = 0
    for child in descendants(pid):
        fields = _read(f"/proc/{child}/stat").rpartition(") ")[2].split()
        memory = _read(f"/proc/{child}/statm").split()
        if len(fields) > 17 and len(memory) > 2:
            ticks += sum(int(field) for field in fields[11:15])
            tasks += int(fields[17])
            pages += int(memory[1]) - int(memory[2])
    return Usage(ticks / _TICKS, pages * _PAGE, tasks)


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
            for pid in list(descendants(os.getpid())):
                try:
                    os.kill(pid, how)
                except ProcessLookupError:
                    continue
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return ended
        ended[pid] = status
        ended.update(reap())


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
