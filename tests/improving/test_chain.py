"""What savings of time cost in quality is added up over all that are live, and the owner sees what is left."""

from pathlib import Path

import pytest
from tests.cutting.improving import tried
from tests.improving.harness import approved, bought, furnished

from tacit.improvement import Guard, Judgement
from tacit.memory import Memory

CHEAPER = {"recency": 0.12}
"""Costs .006 of quality: alone it would do."""


def chain_of(judgement: Judgement | None) -> Guard:
    assert judgement is not None
    (found,) = [guard for guard in judgement.guards if guard.measure == "chain"]
    return found


def judged(memory: Memory) -> Guard:
    return chain_of(tried(memory, CHEAPER, "query_time_ms").judgement)


def test_a_saving_of_time_is_refused_once_those_before_it_have_cost_what_all_may(tmp_path: Path):
    with furnished(tmp_path / "a.db") as memory:
        alone = judged(memory)
        bought(memory, {"kept": 90}, cost=0.0045)
        bought(memory, {"kept": 80}, cost=0.0045)
        later = judged(memory)
        assert alone.passed
        assert not later.passed
        assert later.low == pytest.approx(alone.low - 0.009)


def test_what_was_taken_back_costs_nothing(tmp_path: Path):
    with furnished(tmp_path / "a.db") as memory:
        bought(memory, {"kept": 90}, cost=0.009)
        memory.rollback()
        assert judged(memory).passed


def test_what_was_found_good_and_never_applied_costs_nothing(tmp_path: Path):
    with furnished(tmp_path / "a.db") as memory:
        bought(memory, {"kept": 90}, cost=0.009)
        memory.rollback()
        approved(memory, {"kept": 80})
        assert judged(memory).passed


def test_where_the_owner_turned_dials_a_new_chain_begins(tmp_path: Path):
    with furnished(tmp_path / "a.db") as memory:
        bought(memory, {"kept": 90}, cost=0.009)
        memory.set_policy({"kept": 95})
        assert judged(memory).passed


def test_what_costs_nothing_passes_though_nothing_is_left(tmp_path: Path):
    with furnished(tmp_path / "a.db") as memory:
        bought(memory, {"kept": 90}, cost=0.05)
        found = chain_of(tried(memory, {"exploration": 0.5}, "query_time_ms").judgement)
        assert (found.passed, found.low) == (True, pytest.approx(-0.05))


def test_where_nothing_is_left_what_would_cost_quality_is_not_proposed_for_time(tmp_path: Path):
    with furnished(tmp_path / "a.db") as memory:
        memory.set_target("query_time_ms", 0.001)
        memory.recall("who keeps the lantern in the cellar")
        memory.analyze()

        def surest() -> float:
            made = memory.propose(most=20, keep=False)
            return max(one.confidence for one in made if one.change.kind == "policy")

        before = surest()
        bought(memory, {"exploration": 0.9}, cost=0.05)
        assert surest() < before
