"""Levels of looks: what may be spent, what a discovery earns, how many of the accepted are false."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.improving.discoveries import RATE, START, TOTAL, Look, level


def test_the_parts_of_a_budget_sum_to_one() -> None:
    parts = np.arange(1, 1_000_000, dtype=float) ** -1.3 / TOTAL
    rest = 1_000_000.0**-0.3 / 0.3 / TOTAL
    assert parts.sum() + rest == pytest.approx(1.0, abs=1e-6)


def test_looks_in_vain_spend_half_of_the_rate_however_many_they_are() -> None:
    looks: list[Look] = []
    levels = []
    for _ in range(500):
        levels.append(level(looks))
        looks.append(Look(0.5, False))
    assert levels == sorted(levels, reverse=True)
    assert sum(levels) < START < RATE


def test_a_discovery_makes_the_next_looks_easier() -> None:
    vain = [Look(0.5, False)] * 10
    assert level([*vain, Look(1e-6, True)]) > 10 * level([*vain, Look(0.5, False)])


def test_what_was_spent_is_never_more_than_the_rate_times_what_was_found() -> None:
    """The estimate that LORD++ keeps under the rate at any time: sum of levels over discoveries."""
    rng = np.random.default_rng(3)
    looks: list[Look] = []
    spent = 0.0
    for _ in range(300):
        allowed = level(looks)
        spent += allowed
        looks.append(Look(0.0, bool(rng.random() < 0.2)))
        assert spent <= RATE * max(1, sum(look.accepted for look in looks)) + 1e-12


@given(st.lists(st.booleans(), max_size=60))
def test_every_level_is_a_probability_over_zero(accepted: list[bool]) -> None:
    assert 0.0 < level([Look(0.01, one) for one in accepted]) < 1.0


def test_of_what_is_accepted_few_are_false_and_many_gains_are_found() -> None:
    shares, found, real = [], 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        looks: list[Look] = []
        false = 0
        for _ in range(100):
            gain = rng.random() < 0.2
            p_value = float(rng.beta(0.05, 5.0) if gain else rng.random())
            accepted = p_value <= level(looks)
            looks.append(Look(p_value, accepted))
            false += accepted and not gain
            found += accepted and gain
            real += gain
        shares.append(false / max(1, sum(look.accepted for look in looks)))
    assert np.mean(shares) <= 0.05
    assert found / real > 0.5
