"""What is simpler is measured against the shipped policy: a dial that stands where it was shipped is not turned."""

from pathlib import Path

from tests.cutting.improving import tried
from tests.improving.harness import MISLED, approved, furnished

from tacit.improvement import Alteration, Improvement
from tacit.operations.policies import dialled
from tacit.operations.try_improvement import sides_of
from tacit.policy import Policy


def test_turning_one_dial_is_not_simpler_than_two_that_are_back_where_they_were():
    turned = Improvement(id="i", description="d", change=Alteration(policy={"candidates": 27}), timestamp=1)
    shipped = Policy()
    back = {"candidates": shipped.candidates, "kept": shipped.kept}
    sides = sides_of(turned, lambda dials: dialled(shipped, dials), back)
    assert (sides.simpler, sides.old, sides.new.candidates) == (False, shipped, 27)
    home = Improvement(id="i", description="d", change=Alteration(policy={"kept": shipped.kept}), timestamp=1)
    assert sides_of(home, lambda dials: dialled(shipped, dials), {"kept": 7}).simpler
    assert not sides_of(home, lambda dials: dialled(shipped, dials), {}).simpler


def test_what_is_applied_keeps_only_the_dials_that_differ_from_the_shipped_ones(tmp_path: Path):
    with furnished(tmp_path / "a.db", cases=0) as memory:
        memory.apply_improvement(approved(memory, {"candidates": 50, "kept": 20}))
        memory.apply_improvement(approved(memory, {"candidates": Policy().candidates}))
        row = memory._policies.row(memory.standing().policy)
        assert (row.dials, memory.policy.candidates, memory.policy.kept) == ({"kept": 20}, Policy().candidates, 20)


def test_what_a_trial_found_better_is_not_taken_back_for_being_simpler(tmp_path: Path):
    with furnished(tmp_path / "a.db") as memory:
        memory.set_policy(MISLED)
        better = tried(memory, {"recency": 0.05, "words": 0.6})
        assert better.judgement is not None
        assert better.judgement.accepted, better.judgement
        memory.apply_improvement(better.improvement)
        back = tried(memory, {"words": Policy().words})  # as good, and one dial less
        assert back.judgement is not None
        assert not back.judgement.accepted, back.judgement
