"""The command line as the system sees it: real processes, pipes, signals, bytes."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tacit

COMMAND = [sys.executable, "-m", "tacit", "--db", "memory.db", "--embedder", "none"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with tacit.open(tmp_path / "memory.db", embedder="none", worker=False) as memory:
        memory.record_messages([(f"Message {number} " + "word " * 200, "user", {}) for number in range(500)])
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "COLUMNS": "100"}


def run(folder: Path, *arguments: str | bytes, **more):
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, env=environment(folder), capture_output=True, timeout=60, **more
    )


def test_a_reader_that_leaves_early_ends_the_command_without_a_word(folder):
    process = subprocess.Popen(
        [*COMMAND, "export"], cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline().startswith(b'{"format":"tacit-export"')
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 141


def test_bytes_that_are_no_text_are_refused(folder):
    ended = run(folder, "record", "fact", b"half \xff", "--json")
    told = json.loads(ended.stderr)
    assert (ended.returncode, ended.stdout, told["error"]) == (2, b"", "InvalidInput")
    assert run(folder, "show", b"\xff\x1b[31m").returncode == 2


def test_an_interrupt_is_no_traceback(folder):
    process = subprocess.Popen(
        [*COMMAND, "record", "fact", "-", "--json"],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdin.write(b"x" * 100_000)  # more than a pipe holds: it is reading by the time this returns
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert json.loads(error)["error"] == "Interrupted"


def test_an_unexpected_fault_is_one_line_and_a_traceback_only_when_asked_for(folder):
    broken = (
        "import sys, tacit.doors.cli.find as find, tacit.doors.cli.app as app\n"
        "sys.argv[0] = 'tacit'\n"
        "import tacit.logic.times\n"
        "tacit.logic.times.iso = None\n"
        "app.app()\n"
    )
    command = [sys.executable, "-c", broken, "--db", "memory.db", "list", "--limit", "1"]
    ended = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, timeout=60)
    assert ended.returncode == 70
    assert b"Traceback" not in ended.stderr
    assert ended.stderr.startswith(b"error: a fault in tacit: TypeError")
    assert b"report" in ended.stderr
    debug = subprocess.run([*command, "--debug"], cwd=folder, env=environment(folder), capture_output=True, timeout=60)
    assert b"Traceback" in debug.stderr


def on_a_terminal(folder: Path, *arguments: str, answer: bytes = b"", **variables: str) -> tuple[int, str]:
    """Run with all ends on a pseudo-terminal; -> exit code and what was shown."""
    leader, follower = pty.openpty()
    env = {**environment(folder), "TERM": "xterm-256color", **variables}
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, env=env, stdin=follower, stdout=follower, stderr=follower
    )
    os.close(follower)
    os.write(leader, answer)
    shown = b""
    while True:
        try:
            read = os.read(leader, 65536)
        except OSError:  # the other end is closed
            break
        if not read:
            break
        shown += read
    os.close(leader)
    return process.wait(timeout=60), shown.decode()


def test_a_person_is_asked_before_something_is_forgotten(folder):
    code, shown = on_a_terminal(folder, "forget", "--all", answer=b"n\n")
    assert code == 130
    assert "Forget 500 items (500 message) for good?" in shown
    assert json.loads(run(folder, "stats", "--json").stdout)["items"] == {"message": 500}
    code, _ = on_a_terminal(folder, "forget", "--all", answer=b"y\n")
    assert code == 0
    assert json.loads(run(folder, "stats", "--json").stdout)["items"] == {}


def test_a_terminal_of_another_alphabet_gets_escapes_and_json_stays_utf8(folder):
    ascii_only = {**environment(folder), "PYTHONIOENCODING": "ascii"}
    recorded = [*COMMAND, "record", "fact", "caf\u00e9"]
    people = subprocess.run(recorded, cwd=folder, env=ascii_only, capture_output=True, timeout=60)
    assert (people.returncode, people.stderr) == (0, b"")
    assert rb"caf\xe9" in people.stdout
    told = subprocess.run([*recorded, "--json"], cwd=folder, env=ascii_only, capture_output=True, timeout=60)
    assert json.loads(told.stdout)["text"] == "caf\u00e9"


def test_colours_and_progress_are_for_terminals_and_no_color_is_heeded(folder):
    code, shown = on_a_terminal(folder, "reembed", "--embedder", "hashing:16")
    assert code == 0
    assert "embedding with hashing" in shown
    assert "\x1b[" in shown
    _, stats = on_a_terminal(folder, "stats")
    assert "\x1b[36m" in stats
    _, plain = on_a_terminal(folder, "stats", NO_COLOR="1")
    assert "\x1b[36m" not in plain
    piped = run(folder, "stats")
    assert b"\x1b" not in piped.stdout
    assert run(folder, "reembed", "--embedder", "hashing:32").stderr.count(b"\n") == 1


def test_help_and_recall_load_only_what_they_need(folder):
    probe = (
        "import sys\n"
        "from tacit.doors.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print(*sys.modules, file=sys.stderr)\n"
    )

    def loaded(*arguments: str) -> set[str]:
        command = [sys.executable, "-c", probe, *arguments]
        ended = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, timeout=60)
        return set(ended.stderr.decode().split())

    heavy = {"numpy", "apsw", "pydantic", "msgspec", "onnxruntime", "tokenizers", "tacit.memory"}
    assert loaded("--help") & heavy == set()
    asked = loaded("--db", "memory.db", "--embedder", "none", "recall", "message")
    assert "tacit.memory" in asked
    assert (
        asked & {"onnxruntime", "tokenizers", "mcp", "tacit.demo", "tacit.doors.mcp", "rich.progress", "httpx"} == set()
    )
