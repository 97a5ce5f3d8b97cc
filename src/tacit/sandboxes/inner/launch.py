"""The launcher: raises the fences, starts the program inside them, watches it, ends all of it, reports.

Floor 3. Below: namespaces, tree, confine, watch. Above: `sandboxes.supervised`, at the other end of `control`: it
sends a plan and gets a report, each one line. When it says another word, or is gone, all is ended.
"""

import os
import resource
import select
import time

from tacit.sandboxes.inner import confine, namespaces, tree, watch
from tacit.sandboxes.inner.kernel import prctl, take_signal_as_usual
from tacit.sandboxes.inner.plan import Plan, read

__all__ = ["main"]

_TICK = 50
"""Milliseconds between two looks at what is used. A look costs 0.1 ms a process."""
_DIE_WITH_PARENT, _DUMPABLE, _ADOPT_ORPHANS = 1, 4, 36
_KILL = 9
_PYTHONS_OWN = (2, 13, 25)
"""SIGINT, SIGPIPE, SIGXFSZ: those that Python does not leave as they were."""
_NOT_FOUND, _NOT_RUNNABLE = 127, 126
"""What a shell answers."""
_OURS = 2
"""The launcher and the init of its namespace."""
_OTHERS_MAY_START = 256
"""Where other programs of the user count, too: they come and go. The program's own are watched."""


def main(control: str) -> None:
    """Read a plan from `control` (the number of an open descriptor, or the path of a socket), do it, report there."""
    end = int(control) if control.isdigit() else _connected(control)
    os.set_inheritable(end, False)
    body = _received(end, int(_received(end, 8) or b"0", 16))
    if not body:
        return
    try:
        report = _Launcher(read(body), end).run()
    except OSError as error:
        report = f"refused={error}"
    os.write(end, report.encode("utf-8", "surrogateescape"))


def _received(end: int, length: int) -> bytes:
    """-> so many bytes; none, where the other end is gone."""
    received = b""
    while len(received) < length:
        part = os.read(end, length - len(received))
        if not part:
            return b""
        received += part
    return received


def _connected(path: str) -> int:
    import socket

    link = socket.socket(socket.AF_UNIX)
    link.connect(path)
    return link.detach()


def _harden() -> None:
    """Nothing that the program can do reaches us: an init without handlers gets no signals from within, and nobody
    reads or writes our memory."""
    for number in _PYTHONS_OWN:
        take_signal_as_usual(number)
    prctl("keep our memory to ourselves", _DUMPABLE, 0)


class _Launcher:
    def __init__(self, plan: Plan, control: int) -> None:
        self.plan = plan
        self.control = control
        self.told, self.tell = os.pipe()
        self.go, self.say_go = os.pipe()

    def run(self) -> str:
        """-> the report: a line for each fact, name=value."""
        prctl("adopt orphans", _ADOPT_ORPHANS, 1)
        tasks = self._tasks()
        _harden()
        child = os.fork()
        if not child:
            self._start(tasks)
        for mine in (0, 1, 2, self.tell):
            os.close(mine)  # so that whoever reads the output sees its end
        started = time.monotonic()
        os.write(self.say_go, b"g")
        ended: dict[int, int] = {}
        stopped, seen = self._watch(child, started, ended)
        seconds = time.monotonic() - started
        ended.update(watch.kill_children())
        told = os.read(self.told, 4096).decode("utf-8", "replace")
        if told.startswith("!"):
            return f"refused={told[1:]}"
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        status = int(told[1:]) if told.startswith("=") else ended[child]
        cpu_seconds = max(seen.cpu_seconds, used.ru_utime + used.ru_stime)  # the kernel forgets whom a namespace ends
        peak = max(seen.memory, used.ru_maxrss * 1024)
        return f"{status=}\n{stopped=!s}\n{seconds=}\n{cpu_seconds=}\n{peak=}"

    def _tasks(self) -> int:
        """Enter a namespace of processes, if planned. -> how many tasks the program's user may have in all; -1: it is
        counted by whoever made the container."""
        plan, user = self.plan, os.geteuid()
        if plan.fence == "container":
            return -1
        alone = namespaces.enter_processes() if plan.fence == "namespaces" else False
        if plan.uid >= 0:
            return plan.processes
        if alone:
            return plan.processes + _OURS
        others = watch.tasks_of_user(user)  # in bwrap's namespace: the launcher alone
        return plan.processes + others + (0 if plan.fence == "bwrap" else _OTHERS_MAY_START)

    def _start(self, tasks: int) -> None:
        """In the child: never returns."""
        try:
            prctl("end with the launcher", _DIE_WITH_PARENT, _KILL)
            os.close(self.say_go)
            if not os.read(self.go, 1):
                os._exit(1)
            if self.plan.fence == "namespaces":
                namespaces.enter_files()
                tree.build(self.plan)
                program = os.fork()
                if program:
                    self._be_init(program)
            os.setsid()
            confine.confine(self.plan, tasks)
            prctl("end with the launcher", _DIE_WITH_PARENT, _KILL)  # becoming another user has undone it
            os.chdir(self.plan.folder)
        except OSError as error:
            os.write(self.tell, f"!{error}".encode())
            os._exit(1)
        self._become()

    def _become(self) -> None:
        try:
            confine.become(self.plan)
        except OSError as error:
            os.write(2, f"{self.plan.command[0]}: {error.strerror}\n".encode())
            os._exit(_NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_RUNNABLE)

    def _be_init(self, program: int) -> None:
        """Wait for orphans until the program ends; with us ends the namespace, and all in it."""
        for mine in (0, 1, 2):
            os.close(mine)
        while True:
            pid, status = os.wait()
            if pid == program:
                os.write(self.tell, f"={status}".encode())
                os._exit(0)

    def _watch(self, child: int, started: float, ended: dict[int, int]) -> tuple[str, watch.Usage]:
        """Until the child has ended, which is then in `ended`, or a limit is passed.
        -> (the limit, or ""; the most that was seen of each use)."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(os.pidfd_open(child), select.POLLIN)
        most = watch.Usage(0.0, 0, 0)
        while True:
            ready = [descriptor for descriptor, _ in poll.poll(_TICK)]
            ended.update(watch.reap())
            if child in ended:
                return "", most
            used = watch.usage(os.getpid(), self.plan.memory_mb << 20, self.plan.uid)
            most = most.or_more(used)
            if self.control in ready:
                return os.read(self.control, 64).decode().strip(), most
            passed = self._passed(used, time.monotonic() - started)
            if passed:
                return passed, most

    def _passed(self, used: watch.Usage, seconds: float) -> str:
        if seconds > self.plan.seconds:
            return "time"
        if used.cpu_seconds > self.plan.cpu_seconds:
            return "cpu"
        if used.memory > self.plan.memory_mb << 20:
            return "memory"
        return "processes" if used.tasks > self.plan.processes + 1 else ""
