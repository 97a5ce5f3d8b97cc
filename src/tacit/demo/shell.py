"""A shell in a scratch folder: real programs, nobody's settings, a time limit on each command.

Below: the operating system. Above: the tasks, which set their folders up with it, and the agent, which acts with it.

What it keeps apart: HOME, the configuration of git, the locale and the environment are the scratch folder's own. What
it does not: this is no sandbox. The demo runs only commands that are written in this package.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["PROGRAMS", "Ran", "Shell"]

TIMEOUT = 10.0
"""Seconds. The slowest of 333 commands took 0.15 s on two cores with a load of six."""
TIMED_OUT = 124
"""Exit code, as `timeout(1)` gives it."""
OUTPUT = 4_000
"""Characters of a command's output that are kept."""

PROGRAMS = {
    "git": "git --version",
    "make": "make --version",
    "tar": "tar --version",
    "python": "python --version",
    "sh": "python --version",  # a script of the scratch folder: some machines let nothing there be executed
    "sql": "sql --version",
}
"""A command that succeeds where the program is there."""

SQL = """\
import pathlib, sqlite3, sys
if sys.argv[1] == "--version":
    sys.exit(print(sqlite3.sqlite_version))
base = sqlite3.connect(sys.argv[1], isolation_level=None)
base.execute("PRAGMA foreign_keys = ON")
try:
    if sys.argv[2] == "-f":
        base.executescript(pathlib.Path(sys.argv[3]).read_text("utf-8"))
    else:
        for row in base.execute(sys.argv[2]):
            print(*row, sep="|")
except (sqlite3.Error, OSError) as error:
    sys.exit(f"sqlite3.{type(error).__name__}: {error}")
"""
"""SQLite's own shell is not on every machine, Python's module is: `sql FILE STATEMENT`, `sql FILE -f SCRIPT`."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command did."""

    command: str
    code: int
    output: str
    """Standard output, then standard error."""
    milliseconds: float

    @property
    def ok(self) -> bool:
        """The command said that it went well."""
        return self.code == 0

    @property
    def timed_out(self) -> bool:
        """The command was ended because it took too long."""
        return self.code == TIMED_OUT


class Shell:
    """Runs command lines in a scratch folder of its own, which is removed when the block ends."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="tacit-demo-")).resolve()
        self._bin = self.root / "bin"
        for folder in (self._bin, self.root / "home", self.root / "tmp"):
            folder.mkdir()
        helper = self._bin / "sql.py"
        helper.write_text(SQL, "utf-8")
        # -S, no site packages: an interpreter starts in 8 ms instead of 13, and the demo starts a few hundred.
        self._program("python", f'exec "{sys.executable}" -S "$@"')
        self._program("sql", f'exec "{sys.executable}" -S -P "{helper}" "$@"')

    def run(self, command: str, folder: Path, *, timeout: float = TIMEOUT) -> Ran:
        """Run a command line with `sh` in a folder. A command that takes longer than `timeout` seconds is ended."""
        begun = time.perf_counter()
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(timeout=timeout)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            code = TIMED_OUT
        text = (out + err).decode("utf-8", "replace").replace("\0", "\ufffd")
        text = text.replace(str(folder), ".").replace(str(folder.parent), "..").replace(str(self.root), "~")
        took = (time.perf_counter() - begun) * 1000
        return Ran(command=command, code=code, output=text.strip()[:OUTPUT], milliseconds=took)

    def has(self, program: str) -> bool:
        """Whether a program of `PROGRAMS` can be run on this machine."""
        return self.run(PROGRAMS[program], self.root).ok

    def close(self) -> None:
        """Remove the scratch folder."""
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _program(self, name: str, script: str) -> None:
        path = self._bin / name
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)

    def _environment(self) -> dict[str, str]:
        """Written from nothing, so that no variable of the user reaches a command."""
        return {
            "PATH": f"{self._bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.root / "tmp"),
            "LC_ALL": "C",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(self.root),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_EDITOR": "true",
            "GIT_PAGER": "cat",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
