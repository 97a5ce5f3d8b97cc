"""The programs of a workspace in the sandbox: its tests, its benchmark, its benchmark observed.

Above: the verb. Below: the sandbox that was handed in.
"""

import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tacit.errors import InvalidInput, SandboxError
from tacit.improvement import Ran
from tacit.logic.refactoring.patch import Heat, Observed, Query
from tacit.operations.improve_workspace.errand import Errand
from tacit.ports import Sandbox

__all__ = ["Bench", "Measured"]

WATCHER = Path(__file__).with_name("watcher.py")
MOST_FILES = 200


@dataclass(frozen=True)
class Measured:
    """One run of the benchmark."""

    value: float
    """Over 0; lower is better."""
    peak_mb: float
    output: bytes
    """What it printed, without the line of the measure."""


@dataclass(frozen=True)
class Bench:
    """Runs programs in one exported folder; byte code is kept beside it, so that no run compiles anew."""

    sandbox: Sandbox
    errand: Errand
    folder: Path

    def forget(self) -> None:
        """Let go of the byte code: the texts change, and may do so within the second and the size that it goes by."""
        shutil.rmtree(self._compiled, ignore_errors=True)

    @property
    def _compiled(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.pycache"

    def test(self) -> str:
        """Run the tests. -> "" where they are green, else what they said last."""
        ran = self._run(self.errand.test)
        return "" if not ran.exit_code and not ran.stopped else _said(ran)

    def measure(self) -> Measured:
        """Run the benchmark once. Raises `InvalidInput` where it fails or says no number."""
        ran = self._run(self.errand.benchmark)
        if ran.exit_code or ran.stopped:
            raise _failed(_said(ran))
        if self.errand.measure == "stdout":
            value = _number(ran.output, self.errand.key)
        else:
            value = ran.cpu_seconds if self.errand.measure == "cpu" else ran.seconds
        if not math.isfinite(value) or value <= 0.0:
            raise _failed(f"it measured {value}, and a measure is a number over 0")
        said = ran.output.rstrip().rpartition(b"\n")[0] if self.errand.measure == "stdout" else ran.output
        return Measured(1.0 / value if self.errand.better == "higher" else value, ran.peak_mb, said)

    def observe(self) -> Observed:
        """Run the benchmark once under a profiler. What that does not show (as where it is no Python) is empty."""
        there = self.folder.parent / "observed"
        told = self.folder.parent / "told"
        for made in (there, told):
            made.mkdir(exist_ok=True)
        (there / "sitecustomize.py").write_bytes(WATCHER.read_bytes())
        more = {"PYTHONPATH": str(there), "TACIT_WATCHED": str(told), "TACIT_WORKSPACE": str(self.folder)}
        try:
            ran = self._run(self.errand.benchmark, more, reads=[there], writes=[told])
        except SandboxError:
            return Observed(functions={})
        return Observed(functions={}) if ran.exit_code or ran.stopped else _observed(told)

    def _run(
        self,
        command: Sequence[str],
        more: Mapping[str, str] | None = None,
        *,
        reads: Sequence[Path] = (),
        writes: Sequence[Path] = (),
    ) -> Ran:
        self._compiled.mkdir(exist_ok=True)
        return self.sandbox.run(
            command,
            limits=self.errand.limits,
            reads=[*self.errand.reads, *reads],
            writes=[self.folder, self._compiled, *writes],
            folder=self.folder,
            environment={"PYTHONPYCACHEPREFIX": str(self._compiled), "PYTHONHASHSEED": "0", **(more or {})},
        )


def _said(ran: Ran) -> str:
    text = (ran.errors or ran.output).decode("utf-8", "replace").strip()
    last = " | ".join(line.strip() for line in text.splitlines()[-4:])[-400:]
    how = f"stopped: limit of {ran.stopped}" if ran.stopped else f"exit code {ran.exit_code}"
    return f"{how}: {last}" if last else how


def _failed(cause: str) -> InvalidInput:
    return InvalidInput(
        "the benchmark does not measure",
        cause=cause,
        remedy="see that it runs in a fresh clone, offline, and ends with exit code 0 (and prints its number last)",
    )


def _number(output: bytes, key: str) -> float:
    """The number in the last line of what was printed: the line itself, or a member of its JSON."""
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    try:
        found = json.loads(lines[-1]) if lines else None
    except ValueError:
        found = None
    for part in key.split(".") if key else ():
        found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        where = f"a number under {key!r} in its last line" if key else "a number as its last line"
        raise _failed(f"it did not print {where}")
    return float(found)


def _observed(folder: Path) -> Observed:
    """All that the processes of one run told, together. Nobody vouches for it: what has another form is left out."""
    functions: dict[tuple[str, int], list[float]] = {}
    queries: dict[tuple[str, str, tuple[str, ...]], int] = {}
    total = 0.0
    for file in sorted(folder.glob("*.json"))[:MOST_FILES]:
        try:
            told = json.loads(file.read_text("utf-8"))
            total += float(told["total"])
            for place, (calls, own, whole) in told["functions"].items():
                path, _, line = place.rpartition(":")
                entry = functions.setdefault((path, int(line)), [0.0, 0.0, 0.0])
                for n, value in enumerate((calls, own, whole)):
                    entry[n] += float(value)
            for query in told["queries"]:
                for table, columns in query["indexes"]:
                    key = (str(query["sql"])[:1000], str(table), tuple(map(str, columns)))
                    queries[key] = queries.get(key, 0) + int(query["count"])
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    share = 1.0 / total if total > 0.0 else 0.0
    return Observed(
        functions={at: Heat(int(one[0]), one[1] * share, one[2] * share) for at, one in functions.items()},
        queries=tuple(
            Query(sql=sql, count=count, table=table, columns=columns)
            for (sql, table, columns), count in queries.items()
        ),
    )
