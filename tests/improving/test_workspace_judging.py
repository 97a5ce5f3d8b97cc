"""The judge of workspaces: noise is not kept, gains are, and what costs memory or says something else is not."""

import numpy as np
import pytest

from tacit.improvement import Judgement
from tacit.operations.improve_workspace.judging import Pairs, judged

ROUNDS = 16


def pairs(gain: float, seed: int, *, noise: float = 0.1, rounds: int = ROUNDS) -> Pairs:
    """Runs of a machine on which others work, too: noise that both of a pair share, and slow runs now and then."""
    generator = np.random.default_rng(seed)
    shared = generator.lognormal(0.0, 0.3, rounds)
    sides = [
        shared * generator.lognormal(0.0, noise, rounds) * generator.choice([1, 3], rounds, p=[0.99, 0.01])
        for _ in "ab"
    ]
    return Pairs([*map(float, sides[0])], [*map(float, sides[1] * (1.0 - gain))])


def test_of_histories_of_ten_null_trials_at_most_one_in_twenty_keeps_anything() -> None:
    kept = 0
    for run in range(100):
        history: list[Judgement] = []
        for look in range(10):
            one = judged(pairs(0.0, 1000 * run + look), rounds=ROUNDS, minimum=0.0, history=history)
            history.append(one)
        kept += any(one.accepted for one in history)
    assert kept <= 0.05 * 100


@pytest.mark.parametrize(("gain", "noise"), [(0.5, 0.2), (0.1, 0.05)])
def test_a_gain_that_stands_out_of_the_noise_is_kept(gain: float, noise: float) -> None:
    kept = [judged(pairs(gain, seed, noise=noise), rounds=ROUNDS, minimum=0.03, history=[]) for seed in range(20)]
    assert sum(one.accepted for one in kept) >= 19
    assert sum(one.low <= gain <= one.high for one in kept) >= 17


def test_what_is_sure_but_not_worth_it_is_not_kept() -> None:
    one = judged(Pairs([1.0] * 16, [0.98] * 16), rounds=ROUNDS, minimum=0.03, history=[])
    assert not one.accepted
    assert one.p_value < 0.001


def test_memory_that_grows_too_much_is_not_paid_for_time() -> None:
    fast = Pairs([1.0] * 16, [0.5] * 16, old_mb=100.0, new_mb=180.0)
    one = judged(fast, rounds=ROUNDS, minimum=0.03, history=[])
    assert not one.accepted
    assert "memory 100 to 180 MB" in one.reason
    fast.new_mb = 120.0
    assert judged(fast, rounds=ROUNDS, minimum=0.03, history=[]).accepted


def test_what_prints_something_else_is_not_kept_however_fast() -> None:
    one = judged(Pairs([1.0], [0.1], differs=True), rounds=ROUNDS, minimum=0.03, history=[])
    assert not one.accepted
    assert "something else" in one.reason
