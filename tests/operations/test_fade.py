"""Fading: capacity and retention, what they take along and what they leave alone."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tacit
from tacit.changes import Put, SetNote
from tacit.errors import InvalidInput
from tacit.logic.notes import LEARNING
from tacit.logic.retention import DAY, worth_keeping
from tacit.memory import Memory
from tacit.opening import open_memory
from tacit.operations import fade as verb
from tacit.testing.clock import FrozenClock
from tacit.types import Episode, Failure, Item, Knowledge, Pattern, Reward, Rule, Success

NOW = 400 * DAY


def opened(folder: Path, clock: FrozenClock | None = None) -> Memory:
    return open_memory(folder / "a.db", embedder="none", worker=False, clock=clock or FrozenClock(NOW))


def episode(memory: Memory, number: int, *, age: float = 0.0, value: float = 0.0, **more: Any) -> Item:
    """An episode that ended so many days ago, learned from already."""
    at = NOW - int(age * DAY)
    outcome = Success() if value > 0 else Failure()
    item = Item(
        id=f"e{number:03}",
        kind="episode",
        text=f"task {number}",
        payload=Episode(task=f"task {number}", outcome=outcome, ended_at=at, reward=Reward(value=value)),
        created_at=at,
        **more,
    )
    return put(memory, item)


def put(memory: Memory, item: Item) -> Item:
    return memory._backend.write(memory.namespace, [Put(item=item)]).items[0]


def pattern(id: str, *sources: str, count: int) -> Item:
    payload = Pattern(pattern_type="context", extractor="x", count=count, examples=sources, action="do")
    return Item(
        id=id, kind="pattern", text="do", key=f"k {id}", payload=payload, derived_from=sources[:1], created_at=NOW
    )


def learned(memory: Memory, sequence: int = 2**40) -> None:
    """As if everything so far had been learned from."""
    note = {"token": "t", "sequence": sequence}
    memory._backend.write(memory.namespace, [SetNote(key=LEARNING, value=note)])


def ids(memory: Memory) -> set[str]:
    return {item.id for item in memory.items(limit=9_999)}


def test_over_capacity_the_old_and_poor_ones_go_first(tmp_path: Path):
    with opened(tmp_path) as memory:
        episode(memory, 1, age=1, value=0.9)
        episode(memory, 2, age=1, value=-0.9)
        episode(memory, 3, age=90, value=0.9)
        episode(memory, 4, age=90, value=-0.9)
        learned(memory)
        plan = memory.fade(max_episodes=2, dry_run=True)
        assert (set(plan.ids), plan.dry_run) == ({"e003", "e004"}, True)
        assert plan.reasons["e004"].startswith("4 episodes, room for 2; worth keeping 0.")
        assert len(ids(memory)) == 4, "a dry run deletes nothing"
        done = memory.fade(max_episodes=2)
        assert (set(done.ids), done.kinds, done.relearn) == ({"e003", "e004"}, {"episode": 2}, False)
        assert ids(memory) == {"e001", "e002"}
        assert memory.fade(max_episodes=2).ids == (), "again nothing is over"


def test_what_nothing_was_learned_from_yet_does_not_fade(tmp_path: Path):
    with opened(tmp_path) as memory:
        early = episode(memory, 1, age=200)
        episode(memory, 2, age=300)
        learned(memory, early.sequence)
        done = memory.fade(max_episodes=0)
        assert (done.ids, done.waiting) == (("e001",), 1)


def test_what_people_said_never_fades(tmp_path: Path):
    with opened(tmp_path) as memory:
        fact = memory.record_fact("the person's", trust="high", at=0)
        memory.record_fact("the agent's", at=0)
        rule = memory.add_rule("[GENERAL_LEARNING|0.1] Be kind.")
        core = put(
            memory,
            Item(id="core", kind="rule", text="c", payload=Rule(rule_type="CORE_RULE", rule="c", origin="teacher")),
        )
        memory.set_preference("color", "red")
        learned(memory)
        kinds = ("fact", "rule", "preference", "message")
        for limits in ({"max_items": 0}, {"max_age_days": 0.001}):
            memory.fade(kinds=kinds, **limits)
        assert {fact.id, rule.id, core.id} < ids(memory)
        assert len(ids(memory)) == 4


def test_fading_keeps_what_was_learned_but_nothing_that_quotes(tmp_path: Path):
    with opened(tmp_path) as memory:
        for number in (1, 2, 3):
            episode(memory, number, age=300 - number)
        put(memory, pattern("shared", "e001", "e002", "e003", count=3))
        put(memory, pattern("alone", "e001", count=1))
        known = Knowledge(category="c", pattern="p", applicability="", confidence=0.5, source_count=3)
        put(memory, Item(id="quoting", kind="knowledge", text="p", payload=known, derived_from=("alone",)))
        rule = Rule(rule_type="GENERAL_LEARNING", rule="r", origin="earned")
        put(memory, Item(id="rule", kind="rule", text="r", payload=rule, derived_from=("alone",)))
        note = memory.record_fact("seen in the first", trust="high", derived_from=["e001"])
        learned(memory)
        plan = memory.fade(max_episodes=1, dry_run=True)
        done = memory.fade(max_episodes=1)
        assert set(done.ids) == set(plan.ids) == {"e001", "e002", "alone", "quoting"}
        assert (done.derived, done.unlinked) == (plan.derived, plan.unlinked) == (2, 3)
        shared, kept, told = memory.get("shared", "rule", note.id)
        assert isinstance(shared.payload, Pattern)
        assert (shared.derived_from, shared.payload.examples, shared.payload.count) == ((), ("e003",), 3)
        assert (kept.derived_from, told.derived_from) == ((), ())
        assert any(job.stage == "distill" for job in memory.jobs())
        assert not any(job.stage == "relearn" for job in memory.jobs())


def test_what_is_past_its_time_is_forgotten_with_all_that_came_of_it(tmp_path: Path):
    with opened(tmp_path) as memory:
        episode(memory, 1, age=100)
        episode(memory, 2, age=10)
        put(memory, pattern("shared", "e001", "e002", count=2))
        learned(memory)
        plan = memory.fade(max_age_days=50, dry_run=True)
        assert (set(plan.ids), plan.relearn) == ({"e001", "shared"}, True)
        assert plan.reasons == {"e001": "older than 50 days", "shared": "derived from these"}
        done = memory.fade(max_age_days=50)
        assert set(done.ids) == set(plan.ids)
        assert ids(memory) == {"e002"}
        assert [job.stage for job in memory.jobs() if job.stage == "relearn"] == ["relearn"]


def test_context_of_neighbours_loses_the_words_of_what_fades(tmp_path: Path):
    with opened(tmp_path) as memory:
        memory.record_message("zyxquark", session="s", at=0)
        memory.record_message("oh", session="s", at=NOW / 1e6)
        learned(memory)
        memory.fade(max_items=1)
        assert [(item.text, item.context) for item in memory.items()] == [("oh", ())]


@pytest.mark.parametrize("limits", [{}, {"max_items": -1}, {"max_episodes": True}, {"max_age_days": float("nan")}])
def test_bad_limits_change_nothing(tmp_path: Path, limits: dict[str, Any]):
    with opened(tmp_path) as memory:
        episode(memory, 1)
        learned(memory)
        with pytest.raises(InvalidInput):
            memory.fade(**limits)
        assert ids(memory) == {"e001"}


def test_killed_between_batches_the_same_call_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(verb, "BATCH", 2)
    with opened(tmp_path) as memory:
        for number in range(9):
            episode(memory, number, age=number)
        learned(memory)
        whole = memory.fade(max_episodes=2, dry_run=True)
        calls = count()

        def dies(texts: object) -> None:
            if next(calls) == 1:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            verb.fade(memory._scope, max_episodes=2, discard=dies)
        assert len(ids(memory)) == 5
        rest = memory.fade(max_episodes=2)
        assert len(rest.ids) == 3
        assert ids(memory) == {f"e{number:03}" for number in range(9)} - set(whole.ids)


@given(st.floats(0, 1000), st.floats(0, 1000), st.floats(-1, 1), st.floats(-1, 1))
def test_newer_and_better_is_never_worth_less(age: float, more: float, value: float, other: float):
    def worth(days: float, reward: float) -> float:
        payload = Episode(task="t", ended_at=NOW - int(days * DAY), reward=Reward(value=reward))
        return worth_keeping(Item(id="a", kind="episode", text="t", payload=payload), None, NOW).keep

    low, high = sorted([value, other])
    assert worth(age + more, low) <= worth(age, low) + 1e-6
    assert worth(age, low) <= worth(age, high) + 1e-6


def test_faded_through_the_front_door_after_real_learning(tmp_path: Path):
    with tacit.open(tmp_path / "a.db", embedder="none", worker=False) as memory:
        for number in range(12):
            with memory.episode(f"push the branch {number}") as run:
                run.step("git", arguments=f"git push origin b{number}", result="success")
                run.success()
        list(memory.learn())
        before = {one.key: one.payload.count for one in memory.patterns() if one.payload.count > 1}
        assert before
        assert len(memory.fade(max_episodes=4).kinds) >= 1
        list(memory.learn())
        after = {one.key: one.payload.count for one in memory.patterns()}
        assert {key: after.get(key) for key in before} == before, "what they taught stays"
