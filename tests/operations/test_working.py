"""Working memory: values of a session, and a window of messages within a budget of tokens."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tacit
from tacit.errors import InvalidInput, NotFound, TooLarge
from tacit.logic.tokens import estimate_tokens
from tacit.operations.working import WorkingMemory
from tacit.testing.clock import FrozenClock


def test_values_are_kept_by_key_and_category_and_replaced_in_place():
    clock = FrozenClock(5)
    working = WorkingMemory(clock)
    working.remember("goal", "ship", "task")
    working.remember("seen", [1, {"a": None}])
    clock.advance(1)
    working.remember("goal", "ship it", "task")
    assert working.recall("goal") == "ship it"
    assert [(one.key, one.value, one.category, one.at) for one in working] == [
        ("goal", "ship it", "task", 6),
        ("seen", [1, {"a": None}], "general", 5),
    ]
    assert [one.key for one in working.values("task")] == ["goal"]
    assert (working.forget("goal"), working.forget("goal")) == (True, False)
    with pytest.raises(NotFound):
        working.recall("goal")


def test_a_value_that_is_no_json_changes_nothing():
    working = WorkingMemory(FrozenClock())
    working.remember("kept", 1)
    for bad, error in [(object(), InvalidInput), (float("nan"), InvalidInput), ("x" * 1_000_001, TooLarge)]:
        with pytest.raises(error):
            working.remember("kept", bad)
    assert working.recall("kept") == 1


def test_the_window_holds_the_last_fifty_messages():
    working = WorkingMemory(FrozenClock())
    for number in range(120):
        working.say("user", f"message {number}")
    assert [said.text for said in working.messages()] == [f"message {number}" for number in range(70, 120)]


def test_the_oldest_messages_leave_when_the_budget_is_full_and_the_last_one_always_stays():
    working = WorkingMemory(FrozenClock(), budget=100)
    for number in range(10):
        working.say("assistant", f"{number}" * 160)
    assert [said.text[0] for said in working.messages()] == ["8", "9"]
    assert sum(said.tokens for said in working.messages()) <= 100
    working.say("user", "x" * 10_000)
    assert [said.tokens for said in working.messages()] == [estimate_tokens("x" * 10_000)]


def test_threads_may_talk_at_once():
    working = WorkingMemory(FrozenClock(), window=1000)

    def talk(number: int) -> None:
        for turn in range(50):
            working.say("user", f"{number}/{turn}")
            working.remember(f"{number}", turn)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(talk, range(8)))
    said = [one.text for one in working.messages()]
    assert len(said) == len(set(said)) == 400
    assert {one.value for one in working} == {49}


def test_sessions_are_apart_and_gone_with_the_process(tmp_path: Path):
    with tacit.open(tmp_path / "a.db", embedder="none", worker=False) as memory:
        memory.working("one").remember("k", 1)
        assert memory.working("one").recall("k") == 1
        assert list(memory.working("two")) == []
        assert memory.items() == []
    with tacit.open(tmp_path / "a.db", embedder="none", worker=False) as memory:
        assert list(memory.working("one")) == []
