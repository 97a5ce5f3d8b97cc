"""What a memory keeps of it, where one is given: the improvement, its trial, the commit, and lines of the ledger.

Above: the verb. Below: logic.improving.shelf.
"""

from functools import cached_property
from pathlib import Path

from tacit.improvement import (
    APPLICATIONS,
    IMPROVEMENTS,
    TRIALS,
    Alteration,
    Application,
    Improvement,
    Judgement,
    Trial,
)
from tacit.logic.improving.shelf import entry, every_row, newest, put_rows
from tacit.logic.refactoring.advice import Ended
from tacit.operations.improve_workspace.judging import Pairs
from tacit.ports import Scope
from tacit.types import Value

__all__ = ["FAILED", "Book", "Tried"]

LONGEST_DIFF = 100_000
MOST_EARLIER = 200
FAILED = "its tests or its benchmark failed"
"""What is told of that: what they said is the owner's."""


class Tried(Value, frozen=True, kw_only=True):
    """One patch, and what became of it."""

    key: str
    description: str
    kind: str
    diff: str
    accepted: bool
    reason: str
    judgement: Judgement | None = None
    before: float = 0.0
    """Mean of the measure."""
    after: float = 0.0
    commit: str = ""
    """Of the workspace, where it was kept."""
    origin: str = ""
    """The model that wrote it, where one did."""
    seconds: float = 0.0


class Book:
    """The rows of a memory; without one, only the judgements of this run."""

    def __init__(self, scope: Scope | None, workspace: Path, sandbox: str) -> None:
        self._scope, self._workspace, self._sandbox = scope, workspace, sandbox
        rows = every_row(scope, TRIALS, Trial) if scope is not None else ()
        earlier = list(rows)
        self.judgements = [one.judgement for one in earlier if one.judgement is not None]
        """Of all trials before, oldest first: the looks that the next level is computed from."""
        self._number = len(earlier)
        self._ends = {one.improvement: one.judgement.reason if one.judgement else FAILED for one in earlier}

    @cached_property
    def earlier(self) -> tuple[Ended, ...]:
        """What earlier runs tried on a workspace of this name, the latest last; read when it is first asked for."""
        if self._scope is None:
            return ()
        rows = newest(self._scope, IMPROVEMENTS, Improvement, limit=MOST_EARLIER)[::-1]
        name = f"{self._workspace.name}: "
        return tuple(
            Ended(
                description=one.description.removeprefix(name),
                how=self._ends.get(one.id, FAILED),
                diff=one.change.diff,
            )
            for one in rows
            if one.change.kind == "patch" and one.description.startswith(name) and one.id in self._ends
        )

    def asked(self, text: str) -> None:
        """Write down what a model was sent, or what of its reply was refused."""
        if self._scope is not None:
            self._scope.store.write(
                self._scope.namespace, [entry(self._scope, "asked", f"{self._workspace.name}: {text}")]
            )

    def tried(self, one: Tried, pairs: Pairs | None, *, undo: dict[str, str]) -> None:
        """Write a trial down, and, where it was kept, what takes it back."""
        self._number += 1
        if one.judgement is not None:
            self.judgements.append(one.judgement)
        scope = self._scope
        if scope is None:
            return
        improvement = Improvement(
            id=scope.new_id(),
            metric="benchmark",
            suggestion_type=one.kind,  # type: ignore[arg-type]
            description=f"{self._workspace.name}: {one.description}",
            change=Alteration(kind="patch", diff=one.diff[:LONGEST_DIFF]),
            status="applied" if one.commit else "rejected",
            origin=f"workspace:{one.key.partition(':')[0]}" + (f":{one.origin}" if one.origin else ""),
            timestamp=scope.clock(),
        )
        percent = round(100.0 * one.judgement.change, 3) if one.judgement is not None else 0.0
        trial = Trial(
            id=scope.new_id(),
            improvement=improvement.id,
            timestamp=scope.clock(),
            number=self._number,
            success=bool(pairs and pairs.old),
            before={"benchmark": one.before},
            after={"benchmark": one.after},
            performance_change_percent=percent,
            judgement=one.judgement,
            errors=() if one.judgement is not None else (one.reason,),
            execution_time=round(one.seconds, 3),
            sandbox=self._sandbox,
        )
        verdict = "accepted" if one.accepted else "rejected"
        text = f"{verdict}: {improvement.description}; {one.reason}"
        changes = [
            put_rows(IMPROVEMENTS, improvement),
            put_rows(TRIALS, trial),
            entry(scope, "trial", text, refers=[trial.id, improvement.id], figures={"change_percent": percent}),
        ]
        if one.commit:
            application = Application(
                id=scope.new_id(),
                improvement=improvement.id,
                applied_at=scope.clock(),
                before=trial.before,
                after=trial.after,
                undo={"workspace": str(self._workspace), **undo},
                state="kept",
                notes=f"commit {one.commit}",
            )
            line = f"{improvement.description}: commit {one.commit[:12]} of {self._workspace}"
            told = entry(scope, "applied", line, refers=[application.id, improvement.id])
            changes += [put_rows(APPLICATIONS, application), told]
        scope.store.write(scope.namespace, changes)

    def reverted(self, commit: str, by: str) -> None:
        """Write down that a commit was taken back."""
        scope = self._scope
        if scope is None:
            return
        changes = [entry(scope, "rolled back", f"commit {commit[:12]} of {self._workspace} by {by[:12]}")]
        for row in newest(scope, APPLICATIONS, Application, limit=1000):
            if row.undo.get("commit") == commit and row.state != "rolled back":
                now = scope.clock()
                gone = Application(
                    **{**{f: getattr(row, f) for f in row.__struct_fields__}, "state": "rolled back",
                       "rolled_back_at": now, "ended_at": now}
                )  # fmt: skip
                changes.append(put_rows(APPLICATIONS, gone))
        scope.store.write(scope.namespace, changes)
