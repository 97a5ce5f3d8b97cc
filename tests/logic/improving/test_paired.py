"""Paired comparison: against every turn of the signs, and on nulls of which the truth is known."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.improving.paired import difference, flipped, saved, saved_at, standard


def every_turn(gained: np.ndarray) -> float:
    """The share of all ways to turn the signs whose sum is as much or more: what `flipped` draws from."""
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=gained.size)))
    return float((signs @ gained >= gained.sum() - 1e-9).mean())


@pytest.mark.parametrize("seed", range(12))
def test_the_p_value_is_that_of_all_turns_of_the_signs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gained = np.abs(rng.normal(size=12)) * np.where(rng.random(12) < 0.75, 1.0, -1.0)
    assert flipped(gained, seed=seed) == pytest.approx(every_turn(gained), rel=0.12, abs=1e-4)


def test_ties_count_whole_where_all_differences_are_as_large() -> None:
    gained = np.array([1.0] * 9 + [-1.0] * 3)
    assert flipped(gained, seed=1) == pytest.approx(every_turn(gained), rel=0.1)


def test_a_p_value_far_out_is_told_with_as_few_draws() -> None:
    gained = np.array([1.0] * 38 + [-1.0] * 2)
    ways = 1 + 40 + 40 * 39 / 2
    assert flipped(gained, seed=0) == pytest.approx(ways / 2.0**40, rel=0.15)


def test_cases_that_do_not_differ_say_nothing() -> None:
    assert flipped(np.zeros(50), seed=0) == 1.0
    few = np.array([0.2, 0.1, 0.3])
    assert flipped(np.append(few, np.zeros(500)), seed=0) == flipped(few, seed=0) == 0.125


def test_nothing_is_found_by_luck_more_often_than_told_though_times_are_skewed_and_most_qualities_equal() -> None:
    under = {"times": 0, "qualities": 0}
    for seed in range(300):
        rng = np.random.default_rng(seed)
        times = np.exp(rng.normal(0.0, 0.1, (2, 60))) * (
            1.0 + (rng.random((2, 60)) < 0.02) * rng.exponential(4.0, (2, 60))
        )
        under["times"] += flipped(np.log(times[0] / times[1]), seed=seed) <= 0.05
        qualities = np.where(rng.random(60) < 0.15, rng.choice([-0.63, -0.37, 0.37, 0.63], 60), 0.0)
        under["qualities"] += flipped(qualities, seed=seed) <= 0.05
    assert max(under.values()) <= 25  # 15 are expected at most; 26 or more have a probability of .005


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=40), st.integers(0, 99))
def test_p_values_are_probabilities_and_turn_round_with_the_sides(gained: list[float], seed: int) -> None:
    one, other = flipped(np.array(gained), seed=seed), flipped(-np.array(gained), seed=seed)
    assert 0.0 < one <= 1.0
    assert one + other >= 0.9  # one of the two is at least a half, but for the draws


def test_the_interval_of_a_difference_holds_it_nineteen_times_in_twenty() -> None:
    held = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        old = rng.random(100)
        new = old + np.where(rng.random(100) < 0.3, rng.normal(0.1, 0.2, 100), 0.0)
        found = difference(old, new, seed=seed)
        held += found.low <= 0.03 <= found.high
    assert held >= 135


def test_the_share_saved_is_that_of_the_means() -> None:
    rng = np.random.default_rng(4)
    old = np.exp(rng.normal(1.0, 0.4, 300))
    new = old * 0.9 * np.exp(rng.normal(0.0, 0.05, 300))
    found = saved(old, new, seed=0)
    assert found.change == pytest.approx(1.0 - new.mean() / old.mean())
    assert found.low < found.least < found.change < found.high
    assert found.low < 0.1 < found.high
    slowest = saved_at(0.95, old, new, seed=0)
    assert slowest.low <= slowest.change <= slowest.high


def test_equal_answers_to_a_few_cases_do_not_exclude_a_loss_on_others() -> None:
    few, many = np.full(20, 0.5), np.full(400, 0.5)
    assert difference(few, few, seed=0).least < -0.01 < difference(many, many, seed=0).least < 0.0
    assert difference(few, few, seed=0).low == 0.0


def test_the_same_seed_finds_the_same() -> None:
    rng = np.random.default_rng(0)
    old, new = rng.random((2, 80))
    assert difference(old, new, seed=5) == difference(old, new, seed=5)
    assert flipped(new - old, seed=5) == flipped(new - old, seed=5)


def test_standard_scores_are_finite_at_both_ends() -> None:
    assert standard(0.5) == pytest.approx(0.0)
    assert standard(0.025) == pytest.approx(1.96, abs=0.001)
    assert -9 < standard(1.0) < 0 < standard(1e-300) < 9
