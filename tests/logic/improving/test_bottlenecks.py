"""Bottlenecks: better than the target is none; one open row a metric; told once; closed on recovery."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.improvement import Bottleneck, Forecast, Snapshot, Target
from tacit.logic.improving.bottlenecks import EASE, THRESHOLDS, Looked, deviation, look, severity
from tacit.logic.improving.targets import METRICS, targets

TARGETS = targets({}, {})
VALUES = st.floats(0, 1e5)


class Watching:
    """Looks at one snapshot after the other."""

    def __init__(self, wanted: Mapping[str, Target] = TARGETS) -> None:
        self.wanted = dict(wanted)
        self.open: dict[str, Bottleneck] = {}
        self.ids = (f"b{number}" for number in itertools.count(1))
        self.hours = 0

    def __call__(self, foreseen: Iterable[Forecast] = (), detail: Any = None, **metrics: float) -> Looked:
        self.hours += 1
        snapshot = Snapshot(id="s", timestamp=self.hours, metrics=metrics, targets=self.wanted, detail=detail or {})
        seen = look(self.open, snapshot, {one.metric: one for one in foreseen}, lambda: next(self.ids))
        self.open = seen.open
        return seen


@pytest.mark.parametrize(
    ("metric", "value", "expected"),
    [
        ("query_time_ms", 100.0, None),
        ("query_time_ms", 1.0, None),
        ("query_time_ms", 109.9, None),
        ("query_time_ms", 110.0, "low"),
        ("query_time_ms", 125.0, "medium"),
        ("query_time_ms", 150.0, "high"),
        ("query_time_ms", 200.0, "critical"),
        ("indexing_speed", 500.0, None),
        ("indexing_speed", 45.0, "low"),
        ("indexing_speed", 25.0, "high"),
        ("indexing_speed", 0.0, "critical"),
        ("cache_hit_rate", 1.0, None),
        ("cache_hit_rate", 0.6, "medium"),
        ("error_count", 0.0, None),
        ("error_count", 1.0, "low"),
        ("error_count", 10.0, "critical"),
    ],
)
def test_severity_goes_by_the_deviation_in_the_metrics_own_direction(
    metric: str, value: float, expected: str | None
) -> None:
    assert severity(deviation(value, TARGETS[metric])) == expected


@given(VALUES, st.sampled_from(sorted(TARGETS)))
def test_as_good_as_the_target_or_better_is_no_bottleneck(value: float, metric: str) -> None:
    target = TARGETS[metric]
    worse = value < target.value if target.higher_is_better else value > target.value
    seen = Watching()(**{metric: value})
    assert (deviation(value, target) > 0) == worse
    if not worse:
        assert (seen.open, seen.told) == ({}, ())


@given(st.lists(st.tuples(st.sampled_from(sorted(TARGETS)), VALUES), max_size=40))
def test_a_metric_has_one_open_row_at_most(looks: list[tuple[str, float]]) -> None:
    watching = Watching()
    rows: dict[str, Bottleneck] = {}
    for metric, value in looks:
        seen = watching(**{metric: value})
        rows |= {row.id: row for row in [*seen.open.values(), *seen.closed]}
        unresolved = [row.metric_name for row in rows.values() if not row.resolved]
        assert sorted(unresolved) == sorted(seen.open)
        assert all(0 < row.impact_score <= 100 for row in seen.open.values())


def test_a_row_is_updated_in_place_and_told_of_only_when_its_severity_changes() -> None:
    watching = Watching()
    first = watching(query_time_ms=130.0)
    second = watching(query_time_ms=135.0)
    third = watching(query_time_ms=250.0)
    assert [row.id for seen in (first, second, third) for row in seen.open.values()] == ["b1"] * 3
    row = third.open["query_time_ms"]
    assert (row.timestamp, row.updated_at, row.severity, row.impact_score) == (1, 3, "critical", 100.0)
    assert [len(seen.told) for seen in (first, second, third)] == [1, 0, 1]
    assert first.told[0].text == "medium: Recalls take 130 ms (p95), 30 % over the target of 100 ms."
    assert third.told[0].text.startswith("worse, now critical: ")


def test_recovery_closes_it_and_says_so() -> None:
    watching = Watching()
    watching(memory_usage_mb=900.0)
    seen = watching(memory_usage_mb=400.0)
    (row,) = seen.closed
    assert (row.id, row.resolved, row.resolved_at, row.current_value) == ("b1", True, 2, 400.0)
    assert row.description == "The largest process uses 900 MB, 80 % over the target of 500 MB. Recovered: 400 MB."
    assert [one.what for one in seen.told] == ["recovered"]
    assert watching(memory_usage_mb=900.0).open["memory_usage_mb"].id == "b2"


def test_what_hovers_about_a_threshold_is_told_once() -> None:
    watching = Watching()
    told = [watching(query_time_ms=value).told for value in (111.0, 109.0, 111.0, 108.5, 111.0)]
    assert [len(one) for one in told] == [1, 0, 0, 0, 0]
    assert watching(query_time_ms=107.9).closed


@given(st.floats(0, 300), st.sampled_from([None, *THRESHOLDS]))
def test_what_it_was_can_only_hold_a_severity_up(deviates: float, before: Any) -> None:
    ranks = [None, "low", "medium", "high", "critical"]
    fresh, held = severity(deviates), severity(deviates, before)
    assert ranks.index(held) >= ranks.index(fresh)
    assert held in (fresh, before)
    if held != fresh:
        assert deviates >= EASE * THRESHOLDS[before]


def test_silence_is_no_recovery() -> None:
    watching = Watching()
    before = watching(cpu_percent=95.0).open
    seen = watching(query_time_ms=3.0)
    assert (seen.open, seen.closed, seen.told) == (before, (), ())


def test_without_a_target_nothing_is_wrong() -> None:
    watching = Watching()
    assert watching(database_size_mb=1e6, active_connections=99.0, queue_age_s=1e6).open == {}
    watching(cpu_percent=95.0)
    del watching.wanted["cpu_percent"]
    (row,) = watching(cpu_percent=95.0).closed
    assert row.description.endswith("It has no target any more.")


def test_errors_are_told_by_kind() -> None:
    seen = Watching()(detail={"errors": {"DiskFull": 2, "ModelError": 1}}, error_count=3.0)
    row = seen.open["error_count"]
    assert (row.severity, row.impact_score) == ("medium", 30.0)
    assert row.description == "3 errors (DiskFull 2, ModelError 1); the target is 0."


def test_every_metric_has_words() -> None:
    worst = {name: Target(value=1.0, higher_is_better=name in ("recall_quality",)) for name in METRICS}
    seen = Watching(worst)(**{name: 0.1 if name == "recall_quality" else 5_000.0 for name in METRICS})
    assert sorted(seen.open) == sorted(METRICS)
    assert all(row.description.endswith(".") for row in seen.open.values())


def breach(metric: str = "memory_usage_mb") -> Forecast:
    day = 86_400_000_000
    return Forecast(
        id="f", metric=metric, made_at=0, due_at=day, value=600.0, low=560.0, high=640.0, breach_at=5 * 3_600_000_000
    )


def test_a_bottleneck_is_foreseen_becomes_one_and_recovers_in_one_row() -> None:
    watching = Watching()
    first = watching([breach()], memory_usage_mb=450.0)
    row = first.open["memory_usage_mb"]
    assert (row.forecast, row.severity, row.impact_score) == (True, "low", 20.0)
    assert row.description == "If the trend holds, memory passes the target of 500 MB in 5.0 hours; it is 450 MB now."
    assert first.told[0].text.startswith("expected, low: ")
    there = watching([breach()], memory_usage_mb=560.0)
    assert (there.open["memory_usage_mb"].id, there.open["memory_usage_mb"].forecast) == (row.id, False)
    assert len(there.told) == 1
    assert watching(memory_usage_mb=300.0).closed[0].id == row.id


def test_a_foreseen_one_that_is_not_in_sight_any_more_is_closed() -> None:
    watching = Watching()
    watching([breach()], memory_usage_mb=450.0)
    (row,) = watching(memory_usage_mb=440.0).closed
    assert row.description.endswith("The trend does not lead there any more.")
