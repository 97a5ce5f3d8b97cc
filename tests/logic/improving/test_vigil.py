"""The vigil on simulated streams of live recalls, with fixed seeds: what is taken back, what stays, what it says."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.improving.bets import Bet, holdings
from tacit.logic.improving.vigil import SUSPECTED, Observation, Watched, watch

Side = dict[str, Any]


RECALLS = 200
"""A window of a third of the shipped one: harm that is plain is found by then."""


def lived(
    seed: int, old: Side, new: Side, *, share: float = 0.5, recalls: int = RECALLS, before: int = 200, told: float = 0.3
) -> tuple[list[Observation], list[Observation]]:
    """Live recalls and those before: times around `ms`, feedback of 1 or -1 with mean `score`, errors, successes."""
    rng = np.random.default_rng(seed)

    def one(candidate: bool, load: float = 1.0) -> Observation:
        side = {"ms": 5.0, "score": 0.8, "fails": 0.002, "wins": 0.7, **(new if candidate else old)}
        return Observation(
            candidate=candidate,
            milliseconds=float(side["ms"] * load * np.exp(rng.normal(0.0, 0.3))),
            score=(1.0 if rng.random() < (1.0 + side["score"]) / 2.0 else -1.0) if rng.random() < told else None,
            failed=bool(rng.random() < side["fails"]),
            success=float(rng.random() < side["wins"]) if rng.random() < 0.3 else None,
        )

    past = [one(False) for _ in range(before)]
    loads = np.repeat(1.0 + old.get("busy", 0.0) * rng.random(recalls // 20 + 1), 20)
    return [one(bool(rng.random() < share), float(loads[place])) for place in range(recalls)], past


def ends(count: int, old: Side, new: Side, *, share: float = 0.5, **told: Any) -> list[Watched]:
    found = []
    for seed in range(count):
        live, past = lived(seed, old, new, share=share, **told)
        found.append(watch(live, past, share=share, window=RECALLS))
    return found


def taken_back(found: list[Watched]) -> int:
    return sum(one.state == "degraded" for one in found)


# Harm


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_recalls_that_take_twice_as_long_are_always_found_within_the_window(share: float) -> None:
    found = ends(60, {}, {"ms": 10.0}, share=share)
    assert taken_back(found) == 60
    assert {one.metric for one in found} == {"milliseconds"}
    assert np.median([one.figures["recalls"] for one in found]) < 100


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_feedback_that_drops_to_nothing_is_always_found_where_recalls_get_feedback(share: float) -> None:
    found = ends(60, {}, {"score": 0.0}, share=share, told=1.0)
    assert taken_back(found) == 60
    assert {one.metric for one in found} == {"feedback"}


def test_errors_in_one_recall_of_ten_are_nearly_always_found_and_of_five_always() -> None:
    assert taken_back(ends(60, {}, {"fails": 0.1})) >= 54
    assert taken_back(ends(60, {}, {"fails": 0.2})) == 60


def test_a_candidate_that_always_fails_is_taken_back_within_twelve_recalls() -> None:
    for one in ends(20, {}, {"fails": 1.0}):
        assert one.metric == "errors"
        assert one.figures["recalls"] <= 12


def test_episodes_that_no_longer_succeed_are_found_where_most_recalls_have_one() -> None:
    found = []
    for seed in range(30):
        live, past = lived(seed, {}, {"wins": 0.1}, share=0.5)
        found.append(watch(live, past, share=0.5))
    assert taken_back(found) >= 27
    assert {one.metric for one in found if one.metric} == {"outcomes"}


def test_the_slower_side_is_found_on_a_busy_machine_too() -> None:
    assert taken_back(ends(40, {"busy": 3.0}, {"ms": 10.0})) == 40


def test_while_harm_is_suspected_the_watch_goes_on_for_another_window_and_no_longer() -> None:
    courses = [lived(seed, {}, {"score": 0.3}, recalls=2 * RECALLS + 50, told=0.3) for seed in range(40)]

    def after(recalls: int) -> list[Watched]:
        return [watch(live[:recalls], past, share=0.5, window=RECALLS) for live, past in courses]

    first, second, more = after(RECALLS), after(2 * RECALLS), after(2 * RECALLS + 50)
    on = [one for one in first if one.state == "watching"]
    assert on
    assert all(one.figures["evidence"] >= SUSPECTED and f"of {2 * RECALLS} recalls" in one.reason for one in on)
    assert taken_back(second) > taken_back(first)
    assert second == more
    assert {one.state for one in second} <= {"kept", "degraded"}


# No harm


@pytest.mark.parametrize("share", [0.2, 0.5, 1.0])
def test_what_does_no_harm_is_hardly_ever_taken_back(share: float) -> None:
    found = ends(100, {}, {}, share=share, recalls=2 * RECALLS)
    assert taken_back(found) <= 5
    assert {one.state for one in found} <= {"kept", "degraded"}


def test_what_is_tolerated_is_not_taken_back() -> None:
    assert taken_back(ends(80, {}, {"ms": 6.0, "score": 0.75})) <= 4


def test_beside_a_canary_a_busy_machine_takes_nothing_back() -> None:
    assert taken_back(ends(80, {"busy": 4.0}, {})) <= 4


def test_errors_of_the_old_policy_too_are_not_laid_at_the_new_ones_door() -> None:
    assert taken_back(ends(60, {"fails": 0.1}, {"fails": 0.1})) <= 3


def test_what_is_better_is_kept() -> None:
    found = ends(30, {}, {"ms": 2.0, "score": 1.0, "wins": 1.0, "fails": 0.0}, told=1.0)
    assert {one.state for one in found} == {"kept"}


def test_without_a_canary_what_the_old_policy_still_answers_is_not_laid_at_the_new_ones_door() -> None:
    for seed in range(10):
        live, past = lived(seed, {"ms": 50.0}, {}, share=0.7, before=0)
        _, calm = lived(seed, {}, {})
        assert watch(live, [*past, *calm], share=1.0, window=RECALLS).state == "kept"


# What it says


def test_before_the_window_is_over_it_goes_on_watching() -> None:
    live, past = lived(0, {}, {}, recalls=2 * RECALLS)
    found = watch(live[:50], past, share=0.5)
    assert found.state == "watching"
    assert found.reason.startswith("50 of 600 recalls: ")
    assert watch(live, past, share=0.5, window=RECALLS).state == "kept"
    assert watch(live[:100], past, share=0.5, window=50).state == "kept"


def test_harm_is_told_with_what_it_was_and_what_it_is() -> None:
    found = ends(1, {}, {"ms": 20.0})[0]
    assert found.metric == "milliseconds"
    assert found.figures["milliseconds"] > 2 * found.figures["milliseconds_before"]
    assert found.figures["evidence"] >= 20.0
    assert found.reason.startswith(f"milliseconds got worse within {found.figures['recalls']:.0f} recalls: ")


def test_nothing_before_and_nothing_live_is_watching() -> None:
    assert watch([], []).state == "watching"
    assert watch([Observation()] * 5, []).state == "watching"
    assert "nothing to compare with" in watch([Observation()] * 5, []).reason


def test_without_anything_before_a_canary_is_still_compared() -> None:
    live, _ = lived(3, {}, {"ms": 15.0})
    assert watch(live, [], share=0.5).metric == "milliseconds"


def test_later_recalls_change_nothing_about_what_was_found() -> None:
    live, past = lived(1, {}, {"ms": 10.0})
    found = watch(live, past, share=0.5)
    until = int(found.figures["recalls"])
    assert watch(live[:until], past, share=0.5) == found
    assert watch(live[: until - 1], past, share=0.5).state == "watching"


# Bets


def test_who_bets_on_what_is_not_there_gains_twentyfold_in_one_run_of_twenty_at_most() -> None:
    gained = 0
    for seed in range(300):
        wins = np.random.default_rng(seed).random(200) < 0.1
        gained += max(holdings([Bet(win - 0.1, -0.1) for win in wins], (0.03, 0.3, 0.9))) >= 20.0
    assert gained <= 15


def test_a_bet_that_is_left_out_changes_nothing() -> None:
    assert holdings([None, Bet(0.5, -1.0), None], (0.5,)) == [1.0, 1.25, 1.25]


@given(st.lists(st.floats(0, 1), max_size=50), st.floats(0.01, 0.9))
def test_nobody_ever_loses_all(losses: list[float], expected: float) -> None:
    held = holdings([Bet(loss - expected, -expected) for loss in losses], (0.1, 0.9))
    assert all(one > 0.0 for one in held)


@given(st.data())
def test_any_observations_can_be_watched(data: st.DataObject) -> None:
    maybe = st.none() | st.floats(0, 1e6)
    seen = st.builds(
        Observation,
        candidate=st.booleans(),
        milliseconds=maybe,
        score=st.none() | st.floats(-1, 1),
        failed=st.booleans(),
        success=st.none() | st.floats(0, 1),
    )
    live, past = data.draw(st.lists(seen, max_size=30)), data.draw(st.lists(seen, max_size=30))
    share = data.draw(st.sampled_from([0.05, 0.5, 0.95, 1.0]))
    assert watch(live, past, share=share, window=25).state in ("watching", "degraded", "kept")
