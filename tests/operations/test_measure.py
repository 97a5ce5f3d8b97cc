"""Measuring: the meter of a process, analyses of what all of them told, bottlenecks and forecasts as rows."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tacit.changes import Enqueue, PutLearned, SetNote
from tacit.errors import DiskFull, InvalidInput, NotFound
from tacit.improvement import BOTTLENECKS, FORECASTS, SAMPLES, SNAPSHOTS, Entry, Sample, Snapshot
from tacit.logic.improving import shelf
from tacit.logic.improving.meters import KEPT
from tacit.logic.improving.moments import stamped
from tacit.memory import Memory
from tacit.opening import open_memory
from tacit.operations import bottlenecks, forecasts, measure, meter
from tacit.operations.meter import Meter
from tacit.testing.clock import FrozenClock

SECOND = 1_000_000
MINUTE, HOUR = 60 * SECOND, 3_600 * SECOND
FULL = DiskFull("no space is left", cause="the disk is full", remedy="free some")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def memory(tmp_path: Path, clock: FrozenClock) -> Iterator[Memory]:
    with open_memory(tmp_path / "a.db", embedder="none", worker=False, clock=clock) as opened:
        yield opened


def told(memory: Memory, **counted: Any) -> str:
    """A sample of the minute before now."""
    now = memory._scope.clock()
    given = {"process": "9-9", "begun": now - MINUTE, "ended": now, **counted}
    return meter.write_sample(memory._scope, Sample(**given))


def analyzed(memory: Memory, clock: FrozenClock, **metrics: float) -> Snapshot:
    """A snapshot as an analysis keeps it, of these values, an hour after the last one."""
    clock.advance(HOUR)
    made = Snapshot(
        id=stamped(memory._scope.new_id(), clock()), timestamp=clock(), metrics=metrics, targets=memory.targets()
    )
    memory._backend.write(memory.namespace, [PutLearned(space=SNAPSHOTS, rows={made.id: msgspec.to_builtins(made)})])
    return made


def rows(memory: Memory, space: str) -> dict[str, Any]:
    return memory._backend.records(memory.namespace).learnings(space, limit=100_000)


def ledger(memory: Memory) -> list[tuple[str, str]]:
    lines = [msgspec.convert(row, Entry) for row in rows(memory, "loop.ledger").values()]
    return [(line.what, line.text) for line in lines]


def test_a_process_that_did_nothing_tells_nothing(clock: FrozenClock) -> None:
    counting = Meter(clock)
    clock.advance(10 * MINUTE)
    assert not counting.due(clock())
    assert counting.sample(clock()) is None


def test_a_sample_is_due_a_minute_after_the_last_one_once_something_happened(clock: FrozenClock) -> None:
    counting = Meter(clock)
    counting.recalled(3.0)
    clock.advance(MINUTE - 1)
    assert not counting.due(clock())
    clock.advance(1)
    assert counting.due(clock())
    first = counting.sample(clock())
    assert first is not None
    assert (first.ended - first.begun, first.recalls, first.queries) == (MINUTE, 1, (3.0,))
    assert counting.sample(clock()) is None


def test_writing_alone_is_told_once_a_minute_has_passed_and_not_at_the_end(clock: FrozenClock) -> None:
    counting = Meter(clock)
    with counting.writing:
        pass
    assert counting.sample(clock()) is None
    clock.advance(MINUTE)
    assert counting.due(clock())
    assert counting.sample(clock(), quiet=True) is not None
    clock.advance(MINUTE)
    assert not counting.due(clock())


def test_an_idle_memory_writes_no_samples(memory: Memory, clock: FrozenClock) -> None:
    memory.record_fact("the port is 80")
    for _ in range(5):
        clock.advance(MINUTE)
        memory._tick()
    assert len(rows(memory, SAMPLES)) == 1


def test_idle_time_is_not_measured(clock: FrozenClock) -> None:
    counting = Meter(clock)
    clock.advance(HOUR)
    assert not counting.due(clock())
    counting.recalled(3.0)
    clock.advance(MINUTE)
    made = counting.sample(clock())
    assert made is not None
    assert made.ended - made.begun == MINUTE


@pytest.mark.parametrize("recalls", [1, KEPT, KEPT + 1, 10_000])
def test_the_times_that_are_kept_are_drawn_evenly(clock: FrozenClock, recalls: int) -> None:
    counting = Meter(clock)
    for number in range(recalls):
        counting.recalled(float(number))
    made = counting.sample(clock())
    assert made is not None
    assert made.recalls == recalls
    assert min(recalls, KEPT // 2) <= len(made.queries) <= KEPT
    assert abs(sum(made.queries) / len(made.queries) - (recalls - 1) / 2) <= recalls / KEPT + 1
    gaps = {after - before for before, after in zip(made.queries, made.queries[1:], strict=False)}
    assert len(gaps) <= 1


def test_threads_count_together(clock: FrozenClock) -> None:
    counting = Meter(clock)

    def work() -> None:
        for number in range(2_000):
            counting.recalled(float(number))
            with pytest.raises(DiskFull), counting:
                raise DiskFull("full", cause="c", remedy="r")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = counting.sample(clock())
    assert made is not None
    assert (made.recalls, made.errors) == (8_000, {"DiskFull": 8_000})


def test_an_error_counts_once_and_what_the_caller_must_mend_not_at_all(clock: FrozenClock) -> None:
    counting = Meter(clock)
    for error in (FULL, InvalidInput("a", cause="b", remedy="c"), NotFound("a", cause="b", remedy="c"), SystemExit()):
        with pytest.raises(type(error)), counting, counting:
            raise error
    made = counting.sample(clock())
    assert made is not None
    assert made.errors == {"DiskFull": 1}


def test_samples_past_their_time_are_dropped_as_others_are_written(
    memory: Memory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(50):
        told(memory, recalls=1)
    clock.advance(meter.KEEP + HOUR)
    monkeypatch.setattr(shelf, "ONE_IN", 4)
    fresh = [told(memory, recalls=1) for _ in range(100)]
    assert sorted(rows(memory, SAMPLES)) == sorted(fresh)


def test_no_more_samples_are_kept_than_there_is_room_for(
    memory: Memory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meter, "MOST", 50)
    monkeypatch.setattr(shelf, "ONE_IN", 4)
    keys = []
    for _ in range(200):
        clock.advance(SECOND)
        keys.append(told(memory))
    kept = sorted(rows(memory, SAMPLES))
    assert 50 <= len(kept) < 150
    assert kept == keys[-len(kept) :], "the oldest went"


def test_an_analysis_is_of_the_last_hour_and_of_all_processes(memory: Memory, clock: FrozenClock) -> None:
    told(memory, recalls=1, queries=(900.0,), errors={"Busy": 5})
    clock.advance(HOUR + MINUTE)
    for number in range(3):
        told(memory, process=f"{number}-1", recalls=10, queries=(float(number + 1),) * 10, memory_mb=100.0 + number)
    told(memory, process="7-1", errors={"DiskFull": 1}, cpu_seconds=30.0)
    found = measure.analyze(memory._scope, memory._backend, memory._file, session="night")
    assert found.metrics["query_time_ms"] == 3.0
    assert (found.metrics["error_count"], found.detail["errors"]) == (1.0, {"DiskFull": 1})
    assert (found.metrics["memory_usage_mb"], found.metrics["active_connections"]) == (102.0, 4.0)
    assert found.metrics["database_size_mb"] > 0
    assert (found.session, found.detail["processes"], found.detail["recalls"]) == ("night", 4, 30)
    assert measure.snapshots(memory._scope) == [found]


def test_what_was_not_measured_has_a_reason_and_no_value(memory: Memory) -> None:
    found = measure.analyze(memory._scope, memory._backend, None)
    assert found.metrics == {"active_connections": 0.0, "queue_age_s": 0.0}
    assert found.unmeasured["database_size_mb"] == "this memory lives in the process"
    assert found.unmeasured["query_time_ms"] == "no process did anything in this time"
    assert "probed" in found.unmeasured["recall_quality"]


def test_the_queue_is_as_old_as_its_oldest_job(memory: Memory, clock: FrozenClock) -> None:
    memory._backend.write(memory.namespace, [Enqueue(stage="learn", key="a")])
    clock.advance(90 * SECOND)
    memory._backend.write(memory.namespace, [Enqueue(stage="learn", key="b")])
    found = measure.analyze(memory._scope, memory._backend, None)
    assert found.metrics["queue_age_s"] == 90.0


def test_quality_is_what_was_probed_within_a_day(memory: Memory, clock: FrozenClock) -> None:
    note = SetNote(key="probed", value={"quality": 0.75, "cases": 12, "at": clock()})
    memory._backend.write(memory.namespace, [note])
    clock.advance(2 * HOUR)
    found = measure.analyze(memory._scope, memory._backend, None)
    assert (found.metrics["recall_quality"], found.detail["probed_cases"]) == (0.75, 12)
    assert found.detail["probed_s_ago"] == 7_200
    clock.advance(48 * HOUR)
    found = measure.analyze(memory._scope, memory._backend, None)
    assert found.unmeasured["recall_quality"].startswith("last probed 2 days ago (0.75)")


def test_targets_are_kept_and_taken_back(memory: Memory) -> None:
    assert memory.set_target("query_time_ms", 20)["query_time_ms"].source == "owner"
    assert memory.targets()["query_time_ms"].value == 20.0
    assert memory.set_target("query_time_ms", None)["query_time_ms"].value == 100.0
    with pytest.raises(InvalidInput):
        memory.set_target("query_time_ms", -1)
    assert memory.targets()["query_time_ms"].source == "shipped"


def test_a_target_is_learned_from_the_snapshots(memory: Memory, clock: FrozenClock) -> None:
    memory.set_target("database_size_mb", "learned")
    for _ in range(24):
        analyzed(memory, clock, database_size_mb=40.0)
    assert (memory.targets()["database_size_mb"].source, memory.targets()["database_size_mb"].value) == (
        "learned",
        40.0,
    )


def test_a_bottleneck_is_one_row_from_its_beginning_to_its_end(memory: Memory, clock: FrozenClock) -> None:
    assert bottlenecks.identify(memory._scope) == []
    for value in (150.0, 160.0, 300.0, 90.0, 90.0):
        analyzed(memory, clock, query_time_ms=value)
        bottlenecks.identify(memory._scope)
        bottlenecks.identify(memory._scope)
    (row,) = bottlenecks.bottlenecks(memory._scope, resolved=True)
    assert (row.resolved, row.current_value, row.severity) == (True, 90.0, "critical")
    assert bottlenecks.bottlenecks(memory._scope) == []
    assert len(rows(memory, BOTTLENECKS)) == 1
    assert [what for what, _ in ledger(memory)] == ["bottleneck", "bottleneck", "recovered"]


def test_processes_that_look_at_once_open_one_row_a_metric(memory: Memory, clock: FrozenClock) -> None:
    analyzed(memory, clock, query_time_ms=900.0, cpu_percent=99.0)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: bottlenecks.identify(memory._scope), range(32)))
    assert {tuple(row.id for row in one) for one in found} == {tuple(row.id for row in memory.bottlenecks())}
    assert sorted(row["metric_name"] for row in rows(memory, BOTTLENECKS).values()) == ["cpu_percent", "query_time_ms"]
    assert len(ledger(memory)) == 2


def test_open_ones_are_told_the_worst_first(memory: Memory, clock: FrozenClock) -> None:
    analyzed(memory, clock, query_time_ms=150.0, cpu_percent=80.0, error_count=7.0)
    found = bottlenecks.identify(memory._scope)
    assert [row.metric_name for row in found] == ["error_count", "query_time_ms", "cpu_percent"]


def test_a_forecast_is_made_once_scored_when_it_is_due_and_made_again(memory: Memory, clock: FrozenClock) -> None:
    for hour in range(24):
        analyzed(memory, clock, memory_usage_mb=100.0 + 10 * hour)
    (first,) = forecasts.forecasts(memory._scope)
    assert (first.metric, first.due_at - first.made_at) == ("memory_usage_mb", 23 * HOUR // 4)
    assert first.value == pytest.approx(330.0 + 10 * 5.75)
    for hour in range(24, 29):
        analyzed(memory, clock, memory_usage_mb=100.0 + 10 * hour)
        assert forecasts.forecasts(memory._scope) == [first], "not before it is due"
    assert forecasts.scores(memory._scope) == {}
    analyzed(memory, clock, memory_usage_mb=390.0)
    (second,) = forecasts.forecasts(memory._scope)
    assert second.id != first.id
    found = forecasts.scores(memory._scope)["memory_usage_mb"]
    assert (found["n"], found["covered"]) == (1, 1.0)
    assert found["mae"] == pytest.approx(0.0, abs=1e-6)
    assert len(rows(memory, FORECASTS)) == 2


def test_a_bottleneck_is_foreseen_and_comes_true_in_its_row(memory: Memory, clock: FrozenClock) -> None:
    for hour in range(24):
        analyzed(memory, clock, memory_usage_mb=100.0 + 15 * hour)
    memory.forecasts()
    (row,) = memory.bottlenecks()
    assert (row.forecast, row.current_value, row.target_value) == (True, 445.0, 500.0)
    assert "memory passes the target of 500 MB in 3.7 hours" in row.description
    analyzed(memory, clock, memory_usage_mb=570.0)
    (came,) = memory.find_bottlenecks()
    assert (came.id, came.forecast, came.severity) == (row.id, False, "low")
    assert [text.split(":")[0] for _, text in ledger(memory)] == ["expected, low", "low"]


def test_a_metric_that_nobody_knows_and_hours_that_are_none_are_refused(memory: Memory) -> None:
    with pytest.raises(NotFound, match="no metric"):
        measure.trend(memory._scope, "beauty")
    for hours in (0, -1, float("nan"), 1e9, True):
        with pytest.raises(InvalidInput, match="hours"):
            measure.snapshots(memory._scope, hours=hours)


def test_a_trend_is_of_its_hours_and_of_what_was_measured(memory: Memory, clock: FrozenClock) -> None:
    analyzed(memory, clock, cpu_percent=1.0)
    middle = analyzed(memory, clock, query_time_ms=5.0, cpu_percent=2.0)
    last = analyzed(memory, clock, query_time_ms=6.0)
    assert memory.trend("query_time_ms") == [(middle.timestamp, 5.0), (last.timestamp, 6.0)]
    assert memory.trend("cpu_percent", hours=2.5) == [(middle.timestamp - HOUR, 1.0), (middle.timestamp, 2.0)]
    assert memory.trend("cpu_percent", hours=1.5) == [(middle.timestamp, 2.0)]
