"""Try: measure an improvement side by side with what is, on a copy, in a sandbox. Nothing live is touched.

Floor 4. Below: the file store, a sandbox, the judge. Above: memory.

The laboratory holds one consistent copy of the file and the vectors of all questions, for as many trials as are made
in it. A trial runs `tacit.replaying` there: old and new answer the same recalls in turn. What the judge does not need
any more is not measured: after a first part of the cases a hopeless change is given up.
"""

import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from tacit.errors import SandboxError, TacitError
from tacit.improvement import (
    IMPROVEMENTS,
    POLICIES,
    TRIALS,
    Alteration,
    Case,
    Improvement,
    Judgement,
    Limits,
    PolicyRow,
    Trial,
)
from tacit.logic.improving.chain import in_force, lost
from tacit.logic.improving.judge import Measures, Primary, hopeless, is_simpler, judge, terms
from tacit.logic.improving.shelf import entry, every_row, put_rows
from tacit.logic.redaction import redact
from tacit.policy import Policy
from tacit.ports import Embedder, FileStore, Sandbox, Scope
from tacit.types import Value

__all__ = ["Errand", "Laboratory", "Look", "Measured", "Sides", "decide", "look", "sides_of"]

FIRST = 60
"""Cases of the first part: enough to see a hopeless change, too few to accept a small one by."""
LINES, SAID = 5, 200
"""Warnings that a trial keeps, and characters of each."""
PROGRAM = "import sys; sys.path[:0] = {path!r}; from tacit.replaying import main; main()"


class Errand(Value, frozen=True, kw_only=True):
    """What a replay is told."""

    namespace: str
    old: str
    """File."""
    new: str
    """The same where a policy alone is tried; else a copy, which is altered first."""
    policies: tuple[dict[str, Any], dict[str, Any]]
    """(old, new): all dials."""
    alteration: Alteration = Alteration()
    cases: tuple[Case, ...]
    model: str = ""
    """Name of the embedder; "": words alone."""
    dimension: int = 0
    vectors: str = ""
    """File of the questions' vectors, .npy, in the order of `questions`."""
    questions: tuple[str, ...] = ()
    reranker: str = "none"
    models: str = ""
    rounds: int = 1


class Sides(Value, frozen=True, kw_only=True):
    """What is tried against what."""

    old: Policy
    new: Policy
    alteration: Alteration = Alteration()
    simpler: bool = False


@dataclass(frozen=True)
class Measured:
    """What the two sides did."""

    old: Measures
    new: Measures
    warnings: tuple[str, ...] = ()
    """What the program said on its standard error although it came to its end."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look of the judge, before he speaks."""

    sides: Sides
    primary: Primary
    measured: Measured | None
    error: str = ""
    """Why it could not be measured."""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """A copy of the memory, and what runs programs on it. Make one with `opened`."""

    scope: Scope
    sandbox: Sandbox
    folder: Path
    database: Path
    embedder: Embedder | None
    vectors: dict[str, int] = field(default_factory=dict)
    """Question -> row."""
    reranker: str = "none"
    models: Path | None = None
    limits: Limits = field(default_factory=Limits)
    rounds: int = 1

    @classmethod
    @contextlib.contextmanager
    def opened(
        cls,
        scope: Scope,
        file: FileStore,
        sandbox: Sandbox,
        cases: Sequence[Case],
        *,
        embedder: Embedder | None,
        **options: Any,
    ) -> Iterator["Laboratory"]:
        """Copy the file, embed the questions of the cases; everything is gone afterwards."""
        folder = Path(tempfile.mkdtemp(prefix="tacit-trial-"))
        try:
            database = folder / "old.db"
            file.backup(database)
            laboratory = cls(
                scope=scope, sandbox=sandbox, folder=folder, database=database, embedder=embedder, **options
            )
            laboratory._embed(cases)
            yield laboratory
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def measure(self, sides: Sides, cases: Sequence[Case]) -> Measured:
        """Replay the cases. Raises `TacitError` where the program did not come to its end."""
        judged = [case for case in cases if case.origin != "failure"]
        regression = [case for case in cases if case.origin == "failure"]
        new = self.database
        if sides.alteration.kind != "policy":
            new = Path(tempfile.mkdtemp(dir=self.folder)) / "new.db"
            shutil.copy(self.database, new)
        errand = Errand(
            namespace=self.scope.namespace,
            old=str(self.database),
            new=str(new),
            policies=(msgspec.structs.asdict(sides.old), msgspec.structs.asdict(sides.new)),
            alteration=sides.alteration,
            cases=(*judged, *regression),
            model="" if self.embedder is None else self.embedder.name,
            dimension=0 if self.embedder is None else self.embedder.dimension,
            vectors=str(self.folder / "questions.npy"),
            questions=tuple(self.vectors),
            reranker=self.reranker,
            models="" if self.models is None else str(self.models),
            rounds=self.rounds,
        )
        return self._run(errand, len(judged))

    def _run(self, errand: Errand, judged: int) -> Measured:
        path = [entry for entry in sys.path if entry and Path(entry).exists() and not _holds_home(Path(entry))]
        ran = self.sandbox.run(
            [sys.executable, "-c", PROGRAM.format(path=path)],
            limits=self.limits,
            reads=[*(Path(entry) for entry in path), *([self.models] if self.models else [])],
            writes=[self.folder],
            folder=self.folder,
            input=msgspec.json.encode(errand),
            environment={"OMP_NUM_THREADS": "1", "TACIT_TRIAL": "1"},
        )
        if ran.exit_code or ran.stopped:
            last = ran.errors.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise SandboxError(
                "the trial did not come to its end",
                cause=(ran.stopped and f"it was stopped: limit of {ran.stopped}") or " ".join(last)[:300],
                remedy="see the limits, or try it again",
            )
        told = msgspec.json.decode(ran.output)
        sides = [
            Measures(
                quality=np.array(told["quality"][side][:judged]),
                milliseconds=np.array(told["milliseconds"][side][:judged]),
                regression=np.array(told["quality"][side][judged:]),
            )
            for side in (0, 1)
        ]
        return Measured(old=sides[0], new=sides[1], warnings=_lines(ran.errors))

    def _embed(self, cases: Sequence[Case]) -> None:
        if self.embedder is None:
            return
        questions = [*dict.fromkeys(case.query for case in cases)]
        matrix = [self.embedder.embed([question], "query")[0] for question in questions]
        np.save(self.folder / "questions.npy", np.array(matrix, dtype=np.float32))
        self.vectors.update({question: row for row, question in enumerate(questions)})


def _lines(said: bytes) -> tuple[str, ...]:
    """The last lines, without secrets: they may quote what was recalled."""
    lines = said.decode("utf-8", "replace").split("\n")
    return tuple(redact(line.strip())[0][:SAID] for line in lines if line.strip())[-LINES:]


def _holds_home(folder: Path) -> bool:
    """Whether whoever reads the folder reads the whole home: where a script was started is on the path, too."""
    return Path.home().resolve().is_relative_to(folder.resolve())


def sides_of(improvement: Improvement, turned: Callable[[Mapping[str, Any]], Policy], was: Mapping[str, Any]) -> Sides:
    """What an improvement is tried against: `was` are the dials that rule now, `turned` makes a policy of dials."""
    shipped = msgspec.structs.asdict(turned({}))

    def differing(dials: Mapping[str, Any]) -> dict[str, Any]:
        return {dial: value for dial, value in dials.items() if shipped.get(dial) != value}

    old, new = differing(was), differing({**was, **improvement.change.policy})
    return Sides(old=turned(old), new=turned(new), alteration=improvement.change, simpler=is_simpler(old, new))


def look(laboratory: Laboratory, sides: Sides, cases: Sequence[Case], primary: Primary) -> Look:
    """Measure; a trial that breaks is told with its error, never guessed. Several may look at once."""
    begun = time.perf_counter()
    measured, errors = None, ""
    try:
        first = [case for case in cases if case.origin != "failure"][:FIRST]
        if len(cases) > 2 * FIRST and not sides.simpler:
            early = laboratory.measure(sides, first)
            if hopeless(early.old, early.new, terms=terms(primary), planned=len(cases)):
                measured = early
        measured = measured or laboratory.measure(sides, cases)
    except TacitError as error:
        errors = str(error)
    return Look(sides=sides, primary=primary, measured=measured, error=errors, seconds=time.perf_counter() - begun)


def decide(scope: Scope, improvement: Improvement, seen: Look, *, sandbox: str) -> Trial:
    """Judge what was measured, in view of all trials before it, and write both down."""
    history = list(every_row(scope, TRIALS, Trial))
    number, measured, judgement = len(history) + 1, seen.measured, None
    if measured is not None:
        judgement = judge(
            measured.old,
            measured.new,
            terms=terms(seen.primary, lost=lost(_in_force(scope, history))),
            history=[one.judgement for one in history if one.judgement is not None],
            simpler=seen.sides.simpler and not _won(scope, history).intersection(improvement.change.policy),
            seed=number,
        )
    trial = Trial(
        id=scope.new_id(),
        improvement=improvement.id,
        timestamp=scope.clock(),
        number=number,
        success=measured is not None,
        before={} if measured is None else _means(measured.old),
        after={} if measured is None else _means(measured.new),
        performance_change_percent=_percent(judgement, measured),
        judgement=judgement,
        errors=(seen.error,) if seen.error else (),
        warnings=() if measured is None else measured.warnings,
        execution_time=round(seen.seconds, 3),
        sandbox=sandbox,
    )
    accepted = judgement is not None and judgement.accepted
    done = msgspec.structs.replace(improvement, status="approved" if accepted else "rejected")
    verdict = judgement.reason if judgement else f"could not be measured: {seen.error}"
    told = entry(
        scope,
        "trial",
        f"{'accepted' if accepted else 'rejected'}: {improvement.description}; {verdict}",
        refers=[trial.id, improvement.id],
        figures={"change_percent": trial.performance_change_percent},
    )
    scope.store.write(scope.namespace, [put_rows(TRIALS, trial), put_rows(IMPROVEMENTS, done), told])
    return trial


def _won(scope: Scope, history: Sequence[Trial]) -> set[str]:
    """Dials whose place was found better by a trial and stands: being simpler is no reason to take that back."""
    told = [one for one in history if one.judgement is not None and one.judgement.accepted]
    better = {one.improvement for one in told if one.judgement is not None and not one.judgement.simpler}
    rows = every_row(scope, IMPROVEMENTS, Improvement)
    return {dial for row in rows if row.id in better and row.status != "rejected" for dial in row.change.policy}


def _in_force(scope: Scope, history: Sequence[Trial]) -> list[Trial]:
    rows = {row.id: row for row in every_row(scope, IMPROVEMENTS, Improvement)}
    return in_force(history, rows, list(every_row(scope, POLICIES, PolicyRow)))


def _means(side: Measures) -> dict[str, float]:
    told = {
        "quality": float(side.quality.mean()) if side.quality.size else 0.0,
        "milliseconds": float(side.milliseconds.mean()) if side.milliseconds.size else 0.0,
        "p95_ms": float(np.quantile(side.milliseconds, 0.95)) if side.milliseconds.size else 0.0,
    }
    if side.regression.size:
        told["regression"] = float(side.regression.mean())
    return {name: round(value, 6) for name, value in told.items()}


def _percent(judgement: Judgement | None, measured: Measured | None) -> float:
    """Of the primary measure, better is positive; relative to the old."""
    if judgement is None or measured is None:
        return 0.0
    if judgement.primary == "milliseconds":
        return round(100 * judgement.change, 3)
    old = float(measured.old.quality.mean()) if measured.old.quality.size else 0.0
    return round(100 * judgement.change / max(old, 1e-6), 3)
