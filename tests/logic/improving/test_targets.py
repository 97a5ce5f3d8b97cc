"""Targets: the owner goes before what is learned, what is learned before what is shipped."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.errors import InvalidInput
from tacit.improvement import Target
from tacit.logic.improving.targets import FEWEST, METRICS, SHIPPED, checked_targets, learned, targets


def test_the_shipped_targets_are_those_of_the_specification() -> None:
    assert {name: (one.value, one.higher_is_better) for name, one in targets({}, {}).items()} == {
        "indexing_speed": (50.0, True),
        "memory_usage_mb": (500.0, False),
        "query_time_ms": (100.0, False),
        "cpu_percent": (70.0, False),
        "cache_hit_rate": (0.8, True),
        "error_count": (0.0, False),
    }


def test_the_owners_number_goes_before_all_others() -> None:
    history = {"recall_quality": [0.5 + n / 1000 for n in range(100)]}
    found = targets({"query_time_ms": 20.0, "recall_quality": 0.9, "database_size_mb": 1_000.0}, history)
    assert found["query_time_ms"] == Target(value=20.0, source="owner")
    assert found["recall_quality"] == Target(value=0.9, source="owner", higher_is_better=True)
    assert found["database_size_mb"] == Target(value=1_000.0, source="owner")
    assert found["cpu_percent"] is SHIPPED["cpu_percent"]


def test_a_target_is_learned_where_the_owner_asks_for_it_and_enough_is_known() -> None:
    history = {"query_time_ms": [20.0 + n % 3 for n in range(FEWEST)]}
    assert targets({"query_time_ms": "learned"}, history)["query_time_ms"] == Target(value=21.0, source="learned")
    too_few = {"query_time_ms": history["query_time_ms"][1:]}
    assert targets({"query_time_ms": "learned"}, too_few)["query_time_ms"] is SHIPPED["query_time_ms"]
    assert targets({}, history)["query_time_ms"] is SHIPPED["query_time_ms"]


def test_quality_has_a_target_once_it_was_probed_often_enough() -> None:
    assert "recall_quality" not in targets({}, {"recall_quality": [0.7] * 200}), "one probing, told again and again"
    probed = [0.70, 0.71, 0.69, 0.72, 0.70, 0.71, 0.73, 0.70]
    assert targets({}, {"recall_quality": probed})["recall_quality"].source == "learned"


def test_one_lucky_hour_is_no_target() -> None:
    values = [100.0] * 40
    values[7] = 1.0
    assert learned("query_time_ms", values) == 100.0


def test_a_level_that_was_held_stays_the_target_while_things_get_worse() -> None:
    assert learned("query_time_ms", [50.0] * 30 + [90.0] * 30) == 50.0
    assert learned("indexing_speed", [80.0] * 30 + [40.0] * 30) == 80.0


@given(st.lists(st.floats(0, 1e6), min_size=FEWEST, max_size=80))
def test_what_is_learned_was_there(values: list[float]) -> None:
    for metric in ("query_time_ms", "indexing_speed"):
        found = learned(metric, values)
        assert found is not None
        assert min(values) - 1e-4 <= found <= max(values) + 1e-4


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, True, "fast", 1e13])
def test_what_is_no_target_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="query_time_ms"):
        checked_targets({}, "query_time_ms", value)  # type: ignore[arg-type]


def test_a_share_over_one_and_an_unknown_metric_are_refused() -> None:
    with pytest.raises(InvalidInput):
        checked_targets({}, "recall_quality", 1.1)
    with pytest.raises(InvalidInput, match="no such metric"):
        checked_targets({}, "beauty", 1.0)


def test_setting_one_target_leaves_the_others() -> None:
    owner = checked_targets({"cpu_percent": 50.0}, "query_time_ms", 20)
    assert owner == {"cpu_percent": 50.0, "query_time_ms": 20.0}
    assert checked_targets(owner, "query_time_ms", None) == {"cpu_percent": 50.0}
    assert checked_targets(owner, "cpu_percent", "learned")["cpu_percent"] == "learned"
    assert set(SHIPPED) < set(METRICS)
