"""Metrics through the front door: of all processes that use a file, as they were measured."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tacit
from tacit.changes import PutLearned
from tacit.errors import InvalidInput, NotFound
from tacit.improvement import SAMPLES, SNAPSHOTS, Snapshot
from tacit.logic.improving.moments import stamped
from tacit.memory import Memory
from tacit.testing.clock import FrozenClock

HOUR = 3_600_000_000
ASKING = """
import sys, tacit
with tacit.open(sys.argv[1], namespace="acme/bot", embedder="hashing:64", worker=False) as memory:
    for _ in range(int(sys.argv[2])):
        memory.recall("which port")
"""
FAILING = """
import sys, tacit
dead = {"embedder": "ollama:nomic-embed-text", "embedder_url": "http://127.0.0.1:9/v1"}
with tacit.open(sys.argv[1], namespace="acme/other", worker=False, **dead) as memory:
    assert "searched by words alone" in memory.recall("which port").reason
"""


def opened(folder: Path, **flags: Any) -> Memory:
    given = {"namespace": "acme/bot", "embedder": "hashing:64", "worker": False, **flags}
    return tacit.open(folder / "memory.db", **given)


def running(script: str, folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", script, str(folder / "memory.db"), *arguments], env={**os.environ})


def snapshot(memory: Memory, clock: FrozenClock, **metrics: float) -> None:
    """An analysis as it was an hour after the last one."""
    clock.advance(HOUR)
    made = Snapshot(
        id=stamped(memory._scope.new_id(), clock()), timestamp=clock(), metrics=metrics, targets=memory.targets()
    )
    memory._backend.write(memory.namespace, [PutLearned(space=SNAPSHOTS, rows={made.id: msgspec.to_builtins(made)})])


def test_an_analysis_sees_all_processes_that_use_the_file(tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        memory.record_fact("The API listens on port 8080")
        memory.flush()
        others = [running(ASKING, tmp_path, str(count)) for count in (5, 10, 15)]
        assert [one.wait() for one in others] == [0, 0, 0]
        memory.recall("which port")
        found = memory.analyze()
    assert (found.detail["recalls"], found.detail["processes"]) == (31, 4)
    assert found.metrics["active_connections"] == 4
    assert found.detail["query_time_p50_ms"] <= found.metrics["query_time_ms"] <= found.detail["query_time_p99_ms"]
    assert found.metrics["error_count"] == 0


def test_an_error_in_another_process_is_counted_and_only_in_its_namespace(tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        memory.record_fact("The API listens on port 8080")
    assert running(FAILING, tmp_path).wait() == 0
    with opened(tmp_path, embedder="none", namespace="acme/other") as other:
        assert other.analyze().detail["errors"] == {"ModelError": 1}
        assert "error_count" in {row.metric_name for row in other.bottlenecks()}
    with opened(tmp_path) as memory:
        assert memory.analyze().metrics["error_count"] == 0
        assert "error_count" not in {row.metric_name for row in memory.bottlenecks()}


def test_what_the_caller_did_wrong_is_no_error_of_the_memory(tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        for call in (lambda: memory.recall(""), lambda: memory.why("nothing"), lambda: memory.add_case("", [])):
            with pytest.raises(InvalidInput):
                call()
        assert memory.analyze().metrics["error_count"] == 0


def test_an_error_while_progress_is_read_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as memory:
        memory.record_fact("The API listens on port 8080")

        def broken(*_: object, **__: object) -> None:
            raise OSError("the cable is out")

        with monkeypatch.context() as patch:
            patch.setattr(memory._backend, "select", broken)
            with pytest.raises(OSError, match="cable"):
                list(memory.export())
        assert memory.analyze().detail["errors"] == {"OSError": 1}


def test_every_metric_is_measured_or_says_why_not(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(12):
        (docs / f"{number}.md").write_text(f"# Service {number}\n\nIt listens on port {8000 + number}.\n")
    with opened(tmp_path) as memory:
        list(memory.index_folder(docs))
        memory.flush()
        for number in range(40):
            memory.recall(f"port of service {number % 4}")
        found = memory.analyze(session="a night")
    assert found.session == "a night"
    assert found.metrics["indexing_speed"] > 0
    assert found.detail["files"] == 12
    assert found.metrics["memory_usage_mb"] > 10
    assert found.metrics["database_size_mb"] > 0
    assert found.metrics["cache_hit_rate"] == 1.0
    assert set(found.unmeasured) <= {"cpu_percent", "recall_quality"}
    assert set(found.metrics) | set(found.unmeasured) >= {"cpu_percent", "recall_quality", "queue_age_s"}


def test_better_than_the_target_is_no_bottleneck(tmp_path: Path) -> None:
    clock = FrozenClock()
    with opened(tmp_path, clock=clock) as memory:
        better = {
            "query_time_ms": 1.0, "memory_usage_mb": 10.0, "cpu_percent": 0.1, "indexing_speed": 5_000.0,
            "cache_hit_rate": 1.0, "error_count": 0.0, "database_size_mb": 9e9, "queue_age_s": 9e9,
        }  # fmt: skip
        snapshot(memory, clock, **better)
        assert memory.find_bottlenecks() == memory.bottlenecks() == memory.bottlenecks(resolved=True) == []
        assert memory.ledger() == []


def test_a_metric_has_one_open_row_which_recovery_closes(tmp_path: Path) -> None:
    clock = FrozenClock()
    with opened(tmp_path, clock=clock) as memory, opened(tmp_path, clock=clock) as another:
        for value, watcher in ((150.0, memory), (180.0, another), (250.0, memory)):
            snapshot(memory, clock, query_time_ms=value, cpu_percent=90.0)
            watcher.find_bottlenecks()
        assert [row.metric_name for row in memory.bottlenecks()] == ["query_time_ms", "cpu_percent"]
        assert len(memory.bottlenecks(resolved=True)) == 2
        snapshot(memory, clock, query_time_ms=20.0, cpu_percent=10.0)
        assert memory.find_bottlenecks() == []
        assert [row.resolved for row in another.bottlenecks(resolved=True)] == [True, True]
        told = [line.what for line in reversed(memory.ledger())]
        assert told == ["bottleneck", "bottleneck", "bottleneck", "recovered", "recovered"]


def test_two_that_look_at_the_same_time_open_one_row(tmp_path: Path) -> None:
    clock = FrozenClock()
    with opened(tmp_path, clock=clock) as memory, opened(tmp_path, clock=clock) as another:
        snapshot(memory, clock, query_time_ms=400.0)
        threads = [threading.Thread(target=one.find_bottlenecks) for one in (memory, another) * 8]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(memory.bottlenecks(resolved=True)) == 1
        assert len(memory.ledger()) == 1


def test_a_forecast_is_scored_against_what_came(tmp_path: Path) -> None:
    clock = FrozenClock()
    with opened(tmp_path, clock=clock) as memory:
        memory.set_target("database_size_mb", 60.0)
        for hour in range(30):
            snapshot(memory, clock, database_size_mb=10.0 + hour)
        (made,) = memory.forecasts()
        assert (made.metric, made.came) == ("database_size_mb", None)
        assert made.breach_at is not None
        assert abs(made.breach_at - clock() - 21 * HOUR) < HOUR
        (row,) = memory.bottlenecks()
        assert (row.forecast, row.metric_name) == (True, "database_size_mb")
        assert memory.forecast_scores() == {}
        for hour in range(30, 39):
            snapshot(memory, clock, database_size_mb=10.0 + hour)
            memory.forecasts()
        found = memory.forecast_scores()["database_size_mb"]
        assert (found["n"], found["covered"]) == (1, 1.0)
        assert found["mae"] < 1.0


def test_targets_are_the_owners_own_and_of_one_namespace(tmp_path: Path) -> None:
    with opened(tmp_path) as memory, opened(tmp_path, namespace="acme/other") as other:
        memory.set_target("query_time_ms", 0.0001)
        memory.recall("which port")
        other.recall("which port")
        memory.analyze()
        other.analyze()
        assert "query_time_ms" in {row.metric_name for row in memory.bottlenecks()}
        assert other.targets()["query_time_ms"].source == "shipped"
        memory.set_target("query_time_ms", 100_000.0)
        memory.analyze()
        assert "query_time_ms" not in {row.metric_name for row in memory.bottlenecks()}
        with pytest.raises(NotFound):
            memory.trend("beauty")  # type: ignore[arg-type]


def test_measuring_hinders_no_work_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FrozenClock()
    with opened(tmp_path, clock=clock) as memory:
        memory.record_fact("The API listens on port 8080")
        full = tacit.errors.DiskFull("no space is left", cause="the disk is full", remedy="free some")

        def refuse(*_: object) -> None:
            raise full

        with monkeypatch.context() as patch:
            patch.setattr(memory._backend, "write", refuse)
            assert "could not be logged" in memory.recall("which port").reason
            clock.advance(HOUR)
            assert memory.recall("which port").results
            memory._tick()
        records = memory._backend.records(memory.namespace)
        assert records.learnings(SAMPLES) == {}
        assert memory.analyze().detail["errors"] == {"DiskFull": 1}, "one fault that many calls met"
