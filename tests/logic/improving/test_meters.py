"""Meters: what all processes did together, and why a value is missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.improvement import Sample
from tacit.logic.improving.meters import Measured, merged, percentiles
from tacit.logic.improving.moments import since, stamped

MINUTE = 60_000_000
NOW = 100 * MINUTE


def sample(process: str = "1", at: int = 99, **told: object) -> Sample:
    """One of the minute `at`."""
    return Sample(process=process, begun=at * MINUTE, ended=(at + 1) * MINUTE, **told)  # type: ignore[arg-type]


def of(*samples: Sample, cores: int = 2) -> Measured:
    return merged(samples, now=NOW, cores=cores)


def test_without_samples_every_metric_says_why_it_is_missing() -> None:
    found = of()
    assert found.metrics == {"active_connections": 0.0}
    assert sorted(found.unmeasured) == [
        "cache_hit_rate", "cpu_percent", "error_count", "indexing_speed", "memory_usage_mb", "query_time_ms",
    ]  # fmt: skip
    assert all(found.unmeasured.values())


def test_times_of_recalls_count_by_how_many_they_stand_for() -> None:
    busy = sample(queries=(10.0,) * 100, recalls=9_900)
    slow = sample("2", queries=(500.0,) * 100, recalls=100)
    found = of(busy, slow)
    assert (found.metrics["query_time_ms"], found.detail["query_time_p50_ms"]) == (10.0, 10.0)
    assert of(busy, slow, sample("3", queries=(500.0,), recalls=600)).metrics["query_time_ms"] == 500.0


def test_errors_of_all_processes_are_counted_by_kind() -> None:
    found = of(sample(errors={"DiskFull": 1}), sample("2", errors={"DiskFull": 2, "Busy": 1}))
    assert found.metrics["error_count"] == 4.0
    assert found.detail["errors"] == {"DiskFull": 3, "Busy": 1}


def test_memory_is_the_largest_of_the_latest() -> None:
    found = of(sample(at=90, memory_mb=900.0), sample(at=98, memory_mb=100.0), sample("2", memory_mb=120.0))
    assert (found.metrics["memory_usage_mb"], found.detail["memory_of_all_mb"]) == (120.0, 220.0)


def test_a_text_that_comes_for_the_first_time_is_no_fault_of_the_cache() -> None:
    found = of(sample(cache_hits=60, cache_misses=1_040, cache_firsts=1_000))
    assert (found.metrics["cache_hit_rate"], found.detail["cache_share_of_all"]) == (0.6, 0.0545)
    assert (
        "20 are needed" in of(sample(cache_hits=5, cache_misses=1_000, cache_firsts=995)).unmeasured["cache_hit_rate"]
    )


def test_cpu_is_a_share_of_all_cores_over_the_time_at_work() -> None:
    assert of(sample(cpu_seconds=60.0)).metrics["cpu_percent"] == 50.0
    assert of(sample(cpu_seconds=60.0), sample("2", cpu_seconds=30.0)).metrics["cpu_percent"] == 75.0
    assert of(sample(cpu_seconds=60.0), sample(at=50, cpu_seconds=0.0)).metrics["cpu_percent"] == 25.0


def test_two_memories_of_one_process_do_not_count_its_time_twice() -> None:
    assert of(sample(cpu_seconds=60.0), sample(cpu_seconds=60.0)).metrics["cpu_percent"] == 50.0


def test_a_command_that_lives_for_a_moment_says_nothing_of_the_machine() -> None:
    short = Sample(process="1", begun=NOW - 500_000, ended=NOW, cpu_seconds=0.5, recalls=1, queries=(3.0,))
    assert of(short).unmeasured["cpu_percent"] == "0.5 s were observed; 10 are needed"


def test_indexing_is_a_rate_over_enough_files() -> None:
    assert of(sample(files=300, indexing_seconds=4.0)).metrics["indexing_speed"] == 75.0
    assert "10 are needed" in of(sample(files=3, indexing_seconds=1.0)).unmeasured["indexing_speed"]


def test_processes_count_as_connected_until_their_next_sample_is_missing() -> None:
    found = of(sample("1"), sample("1", at=98), sample("2", at=98), sample("3", at=80))
    assert found.metrics["active_connections"] == 2


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=50), st.floats(0.01, 0.99))
def test_a_percentile_has_its_share_of_the_values_at_or_under_it(values: list[float], share: float) -> None:
    (found,) = percentiles(np.array(values), np.ones(len(values)), share)
    assert sum(one <= found for one in values) >= share * len(values) - 1e-6
    assert sum(one < found for one in values) <= share * len(values) + 1e-6


@given(st.integers(0, 2**47 * 1000), st.integers(0, 2**47 * 1000))
def test_rows_under_stamped_ids_are_read_by_time(first: int, second: int) -> None:
    name = "01890000-0000-7abc-8def-0123456789ab"
    assert len(stamped(name, first)) == len(name)
    if first // 1000 < second // 1000:
        assert stamped(name, first) < since(second) < stamped(name, second)


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(IndexError):
        percentiles(np.array([]), np.array([]), 0.5)
