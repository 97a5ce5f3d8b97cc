"""Context packs through the facade: what goes in, what is withheld, what the log says, what comes of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tacit
from tacit.changes import LogRecall, Put, PutLearned, RecallLog, Shown
from tacit.errors import InvalidInput
from tacit.logic.effect import credited
from tacit.logic.withholding import drawn
from tacit.memory import Memory
from tacit.policy import Policy
from tacit.results import ContextPack
from tacit.testing.clock import FrozenClock
from tacit.types import Failure, Item, Knowledge, Pattern, Rule, Success

TASK = "Fix the failing import in the billing tests"


@pytest.fixture(params=["file", "in-memory"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory]:
    where = tmp_path / "agent.db" if request.param == "file" else ":memory:"
    with tacit.open(where, embedder="hashing:384", worker=False, clock=FrozenClock()) as opened:
        yield opened


def put(memory: Memory, item: Item) -> str:
    memory._backend.write(memory.namespace, [Put(item=item)])
    memory.flush()
    return item.id


def pattern(memory: Memory, name: str, text: str, **fields: Any) -> str:
    told = {"count": 4, "successes": 3.0, "failures": 1.0, **fields}
    payload = Pattern(pattern_type="tool_sequence", extractor="sequence", **told)
    return put(memory, Item(id=name, kind="pattern", text=text, key=name, payload=payload))


def knowledge(memory: Memory, name: str, text: str) -> str:
    payload = Knowledge(category="c", pattern=text, applicability="a", confidence=0.6, source_count=3)
    return put(memory, Item(id=name, kind="knowledge", text=text, payload=payload))


def lived(memory: Memory, item: str, *, gain: float, episodes: int = 400) -> None:
    """What many episodes at even odds would have left of an item."""
    row = None
    for number in range(episodes):
        shown = number % 2 == 0
        success = float((number * 0.618034) % 1 < 0.5 + gain * shown)
        row = credited(row, shown=shown, propensity=0.5, success=success, applied=True)
    memory._backend.write(memory.namespace, [PutLearned(space="worth", rows={item: row})])


def sections(pack: ContextPack) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in pack.entries:
        found.setdefault(entry.section, []).append(entry.item)
    return found


def log_of(memory: Memory, pack: ContextPack) -> RecallLog:
    (log,) = [one for one in memory.recalls() if one.id == pack.recall]
    return log


def done(memory: Memory, task: str, *, pack: ContextPack | None = None, ok: bool = True) -> str:
    with memory.episode(task) as episode:
        if pack is not None:
            episode.recalled(pack.recall)
        episode.step(tool="pytest", arguments="pytest -q", result="error", observation="ModuleNotFoundError: billing")
        episode.step(tool="bash", arguments="pip install -e .", result="success")
        item = episode.complete(Success() if ok else Failure(reason="still red"))
    memory.flush()
    return item.id


# What goes in


def test_a_pack_has_rules_what_worked_a_playbook_and_what_is_like_the_task(memory: Memory):
    core = memory.add_rule("[CORE_RULE] Never push to the main branch").id
    rule = memory.add_rule("When an import fails in the tests, install the package in place").id
    seen = pattern(memory, "p", "pytest fails on an import of billing, then pip install -e .")
    known = knowledge(memory, "k", "a failing import in <package> tests: install it")
    memory.record_fact("billing tests need python 3.11")
    memory.set_preference("editor", "vim")
    episode = done(memory, TASK)
    pack = memory.context(f"{TASK} again", budget=3_000)
    found = sections(pack)
    assert list(found)[:3] == ["Rules", "Playbook", "What worked before"]
    assert found["Rules"] == [core, rule]
    assert {seen, known} <= set(found["What worked before"])
    assert found["Similar tasks done before"] == [episode]
    assert (len(found["Facts"]), len(found["Preferences"])) == (1, 1)
    assert pack.tokens <= 3_000


def test_core_rules_are_told_whatever_the_task_and_are_never_withheld(memory: Memory):
    core = memory.add_rule("[CORE_RULE] Never push to the main branch").id
    lived(memory, core, gain=-0.4)
    for number in range(20):
        pack = memory.context(f"Water the {number} zebras in the garden", budget=500)
        assert sections(pack)["Rules"] == [core]
        assert log_of(memory, pack).shown[0].propensity == 1.0


def test_rules_that_have_nothing_to_do_with_the_task_stay_out(memory: Memory):
    memory.add_rule("When an import fails in the tests, install the package in place")
    memory.record_fact("zebras drink at noon")
    assert "Rules" not in sections(memory.context("when do zebras drink", budget=500))


def test_many_patterns_do_not_crowd_out_the_rules_nor_what_happened(memory: Memory):
    rule = memory.add_rule("failing import in the billing tests: install in place").id
    for number in range(40):
        pattern(memory, f"p{number}", f"failing import in the billing tests, way {number}: " + "step " * 60)
    episode = done(memory, TASK)
    found = sections(memory.context(TASK, budget=1_500))
    assert found["Rules"] == [rule]
    assert found["Similar tasks done before"] == [episode]
    assert 1 <= len(found["What worked before"]) <= Policy().lessons_shown


def test_what_the_agent_has_no_tools_for_is_left_out(memory: Memory):
    with_make = pattern(memory, "m", "failing import: build with make", tools=("make",))
    with_pip = pattern(memory, "p", "failing import: install with pip", tools=("pip",))
    asked = [memory.context("failing import", tools=tools) for tools in ((), ("pip",))]
    assert [set(sections(pack)["What worked before"]) for pack in asked] == [{with_make, with_pip}, {with_pip}]


@pytest.mark.parametrize(
    "fields",
    [
        {"successes": 0.0, "failures": 4.0},
        {"successes": 1.0, "failures": 3.0},
        {"lift": -0.1},
        {"risk": 0.9},
        {"state": "retired", "reason": "it does worse"},
    ],
)
def test_a_pattern_that_did_not_work_is_not_told_as_what_worked(memory: Memory, fields: dict[str, Any]):
    pattern(memory, "good", "failing import: install with pip")
    pattern(memory, "bad", "failing import: delete the tests", **fields)
    assert sections(memory.context("failing import"))["What worked before"] == ["good"]


def test_kinds_restrict_a_pack_to_themselves(memory: Memory):
    memory.add_rule("[CORE_RULE] Never push to the main branch")
    episode = done(memory, TASK)
    assert sections(memory.context(TASK, kinds=("episode",))) == {"Similar tasks done before": [episode]}


# What is retired


def test_what_was_retired_comes_back_neither_in_a_pack_nor_in_an_answer_unless_asked_for(memory: Memory):
    rule = memory.add_rule("When an import fails, install the package in place").id
    memory.remove_rule(rule)
    assert sections(memory.context("an import fails")) == {}
    assert memory.recall("an import fails").results == ()
    (found,) = memory.recall("an import fails", retired=True).results
    assert found.item.id == rule
    assert isinstance(found.item.payload, Rule)
    assert found.item.payload.state == "retired"


# What is withheld, and the log


def test_the_log_says_what_fitted_and_was_shown_preferences_as_well(memory: Memory):
    memory.set_preference("editor", "vim")
    rule = memory.add_rule("failing import in the billing tests: install in place").id
    long = [memory.record_fact(f"failing import in billing {number} " + "word " * 150).id for number in range(5)]
    pack = memory.context(TASK, budget=400)
    log = log_of(memory, pack)
    told = {entry.item for entry in pack.entries}
    assert {one.item for one in log.shown} == told
    assert rule in told
    assert not set(long) <= told, "not all of what was found fits"
    assert len(memory.recalls()) == 1, "a context is logged once"


def test_an_item_is_withheld_by_the_draw_of_its_recall_and_the_log_says_how_probable_that_was(memory: Memory):
    rule = memory.add_rule("failing import in the billing tests: install in place").id
    lived(memory, rule, gain=0.0, episodes=40)
    shown = []
    for _ in range(40):
        pack = memory.context(TASK, budget=500, kinds=("rule",))
        log = log_of(memory, pack)
        (line,) = (*log.shown, *log.withheld)
        assert 0.5 <= line.propensity < 0.9
        assert bool(log.shown) == (drawn(pack.recall, rule) < line.propensity) == bool(pack.entries)
        shown.append(bool(log.shown))
    assert 8 <= sum(shown) <= 38


def test_what_was_withheld_does_not_come_in_by_the_playbook_or_by_a_recall_of_the_same_pack(memory: Memory):
    secret = pattern(memory, "p", "failing import in the billing tests: install quaxlib")
    lived(memory, secret, gain=-0.02, episodes=60)
    texts = [memory.context(TASK, budget=800) for _ in range(30)]
    withheld = [pack for pack in texts if any(one.item == secret for one in log_of(memory, pack).withheld)]
    assert withheld
    assert not any("quaxlib" in pack.text for pack in withheld)


def test_what_does_not_fit_is_neither_shown_nor_withheld(memory: Memory):
    rule = memory.add_rule("failing import in the billing tests: " + "install " * 200).id
    lived(memory, rule, gain=0.0, episodes=40)
    log = log_of(memory, memory.context(TASK, budget=60, kinds=("rule",)))
    assert (log.shown, log.withheld) == ((), ())


def test_outcomes_of_episodes_credit_what_was_shown_and_what_was_withheld_once(memory: Memory):
    rule = memory.add_rule("failing import in the billing tests: install in place").id
    counted = {"shown": 0, "withheld": 0}
    for number in range(80):
        pack = memory.context(TASK, budget=500, kinds=("rule",))
        log = log_of(memory, pack)
        counted["shown"] += len(log.shown)
        counted["withheld"] += len(log.withheld)
        done(memory, TASK, pack=pack, ok=number % 3 > 0)
        if counted["withheld"] and number > 8:
            break
    (found,) = memory.effects(rule)
    assert {"shown": found.shown, "withheld": found.withheld} == counted
    assert counted["withheld"] > 0


def test_a_harmful_rule_is_retired_and_leaves_the_packs(memory: Memory):
    rule = memory.add_rule("failing import in the billing tests: delete the tests").id
    lived(memory, rule, gain=-0.5, episodes=120)
    pack = memory.context(TASK, budget=500, kinds=("rule",))
    done(memory, TASK, pack=pack, ok=False)
    (gone,) = memory.rules(states=("retired",))
    assert gone.id == rule
    assert isinstance(gone.payload, Rule)
    assert "hurts" in gone.payload.reason
    assert sections(memory.context(TASK, kinds=("rule",))) == {}


# Order and reasons


def test_what_helps_stands_before_what_is_unproven_and_says_why(memory: Memory):
    unproven = memory.add_rule("failing import in the billing tests: check the path").id
    helps = memory.add_rule("failing import in the billing tests: check the venv").id
    lived(memory, helps, gain=0.4)
    for _ in range(10):
        pack = memory.context(TASK, budget=500, kinds=("rule",))
        told = [entry for entry in pack.entries if entry.item in (unproven, helps)]
        assert [entry.item for entry in told] in ([helps, unproven], [unproven])
        for entry in told:
            assert entry.why.verdict == ("helps" if entry.item == helps else "unproven")
            assert "told by a person" in entry.why.evidence
    first = memory.recall(TASK, kinds=("rule",)).results
    assert [one.item.id for one in first] == [helps, unproven]
    assert first[0].why.effect >= Policy().effect / 2 > 0 >= first[1].why.effect
    assert first[0].why.confidence > 0


def test_utility_never_beats_relevance_by_more_than_the_policy_allows(memory: Memory):
    best = memory.add_rule("rotate the api keys of the staging cluster").id
    other = memory.add_rule("staging: greet the operator kindly every morning").id
    lived(memory, other, gain=0.5)
    found = memory.recall("rotate the api keys of the staging cluster now", kinds=("rule",)).results
    assert [one.item.id for one in found] == [best, other]
    most = Policy().effect + Policy().confidence
    assert all(abs(one.why.effect) + one.why.confidence <= most + 1e-9 for one in found)


def test_data_without_learned_items_is_ranked_as_if_there_were_no_learning(memory: Memory):
    memory.record_message("the canary sings at dawn")
    (found,) = memory.recall("when does the canary sing").results
    assert (found.why.confidence, found.why.effect, found.why.verdict, found.why.propensity) == (0.0, 0.0, "", 1.0)


# One source's share


def flood(memory: Memory, session: str, count: int, **about: Any) -> list[str]:
    return [
        memory.record_message(
            f"the billing import fails, says {session} {n} " + "so " * 40, session=session, **about
        ).id
        for n in range(count)
    ]


def test_one_source_leaves_room_for_others(memory: Memory):
    flood(memory, "loud", 20)
    (quiet,) = flood(memory, "quiet", 1)
    pack = memory.context("the billing import fails", budget=700)
    told = [entry.item for entry in pack.entries]
    assert quiet in told
    assert len(told) > 3, "and the room that is left is given to it all the same"


def test_what_is_of_low_trust_never_gets_more_than_its_share(memory: Memory):
    flood(memory, "loud", 20, trust="low")
    pack = memory.context("the billing import fails", budget=1_000)
    assert 0 < sum(entry.tokens for entry in pack.entries) <= Policy().source_share * 1_000


def test_a_log_of_an_older_version_still_reads(memory: Memory):
    old = msgspec.convert({"id": "r", "query": "q", "shown": [{"item": "i", "score": 1.0}]}, RecallLog)
    memory._backend.write(memory.namespace, [LogRecall(recall=old)])
    assert memory.recalls()[0].shown == (Shown(item="i", score=1.0, propensity=1.0),)


@pytest.mark.parametrize("wrong", [0, -1, True, 1.5, 1_001])
def test_a_number_of_items_out_of_bounds_is_refused(memory: Memory, wrong: Any):
    with pytest.raises(InvalidInput):
        memory.context(TASK, k=wrong)


def test_as_many_items_as_a_recall_may_ask_for_may_be_looked_at(memory: Memory):
    episode = done(memory, TASK)
    assert episode in {one for found in sections(memory.context(TASK, k=1_000)).values() for one in found}
