"""What the loop keeps can be read with any SQLite under the names and columns that were published for it."""

import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tacit
import tacit.opening
from tacit.improvement import (
    APPLICATIONS,
    BOTTLENECKS,
    IMPROVEMENTS,
    SNAPSHOTS,
    TRIALS,
    Alteration,
    Application,
    Bottleneck,
    Improvement,
    Judgement,
    Snapshot,
    Trial,
)
from tacit.logic.improving.shelf import put_rows
from tacit.memory import Memory
from tacit.testing.clock import FrozenClock

PUBLISHED = {
    "performance_metrics": "id, timestamp, session_id, indexing_speed, memory_usage_mb, query_time_ms, cpu_percent, "
    "database_size_mb, active_connections, cache_hit_rate, error_count, metrics_json",
    "bottlenecks": "id, metric_name, current_value, target_value, severity, impact_score, description, resolved, "
    "timestamp",
    "improvements": "id, bottleneck_id, suggestion_type, description, code_changes, expected_improvement, confidence, "
    "status, test_results, timestamp",
    "test_results": "id, improvement_id, success, performance_before, performance_after, performance_change_percent, "
    "errors, warnings, execution_time, timestamp",
    "applied_improvements": "id, improvement_id, applied_at, performance_before, performance_after, success, "
    "rollback_data, rolled_back, rolled_back_at, notes",
}
AT = 1_767_268_800_000_000
ISO = "2026-01-01T12:00:00.000Z"


@pytest.fixture
def memory(tmp_path: Path) -> Any:
    with tacit.open(tmp_path / "memory.db", embedder="none", worker=False, clock=FrozenClock(AT)) as opened:
        yield opened


def rows(memory: Memory, query: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(f"file:{memory._in_file('this test').path}?mode=ro", uri=True)
    try:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]
    finally:
        connection.close()


def kept(memory: Memory) -> None:
    write = memory._backend.write
    change = Alteration(policy={"candidates": 50})
    improvement = Improvement(
        id="i1", bottleneck="b1", description="fewer", change=change, confidence=0.4, status="applied", timestamp=AT
    )
    untried = msgspec.structs.replace(improvement, id="i2", status="proposed", suggestion_type="caching")
    slow = Bottleneck(
        id="b1",
        metric_name="query_time_ms",
        current_value=200.0,
        target_value=100.0,
        severity="critical",
        impact_score=100.0,
        description="slow",
        resolved=True,
        timestamp=AT,
    )
    judged = Judgement(primary="milliseconds", accepted=True, reason="faster")
    first = Trial(id="t1", improvement="i1", timestamp=AT, success=True, errors=("it broke",), execution_time=2.5)
    second = Trial(
        id="t2",
        improvement="i1",
        timestamp=AT,
        success=True,
        before={"quality": 0.5},
        after={"quality": 0.75},
        performance_change_percent=50.0,
        judgement=judged,
    )
    back = Application(
        id="a1",
        improvement="i1",
        applied_at=AT,
        before={"quality": 0.5},
        undo={"head": ""},
        state="rolled back",
        success=False,
        rolled_back_at=AT,
        notes="worse",
    )
    metrics = {"query_time_ms": 200.0, "error_count": 3.0, "recall_quality": 0.5}
    snapshots = [Snapshot(id="s1", timestamp=AT, session="night", metrics=metrics), Snapshot(id="s2", timestamp=AT)]
    changes = [
        put_rows(IMPROVEMENTS, improvement, untried),
        put_rows(BOTTLENECKS, slow),
        put_rows(TRIALS, first, second),
        put_rows(APPLICATIONS, back, Application(id="a2", improvement="i1", applied_at=AT)),
        put_rows(SNAPSHOTS, *snapshots),
    ]
    write(memory.namespace, changes)


@pytest.mark.parametrize("view", PUBLISHED)
def test_a_view_has_the_published_columns_and_the_namespace(view: str, memory: Memory):
    found = rows(memory, f"SELECT name FROM pragma_table_info('{view}')")
    assert ", ".join(one["name"] for one in found) == f"{PUBLISHED[view]}, namespace"
    assert rows(memory, f"SELECT * FROM {view}") == []


def test_what_the_loop_kept_is_read_in_its_published_shape(memory: Memory):
    kept(memory)
    measured, nothing = rows(memory, "SELECT * FROM performance_metrics ORDER BY id")
    assert measured == {
        "id": "s1",
        "timestamp": ISO,
        "session_id": "night",
        "indexing_speed": None,
        "memory_usage_mb": None,
        "query_time_ms": 200.0,
        "cpu_percent": None,
        "database_size_mb": None,
        "active_connections": None,
        "cache_hit_rate": None,
        "error_count": 3.0,
        "metrics_json": '{"query_time_ms":200.0,"error_count":3.0,"recall_quality":0.5}',
        "namespace": "default",
    }
    assert (nothing["query_time_ms"], nothing["metrics_json"]) == (None, "{}")
    assert rows(memory, "SELECT * FROM bottlenecks") == [
        {
            "id": "b1",
            "metric_name": "query_time_ms",
            "current_value": 200.0,
            "target_value": 100.0,
            "severity": "critical",
            "impact_score": 100.0,
            "description": "slow",
            "resolved": 1,
            "timestamp": ISO,
            "namespace": "default",
        }
    ]
    tried, untried = rows(memory, "SELECT * FROM improvements ORDER BY id")
    assert tried["code_changes"] == '{"policy":{"candidates":50}}'
    assert (tried["bottleneck_id"], tried["status"], tried["confidence"]) == ("b1", "applied", 0.4)
    assert msgspec.json.decode(tried["test_results"], type=Trial).id == "t2", "the latest test"
    assert (untried["test_results"], untried["suggestion_type"]) == (None, "caching")
    broke, judged = rows(memory, "SELECT * FROM test_results ORDER BY id")
    assert (broke["success"], broke["errors"], broke["execution_time"]) == (0, '["it broke"]', 2.5)
    assert judged == {
        "id": "t2",
        "improvement_id": "i1",
        "success": 1,
        "performance_before": '{"quality":0.5}',
        "performance_after": '{"quality":0.75}',
        "performance_change_percent": 50.0,
        "errors": "[]",
        "warnings": "[]",
        "execution_time": 0.0,
        "timestamp": ISO,
        "namespace": "default",
    }
    back, live = rows(memory, "SELECT * FROM applied_improvements ORDER BY id")
    assert (back["rolled_back"], back["rolled_back_at"], back["success"], back["notes"]) == (1, ISO, 0, "worse")
    assert (back["rollback_data"], back["performance_before"]) == ('{"head":""}', '{"quality":0.5}')
    assert (live["rolled_back"], live["rolled_back_at"], live["success"]) == (0, None, 1)


def test_each_row_is_seen_with_its_own_namespace(memory: Memory):
    kept(memory)
    with tacit.open(
        memory._in_file("this test").path, namespace="acme/other", embedder="none", worker=False
    ) as another:
        kept(another)
    for view in PUBLISHED:
        both = rows(memory, f"SELECT namespace, count(*) AS n FROM {view} GROUP BY namespace")
        assert [one["namespace"] for one in both] == ["acme/other", "default"]
        assert len({one["n"] for one in both}) == 1


def test_the_views_are_no_damage_to_whoever_checks_the_file(memory: Memory):
    kept(memory)
    assert [problem for _, _, problem in memory.check() if problem] == []
    assert [check.name for check in tacit.opening.examine(memory._in_file("this test").path) if _failed(check)] == []


def _failed(found: Any) -> bool:
    return getattr(found, "status", "") == "failure"
