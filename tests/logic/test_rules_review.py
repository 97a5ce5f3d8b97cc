"""Rules that contradict each other, say the same, or may be out of date."""

import numpy as np
import pytest

from tacit.logic.rules.changing import changed
from tacit.logic.rules.contradictions import contradictions, near_duplicates, opposed
from tacit.logic.rules.staleness import stale, tools_seen
from tacit.types import Item, Pattern, Rule

DAY = 86_400_000_000


def rule(number: int, text: str, **fields: object) -> Item:
    told = Rule(**{"rule_type": "GENERAL_LEARNING", "rule": text, **fields})
    return Item(id=f"r{number}", kind="rule", text=text, payload=told, sequence=number, created_at=1000 * DAY)


def rules(*texts: str) -> list[Item]:
    return [rule(number, text) for number, text in enumerate(texts)]


def unit(*numbers: float) -> np.ndarray:
    vector = np.array(numbers, dtype=np.float32)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Always run the tests before a commit", "Never run tests before a commit"),
        ("Use tabs", "Avoid tabs"),
        ("Enable caching for the build", "Disable caching for the build"),
        ("Run tests before committing", "Run tests after committing"),
        ("Retry 3 times on timeout", "Retry 5 times on timeout"),
        ("Don't push to main", "Push to main"),
        ("You shouldn\u2019t push to main", "Push to main"),
        ("When asked for code, answer briefly", "When asked for code, do not answer briefly"),
        ("Keep answers short", "Keep answers long"),
        ("Timeout is 30 s for downloads", "Timeout is 60 s for downloads"),
        ("Never skip tests", "Skip tests"),
        ("Be polite. Never push to main.", "Read first; push to main; rest."),
        ("不要使用制表符", "使用制表符"),
        ("Niemals Tabs verwenden", "Immer Tabs verwenden"),
    ],
)
def test_rules_that_cannot_both_be_followed_contradict(one: str, other: str):
    assert opposed(one, other)
    assert opposed(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Never enable caching", "Disable caching"),
        ("Retry 3 times on timeout", "Retry 3 times on timeout"),
        ("Push to main unless asked not to", "Do not push to main"),
        ("In Python, use tabs", "In Go, do not use tabs"),
        ("Be brief", "Be polite"),
        ("Use ripgrep to search code", "Never use grep to search logs"),
        ("Log at level debug. Never print secrets.", "Print a table. Log nothing secret."),
        ("Do not avoid tabs", "Use tabs"),
        ("", "Never"),
    ],
)
def test_rules_that_can_both_be_followed_do_not(one: str, other: str):
    assert not opposed(one, other)
    assert not opposed(other, one)


def test_a_contradiction_names_both_rules_and_says_why():
    found = contradictions(rules("Use tabs in Python files", "Be brief", "Never use tabs in Python files"))
    assert [(one.first, one.second, one.kind) for one in found] == [("r0", "r2", "negation")]
    assert "file python tab" in found[0].because


def test_conditions_are_compared_too():
    one = rule(1, "Answer briefly", condition="the user asks for code")
    other = rule(2, "Do not answer briefly", condition="the user asks for a poem about spring")
    same = rule(3, "Do not answer briefly", condition="asks the user for code")
    assert [(found.first, found.second) for found in contradictions([one, other, same])] == [("r1", "r3")]


def test_retired_rules_contradict_nothing():
    gone = rule(2, "Never use tabs", state="retired")
    assert contradictions([rule(1, "Use tabs"), gone]) == []


def test_vectors_bring_two_wordings_of_one_matter_together():
    one, other = rules("Write commit messages in the imperative mood, please", "Never write messages like that")
    near = {"r0": unit(1, 0.1), "r1": unit(1, 0.2)}
    assert contradictions([one, other]) == []
    assert [found.kind for found in contradictions([one, other], near)] == ["negation"]
    assert contradictions([one, other], {"r0": unit(1, 0), "r1": unit(0, 1)}) == []


def test_what_says_the_same_is_near_and_does_not_contradict():
    same = rules("Read the error first", "First, look at the error message", "Never read the error first")
    vectors = {"r0": unit(1, 0.1), "r1": unit(1, 0.12), "r2": unit(1, 0.11)}
    assert [(one, other) for one, other, _ in near_duplicates(same, vectors)] == [("r0", "r1")]
    assert near_duplicates(same, {}) == []


def pattern(number: int, last_seen: int, *tools: str, state: str = "active") -> Item:
    told = Pattern(pattern_type="heuristic", extractor="x", tools=tools, last_seen=last_seen, state=state)
    return Item(id=f"p{number}", kind="pattern", text="", payload=told)


def test_a_rule_that_nothing_confirms_is_stale():
    old = rule(1, "Be brief")
    confirmed = changed(rule(2, "Be kind"), rule(2, "Be kind").payload, "reinforce", now=1080 * DAY, by="person")
    weakened = changed(rule(3, "Be loud"), rule(3, "Be loud").payload, "weaken", now=1080 * DAY, by="person")
    found = stale([old, confirmed, weakened], {}, tools={}, now=1100 * DAY, days=90)
    assert [(one.rule, one.kind, one.since) for one in found] == [
        ("r1", "unconfirmed", 1000 * DAY),
        ("r3", "unconfirmed", 1000 * DAY),
    ]


def test_a_rule_is_confirmed_when_its_pattern_is_seen():
    earned = Item(id="e", kind="rule", text="", payload=rule(1, "x").payload, derived_from=("p1",), created_at=0)
    assert stale([earned], {"p1": pattern(1, 1000 * DAY)}, tools={}, now=1050 * DAY, days=90) == []


def test_a_rule_about_a_tool_that_is_gone_is_stale():
    tools = tools_seen([pattern(1, 1000 * DAY, "bash", "cvs"), pattern(2, 1200 * DAY, "bash", "git")])
    assert tools == {"bash": 1200 * DAY, "cvs": 1000 * DAY, "git": 1200 * DAY}
    told = [rule(1, "Use cvs update first"), rule(2, "Use git"), rule(3, "Never use cvsroot")]
    found = stale(told, {}, tools=tools, now=1010 * DAY, days=90)
    assert [(one.rule, one.kind, one.because) for one in found] == [
        ("r1", "unseen", "cvs was last seen on 1972-09-27"),
    ]


def test_a_memory_that_rests_loses_no_tool():
    assert stale([rule(1, "Use git")], {}, tools={"git": 1000 * DAY}, now=1050 * DAY) == []


def test_an_earned_rule_whose_patterns_are_retired_has_no_ground():
    told = Rule(rule_type="GENERAL_LEARNING", rule="x", origin="earned")
    earned = Item(id="e", kind="rule", text="", payload=told, derived_from=("p1",), created_at=1000 * DAY)
    gone = {"p1": pattern(1, 1000 * DAY, state="retired")}
    assert [one.kind for one in stale([earned], gone, tools={}, now=1000 * DAY)] == ["groundless"]
