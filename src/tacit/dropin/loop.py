"""SelfImprovementLoop: the loop under its published names (SPEC, section 7), on a memory's real measurements.

Floor 6. Below: opening, shapes. What was published and differs here: a test measures (it is a trial in a sandbox on a
copy), `success` is the judge's verdict, and what is applied is watched and taken back by itself if live recalls get
worse.
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from tacit.dropin.shapes import Answer, analysis, bottleneck, history, improvement, test_result
from tacit.errors import ConfigurationError, Conflict, InvalidInput, NotFound
from tacit.improvement import Improvement, Metric
from tacit.logic.times import iso
from tacit.memory.workspaces import Reverted, WorkspaceProgress, improve_workspace, revert_workspace
from tacit.opening import open_memory

__all__ = ["SelfImprovementLoop"]

SURE = 0.8
CHANGE = 20.0
"""Percent: with the confidence above, over which a cycle applies by itself."""
HOUR = 3_600.0
MOST = 10_000
"""Rows that a join looks at."""


class SelfImprovementLoop:
    """Measures a memory, finds what is wrong, proposes, tests, applies, takes back. Thread-safe; close it, or `with`.

    `workspace_path` is a git repository whose program can be improved, too: `improve_workspace`. `settings` are those
    of `tacit.open` (namespace, embedder, notify, ...). Raises as `tacit.open` does.
    """

    def __init__(
        self, db_path: str | Path = "tacit.db", workspace_path: str | Path | None = None, **settings: Any
    ) -> None:
        self.memory = open_memory(db_path, source="loop", **settings)
        self.workspace_path = None if workspace_path is None else Path(workspace_path)

    def analyze_own_performance(self, session_id: str = "") -> dict[str, Any]:
        """Measure now: {metrics, targets, analysis_time (s), timestamp}; of all processes, over the last hour.

        Recall quality is that of the last `memory.probe()`, which `run_cycle` does first."""
        return analysis(self.memory.analyze(session=session_id))

    def identify_bottlenecks(self) -> list[dict[str, Any]]:
        """What is worse than its target now, the worst first; measured first, where nothing was measured yet."""
        if not self.memory.snapshots(hours=1.0, limit=1):
            self.analyze_own_performance()
        return [bottleneck(one) for one in self.memory.find_bottlenecks()]

    def generate_improvements(self, max_suggestions: int = 3) -> list[dict[str, Any]]:
        """What is worth a test against what is wrong now, the most promising first; empty where nothing is."""
        return [improvement(one) for one in self.memory.propose(most=max_suggestions)]

    def test_improvement(self, improvement_id: str) -> Answer:
        """Measure it beside what is, on a copy, in a sandbox: {success, performance_change_percent, reason, ...}.

        Raises `NotFound`, `Conflict` for one that was tested, `SandboxError` where this machine can hold no program.
        """
        return test_result(self.memory.try_improvement(improvement_id))

    def apply_improvement(self, improvement_id: str) -> Answer:
        """Make a tested improvement live: {success, ...}; false, with `errors`, where no test found it better or the
        policy has moved on since. Raises `NotFound`."""
        try:
            done = self.memory.apply_improvement(improvement_id)
        except NotFound:
            raise
        except (InvalidInput, Conflict) as error:
            return Answer(success=False, improvement_id=improvement_id, errors=[str(error)])
        return Answer(
            success=True, id=done.id, improvement_id=improvement_id, applied_at=iso(done.applied_at), errors=[]
        )

    def rollback_improvement(self, improvement_id: str, reason: str = "") -> Answer:
        """Take it back: the state is then what it was; false, with `errors`, where it is not what was applied last.

        Raises `NotFound`."""
        try:
            (done,) = self.memory.rollback(improvement_id, reason=reason)
        except NotFound:
            raise
        except (InvalidInput, Conflict) as error:
            return Answer(success=False, improvement_id=improvement_id, errors=[str(error)])
        assert done.rolled_back_at is not None  # noqa: S101 - it was taken back just now
        when = iso(done.rolled_back_at)
        return Answer(success=True, id=done.id, improvement_id=improvement_id, rolled_back_at=when, errors=[])

    def get_improvement_history(self, limit: int = 50) -> list[dict[str, Any]]:
        """Improvements, the latest first, with their bottleneck's metric and severity, and when they were applied and
        taken back."""
        causes = {one.id: one for one in self.memory.bottlenecks(resolved=True, limit=MOST)}
        trials = {one.improvement: one for one in reversed(self.memory.trials(limit=MOST))}
        applied = {one.improvement: one for one in reversed(self.memory.applications(limit=MOST))}
        return [history(one, causes, trials, applied) for one in self.memory.improvements(limit=limit)]

    def get_performance_trend(self, metric: Metric, hours: float = 24.0) -> list[dict[str, Any]]:
        """[{timestamp, value}] of each analysis that measured it, the oldest first. Raises `NotFound`."""
        return [{"timestamp": iso(at), "value": value} for at, value in self.memory.trend(metric, hours=hours)]

    def get_stats(self) -> dict[str, Any]:
        """Counts; `success_rate`: percent of what was applied that was not taken back, 0 where nothing was."""
        known = self.memory.bottlenecks(resolved=True, limit=MOST)
        applied = self.memory.applications(limit=MOST)
        back = sum(one.state == "rolled back" for one in applied)
        by_status: dict[str, int] = {}
        for one in self.memory.improvements(limit=MOST):
            by_status[one.status] = by_status.get(one.status, 0) + 1
        return {
            "total_performance_snapshots": self.memory.stats().learned.get("loop.snapshots", 0),
            "unresolved_bottlenecks": sum(not one.resolved for one in known),
            "resolved_bottlenecks": sum(one.resolved for one in known),
            "improvements_by_status": by_status,
            "successfully_applied": len(applied) - back,
            "rolled_back": back,
            "success_rate": 100.0 * (len(applied) - back) / len(applied) if applied else 0.0,
        }

    def run_cycle(self, session_id: str = "") -> dict[str, Any]:
        """The published policy, once: measure, one suggestion, test it; applied by itself only when its confidence is
        over 0.8 and the measured change over 20 percent.

        -> {analysis, bottlenecks, improvement, test, applied}; None for what there was no cause for.
        """
        self.memory.probe()
        told: dict[str, Any] = {"analysis": self.analyze_own_performance(session_id), "improvement": None}
        told |= {"bottlenecks": self.identify_bottlenecks(), "test": None, "applied": None}
        made: list[Improvement] = self.memory.propose(most=1)
        if not made:
            return told
        (one,) = made
        tested = self.test_improvement(one.id)
        told |= {"improvement": improvement(one), "test": tested}
        if tested and one.confidence > SURE and tested["performance_change_percent"] > CHANGE:
            told["applied"] = self.apply_improvement(one.id)
        return told

    def run(self, interval: float = HOUR, *, stop: threading.Event | None = None) -> Iterator[dict[str, Any]]:
        """A cycle now and then one every `interval` seconds, each yielded, until `stop` is set or nobody asks on."""
        if not 0 < interval <= 7 * 24 * HOUR:
            raise InvalidInput(
                "the interval is out of bounds", cause=ascii(interval)[:40], remedy="pass seconds, up to a week of them"
            )
        return self._cycles(interval, stop or threading.Event())

    def improve_workspace(self, **flags: Any) -> Iterator[WorkspaceProgress]:
        """Improve the program in `workspace_path`: see `tacit.memory.workspaces`. What is better is committed there."""
        return improve_workspace(self._workspace(), memory=self.memory, **flags)

    def revert_workspace(self, commit: str = "all") -> Reverted:
        """Take such a commit back by its inverse, or all of them."""
        return revert_workspace(self._workspace(), commit, memory=self.memory)

    def close(self) -> None:
        """Stop watching, let go of the file."""
        self.memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _workspace(self) -> Path:
        if self.workspace_path is None:
            raise ConfigurationError(
                "there is no workspace", cause="this loop was made without one", remedy="pass workspace_path"
            )
        return self.workspace_path

    def _cycles(self, interval: float, stop: threading.Event) -> Iterator[dict[str, Any]]:
        while not stop.is_set():
            begun = time.monotonic()
            yield self.run_cycle()
            stop.wait(max(0.0, begun + interval - time.monotonic()))
