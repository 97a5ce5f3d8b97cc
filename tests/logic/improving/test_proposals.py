"""Proposals: what is tried next, and what never is."""

import itertools
import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tacit.improvement import Alteration, Bottleneck, Improvement, Judgement, PolicyRow, Trial
from tacit.logic.improving.catalogue import FilterUse, Observed, Retirable
from tacit.logic.improving.dials import DIALS, OUT_OF_REACH, effective, patched, reading
from tacit.logic.improving.proposals import Ground, propose
from tacit.policy import Policy

SLOW = PolicyRow(id="slow", dials={"candidates": 3000, "kept": 2000})
WORDLESS = PolicyRow(id="wordless", dials={"words": 0.0, "session": 3.0})


def bottleneck(metric: str, impact: float = 60.0, **more) -> Bottleneck:
    return Bottleneck(
        id=f"b/{metric}", metric_name=metric, current_value=1.0, target_value=0.5, severity="high",
        impact_score=impact, description="", timestamp=0, **more,
    )  # fmt: skip


QUALITY, TIME = bottleneck("recall_quality"), bottleneck("query_time_ms")


def proposed(ground: Ground, most: int = 1, seed: int = 0) -> list[Improvement]:
    count = itertools.count()
    return propose(ground, most=most, new_id=lambda: f"id{next(count)}", now=7, seed=seed)


def ground(*bottlenecks: Bottleneck, standing: PolicyRow = SLOW, **more) -> Ground:
    more.setdefault("policies", [standing])
    return Ground(bottlenecks=bottlenecks, standing=standing, shipped=Policy(), **more)


def tried(improvement: Improvement, *, accepted: bool, regression: float = 0.5, success: bool = True):
    """A trial with figures that follow from the change, so that it can be made again."""
    gain = 0.01 * math.sin(sum(map(ord, str(improvement.change))))
    judgement = Judgement(
        primary="quality", accepted=accepted, reason="", change=gain, low=gain - 0.02, high=gain + 0.02,
        p_value=0.4, level=0.01, cases=200,
    )  # fmt: skip
    before = {"quality": 0.6, "milliseconds": 4.0, "regression": 0.5}
    after = {"quality": 0.6 + gain, "milliseconds": 4.0 - 10 * gain, "regression": regression}
    return improvement, Trial(
        id=f"t{improvement.id}", improvement=improvement.id, timestamp=0, success=success,
        before=before if success else {}, after=after if success else {}, judgement=judgement if success else None,
    )  # fmt: skip


def history(bottleneck: Bottleneck, standing: PolicyRow, length: int, seed: int = 0, **more):
    """So many trials on one policy, all rejected."""
    trials = []
    for number in range(length):
        made = proposed(ground(bottleneck, standing=standing, trials=trials, shipped_known=False), seed=seed + number)
        if not made:
            break
        trials.append(tried(msgspec.structs.replace(made[0], id=f"i{number}"), accepted=False, **more))
    return trials


def test_a_slow_memory_is_offered_fewer_candidates():
    made = proposed(ground(TIME, shipped_known=False))[0]
    assert made.change.kind == "policy"
    assert made.change.policy["candidates"] < 3000
    assert (made.metric, made.bottleneck, made.parent, made.status) == ("query_time_ms", TIME.id, "slow", "proposed")
    assert made.suggestion_type == "optimization"
    assert made.expected_improvement > 0
    assert 0 < made.confidence < 1
    assert made.origin.startswith("bandit:query_time_ms/")
    assert "candidates 3000 -> " in made.description


def test_no_bottleneck_no_proposal():
    assert proposed(ground()) == []
    assert proposed(ground(bottleneck("recall_quality", resolved=True))) == []
    assert proposed(ground(bottleneck("error_count"))) == []


def test_the_same_ground_and_seed_give_the_same_proposals_and_another_seed_others():
    one = ground(QUALITY, TIME, standing=WORDLESS)
    assert proposed(one, most=5) == proposed(one, most=5)
    assert any(proposed(one, most=5, seed=seed) != proposed(one, most=5) for seed in range(1, 5))


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 1000),
    units=st.dictionaries(st.sampled_from(sorted(DIALS)), st.floats(0, 1), max_size=6),
    present=st.lists(st.sampled_from(["reranker", "learned", "hints"]), unique=True),
    known=st.booleans(),
)
def test_a_proposal_changes_something_in_reach_and_within_its_range(seed, units, present, known):
    standing = PolicyRow(id="p", dials={name: DIALS[name].value(unit) for name, unit in units.items()})
    here = reading(Policy(), standing.dials)
    look = ground(QUALITY, TIME, standing=standing, observed=Observed(present=tuple(present)), shipped_known=known)
    made = proposed(look, most=6, seed=seed)
    results = [patched(here, one.change.policy) for one in made]
    assert len({tuple(one.values()) for one in results}) == len(made)
    for one, result in zip(made, results, strict=True):
        assert result != here
        assert not set(one.change.policy) & set(OUT_OF_REACH)
        assert msgspec.convert(one.change.policy, Policy) != Policy() or known
        assert all(DIALS[name].low <= value <= DIALS[name].high for name, value in one.change.policy.items())


@pytest.mark.parametrize("metric", [QUALITY, TIME])
def test_what_was_tried_is_not_proposed_again(metric):
    trials = history(metric, WORDLESS, 8)
    here = reading(Policy(), WORDLESS.dials)
    seen = [tuple(patched(here, one.change.policy).values()) for one, _ in trials]
    assert len(set(seen)) == len(seen)


def test_what_does_the_same_as_what_was_tried_is_not_proposed_again():
    starved = PolicyRow(id="starved", dials={"candidates": 6, "kept": 10, "dated_kept": 0, "succession_top": 0})
    values = reading(Policy(), starved.dials)
    waiting = [bottleneck("query_time_ms"), bottleneck("cpu_percent")]
    trials = []
    for metric in waiting * 12:
        made = proposed(ground(metric, standing=starved, trials=trials, shipped_known=False), most=20)
        trials += [tried(one, accepted=False) for one in made]
    done = [tuple(effective(patched(values, one.change.policy)).values()) for one, _ in trials]
    assert len(done) > 60
    assert len(set(done)) == len(done)
    assert tuple(values.values()) not in done


def test_what_waits_for_its_trial_is_not_proposed_again():
    first = proposed(ground(TIME))[0]
    again = proposed(ground(TIME, pending=[first]))[0]
    assert again.change != first.change


def test_the_figures_of_the_regression_cases_are_not_looked_at():
    """Cases from failures judge; what proposes must not learn from them."""
    one, other = (history(QUALITY, WORDLESS, 4, regression=figure) for figure in (0.1, 0.9))
    assert [improvement.change for improvement, _ in one] == [improvement.change for improvement, _ in other]


def test_rejected_trials_teach():
    """What a rejected trial measured to be far better for quality, though too slow, leads the next ones there."""
    patch = Improvement(
        id="i", metric="recall_quality", description="", change=Alteration(policy={"words": 0.6}), timestamp=0,
        parent="wordless",
    )  # fmt: skip
    judgement = Judgement(primary="quality", accepted=False, reason="slower", low=0.1, high=0.14, level=0.01)
    trial = Trial(
        id="t", improvement="i", timestamp=0, success=True, judgement=judgement,
        before={"quality": 0.5, "milliseconds": 3.0}, after={"quality": 0.62, "milliseconds": 3.0},
    )  # fmt: skip
    made = proposed(ground(QUALITY, standing=WORDLESS, trials=[(patch, trial)], shipped_known=False))[0]
    assert 0.2 < made.change.policy["words"] < 2.5


def test_going_back_to_shipped_values_is_an_idea_only_where_they_may_be_known():
    def origins(known: bool) -> set[str]:
        made = proposed(ground(QUALITY, TIME, standing=WORDLESS, shipped_known=known), most=30)
        return {one.origin for one in made}

    assert "shipped" in origins(True)
    assert "shipped" not in origins(False)


def test_a_failed_trial_teaches_nothing_and_breaks_nothing():
    first = proposed(ground(TIME))[0]
    failed = tried(first, accepted=False, success=False)
    assert proposed(ground(TIME, trials=[failed]))


def test_trials_of_a_policy_that_is_not_kept_any_more_are_passed_over():
    first = msgspec.structs.replace(proposed(ground(TIME))[0], parent="gone")
    assert proposed(ground(TIME, trials=[tried(first, accepted=False)]))


def test_several_bottlenecks_each_get_their_turn():
    trials = history(QUALITY, WORDLESS, 10)
    made = proposed(ground(QUALITY, TIME, standing=WORDLESS, trials=trials, shipped_known=False))
    assert made[0].metric == "query_time_ms"


def test_most_is_the_most():
    assert len(proposed(ground(QUALITY, TIME), most=4)) == 4
    assert proposed(ground(QUALITY, TIME), most=0) == []


INDEX = Observed(recalls=100, filters=(FilterUse(column="domain", count=90, scanned=True),))
SHIPPED = PolicyRow(id="", dials={})


def changes(look: Ground) -> list[Alteration]:
    return [one.change for one in proposed(look, most=40)]


def test_an_index_is_proposed_for_a_filter_that_scans_until_it_was_rejected():
    index = Alteration(kind="index", index="domain")
    assert index in changes(ground(TIME, standing=SHIPPED, observed=INDEX))
    assert index not in changes(ground(QUALITY, standing=SHIPPED, observed=INDEX))
    made = next(one for one in proposed(ground(TIME, standing=SHIPPED, observed=INDEX), most=40) if one.change == index)
    assert (made.suggestion_type, made.origin) == ("indexing", "catalogue")
    rejected = [tried(made, accepted=False)]
    assert index not in changes(ground(TIME, standing=SHIPPED, observed=INDEX, trials=rejected))


def test_another_embedder_and_retirement_are_proposed_for_quality():
    observed = Observed(embedder="a", embedders=("a", "b"), retirable=(Retirable(item="x", verdict="hurts"),))
    made = changes(ground(QUALITY, standing=SHIPPED, observed=observed))
    assert Alteration(kind="embedder", embedder="b") in made
    assert Alteration(kind="retire", items=("x",)) in made


def test_a_dial_of_a_part_that_is_not_there_is_left_alone():
    made = changes(ground(QUALITY, TIME, standing=SHIPPED))
    assert not any({"rerank", "rerank_top", "context", "effect"} & set(one.policy) for one in made)
    there = changes(ground(QUALITY, TIME, standing=SHIPPED, observed=Observed(present=("reranker",))))
    assert any({"rerank", "rerank_top"} & set(one.policy) for one in there)
