"""Dials: each has a range, each field of the policy is either in reach or left alone for a reason."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.improving.dials import (
    DIALS,
    GROUPS,
    OUT_OF_REACH,
    Dial,
    dials_for,
    differing,
    patched,
    reading,
)
from tacit.policy import Policy

FIELDS = {field.name for field in msgspec.structs.fields(Policy)}
ANY_DIAL = st.sampled_from(sorted(DIALS))
UNIT = st.floats(0, 1)


def test_each_field_of_the_policy_is_in_reach_or_left_alone_for_a_reason():
    assert set(DIALS) | set(OUT_OF_REACH) == FIELDS
    assert set(DIALS) & set(OUT_OF_REACH) == set()
    assert all(OUT_OF_REACH.values())


@pytest.mark.parametrize(
    "name", [one for one in sorted(FIELDS) if one.startswith(("rule_", "withhold_", "effect_error", "exploration"))]
)
def test_what_judges_is_out_of_reach(name):
    assert name not in DIALS


def test_what_was_measured_by_withholding_can_never_be_switched_off():
    assert DIALS["effect"].low > 0


@pytest.mark.parametrize("dial", DIALS.values(), ids=lambda dial: dial.name)
def test_the_shipped_value_lies_within_the_range(dial: Dial):
    assert dial.low <= getattr(Policy(), dial.name) <= dial.high


@pytest.mark.parametrize("dial", DIALS.values(), ids=lambda dial: dial.name)
def test_a_dial_has_the_type_of_its_field(dial: Dial):
    kind = type(getattr(Policy(), dial.name))
    assert isinstance(dial.value(0.37), kind)
    assert msgspec.convert({dial.name: dial.value(0.37)}, Policy)


@given(ANY_DIAL, UNIT)
def test_every_place_has_a_value_within_the_range(name, unit):
    dial = DIALS[name]
    assert dial.low <= dial.value(unit) <= dial.high


@given(ANY_DIAL, UNIT)
def test_a_value_stands_near_where_it_was_taken_from(name, unit):
    dial = DIALS[name]
    back = dial.value(dial.unit(dial.value(unit)))
    assert back == dial.value(unit)
    assert abs(dial.unit(dial.value(unit)) - unit) < (0.2 if dial.integer else 0.05)  # whole numbers are far apart


@given(ANY_DIAL, UNIT, UNIT)
def test_values_ascend_with_their_places(name, one, other):
    dial = DIALS[name]
    low, high = sorted((one, other))
    assert dial.value(low) <= dial.value(high)


def test_the_ends_are_reached():
    for dial in DIALS.values():
        assert (dial.value(0.0), dial.value(1.0)) == (dial.low, dial.high)
        assert (dial.unit(dial.low), dial.unit(dial.high)) == (0.0, 1.0)


def test_what_lies_beyond_an_end_counts_as_that_end():
    assert DIALS["words"].unit(-3.0) == 0.0
    assert DIALS["words"].unit(300.0) == 1.0


def test_above_the_knee_equal_steps_are_equal_ratios():
    dial = DIALS["candidates"]
    steps = [dial.unit(value) for value in (50, 500, 2500)]
    assert steps[1] - steps[0] == pytest.approx((steps[2] - steps[1]) * 1.431, abs=0.01)


def test_dials_of_parts_that_are_not_there_are_left_out():
    assert "rerank_top" not in {dial.name for dial in dials_for("quality", ())}
    assert "rerank_top" in {dial.name for dial in dials_for("quality", ("reranker",))}
    assert {dial.name for dial in dials_for("milliseconds", ())} == {
        "candidates", "kept", "dated_kept", "succession_top",
    }  # fmt: skip


def test_every_dial_is_in_one_group():
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(DIALS)


def test_a_policy_is_read_and_changed_by_its_dials():
    read = reading(Policy(words=0.3), {"kept": 7, "rule_trials": 1})
    assert (read["words"], read["kept"]) == (0.3, 7)
    assert "rule_trials" not in read
    changed = patched(read, {"words": 0.5, "rule_trials": 1})
    assert differing(read, changed) == {"words": 0.5}
