"""Programs that try to reach other processes, to gain rights, or to live on.

Floor 6. Below: room. Above: the contract.
"""

import fcntl
import subprocess
import sys
from collections.abc import Callable

from tacit.improvement import Limits
from tacit.testing.sandbox_contract.room import LIMITS, Check, Room, attempt

__all__ = ["CHECKS"]

_LEFT_BEHIND = """
import fcntl
def live():
    {prepare}
    pulse = open("pulse", "w")
    fcntl.flock(pulse, fcntl.LOCK_EX)
    open("begun", "w").close()
    while True:
        signal.pause()
{fork}
while not os.path.exists("begun"):
    time.sleep(0.01)
{after}
"""
_FORKS = "if not os.fork():\n    live()"
_FORKS_TWICE = "if not os.fork():\n    os.setsid()\n    if not os.fork():\n        live()\n    os._exit(0)"
_IGNORES = "[signal.signal(number, signal.SIG_IGN) for number in range(1, 32) if number not in (9, 17, 19)]"
_ONLY_OVER_FILES = 1 << 1 | 1 << 3
"""CAP_DAC_OVERRIDE and CAP_FOWNER, which end at what is mounted."""


def _leaves_nobody(fork: str, prepare: str = "pass", after: str = "", limits: Limits = LIMITS) -> Callable[[Room], str]:
    """A child that lives holds a lock."""

    def trial(room: Room) -> str:
        ran = room.python(_LEFT_BEHIND.format(prepare=prepare, fork=fork, after=after), limits)
        if not (room.room / "begun").exists():
            return f"the child did not even begin: {ran.errors[-300:].decode('utf-8', 'replace')}"
        with (room.room / "pulse").open() as pulse:
            try:
                fcntl.flock(pulse, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return "a child lives on"
        return ""

    return trial


def _signals_harm_nobody(room: Room) -> str:
    """A process of ours stands by while the program signals everybody it can name."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        room.python(f"""
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for whom in ({bystander.pid}, int(pid), 1, os.getppid(), -1):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(whom, number)
        except (OSError, KeyboardInterrupt):
            pass
""")
        alive = bystander.poll() is None
        bystander.kill()
    return "" if alive else "a process outside was ended"


def _has_no_rights(room: Room) -> str:
    ran = room.python("""
import struct
header, rights = struct.pack("=Ii", 0x20080522, 0), ctypes.create_string_buffer(24)
call(125, 90, header, rights)
effective, permitted = struct.unpack("=6I", rights.raw)[:2]
print(libc.prctl(39, 0, 0, 0, 0), libc.prctl(21, 0, 0, 0, 0), effective | permitted)
""")
    facts = [int(word) for word in ran.output.split()]
    held = len(facts) == 3 and (facts[0], facts[1], facts[2] & ~_ONLY_OVER_FILES) == (1, 2, 0)
    return "" if held else f"it has {ran.output!r}"


def _has_no_terminal(room: Room) -> str:
    ran = room.python("print(os.getsid(0) == os.getpid()); open('/dev/tty')")
    return "" if ran.output.strip() == b"True" and ran.exit_code else f"it said {ran.output!r}"


def _init_stays(room: Room) -> str:
    """Whoever looks after the program can be named from within, too."""
    ran = room.python("""
for number in range(1, 64):
    if number not in (signal.SIGCHLD, signal.SIGCONT):
        for whom in (1, os.getppid()):
            try:
                os.kill(whom, number)
            except (OSError, ValueError):
                pass
print("here")
""")
    return "" if (ran.exit_code, ran.output) == (0, b"here\n") else f"exit {ran.exit_code}, {ran.output!r}"


_PROGRAMS: tuple[Check, ...] = (
    Check(
        name="signals end nobody outside",
        guarantee="children",
        proves="neither those that it can name nor all at once",
        trial=_signals_harm_nobody,
    ),
    Check(
        name="signals do not end who looks after it",
        guarantee="children",
        proves="its limits and its report cannot be got rid of",
        trial=_init_stays,
    ),
    Check(
        name="it has no rights and can gain none",
        guarantee="rights",
        proves="no_new_privs, a filter on calls, and no capabilities but over files that it was granted",
        trial=_has_no_rights,
    ),
    Check(
        name="it has a session of its own and no terminal",
        guarantee="rights",
        proves="nothing is typed in our name",
        trial=_has_no_terminal,
    ),
    Check(
        name="a child that is left behind is ended",
        guarantee="children",
        proves="when the program ends, all ends",
        trial=_leaves_nobody(_FORKS),
    ),
    Check(
        name="a child of its own session is ended",
        guarantee="children",
        proves="forked twice, of another session, adopted by somebody else: it ends all the same",
        trial=_leaves_nobody(_FORKS_TWICE),
    ),
    Check(
        name="a child that ignores signals is ended",
        guarantee="children",
        proves="nobody is asked",
        trial=_leaves_nobody(_FORKS_TWICE, prepare=_IGNORES),
    ),
    Check(
        name="all end when the time is over",
        guarantee="children",
        proves="a limit ends the children with the program",
        trial=_leaves_nobody(_FORKS_TWICE, after="signal.pause()", limits=Limits(seconds=1.5, memory_mb=1024)),
    ),
    Check(
        name="all end when the output is too long",
        guarantee="children",
        proves="what the reader ends ends as well",
        trial=_leaves_nobody(_FORKS_TWICE, after="while True:\n    print('x' * 1000)"),
    ),
)

CHECKS: tuple[Check, ...] = (
    *_PROGRAMS,
    attempt(
        "a process outside is not seen",
        "rights",
        "what others run, and with which words, is theirs",
        "print(open(f'/proc/{pid}/cmdline', 'rb').read())",
    ),
    attempt(
        "the environment of others is not read",
        "environment",
        "keys are often there",
        "print(open(f'/proc/{pid}/environ', 'rb').read()); print(open(f'/proc/{os.getppid()}/environ', 'rb').read())",
    ),
    attempt(
        "no process is traced",
        "rights",
        "a tracer can do what the traced may",
        "call(101, 117, 16, os.getppid(), 0, 0)",
    ),
    attempt(
        "no memory of others is read",
        "rights",
        "secrets are in memory, too",
        "call(310, 270, int(pid), ctypes.create_string_buffer(16), 1, ctypes.create_string_buffer(16), 1, 0)",
    ),
    attempt(
        "the memory of who looks after it is not opened",
        "rights",
        "/proc gives memory as a file",
        "open(f'/proc/{os.getppid()}/mem', 'r+b')",
    ),
    attempt("it does not become root", "rights", "not by asking", "os.setuid(0) if os.getuid() else os.setuid(1)"),
    attempt(
        "no namespace is made",
        "rights",
        "rights within one reach weak parts of kernels",
        "checked(libc.unshare(0x10000000))",
    ),
    attempt(
        "no child is born into a namespace",
        "rights",
        "the other call that makes one",
        "call(56, 220, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)",
    ),
    attempt(
        "the limits of others are not changed",
        "rights",
        "nor loosened for a friend",
        "call(302, 261, int(pid), 7, 0, ctypes.create_string_buffer(16))",
    ),
    attempt(
        "others do not run later for it",
        "rights",
        "it may not make us slow by rank",
        "os.setpriority(os.PRIO_PROCESS, int(pid), 19)",
    ),
    attempt(
        "others do not run elsewhere for it",
        "rights",
        "nor by crowding us",
        "os.sched_setaffinity(int(pid), {0})",
    ),
    attempt(
        "no user is slowed down at once",
        "rights",
        "nor all of us",
        "os.setpriority(os.PRIO_USER, 0, 19); os.setpriority(os.PRIO_PROCESS, int(pid), 19)",
    ),
    attempt(
        "its own limits are not raised",
        "memory",
        "what was lowered stays low",
        "__import__('resource').setrlimit(9, (-1, -1))",
    ),
    attempt("no key is read", "rights", "the kernel keeps keys of a session", "call(250, 219, 0, -3, 1)"),
    attempt(
        "no program runs in the kernel",
        "rights",
        "a frequent way to root",
        "call(321, 280, 0, ctypes.create_string_buffer(128), 128)",
    ),
    attempt(
        "nothing is measured of the kernel",
        "rights",
        "another frequent way",
        "call(298, 241, ctypes.create_string_buffer(128), 0, -1, -1, 0)",
    ),
    attempt("no fault is handled by itself", "rights", "it makes weak parts of the kernel wait", "call(323, 282, 0)"),
    attempt("the clock is not set", "rights", "others rely on it", "time.clock_settime(time.CLOCK_REALTIME, 0)"),
    attempt("the machine is not stopped", "rights", "not even as root", "call(169, 142, 0, 0, 0, 0)"),
    attempt("no module is loaded", "rights", "the kernel is not ours to change", "call(313, 273, 0, b'', 0)"),
)
