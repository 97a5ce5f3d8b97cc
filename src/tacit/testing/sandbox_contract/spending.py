"""Programs that use more than they may.

Floor 6. Below: room. Above: the contract.
"""

from tacit.improvement import Limits, Ran
from tacit.testing.sandbox_contract.room import LIMITS, Check, Room

__all__ = ["CHECKS"]


def _told(ran: Ran) -> str:
    said = (ran.output[-100:] + ran.errors[-200:]).decode("utf-8", "replace")
    used = f"{ran.seconds:.1f} s, {ran.cpu_seconds:.1f} s of CPU"
    return f"stopped {ran.stopped!r}, exit {ran.exit_code}, {used}: {said}"


def _memory_of_one(room: Room) -> str:
    ran = room.python("block = bytearray(2 << 30)\nprint('got it')", Limits(memory_mb=512))
    return "" if ran.stopped == "memory" and not ran.output else _told(ran)


def _memory_of_all(room: Room) -> str:
    """Each of four stays under the limit; together they are over it."""
    code = """
children = []
for _ in range(4):
    if not os.fork():
        block = os.urandom(1 << 20) * 160
        signal.pause()
while True:
    signal.pause()
"""
    ran = room.python(code, Limits(memory_mb=400, seconds=20))
    return "" if ran.stopped == "memory" else _told(ran)


def _shared_memory(room: Room) -> str:
    """What several share belongs to none of them alone."""
    code = """
import mmap
block = mmap.mmap(-1, 160 << 20)
block.write(bytes(160 << 20))
for _ in range(3):
    if not os.fork():
        block = mmap.mmap(-1, 160 << 20)
        block.write(bytes(160 << 20))
        signal.pause()
while True:
    signal.pause()
"""
    ran = room.python(code, Limits(memory_mb=500, seconds=20))
    return "" if ran.stopped == "memory" else _told(ran)


def _hidden_memory(room: Room) -> str:
    """A process may keep others from looking into it."""
    code = """
libc.prctl(4, 0, 0, 0, 0)
for _ in range(4):
    if not os.fork():
        block = os.urandom(1 << 20) * 160
        signal.pause()
while True:
    signal.pause()
"""
    ran = room.python(code, Limits(memory_mb=400, seconds=20))
    return "" if ran.stopped == "memory" else _told(ran)


def _memory_that_is_one(room: Room) -> str:
    """Children of one who holds much hold the same: it is counted once."""
    code = """
block = os.urandom(1 << 20) * 150
children = [os.fork() or (time.sleep(0.3), os._exit(0)) for _ in range(4)]
print(*{os.wait()[1] for _ in children})
"""
    ran = room.python(code, Limits(memory_mb=400, seconds=20))
    return "" if (ran.output, ran.stopped) == (b"0\n", "") else _told(ran)


def _memory_without_a_name(room: Room) -> str:
    code = "try:\n    os.memfd_create('x')\n    print('got it')\nexcept OSError:\n    print('refused')"
    ran = room.python(code)
    return "" if ran.output == b"refused\n" else _told(ran)


def _cpu_of_one(room: Room) -> str:
    ran = room.python("while True:\n    pass", Limits(cpu_seconds=0.5, seconds=20))
    return "" if ran.stopped == "cpu" and 0.4 < ran.cpu_seconds < 3 else _told(ran)


def _cpu_of_all(room: Room) -> str:
    """Each of four uses little; together they use more than they may."""
    code = "[os.fork() for _ in range(2)]\nwhile True:\n    pass"
    ran = room.python(code, Limits(cpu_seconds=0.5, seconds=20))
    return "" if ran.stopped == "cpu" and ran.cpu_seconds < 3 else _told(ran)


def _time(room: Room) -> str:
    ran = room.python("signal.pause()", Limits(seconds=0.5))
    return "" if ran.stopped == "time" and ran.exit_code == -9 and ran.seconds >= 0.5 else _told(ran)


def _time_of_the_stubborn(room: Room) -> str:
    ignore = "[signal.signal(number, signal.SIG_IGN) for number in range(1, 32) if number not in (9, 17, 19)]\n"
    ran = room.python(ignore + "while True:\n    signal.pause()", Limits(seconds=0.5))
    return "" if ran.stopped == "time" else _told(ran)


def _time_of_the_stopped(room: Room) -> str:
    ran = room.python("os.kill(os.getpid(), signal.SIGSTOP)", Limits(seconds=0.5))
    return "" if ran.stopped == "time" else _told(ran)


def _forks(room: Room) -> str:
    """Counts how many children it got before it was refused."""
    code = """
count = 0
try:
    while count < 500:
        if not os.fork():
            signal.pause()
        count += 1
except OSError:
    pass
print(count, flush=True)
"""
    ran = room.python(code, Limits(processes=16, memory_mb=1024))
    return "" if ran.stopped == "processes" or 8 <= int(ran.output or 500) <= 16 else _told(ran)


def _fork_bomb(room: Room) -> str:
    """Each makes two, nine times over: 1,023 where nothing holds them, so that a broken sandbox does not stop us."""
    code = """
def bomb(depth):
    with open("begun", "ab") as file:
        file.write(b"x")
    try:
        for _ in range(2 if depth else 0):
            if not os.fork():
                bomb(depth - 1)
    except OSError:
        pass
    signal.pause()
bomb(9)
"""
    ran = room.python(code, Limits(processes=16, seconds=2, memory_mb=1024))
    begun = (room.room / "begun").stat().st_size
    return "" if ran.stopped == "processes" or begun <= 16 else f"{begun} began; {_told(ran)}"


def _threads(room: Room) -> str:
    code = """
import threading
count, go = 0, threading.Event()
try:
    while count < 500:
        threading.Thread(target=go.wait, daemon=True).start()
        count += 1
except RuntimeError:
    pass
print(count, flush=True)
os._exit(0)
"""
    ran = room.python(code, Limits(processes=16, memory_mb=16_384))
    return "" if ran.stopped == "processes" or 8 <= int(ran.output or 500) <= 16 else _told(ran)


def _file(room: Room) -> str:
    code = (
        "with open('big', 'wb') as file:\n    for _ in range(64):\n        file.write(bytes(1 << 20))\nprint('got it')"
    )
    ran = room.python(code, Limits(file_mb=8))
    size = (room.room / "big").stat().st_size
    return "" if size <= 8 << 20 and not ran.output else f"{size} bytes; {_told(ran)}"


def _output(room: Room) -> str:
    ran = room.python("while True:\n    print('x' * 1000)", Limits(output_kb=64))
    return "" if ran.stopped == "output" and len(ran.output) == 64 << 10 else f"{len(ran.output)} bytes; {_told(ran)}"


def _errors(room: Room) -> str:
    ran = room.python("while True:\n    print('x' * 1000, file=sys.stderr)", Limits(output_kb=64))
    return "" if ran.stopped == "output" and len(ran.errors) == 64 << 10 else f"{len(ran.errors)} bytes; {_told(ran)}"


def _no_core(room: Room) -> str:
    ran = room.python("os.kill(os.getpid(), signal.SIGSEGV)")
    return "" if ran.exit_code == -11 and not list(room.room.iterdir()) else _told(ran)


def _temporary(room: Room) -> str:
    """A temporary file is bounded as any other."""
    code = """
import tempfile
with tempfile.NamedTemporaryFile() as file:
    try:
        for _ in range(64):
            file.write(bytes(1 << 20))
        file.flush()
    except OSError:
        print("refused")
"""
    ran = room.python(code, Limits(file_mb=8, memory_mb=LIMITS.memory_mb))
    return "" if b"refused" in ran.output or ran.exit_code else _told(ran)


CHECKS: tuple[Check, ...] = (
    Check(name="memory ends at its limit", guarantee="memory", proves="one process gets no more", trial=_memory_of_one),
    Check(
        name="memory of all together ends", guarantee="memory", proves="many do not get it either", trial=_memory_of_all
    ),
    Check(name="shared memory counts", guarantee="memory", proves="it is no way round", trial=_shared_memory),
    Check(name="hidden memory counts", guarantee="memory", proves="nor is that", trial=_hidden_memory),
    Check(name="memory counts once", guarantee="memory", proves="pools of workers can run", trial=_memory_that_is_one),
    Check(
        name="no memory without a name",
        guarantee="memory",
        proves="nobody would count it",
        trial=_memory_without_a_name,
    ),
    Check(name="CPU time ends at its limit", guarantee="cpu", proves="a loop ends", trial=_cpu_of_one),
    Check(name="CPU time of all together ends", guarantee="cpu", proves="many loops end as one", trial=_cpu_of_all),
    Check(name="time ends at its limit", guarantee="time", proves="waiting ends", trial=_time),
    Check(name="time ends for who ignores it", guarantee="time", proves="nobody is asked", trial=_time_of_the_stubborn),
    Check(
        name="time ends for who stands still",
        guarantee="time",
        proves="a stopped process, too",
        trial=_time_of_the_stopped,
    ),
    Check(name="processes end at their limit", guarantee="processes", proves="also for root", trial=_forks),
    Check(name="threads count as processes", guarantee="processes", proves="they are no way round", trial=_threads),
    Check(name="a fork bomb goes out", guarantee="processes", proves="the machine stays usable", trial=_fork_bomb),
    Check(name="files end at their limit", guarantee="files", proves="a disk is not filled by one", trial=_file),
    Check(name="temporary files end, too", guarantee="files", proves="nor by one of a moment", trial=_temporary),
    Check(name="output ends at its limit", guarantee="output", proves="our memory is not filled", trial=_output),
    Check(name="errors end at their limit", guarantee="output", proves="on that side neither", trial=_errors),
    Check(name="no memory is left in a dump", guarantee="files", proves="a crash leaves nothing", trial=_no_core),
)
