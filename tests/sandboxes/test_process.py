"""Our own launcher keeps the whole contract in both of its ways, and ends with whoever started it."""

import fcntl
import functools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tacit.errors import InvalidInput, SandboxError
from tacit.improvement import Limits
from tacit.sandboxes.ladder import proven
from tacit.sandboxes.process import ProcessSandbox
from tacit.testing.sandbox_contract import SandboxContract

LIVES = """
import fcntl, signal
pulse = open("pulse", "w")
fcntl.flock(pulse, fcntl.LOCK_EX)
open("begun", "w").close()
signal.pause()
"""
OWNER = """
import sys
from pathlib import Path
from tacit.sandboxes.process import ProcessSandbox
sandbox = ProcessSandbox(namespaces=sys.argv[2] == "namespaces")
print("started", flush=True)
sandbox.run([sys.executable, "-S", "-c", sys.argv[3]], writes=[Path(sys.argv[1])])
"""


@functools.cache
def here(namespaces: bool) -> ProcessSandbox | str:
    try:
        return proven([functools.partial(ProcessSandbox, namespaces=namespaces)])  # type: ignore[return-value]
    except SandboxError as error:
        return error.cause


def process(*, namespaces: bool) -> ProcessSandbox:
    sandbox = here(namespaces)
    if isinstance(sandbox, str):
        pytest.skip(sandbox)
    return sandbox


class TestWithNamespaces(SandboxContract):
    @pytest.fixture
    def sandbox(self) -> ProcessSandbox:
        return process(namespaces=True)


class TestWithoutNamespaces(SandboxContract):
    @pytest.fixture
    def sandbox(self) -> ProcessSandbox:
        return process(namespaces=False)


@pytest.fixture(params=["namespaces", "none"])
def fence(request: pytest.FixtureRequest) -> str:
    process(namespaces=request.param == "namespaces")
    return str(request.param)


def test_the_program_ends_with_whoever_started_it_even_when_that_is_killed(tmp_path: Path, fence: str) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER, tmp_path, fence, LIVES], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        while not (tmp_path / "begun").exists():
            assert owner.poll() is None
        owner.kill()
    with (tmp_path / "pulse").open() as pulse:
        fcntl.flock(pulse, fcntl.LOCK_EX)  # waits for the program's end


def test_a_launcher_that_is_killed_is_told_and_leaves_no_program(tmp_path: Path, fence: str) -> None:
    killer = (
        "import os, subprocess, sys, time\n"
        "from pathlib import Path\n"
        "while not Path(sys.argv[1], 'begun').exists(): time.sleep(0.01)\n"
        "for child in Path(f'/proc/{sys.argv[2]}/task').glob('*/children'):\n"
        "    for pid in child.read_text().split():\n"
        "        if b'inner' b'.launch' in Path(f'/proc/{pid}/cmdline').read_bytes(): os.kill(int(pid), 9)\n"
    )
    sandbox = process(namespaces=fence == "namespaces")
    with (
        subprocess.Popen([sys.executable, "-c", killer, tmp_path, str(os.getpid())]),
        pytest.raises(SandboxError, match="without a word"),
    ):
        sandbox.run([sys.executable, "-S", "-c", LIVES], writes=[tmp_path])
    with (tmp_path / "pulse").open() as pulse:
        fcntl.flock(pulse, fcntl.LOCK_EX)


def test_a_folder_to_read_within_one_to_write_needs_a_tree_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    with pytest.raises(SandboxError, match="lies in a folder to write"):
        process(namespaces=False).run(["true"], reads=[tmp_path / "inner"], writes=[tmp_path])
    script = "touch made && touch inner/made"
    ran = process(namespaces=True).run(["sh", "-c", script], reads=[tmp_path / "inner"], writes=[tmp_path])
    assert ran.exit_code == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["inner", "made"]


def test_a_folder_to_write_may_lie_in_one_to_read(tmp_path: Path, fence: str) -> None:
    (tmp_path / "inner").mkdir()
    sandbox = process(namespaces=fence == "namespaces")
    ran = sandbox.run(
        ["sh", "-c", "touch inner/made; touch made"], reads=[tmp_path], writes=[tmp_path / "inner"], folder=tmp_path
    )
    assert ran.exit_code == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["inner", "made"]


def test_the_same_folder_to_read_and_to_write_is_one_to_write(tmp_path: Path) -> None:
    ran = process(namespaces=True).run(["touch", "made"], reads=[tmp_path], writes=[tmp_path])
    assert (ran.exit_code, (tmp_path / "made").exists()) == (0, True)


def test_output_that_just_fits_is_not_stopped() -> None:
    ran = process(namespaces=True).run(["head", "-c", "1024", "/dev/zero"], limits=Limits(output_kb=1))
    assert (len(ran.output), ran.stopped, ran.exit_code) == (1024, "", 0)


def test_what_is_not_meant_so_is_refused_before_anything_runs(tmp_path: Path) -> None:
    sandbox = process(namespaces=True)
    for arguments in (
        {"limits": Limits(seconds=0)},
        {"environment": {"A=B": "c"}},
        {"environment": {"A": "\0"}},
        {"folder": tmp_path},
    ):
        with pytest.raises(InvalidInput):
            sandbox.run(["true"], **arguments)  # type: ignore[arg-type]


def test_signals_are_as_a_program_expects_them(fence: str) -> None:
    code = "import signal; print([n for n in range(1, 32) if signal.getsignal(n) == signal.SIG_IGN])"
    ran = process(namespaces=fence == "namespaces").run([sys.executable, "-I", "-S", "-c", code])
    plain = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, check=True)
    assert ran.output == plain.stdout
    assert signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN
