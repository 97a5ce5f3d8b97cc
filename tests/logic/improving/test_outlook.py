"""The outlook: what the next trial can see follows from the level that is left and the errors that trials had."""

import pytest

from tacit.improvement import Guard, Judgement, Trial
from tacit.logic.improving.outlook import aim_of, errors_of


def trial(primary: str = "quality", *, accepted: bool = False, wide: float = 0.04, low: float = -0.03) -> Trial:
    other = "milliseconds" if primary == "quality" else "quality"
    judgement = Judgement(
        primary=primary, accepted=accepted, reason="", change=0.0, low=-wide / 2, high=wide / 2,
        p_value=0.001 if accepted else 0.5, level=0.01, cases=300, guards=(Guard(measure=other, margin=0.1, low=low),),
    )  # fmt: skip
    side = {"quality": 0.6, "milliseconds": 3.0, "regression": 0.5}
    return Trial(id="t", improvement="i", timestamp=0, success=True, before=side, after=side, judgement=judgement)


@pytest.mark.parametrize("goal", ["quality", "milliseconds"])
def test_after_looks_that_found_nothing_a_gain_must_be_greater_to_be_seen(goal):
    first, later = aim_of(goal, [trial()]), aim_of(goal, [trial()] * 10)
    assert first.goal == goal
    assert later.seen > first.seen > 0


def test_a_discovery_makes_smaller_gains_visible_again():
    nothing = [trial()] * 10
    assert aim_of("quality", [*nothing, trial(accepted=True)]).seen < aim_of("quality", nothing).seen


def test_where_trials_are_less_sure_a_gain_must_be_greater():
    assert aim_of("quality", [trial(wide=0.12)] * 5).seen > aim_of("quality", [trial(wide=0.04)] * 5).seen


def test_the_margin_is_what_is_left_of_the_judges_after_the_doubt_of_a_guard():
    sure, unsure = (aim_of("quality", [trial(low=low)] * 5).margin for low in (-0.01, -0.08))
    assert 0.0 <= unsure < sure < 0.1


def test_what_was_lost_leaves_less_to_lose_for_time_and_changes_nothing_for_quality():
    trials = [trial("milliseconds", low=-0.001)] * 5
    margins = [aim_of("milliseconds", trials, lost=lost).margin for lost in (0.0, 0.005, 0.03)]
    assert margins == [pytest.approx(0.009), pytest.approx(0.005), 0.0]
    assert aim_of("quality", trials, lost=0.03) == aim_of("quality", trials)


def test_errors_are_read_from_intervals_and_guards():
    errors = errors_of(trial("quality", wide=0.0392, low=-0.01645))
    assert errors == {"quality": pytest.approx(0.01), "milliseconds": pytest.approx(0.01)}


def test_a_trial_without_figures_says_nothing():
    assert errors_of(Trial(id="t", improvement="i", timestamp=0)) == {"quality": 0.0, "milliseconds": 0.0}
