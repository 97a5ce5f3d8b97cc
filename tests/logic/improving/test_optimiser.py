"""The optimiser: learns from differences, keeps to what it may turn and to the guard, and gets somewhere."""

import math

import numpy as np
import pytest

from tacit.logic.improving.dials import DIALS, dials_for, reading
from tacit.logic.improving.optimiser import Aim, Suggestion, Tried, believed, suggested
from tacit.logic.improving.surrogate import Contrast, fitted
from tacit.policy import Policy

DIAL_LIST = dials_for("quality", ())
BAD = reading(Policy(), {"words": 0.0, "candidates": 3000, "kept": 2000})
FASTER = Aim(goal="milliseconds", seen=0.03, margin=0.005)
BETTER = Aim(goal="quality", seen=0.02, margin=0.05)


def places(values: dict[str, float]) -> dict[str, float]:
    return {dial.name: dial.unit(values[dial.name]) for dial in DIAL_LIST}


def quality(values: dict[str, float]) -> float:
    at = places(values)
    return 0.65 - 0.8 * (at["words"] - 0.45) ** 2 - 0.2 * math.exp(-at["candidates"] / 0.08)


def log_time(values: dict[str, float]) -> float:
    at = places(values)
    return 0.9 * at["candidates"] + 0.8 * min(at["kept"], at["candidates"] + 0.1)


def measured(old: dict[str, float], new: dict[str, float]) -> Tried:
    return Tried(
        old=old, new=new, quality=quality(new) - quality(old), quality_error=0.004,
        milliseconds=log_time(new) - log_time(old), milliseconds_error=0.01,
    )  # fmt: skip


def ask(tried: list[Tried], here: dict[str, float], aim: Aim, seed: int = 0) -> list[Suggestion]:
    names = [dial.name for dial in DIAL_LIST]
    standing = {name: here[name] for name in names}
    return suggested(believed(DIAL_LIST, tried), standing, aim, turnable=names, random=np.random.default_rng(seed))


def climbed(trials: int, seed: int) -> dict[str, float]:
    """Goals in turn; accepted when the goal got better and the other did not get worse by more than its margin."""
    here, tried = BAD, list[Tried]()
    for number in range(trials):
        aim = (BETTER, FASTER)[number % 2]
        asked = next(iter(ask(tried, here, aim, seed + number)), None)
        if asked is None:
            continue
        there = {**here, **asked.values}
        tried.append(measured(here, there))
        one = tried[-1]
        better = one.quality > 0.01 and one.milliseconds < 0.1
        faster = one.milliseconds < -0.01 and one.quality > -0.005
        if better if aim is BETTER else faster:
            here = there
    return here


def test_before_any_trial_fewer_candidates_are_the_first_idea_for_speed():
    first = ask([], BAD, FASTER)[0]
    assert first.values["candidates"] < BAD["candidates"]
    assert first.gain > 0.2
    assert 0.0 < first.chance < 1.0


@pytest.mark.parametrize("seed", [0, 100, 200])
def test_twenty_four_trials_lead_from_a_bad_policy_to_a_good_one(seed):
    end = climbed(24, seed)
    best = 0.65
    assert quality(end) > 0.97 * best
    assert log_time(end) < log_time(BAD) - 0.6


def test_what_was_measured_to_be_worse_is_not_suggested_again():
    here = reading(Policy(), {"words": 0.7})
    tried = [measured(here, {**here, "words": value}) for value in (0.0, 0.1, 2.0, 5.0)]
    for one in ask(tried, here, BETTER)[:10]:
        assert 0.1 < one.values["words"] < 2.0


def test_a_change_that_breaks_the_guard_has_little_chance():
    here = reading(Policy())
    tried = [measured(here, {**here, "candidates": value}) for value in (5, 8, 12, 20, 40)]
    offered = {one.values["candidates"]: one.chance for one in ask(tried, here, FASTER)}
    starved = max((chance for value, chance in offered.items() if value <= 8), default=0.0)
    assert starved < 0.1


def test_only_what_may_be_turned_is_turned_and_a_value_beyond_its_range_stays():
    here = {**reading(Policy()), "words": 9.0, "session": -1.0}
    standing = {dial.name: here[dial.name] for dial in DIAL_LIST}
    found = suggested(
        believed(DIAL_LIST, []), standing, FASTER, turnable=["candidates"], random=np.random.default_rng(0)
    )
    assert found
    for one in found:
        assert {name for name, value in one.values.items() if value != standing[name]} == {"candidates"}


def test_there_is_nothing_to_suggest_when_nothing_may_be_turned():
    assert suggested(believed(DIAL_LIST, []), BAD, FASTER, turnable=[], random=np.random.default_rng(0)) == []


def test_suggestions_are_within_the_ranges_and_whole_where_they_must_be():
    for one in ask([], BAD, BETTER):
        for name, value in one.values.items():
            dial = DIALS[name]
            assert dial.low <= value <= dial.high
            assert not dial.integer or isinstance(value, int)


def test_the_same_seed_gives_the_same_suggestions():
    assert ask([], BAD, BETTER, seed=3) == ask([], BAD, BETTER, seed=3)


def test_what_lies_within_another_dial_is_not_believed_to_do_more():
    """Twice as many passages as each index hands over is all there is to keep."""
    here = reading(Policy(), {"candidates": 20, "kept": 40})
    for one in ask([], here, FASTER):
        if set(one.values.items()) - set(here.items()) == {("kept", one.values["kept"])}:
            assert one.values["kept"] < 40 or one.gain == pytest.approx(0.0, abs=1e-6)


def _surrogate(contrasts, size=0.1):
    return fitted(contrasts, lambda points: np.zeros(len(points)), np.array([size, size]), floor=0.001)


@pytest.mark.parametrize("kept", [8, 190])
def test_a_dial_is_turned_no_further_than_the_one_around_it_allows(kept: int):
    here = reading(Policy(), {"candidates": 9, "kept": kept})
    for aim in (FASTER, BETTER):
        for one in ask([], here, aim):
            assert one.values["kept"] <= max(kept, 2 * one.values["candidates"])


def test_without_contrasts_the_surrogate_knows_nothing_but_that_near_is_alike():
    mean, spread = _surrogate([]).difference(np.array([0.5, 0.5]), np.array([[0.5, 0.5], [0.6, 0.5], [1.0, 0.5]]))
    assert mean == pytest.approx([0, 0, 0])
    assert spread[0] < 1e-5 < spread[1] < spread[2]


def test_a_measured_difference_is_believed_and_its_reverse_has_the_other_sign():
    low, high = np.array([0.2, 0.5]), np.array([0.8, 0.5])
    surrogate = _surrogate([Contrast(old=low, new=high, change=0.1, error=0.002)])
    up, spread = surrogate.difference(low, high[None])
    down, _ = surrogate.difference(high, low[None])
    assert up[0] == pytest.approx(0.1, abs=0.005)
    assert down[0] == pytest.approx(-up[0])
    assert spread[0] < 0.01


def test_what_was_learned_of_one_dial_holds_wherever_the_other_stands():
    contrast = Contrast(old=np.array([0.2, 0.1]), new=np.array([0.8, 0.1]), change=0.1, error=0.002)
    mean, _ = _surrogate([contrast]).difference(np.array([0.2, 0.9]), np.array([[0.8, 0.9]]))
    assert mean[0] == pytest.approx(0.1, abs=0.005)


def test_a_dial_that_was_turned_for_nothing_is_believed_to_do_little():
    nothing = [
        Contrast(old=np.array([0.5, 0.5]), new=np.array([at, 0.5]), change=0.0, error=0.001) for at in (0.0, 0.3, 1.0)
    ]
    surrogate = _surrogate(nothing)
    _, turned = surrogate.difference(np.array([0.5, 0.5]), np.array([[0.75, 0.5]]))
    _, other = surrogate.difference(np.array([0.5, 0.5]), np.array([[0.5, 0.75]]))
    assert turned[0] < other[0] / 3


def test_a_doubtful_measurement_teaches_less_than_a_sure_one():
    ends = {"old": np.array([0.2, 0.5]), "new": np.array([0.8, 0.5])}
    said = [
        _surrogate([Contrast(**ends, change=0.1, error=error)]).difference(ends["old"], ends["new"][None])[0][0]
        for error in (0.002, 0.2)
    ]
    assert said[1] < said[0] / 2


def test_predictions_are_about_as_sure_as_they_say():
    random = np.random.default_rng(1)
    off = []
    for _ in range(40):
        points = random.random((14, 2))
        truth = 0.1 * np.sin(5 * points[:, 0] + random.normal()) + 0.1 * np.cos(4 * points[:, 1])
        contrasts = [
            Contrast(old=points[0], new=points[one], change=float(truth[one] - truth[0]), error=0.005)
            for one in range(1, 10)
        ]
        mean, spread = _surrogate(contrasts).difference(points[0], points[10:])
        off += ((truth[10:] - truth[0] - mean) / spread).tolist()
    assert np.mean(np.abs(off) < 2) > 0.8
