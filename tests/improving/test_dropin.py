"""SelfImprovementLoop: published names, arguments and shapes, on what was really measured."""

import threading
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.improving.harness import MISLED, approved, asked, furnished

from tacit.dropin import SelfImprovementLoop
from tacit.errors import ConfigurationError, Conflict, InvalidInput, NotFound
from tacit.improvement import IMPROVEMENTS, Alteration, Improvement, Judgement, Trial
from tacit.logic.improving.shelf import put_rows
from tacit.logic.improving.targets import METRICS

FLAGS: dict[str, Any] = {"embedder": "hashing:384", "reranker": "none", "worker": False}


def looped(folder: Path, *, cases: int = 25) -> SelfImprovementLoop:
    """On a memory that shows the wrong things, and whose recalls are quick enough."""
    with furnished(folder / "loop.db", cases=cases) as memory:
        memory.set_policy(MISLED)
        memory.set_target("recall_quality", 0.95)
        for metric in ("query_time_ms", "cpu_percent", "memory_usage_mb"):
            memory.set_target(metric, 1e6)
        for question, _ in asked()[:20]:
            memory.recall(question)
    return SelfImprovementLoop(folder / "loop.db", **FLAGS)


def better(loop: SelfImprovementLoop, *, confidence: float, change: float) -> Improvement:
    """A suggestion whose trial has found it better, by force."""
    scope = loop.memory._scope
    made = Improvement(
        id=scope.new_id(),
        description="by force",
        change=Alteration(policy={"words": 0.7}),
        confidence=confidence,
        timestamp=scope.clock(),
        parent=loop.memory.standing().policy,
    )
    loop.memory._backend.write(loop.memory.namespace, [put_rows(IMPROVEMENTS, made)])
    return made


def test_one_analysis_has_every_metric_its_target_and_no_constant(tmp_path: Path):
    with looped(tmp_path) as loop:
        loop.memory.probe()
        told = loop.analyze_own_performance("night")
        assert set(told) >= {"metrics", "targets", "analysis_time", "timestamp"}
        assert set(told["metrics"]) == set(METRICS)
        assert told["metrics"]["query_time_ms"] > 0
        assert told["metrics"]["indexing_speed"] is None
        assert "folder" in told["unmeasured"]["indexing_speed"]
        assert (told["targets"]["recall_quality"], told["targets"]["cache_hit_rate"]) == (0.95, 0.8)
        assert 0 < told["analysis_time"] < 60
        assert told["timestamp"].endswith("Z")
        trend = loop.get_performance_trend("recall_quality", 1)
        assert trend == [{"timestamp": told["timestamp"], "value": told["metrics"]["recall_quality"]}]
        with pytest.raises(NotFound):
            loop.get_performance_trend("beauty", 1)  # type: ignore[arg-type]


def test_from_a_bottleneck_to_a_suggestion_to_its_test(tmp_path: Path):
    with looped(tmp_path) as loop:
        loop.memory.probe()
        (found,) = loop.identify_bottlenecks()
        assert set(found) == {
            "id", "metric_name", "current_value", "target_value", "severity", "impact_score", "description", "resolved",
            "timestamp",
        }  # fmt: skip
        assert (found["metric_name"], found["target_value"], found["resolved"]) == ("recall_quality", 0.95, False)
        first, second = loop.generate_improvements(max_suggestions=2)
        for one in (first, second):
            assert set(one) >= {"id", "confidence", "description", "status", "code_changes", "expected_improvement"}
            assert (one["status"], one["bottleneck_id"]) == ("proposed", found["id"])
            assert 0 <= one["confidence"] <= 1
        tested = loop.test_improvement(first["id"])
        assert set(tested) >= {
            "id", "improvement_id", "success", "performance_before", "performance_after", "performance_change_percent",
            "errors", "warnings", "execution_time", "timestamp",
        }  # fmt: skip
        assert tested["errors"] == []
        assert tested["performance_before"]["quality"] == pytest.approx(found["current_value"], abs=1e-4)
        assert bool(tested) == tested["success"] == (tested["status"] == "approved")
        with pytest.raises(Conflict):
            loop.test_improvement(first["id"])
        with pytest.raises(NotFound):
            loop.test_improvement("nobody")
        assert not loop.apply_improvement(second["id"]), "nothing is applied that no test found better"
        rows = loop.get_improvement_history(limit=10)
        assert [(row["id"], row["status"]) for row in rows] == [
            (second["id"], "proposed"),
            (first["id"], tested["status"]),
        ]
        assert rows[1]["performance_change_percent"] == tested["performance_change_percent"]
        assert {(row["metric_name"], row["severity"]) for row in rows} == {("recall_quality", found["severity"])}


def test_what_is_applied_can_be_taken_back_and_is_counted(tmp_path: Path):
    with looped(tmp_path, cases=0) as loop:
        before = loop.memory.fingerprint()
        first, second = approved(loop.memory, {"words": 0.7}), None
        done = loop.apply_improvement(first)
        assert (bool(done), done["errors"]) == (True, [])
        second = approved(loop.memory, {"length": 0.3})
        assert loop.apply_improvement(second)
        refused = loop.rollback_improvement(first)
        assert not refused
        assert "not the last one applied" in refused["errors"][0]
        assert loop.rollback_improvement(second, "as I like")
        assert loop.rollback_improvement(first)
        assert loop.memory.fingerprint() == before
        with pytest.raises(NotFound):
            loop.rollback_improvement("nobody")
        with pytest.raises(NotFound):
            loop.apply_improvement("nobody")
        rows = {row["id"]: row for row in loop.get_improvement_history()}
        assert rows[first]["applied_at"] < rows[second]["rolled_back_at"] <= rows[first]["rolled_back_at"]
        assert rows[second]["notes"] == "as I like"
        third = approved(loop.memory, {"words": 0.7})
        loop.apply_improvement(third)
        loop.analyze_own_performance()
        assert loop.get_stats() == {
            "total_performance_snapshots": 1,
            "unresolved_bottlenecks": 0,
            "resolved_bottlenecks": 0,
            "improvements_by_status": {"applied": 1, "rejected": 2},
            "successfully_applied": 1,
            "rolled_back": 2,
            "success_rate": pytest.approx(100 / 3),
        }


def test_a_cycle_measures_suggests_one_and_tests_it(tmp_path: Path):
    with looped(tmp_path) as loop:
        told = loop.run_cycle("night")
        assert set(told) == {"analysis", "bottlenecks", "improvement", "test", "applied"}
        assert told["analysis"]["session_id"] == "night"
        assert told["test"]["improvement_id"] == told["improvement"]["id"]
        assert len(loop.memory.trials()) == 1
        sure = told["improvement"]["confidence"] > 0.8 and told["test"]["performance_change_percent"] > 20
        assert (told["applied"] is not None) == (sure and told["test"]["success"])


@pytest.mark.parametrize(
    ("confidence", "change", "accepted", "applied"),
    [(0.9, 30.0, True, True), (0.8, 30.0, True, False), (0.9, 20.0, True, False), (0.9, 30.0, False, False)],
)
def test_a_cycle_applies_by_itself_only_what_is_sure_and_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, confidence: float, change: float, accepted: bool, applied: bool
):
    with looped(tmp_path, cases=0) as loop:
        made = better(loop, confidence=confidence, change=change)

        def tried(id: str) -> Trial:
            status = {"status": "approved" if accepted else "rejected"}
            done = Improvement(**{**{name: getattr(made, name) for name in made.__struct_fields__}, **status})
            loop.memory._backend.write(loop.memory.namespace, [put_rows(IMPROVEMENTS, done)])
            judged = Judgement(primary="quality", accepted=accepted, reason="by force")
            return Trial(
                id="t", improvement=id, timestamp=1, success=True, performance_change_percent=change, judgement=judged
            )

        monkeypatch.setattr(loop.memory, "propose", lambda *, most: [made])
        monkeypatch.setattr(loop.memory, "try_improvement", tried)
        told = loop.run_cycle()
        assert bool(told["applied"]) == applied
        assert bool(loop.memory.standing().policy != made.parent) == applied


def test_cycles_go_on_until_they_are_stopped(tmp_path: Path):
    with looped(tmp_path, cases=0) as loop:
        loop.memory.set_target("recall_quality", None)
        stop = threading.Event()
        cycles = loop.run(interval=0.01, stop=stop)
        assert [one["test"] for one in islice(cycles, 3)] == [None] * 3
        stop.set()
        assert list(cycles) == []
        assert loop.get_stats()["total_performance_snapshots"] == 3
        for interval in (0, -1, float("nan"), 1e9):
            with pytest.raises(InvalidInput):
                loop.run(interval=interval)


def test_a_workspace_is_a_git_repository_that_is_named(tmp_path: Path):
    with looped(tmp_path, cases=0) as loop:
        for act in (lambda: list(loop.improve_workspace(benchmark="true")), loop.revert_workspace):
            with pytest.raises(ConfigurationError):
                act()
    (tmp_path / "program").mkdir()
    with SelfImprovementLoop(tmp_path / "loop.db", tmp_path / "program", **FLAGS) as loop:
        for act in (lambda: list(loop.improve_workspace(benchmark="true")), loop.revert_workspace):
            with pytest.raises(InvalidInput) as refused:
                act()
            assert "repository" in str(refused.value)
