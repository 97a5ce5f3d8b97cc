"""Worth: what ranking gives a learned item for its evidence and its effect."""

from typing import Any

import pytest

from tacit.logic.effect import credited, fed
from tacit.logic.worth import Worth, recommended, state_of, utility, worth_keys, worths
from tacit.policy import Policy
from tacit.types import Item, Knowledge, Pattern, Rule

POLICY = Policy()
RULE = Item(id="r", kind="rule", text="x", payload=Rule(rule_type="GENERAL_LEARNING", rule="x", confidence=0.7))


def lived(gain: float, episodes: int) -> dict[str, Any]:
    row = None
    for number in range(episodes):
        shown = number % 2 == 0
        success = float((number * 0.618034) % 1 < 0.5 + gain * shown)
        row = credited(row, shown=shown, propensity=0.5, success=success, applied=True)
    assert row is not None
    return row


def of(row: dict[str, Any] | None) -> Worth:
    return worths([RULE], {"r": row}, POLICY)["r"]


def drawn(worth: Worth) -> list[float]:
    return [utility(f"recall-{number}", "r", worth, POLICY) for number in range(300)]


def test_what_helps_gains_always_more_than_what_is_unproven_and_what_hurts_loses_most():
    helps, new, hurts = (drawn(of(row)) for row in (lived(0.4, 400), None, lived(-0.4, 400)))
    assert min(helps) >= POLICY.effect / 2
    assert max(new) <= 0.0
    assert set(hurts) == {-POLICY.effect}
    assert max(abs(gained) for gained in (*helps, *new)) <= POLICY.effect


def test_draws_explore_what_is_little_known_more_and_follow_from_the_ids():
    new, known = drawn(of(None)), drawn(of(lived(0.0, 3_000)))
    assert new == drawn(of(None))
    assert max(new) - min(new) > 2 * (max(known) - min(known))
    still = Policy(exploration=0.0)
    assert len({utility(f"recall-{number}", "r", of(None), still) for number in range(20)}) == 1


def test_feedback_moves_what_is_believed_but_no_verdict():
    row, liked, disliked = lived(0.0, 20), lived(0.0, 20), lived(0.0, 20)
    for _ in range(6):
        liked, disliked = fed(liked, 1.0), fed(disliked, -1.0)
    assert of(liked).mean - of(row).mean == pytest.approx(0.05 * 6 / 8)
    assert of(row).mean - of(disliked).mean == pytest.approx(0.05 * 6 / 8)
    assert {of(one).verdict for one in (row, liked, disliked)} == {"unproven"}
    assert of(liked).propensity == of(disliked).propensity


def test_evidence_is_told_in_words():
    pattern = Pattern(pattern_type="context", extractor="e", count=5, successes=3.0, failures=1.0)
    known = Knowledge(category="c", pattern="p", applicability="a", confidence=0.5, source_count=3)
    items = [
        RULE,
        Item(id="p", kind="pattern", text="", payload=pattern),
        Item(id="k", kind="knowledge", text="", payload=known),
    ]
    found = worths(items, {"r": lived(0.4, 400)}, POLICY)
    assert found["r"].evidence.startswith("told by a person, confidence 0.70; effect helps: +0.")
    assert found["p"].evidence == "seen in 5 episodes, success 3 of 4; effect unproven: not tried yet"
    assert found["k"].evidence.startswith("from 3 patterns, confidence 0.50")
    assert [found[one].confidence for one in ("r", "k")] == [0.7, 0.5]
    assert 0.0 < found["p"].confidence < 0.75
    assert worth_keys(items[:1]) == ["r", "pool/rule/GENERAL_LEARNING"]


def test_only_what_is_active_and_worked_is_recommended():
    good = Pattern(pattern_type="context", extractor="e", successes=3.0, failures=1.0, tools=("pip",))
    item = Item(id="p", kind="pattern", text="", payload=good)
    retired = Item(id="q", kind="rule", text="", payload=Rule(rule_type="CORE_RULE", rule="x", state="quarantined"))
    assert recommended(item, (), POLICY)
    assert recommended(item, ("pip",), POLICY)
    assert not recommended(item, ("make",), POLICY)
    assert recommended(RULE, ("make",), POLICY)
    assert not recommended(retired, (), POLICY)
    assert (state_of(item), state_of(retired)) == ("active", "quarantined")
