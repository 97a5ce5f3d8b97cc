"""The chain: quality is counted from the highest that it stood at, over what is in force."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.improvement import Improvement, Judgement, PolicyRow, Status, Trial
from tacit.logic.improving.chain import in_force, lost


def trial(change: float, *, name: str = "i", at: int = 0, accepted: bool = True) -> Trial:
    judgement = Judgement(primary="milliseconds", accepted=accepted, reason="")
    before, after = {"quality": 0.5}, {"quality": 0.5 + change}
    return Trial(id="t", improvement=name, timestamp=at, before=before, after=after, judgement=judgement)


def improvement(status: Status) -> Improvement:
    return Improvement(id="i", description="d", timestamp=0, status=status, change={})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], 0.0),
        ([-0.01, -0.005], 0.015),
        ([-0.01, 0.02, -0.004], 0.004),
        ([0.1, -0.02, 0.005], 0.015),
        ([-0.01, 0.004], 0.006),
    ],
)
def test_what_was_lost_is_counted_from_the_top(changes, expected):
    assert lost([trial(one) for one in changes]) == pytest.approx(expected)


@given(st.lists(st.floats(-0.1, 0.1), max_size=20))
def test_nothing_is_lost_by_a_gain_and_no_gain_is_a_credit(changes):
    found = lost([trial(one) for one in changes])
    assert found >= 0.0
    assert lost([trial(one) for one in [0.3, *changes]]) >= found - 1e-9
    assert lost([trial(one) for one in [*changes, 3.0]]) == pytest.approx(0.0)


def test_a_trial_without_figures_moves_nothing():
    assert lost([Trial(id="t", improvement="i", timestamp=0)]) == 0.0


@pytest.mark.parametrize(("status", "counts"), [("applied", 1), ("approved", 0), ("rejected", 0), ("proposed", 0)])
def test_only_what_is_applied_is_in_force(status, counts):
    assert len(in_force([trial(-0.01)], {"i": improvement(status)}, [])) == counts


def test_what_no_judge_accepted_and_what_is_unknown_is_not_in_force():
    known = {"i": improvement("applied")}
    assert in_force([trial(-0.01, accepted=False), trial(-0.01, name="other")], known, []) == []


def test_the_owners_last_turn_begins_a_new_chain():
    known, trials = {"i": improvement("applied")}, [trial(-0.01, at=3), trial(-0.02, at=7)]
    turned = [PolicyRow(id="a", by="owner", timestamp=5), PolicyRow(id="b", by="i", timestamp=9)]
    assert in_force(trials, known, turned) == trials[1:]
