"""Learning curves: every episode in one stretch, means of what is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.errors import InvalidInput
from tacit.lessons import Point
from tacit.logic.timeline import points
from tacit.types import Episode, Failure, Item, Reward, Step, Success


def episode(number: int, *, done: bool | None, steps: int = 1, recalls: tuple[str, ...] = ()) -> Item:
    outcome = None if done is None else Success() if done else Failure()
    reward = None if done is None else Reward(value=1.0 if done else -1.0)
    payload = Episode(
        task="t",
        steps=(Step(tool="a"),) * steps,
        outcome=outcome,
        reward=reward,
        recalls=recalls,
        started_at=number * 10,
        ended_at=number * 10 + 5,
    )
    return Item(id=str(number), kind="episode", text="t", payload=payload, created_at=number * 10)


def test_a_curve_shows_success_steps_reward_and_the_share_with_memory():
    run = [episode(n, done=n >= 3, steps=8 - n, recalls=("r",) if n >= 2 else ()) for n in range(1, 5)]
    assert points(run, 2) == [
        Point(first=1, episodes=2, success=0.0, steps=6.5, reward=-1.0, started_at=10, ended_at=25, with_memory=0.5),
        Point(first=3, episodes=2, success=1.0, steps=4.5, reward=1.0, started_at=30, ended_at=45, with_memory=1.0),
    ]


def test_what_is_not_known_is_left_out_of_the_means_and_counts_as_nothing():
    (only,) = points([episode(1, done=True), episode(2, done=None)], 1)
    assert (only.success, only.reward, only.episodes) == (1.0, 1.0, 2)
    (none,) = points([episode(1, done=None)], 1)
    assert (none.success, none.reward) == (None, None)


@given(st.integers(0, 60), st.integers(1, 30))
def test_the_stretches_follow_one_another_without_a_gap_and_differ_by_one_episode_at_most(count: int, buckets: int):
    found = points((episode(n, done=bool(n % 2)) for n in range(count)), buckets)
    assert len(found) == min(count, buckets)
    assert sum(one.episodes for one in found) == count
    assert [one.first for one in found] == [1 + sum(one.episodes for one in found[:at]) for at in range(len(found))]
    assert {one.episodes for one in found} <= {count // buckets, count // buckets + 1} or count < buckets


def test_other_items_are_passed_over():
    assert points([Item(id="f", kind="fact", text="x")], 3) == []


@pytest.mark.parametrize("buckets", [0, -1, 1_001, True, "3"])
def test_a_number_of_stretches_that_makes_no_sense_is_refused(buckets: object):
    with pytest.raises(InvalidInput, match="no such number of stretches"):
        points([], buckets)  # type: ignore[arg-type]
