"""The bandit: what worked is drawn more often, what disappointed less."""

import numpy as np
import pytest

from tacit.improvement import Alteration, Application, Improvement, Judgement, Trial
from tacit.logic.improving.bandit import MANY, SHIPPED, Arm, Tally, arm_of, chances, tallies
from tacit.logic.improving.dials import reading
from tacit.policy import Policy

HERE = reading(Policy())


def tried(name: str, patch: dict[str, float], *, accepted: bool, metric: str = "recall_quality", parent: str = "p"):
    change = Alteration(policy=patch)
    improvement = Improvement(id=name, metric=metric, description="", change=change, timestamp=0, parent=parent)
    judgement = Judgement(primary="quality", accepted=accepted, reason="")
    return improvement, Trial(id=f"t{name}", improvement=name, timestamp=0, success=True, judgement=judgement)


@pytest.mark.parametrize(
    ("patch", "family", "direction"),
    [
        ({"words": 1.0}, "words", "up"),
        ({"words": 0.1}, "words", "down"),
        ({"candidates": 20, "kept": 20}, "reach", "down"),
        ({"candidates": 20, "kept": 500}, "reach", "both"),
        ({"candidates": 20, "words": 0.1}, MANY, ""),
        ({"words": 1.0, "candidates": HERE["candidates"]}, "words", "up"),
    ],
)
def test_a_patch_belongs_to_the_arm_of_what_it_turns(patch, family, direction):
    improvement, _ = tried("a", patch, accepted=True)
    assert arm_of("recall_quality", improvement, HERE) == Arm(
        metric="recall_quality", family=family, direction=direction
    )


def test_other_changes_are_arms_of_their_kind():
    improvement = Improvement(id="a", description="", change=Alteration(kind="index", index="domain"), timestamp=0)
    arm = arm_of("query_time_ms", improvement, HERE)
    assert arm.name == "query_time_ms/index"


def test_going_back_to_shipped_values_is_counted_for_that_whatever_it_turns():
    change = Alteration(policy={"words": 0.1, "candidates": 20})
    back = Improvement(id="a", description="", change=change, origin=SHIPPED, timestamp=0)
    assert arm_of("recall_quality", back, HERE) == Arm(metric="recall_quality", family=SHIPPED)


def test_accepted_and_rejected_are_counted_apart_and_fade():
    up, down = (Arm(metric="recall_quality", family="words", direction=one) for one in ("up", "down"))
    counted = tallies(
        [tried("a", {"words": 1.0}, accepted=True), tried("b", {"words": 0.1}, accepted=False)], {"p": HERE}
    )
    assert counted == {up: Tally(won=0.97), down: Tally(lost=1.0)}


def test_what_was_rolled_back_counts_against_its_arm_twice():
    rolled = Application(id="x", improvement="a", applied_at=0, state="rolled back")
    counted = tallies([tried("a", {"words": 1.0}, accepted=True)], {"p": HERE}, [rolled])
    assert list(counted.values()) == [Tally(lost=2.0)]


def test_trials_that_failed_or_started_from_an_unknown_policy_do_not_count():
    improvement, trial = tried("a", {"words": 1.0}, accepted=True)
    failed = Trial(id="t", improvement="a", timestamp=0, success=False)
    assert tallies([(improvement, failed)], {"p": HERE}) == {}
    assert tallies([(improvement, trial)], {"another": HERE}) == {}


def test_an_arm_that_works_is_drawn_highest_most_of_the_time():
    good, bad = (Arm(metric="recall_quality", family=one) for one in ("words", "session"))
    priors = {good: (1.0, 1.0), bad: (1.0, 1.0)}
    seen = {good: Tally(won=8.0, lost=1.0), bad: Tally(won=1.0, lost=8.0)}
    random = np.random.default_rng(0)
    draws = [chances(priors, seen, random) for _ in range(300)]
    share = np.mean([drawn[good] > drawn[bad] for drawn in draws])
    assert share > 0.95
    assert np.mean([drawn[good] for drawn in draws]) == pytest.approx(9 / 11, abs=0.03)


def test_draws_are_the_same_from_the_same_seed():
    arm = Arm(metric="recall_quality", family="words")
    once, again = (chances({arm: (2.0, 2.0)}, {}, np.random.default_rng(5)) for _ in range(2))
    assert once == again
