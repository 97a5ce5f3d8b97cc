"""What is measured: the metrics, what they should be, what is worse than that, where it goes."""

from pathlib import Path
from typing import Any

import pytest
from tests.cutting.harness import brings, opened

from tacit.memory import Memory
from tacit.testing.clock import FrozenClock

SECOND, HOUR = 1_000_000, 3_600_000_000


def waiting(**flags: Any) -> tuple[Memory, FrozenClock]:
    """A memory in which a job waits: the age of the queue is as the clock says."""
    clock = FrozenClock()
    memory = opened(clock=clock, **flags)
    memory.record_fact("The API listens on port 8080")
    return memory, clock


def hourly(memory: Memory, clock: FrozenClock, hours: int) -> None:
    for _ in range(hours):
        clock.advance(HOUR)
        memory.analyze()


@brings("metrics")
def recalls_are_timed_and_counted(folder: Path) -> None:
    with opened() as memory:
        memory.recall("which port")
        assert memory.analyze().metrics.get("query_time_ms", 0.0) > 0


@brings("errors are counted")
def what_a_call_raises_is_counted(folder: Path) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("the cable is out")

    with opened() as memory:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(memory._backend, "select", broken)
            with pytest.raises(OSError, match="cable"):
                memory.items()
        assert memory.analyze().metrics["error_count"] == 1


@brings("speed of indexing")
def files_are_counted_as_they_are_indexed(folder: Path) -> None:
    for number in range(12):
        (folder / f"{number}.md").write_text(f"# Service {number}\n\nIt listens on port {8000 + number}.\n")
    with opened() as memory:
        list(memory.index_folder(folder))
        assert memory.analyze().metrics.get("indexing_speed", 0.0) > 0


@brings("first questions")
def what_no_cache_could_know_is_not_held_against_it(folder: Path) -> None:
    with opened(embedder="hashing:64") as memory:
        for number in range(60):
            memory.recall(f"question {number % 30}")
        assert memory.analyze().metrics["cache_hit_rate"] == 1.0


@brings("age of the queue")
def a_job_that_nobody_does_is_seen(folder: Path) -> None:
    memory, clock = waiting()
    with memory:
        hourly(memory, clock, 1)
        assert memory.trend("queue_age_s") == [(clock(), 3_600.0)]


@brings("the owner's targets")
def a_number_of_ones_own_counts(folder: Path) -> None:
    memory, clock = waiting()
    with memory:
        memory.set_target("queue_age_s", 60)
        hourly(memory, clock, 1)
        assert [row.metric_name for row in memory.bottlenecks()] == ["queue_age_s"]


@brings("learned targets")
def a_level_that_was_held_becomes_the_target(folder: Path) -> None:
    with opened(clock=FrozenClock()) as memory:
        memory.set_target("database_size_mb", "learned")
        memory.set_target("queue_age_s", "learned")
        hourly(memory, memory._scope.clock, 30)  # type: ignore[arg-type]
        found = memory.targets().get("queue_age_s")
        assert found is not None
        assert (found.source, found.value) == ("learned", 0.0)


@brings("bottlenecks")
def what_is_worse_than_its_target_is_told_and_closed(folder: Path) -> None:
    memory, clock = waiting()
    with memory:
        memory.set_target("queue_age_s", 1_800)
        hourly(memory, clock, 1)
        assert [(row.severity, row.impact_score) for row in memory.bottlenecks()] == [("critical", 100.0)]
        memory.set_target("queue_age_s", 36_000)
        memory.analyze()
        assert memory.bottlenecks() == []
        assert [line.what for line in memory.ledger()] == ["recovered", "bottleneck"]


@brings("ease of severities")
def what_hovers_about_a_threshold_stays(folder: Path) -> None:
    memory, clock = waiting()
    with memory:
        memory.set_target("queue_age_s", 100)
        clock.advance(111 * SECOND)
        memory.analyze()
        memory.set_target("queue_age_s", 102)
        memory.analyze()
        assert [row.severity for row in memory.bottlenecks()] == ["low"]


@brings("forecasts")
def what_is_about_to_be_worse_than_its_target_is_told(folder: Path) -> None:
    memory, clock = waiting()
    with memory:
        memory.set_target("queue_age_s", 40 * 3_600)
        hourly(memory, clock, 30)
        memory.forecasts()
        assert [(row.metric_name, row.forecast) for row in memory.bottlenecks()] == [("queue_age_s", True)]


@brings("changepoints")
def what_was_before_a_change_does_not_count(folder: Path) -> None:
    clock = FrozenClock()
    with opened(clock=clock) as memory:
        hourly(memory, clock, 30)
        memory.record_fact("The API listens on port 8080")
        hourly(memory, clock, 40)
        (made,) = [one for one in memory.forecasts() if one.metric == "queue_age_s"]
        assert made.value == pytest.approx((40 + 69 / 4) * 3_600, rel=0.02)


@brings("scores of forecasts")
def what_came_is_held_against_what_was_foretold(folder: Path) -> None:
    memory, clock = waiting()
    with memory:
        hourly(memory, clock, 24)
        memory.forecasts()
        hourly(memory, clock, 7)
        memory.forecasts()
        assert memory.forecast_scores().get("queue_age_s", {}).get("covered") == 1.0


@brings("retention of samples")
def samples_do_not_pile_up(folder: Path) -> None:
    clock = FrozenClock()
    with opened(clock=clock) as memory:
        for _ in range(5):
            memory.recall("which port")
            clock.advance(8 * 24 * HOUR)
            memory._tick()
        assert memory.stats().learned["loop.samples"] <= 2
