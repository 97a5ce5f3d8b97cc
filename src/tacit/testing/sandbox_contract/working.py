"""Programs that do ordinary work, and must be able to.

Floor 6. Below: room. Above: the contract.
"""

import importlib.util
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

from tacit.errors import InvalidInput
from tacit.testing.sandbox_contract.room import Check, Room

__all__ = ["CHECKS"]


def _fails(room: Room, code: str, expected: bytes, *, packages: bool = False) -> str:
    ran = room.with_packages(code) if packages else room.python(code)
    same = (ran.exit_code, ran.output.strip()) == (0, expected)
    return "" if same else f"exit {ran.exit_code}, {ran.output!r}, {ran.errors[-400:].decode('utf-8', 'replace')}"


def _environment(room: Room) -> str:
    """A variable of ours is set while the program looks for it."""
    os.environ["TACIT_CHECK_KEY"] = "ours"
    try:
        ran = room.run("env", environment={"GIVEN": "a b=c\nd"})
    finally:
        del os.environ["TACIT_CHECK_KEY"]
    text = ran.output.decode()
    names = {line.partition("=")[0] for line in text.splitlines()} - {"d"}
    if names != {"GIVEN", "HOME", "LANG", "PATH", "TMPDIR"} or "a b=c\nd" not in text:
        return f"it has {sorted(names)}"
    return "" if f"HOME={room.room}" in text else "its home is elsewhere"


def _descriptors(room: Room) -> str:
    """A file of ours is open, and may be inherited, while the program looks for it."""
    with room.secret.open() as ours:
        os.set_inheritable(ours.fileno(), True)
        code = """
found = []
for number in range(3, 256):
    try:
        os.fstat(number)
        found.append(number)
    except OSError:
        pass
print(found)
"""
        return _fails(room, code, b"[]")


def _input_and_output(room: Room) -> str:
    data = os.urandom(100_000)
    ran = room.python("sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])", input=data)
    return "" if ran.output == data[::-1] and ran.exit_code == 0 else f"{len(ran.output)} bytes came back"


def _unread_input(room: Room) -> str:
    ran = room.python("print('no, thanks')", input=bytes(1 << 20))
    return "" if ran.output == b"no, thanks\n" else f"it said {ran.output!r}"


def _streams(room: Room) -> str:
    ran = room.python("print('one'); print('two', file=sys.stderr); sys.exit(7)")
    return "" if (ran.exit_code, ran.output, ran.errors) == (7, b"one\n", b"two\n") else f"{ran}"


def _signal(room: Room) -> str:
    ran = room.run("sh", "-c", "kill -TERM $$")
    return "" if ran.exit_code == -15 and not ran.stopped else f"exit {ran.exit_code}, stopped {ran.stopped!r}"


def _broken_pipe(room: Room) -> str:
    ran = room.run("sh", "-c", "yes | head -n 1")
    return "" if (ran.output, ran.errors) == (b"y\n", b"") else f"{ran.output!r} {ran.errors!r}"


def _arguments(room: Room) -> str:
    words = ["", "a b", "'\"", "größe", "$HOME", "*"]
    ran = room.run(sys.executable, "-c", "import sys; print(sys.argv[1:])", *words)
    return "" if ran.output.decode().strip() == str(words) else f"it got {ran.output!r}"


def _unknown(room: Room) -> str:
    (room.room / "text").write_text("no program")
    codes = room.run("no-such-program").exit_code, room.run("./text").exit_code
    return "" if codes == (127, 126) else f"exit {codes}"


def _files(room: Room) -> str:
    problem = _fails(room, "print(open(shown + '/note.txt').read()); open('made', 'w').write('by it')", b"to be read")
    return problem or ("" if (room.room / "made").read_text() == "by it" else "what it wrote is not there")


def _owned(room: Room) -> str:
    """We can read, change and remove whatever it made."""
    room.python("os.makedirs('a/b'); open('a/b/c', 'w').close(); os.chmod('a/b/c', 0o600)") if _modes(room) else None
    shutil.rmtree(room.room / "a", ignore_errors=True)
    return "it is still there" if (room.room / "a").exists() else ""


def _modes(room: Room) -> bool:
    return "no modes" not in room.sandbox.enforces()["files"]


def _links(room: Room) -> str:
    """A folder to read may be named by a link, and hold links."""
    named, link = room.outside.parent / "named", room.outside.parent / "link"
    named.mkdir()
    (named / "text").write_text("through a link")
    link.symlink_to(named)
    ran = room.sandbox.run(["cat", str(link / "text")], reads=[link], folder=link)
    return "" if ran.output == b"through a link" else f"{ran.output!r} {ran.errors!r}"


def _threads(room: Room) -> str:
    code = """
import numpy, threading
answers = []
def work():
    answers.append(int((numpy.ones((200, 200)) @ numpy.ones((200, 200)))[0, 0]))
threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(answers)
"""
    return _fails(room, code, b"[200, 200, 200, 200]", packages=True)


def _database(room: Room) -> str:
    """With a write-ahead log, which needs locks and memory that is shared between processes."""
    code = """
import apsw
first, second = apsw.Connection("it.db"), apsw.Connection("it.db")
first.execute("pragma journal_mode = wal")
first.execute("create table t(x); insert into t values (1), (2)")
print(second.execute("select sum(x) from t").fetchall(), second.execute("pragma journal_mode").fetchall())
"""
    return _fails(room, code, b"[(3,)] [('wal',)]", packages=True)


def _tacit(room: Room) -> str:
    code = """
import tacit
with tacit.open("agent.db", embedder="none") as memory:
    print(memory.recall("anything").abstained)
"""
    return _fails(room, code, b"True", packages=True)


def _extensions(room: Room) -> str:
    wanted = [name for name in ("onnxruntime", "tokenizers", "turbovec") if importlib.util.find_spec(name)]
    if not wanted:
        return "not tried: none of them is installed here"
    return _fails(room, f"import {', '.join(wanted)}\nprint('loaded')", b"loaded", packages=True)


def _asynchronous(room: Room) -> str:
    code = """
import asyncio
async def main():
    process = await asyncio.create_subprocess_exec("echo", "from a child", stdout=asyncio.subprocess.PIPE)
    print((await process.communicate())[0].decode())
asyncio.run(main())
"""
    return _fails(room, code, b"from a child")


def _tools(room: Room) -> str:
    script = "printf 'b\\na\\n' > list && sort list | tr a-z A-Z | paste -sd, - && ls | wc -l"
    script += " && find . -name list | xargs cat | wc -c"
    ran = room.run("sh", "-c", script)
    return "" if ran.output.split() == [b"A,B", b"1", b"4"] else f"{ran.output!r} {ran.errors!r}"


def _git(room: Room) -> str:
    if shutil.which("git") is None:
        return "not tried: no git here"
    if "seccomp" in room.sandbox.enforces()["files"]:
        return "not tried: without a tree of its own git may not set modes, or is told that it may not enter"
    identity = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    script = "git init -q . && echo x > f && git add f && git commit -q -m first && git log --oneline | wc -l"
    ran = room.run("sh", "-c", script, environment=identity)
    return "" if ran.output.strip() == b"1" else f"{ran.output!r} {ran.errors!r}"


def _compiler(room: Room) -> str:
    if shutil.which("gcc") is None:
        return "not tried: no gcc here"
    if not _modes(room):
        return "not tried: a linker sets modes, which is refused without a tree of its own"
    script = "echo '#include <stdio.h>\nint main(void) { puts(\"compiled\"); }' > it.c && gcc -o it it.c && ./it"
    ran = room.run("sh", "-c", script)
    return "" if ran.output == b"compiled\n" else f"{ran.output!r} {ran.errors!r}"


def _usage(room: Room) -> str:
    """A third of a second of a core in a child, and 200 MB."""
    code = """
if not os.fork():
    while time.process_time() < 0.33:
        pass
    os._exit(0)
block = os.urandom(1 << 20) * 200
os.wait()
"""
    ran = room.python(code)
    told = 0.3 < ran.cpu_seconds < 5 and 190 < ran.peak_mb < 400 and ran.seconds > 0
    return "" if told and not ran.exit_code else f"{ran.cpu_seconds} s of CPU, {ran.peak_mb} MB, {ran.seconds} s"


def _side_by_side(room: Room) -> str:
    """Four at once, each with its own answer."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: room.run("sh", "-c", f"echo {n}").output, range(4)))
    return "" if answers == [b"0\n", b"1\n", b"2\n", b"3\n"] else f"{answers}"


def _nothing_kept(room: Room) -> str:
    """What one leaves in its temporary folder the next does not find."""
    room.run("sh", "-c", "echo x > $TMPDIR/left")
    ran = room.run("sh", "-c", "cat $TMPDIR/left")
    return "" if ran.exit_code and not ran.output else "the next one found it"


def _bad_input(room: Room) -> str:
    for command, reads in (([], []), (["true"], [room.outside / "missing"]), (["tr\0ue"], [])):
        try:
            room.sandbox.run(command, reads=reads)
        except InvalidInput:
            continue
        return f"{command} with {reads} was accepted"
    return ""


CHECKS: tuple[Check, ...] = (
    Check(
        name="the environment is what was given",
        guarantee="environment",
        proves="no key of ours is in it",
        trial=_environment,
    ),
    Check(
        name="no open file is inherited",
        guarantee="environment",
        proves="an open file needs no path",
        trial=_descriptors,
    ),
    Check(
        name="nothing is kept between two runs",
        guarantee="environment",
        proves="no way to tell the next",
        trial=_nothing_kept,
    ),
    Check(name="input comes in and output goes out", guarantee="use", proves="to the byte", trial=_input_and_output),
    Check(name="input may be left unread", guarantee="use", proves="nobody waits for ever", trial=_unread_input),
    Check(name="exit, output and errors are told apart", guarantee="use", proves="a failure is seen", trial=_streams),
    Check(name="a signal that ends it is told", guarantee="use", proves="a crash is seen", trial=_signal),
    Check(
        name="pipes break as they should",
        guarantee="use",
        proves="signals are as a program expects",
        trial=_broken_pipe,
    ),
    Check(name="arguments come as they were given", guarantee="use", proves="no shell reads them", trial=_arguments),
    Check(name="a program that is none is told", guarantee="use", proves="127 and 126, as shells say", trial=_unknown),
    Check(
        name="files are read and written where they may be", guarantee="use", proves="work can be done", trial=_files
    ),
    Check(
        name="what it made can be removed", guarantee="use", proves="nothing is left that we cannot clear", trial=_owned
    ),
    Check(name="a folder may be named by a link", guarantee="use", proves="paths are what people say", trial=_links),
    Check(name="threads and numpy work", guarantee="use", proves="linear algebra starts threads", trial=_threads),
    Check(name="SQLite works with its log", guarantee="use", proves="a memory can be replayed", trial=_database),
    Check(name="tacit itself works", guarantee="use", proves="a trial can run", trial=_tacit),
    Check(name="models and indexes load", guarantee="use", proves="a trial recalls as we do", trial=_extensions),
    Check(
        name="asyncio and its children work",
        guarantee="use",
        proves="a pair of sockets is allowed",
        trial=_asynchronous,
    ),
    Check(name="the shell and its tools work", guarantee="use", proves="benchmarks are often scripts", trial=_tools),
    Check(name="git works", guarantee="use", proves="tests of a workspace may need it", trial=_git),
    Check(name="a compiler works", guarantee="use", proves="so may its build", trial=_compiler),
    Check(name="what it used is told", guarantee="use", proves="a child's time and memory, too", trial=_usage),
    Check(
        name="several run side by side",
        guarantee="use",
        proves="trials do not wait for each other",
        trial=_side_by_side,
    ),
    Check(
        name="what cannot be meant is refused", guarantee="use", proves="a typing error runs nothing", trial=_bad_input
    ),
)
