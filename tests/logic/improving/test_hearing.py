"""How much a chat model's ideas count among our own."""

import dataclasses

import msgspec
import pytest
from tests.logic.improving.test_proposals import QUALITY, TIME, WORDLESS, ground, history, proposed, tried

from tacit.improvement import Alteration, Idea, Improvement
from tacit.logic.improving.bandit import Arm, arm_of, tallies
from tacit.logic.improving.dials import reading
from tacit.policy import Policy

M = "model:m"
GOOD = Idea(metric="recall_quality", dials={"words": 0.7, "session": 0.2}, reason="as shipped", origin=M)


def ideas(count):
    return [Idea(metric="recall_quality", dials={"words": 0.3 + n / 10}, origin=M) for n in range(count)]


def suggested(look, seeds=20, most=1):
    """Share of proposals that are the model's."""
    made = [one for seed in range(seeds) for one in proposed(look, most=most, seed=seed)]
    return sum(one.origin == M for one in made) / len(made)


def test_an_idea_is_proposed_with_where_it_comes_from_and_our_own_estimate():
    look = ground(QUALITY, standing=WORDLESS, advised=[GOOD], shipped_known=False)
    made = next(one for seed in range(20) for one in proposed(look, seed=seed) if one.origin == M)
    assert made.change.policy == GOOD.dials
    assert made.description.startswith("model:m suggests words 0 -> 0.7, session 3 -> 0.2 (")
    assert made.description.endswith('; its reason, unverified: "as shipped"')
    assert 0 < made.confidence < 1
    assert (made.metric, made.parent, made.status) == ("recall_quality", "wordless", "proposed")


def test_what_was_tried_or_is_so_already_or_is_not_for_the_metric_is_not_proposed():
    here = reading(Policy(), WORDLESS.dials)
    for odd in (
        Idea(metric="recall_quality", dials={"words": here["words"]}, origin=M),
        Idea(metric="query_time_ms", dials={"words": 0.7}, origin=M),
        Idea(metric="query_time_ms", dials={"candidates": 50}, origin=M),
        Idea(metric="recall_quality", dials={"rerank": 0.7}, origin=M),
    ):
        assert suggested(ground(QUALITY, standing=WORDLESS, advised=[odd]), most=5) == 0.0, odd
    change = msgspec.structs.replace(proposed(ground(QUALITY, standing=WORDLESS))[0], id="i")
    same = Idea(metric="recall_quality", dials=change.change.policy, origin=M)
    trials = [tried(change, accepted=False)]
    assert suggested(ground(QUALITY, standing=WORDLESS, advised=[same], trials=trials), most=5) == 0.0


@pytest.mark.parametrize("look", [ground(QUALITY, standing=WORDLESS), ground(QUALITY, TIME, standing=WORDLESS)])
def test_without_a_model_nothing_is_different(look):
    unheard = dataclasses.replace(look, advised=[Idea(metric="error_count", dials={"words": 0.5}, origin=M)])
    assert proposed(look, most=8) == proposed(unheard, most=8)


def test_a_model_that_was_right_is_heard_more_and_one_that_talks_nonsense_less():
    own, shares = history(QUALITY, WORDLESS, 6), []
    for accepted in (True, False):
        changes = [
            Improvement(
                id=f"m{number}", metric="recall_quality", description="", change=Alteration(policy=idea.dials),
                timestamp=0, parent="wordless", origin=M,
            )
            for number, idea in enumerate(ideas(8))
        ]  # fmt: skip
        trials = [*own, *(tried(one, accepted=accepted) for one in changes)]
        look = ground(QUALITY, standing=WORDLESS, trials=trials, advised=[GOOD], shipped_known=False)
        shares.append(suggested(look, 60))
    right, wrong = shares
    assert right > 0.5
    assert wrong < 0.25


def test_trials_of_a_model_are_counted_for_it_and_not_for_the_dials():
    change = msgspec.structs.replace(proposed(ground(QUALITY, standing=WORDLESS))[0], id="i")
    theirs = msgspec.structs.replace(change, origin=M)
    here = reading(Policy(), WORDLESS.dials)
    assert arm_of("recall_quality", theirs, here) == Arm(metric="recall_quality", family=M)
    assert arm_of("recall_quality", change, here).family != M
    counted = tallies([tried(theirs, accepted=True)], {"wordless": here})
    assert {arm.family: tally.won for arm, tally in counted.items()} == {M: 1.0}
