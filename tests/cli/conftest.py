"""The real command line, in this process, on a file of its own."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import tacit
from tacit.doors.cli.app import app

EMBEDDER = "hashing:64"
COMMAND = get_command(app)
"""Made once: Typer makes it anew for each call otherwise, in 50 ms."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be exactly one line of JSON."""
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def error(self) -> Any:
        """Standard error, which must be exactly one line of JSON."""
        (line,) = self.err.splitlines()
        return json.loads(line)


@dataclass(frozen=True)
class Cli:
    """Runs `tacit` on one file, in an empty folder."""

    folder: Path

    @property
    def db(self) -> Path:
        return self.folder / "memory.db"

    def __call__(self, *arguments: str, stdin: str | bytes | None = None) -> Ended:
        given = ["--db", str(self.db), "--embedder", EMBEDDER, *arguments]
        return self.bare(*given, stdin=stdin)

    def bare(self, *arguments: str, stdin: str | bytes | None = None) -> Ended:
        """Without the options that name file and embedder."""
        code = 0
        with CliRunner().isolation(input=stdin) as (out, error, _):
            try:
                COMMAND.main(list(arguments))
            except SystemExit as ended:
                code = int(ended.code or 0)
            sys.stdout.flush()
            sys.stderr.flush()
            return Ended(code, out.getvalue().decode(), error.getvalue().decode())

    def done(self, *arguments: str, stdin: str | bytes | None = None) -> Any:
        """Run with --json, which must succeed; -> its object."""
        ended = self(*arguments, "--json", stdin=stdin)
        assert (ended.code, ended.err) == (0, "")
        return ended.json

    def memory(self, **flags: Any) -> tacit.Memory:
        """The same file through the library."""
        return tacit.open(self.db, **{"embedder": "none", "worker": False, **flags})


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A command line in an empty folder, with no settings but its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Cli(tmp_path)
