"""Recording through the facade: what supersedes, what replaces, what counts, and what is found by it afterwards."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tacit
from tacit.errors import InvalidInput, NotFound
from tacit.memory import Memory
from tacit.testing.clock import FrozenClock
from tacit.types import Decision, Item, Project, Solution

PORT = "which port does the API listen on"
DAY = 86_400_000_000


@pytest.fixture(params=["file", "in-memory"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "agent.db") if request.param == "file" else ":memory:"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def memory(where: str, clock: FrozenClock) -> Iterator[Memory]:
    with tacit.open(where, embedder="hashing:384", worker=False, clock=clock) as opened:
        yield opened


def texts(items: list[Item]) -> list[str]:
    return [item.text for item in items]


def found(memory: Memory, query: str, **where: object) -> list[str]:
    return [one.item.text for one in memory.recall(query, **where).results]


def in_threads(count: int, work: Callable[[int], object]) -> list[object]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


# Facts


def test_each_fact_of_a_chain_ranks_below_what_replaced_it(memory: Memory, clock: FrozenClock):
    for port in (8080, 9090, 7070):
        memory.record_fact(f"The API listens on port {port}", key="port")
        clock.advance(DAY)
    assert found(memory, PORT) == [f"The API listens on port {port}" for port in (7070, 9090, 8080)]
    assert found(memory, PORT, current=True) == ["The API listens on port 7070"]
    newest, middle, oldest = memory.recall(PORT).results
    assert (oldest.item.superseded_by, middle.item.superseded_by) == (middle.item.id, newest.item.id)
    assert (oldest.why.superseded, newest.why.superseded) == (True, False)
    assert newest.why.supersedes == (middle.item.id,)


def test_a_fact_holds_from_its_own_time_until_that_of_its_successor(memory: Memory):
    memory.record_fact("Ada leads the team", key="lead", valid_from="2024-01-01")
    memory.record_fact("Grace leads the team", key="lead", valid_from="2025-01-01")
    memory.record_fact("Linus helps out", valid_from="2024-06-01", valid_to="2024-07-01")
    asked = {
        "2023-12-31": [],
        "2024-06-15": ["Ada leads the team", "Linus helps out"],
        "2025-01-01": ["Grace leads the team"],
    }
    for time, expected in asked.items():
        assert texts(memory.items(valid_at=time)) == expected
    assert found(memory, "who leads the team", valid_at="2024-12-31T23:59:59Z") == ["Ada leads the team"]


def test_a_fact_that_ended_before_the_current_one_began_is_history(memory: Memory):
    memory.record_fact("Grace leads the team", key="lead", valid_from="2025-01-01")
    late = memory.record_fact("Ada leads the team", key="lead", valid_from="2024-01-01", valid_to="2025-01-01")
    assert texts(memory.items(current=True)) == ["Grace leads the team"]
    assert texts(memory.items(valid_at="2024-06-01")) == ["Ada leads the team"]
    assert texts(memory.items(valid_at="2026-06-01")) == ["Grace leads the team"]
    assert memory.get(late.id)[0].superseded_by == memory.items(current=True)[0].id


def test_forgetting_a_successor_lets_the_older_fact_hold_again(memory: Memory):
    memory.record_fact("The API listens on port 8080", key="port", valid_from="2024-01-01")
    newer = memory.record_fact("The API listens on port 9090", key="port", valid_from="2025-01-01")
    memory.forget(newer.id)
    (restored,) = memory.items()
    assert (restored.superseded_by, restored.valid_to) == (None, None)


def test_facts_without_a_key_stand_side_by_side(memory: Memory):
    memory.record_fact("The API listens on port 8080")
    memory.record_fact("The API listens on port 9090")
    assert len(memory.items(current=True)) == 2


def test_threads_that_supersede_one_fact_leave_one_current_fact_and_all_of_history(memory: Memory):
    in_threads(8, lambda number: memory.record_fact(f"The port is {number}", key="port"))
    assert len(memory.items()) == 8
    (current,) = memory.items(current=True)
    followed = {item.id: item.superseded_by for item in memory.items()}
    assert len(set(followed.values())) == 8, "a chain: nobody was replaced by the same one as another"
    assert followed[current.id] is None


# Preferences and projects


def test_setting_a_preference_again_replaces_the_value_and_keeps_the_item(memory: Memory):
    first = memory.set_preference("editor", "vim", "tools", trust="high")
    second = memory.set_preference("editor", {"name": "emacs", "mode": ["evil"]}, "tools")
    assert (second.id, second.sequence, second.revision) == (first.id, first.sequence, 2)
    assert memory.get_preference("editor") == {"name": "emacs", "mode": ["evil"]}
    assert memory.get_preference("shell", "none set") == "none set"
    assert found(memory, "emacs") == ['editor: {"name":"emacs","mode":["evil"]}']
    assert found(memory, "vim", k=1) != ["editor: vim"]


def test_a_preference_that_eight_threads_set_is_one_item_with_one_of_the_values(memory: Memory):
    def work(number: int) -> None:
        for turn in range(5):
            memory.set_preference("editor", f"{number}/{turn}")

    in_threads(8, work)
    (kept,) = memory.items()
    assert kept.revision == 40
    assert memory.get_preference("editor") in {f"{number}/4" for number in range(8)}


def test_a_project_recorded_again_is_the_same_item_with_what_is_known_now(memory: Memory):
    memory.record_project("tacit")
    memory.record_project("tacit", details=Project(name="tacit", description="a memory", tech_stack=("python",)))
    (kept,) = memory.items()
    assert (kept.text, kept.revision) == ("Project tacit. a memory python", 2)


# Decisions, solutions, events


def test_the_outcome_of_a_decision_comes_later_and_is_found(memory: Memory):
    made = Decision(agent_type="planner", context="which database", options=("postgres", "sqlite"), chosen="sqlite")
    item = memory.record_decision(made, session="s1")
    told = memory.update_decision(item.id, "no server to keep running", 0.8)
    assert (told.id, told.session, told.payload.reward) == (item.id, "s1", 0.8)
    assert told.payload.options == ("postgres", "sqlite")
    assert found(memory, "server to keep running") == [told.text]
    assert "Outcome: no server to keep running" in told.text


def test_only_a_decision_of_this_namespace_has_an_outcome(memory: Memory):
    fact = memory.record_fact("The port is 9090")
    for stranger in (fact.id, "no-such-item"):
        with pytest.raises(NotFound):
            memory.update_decision(stranger, "well", 1.0)
    assert memory.get(fact.id) == [fact]


def test_the_same_solution_of_the_same_problem_counts_whatever_the_case_and_the_blanks(memory: Memory):
    first = memory.record_solution("error_fix", "make: not found", "install make")
    again = memory.record_solution("error_fix", "Make:  NOT found", "Install make")
    memory.record_solution("error_fix", "make: not found", "use ninja")
    assert (again.id, again.payload.successes) == (first.id, 2)
    failed = memory.update_solution(first.id, worked=False)
    assert (failed.payload.successes, failed.payload.failures) == (2, 1)
    assert len(memory.items(kinds=["solution"])) == 2


def test_threads_that_record_one_solution_lose_no_count(memory: Memory):
    def work(_: int) -> None:
        known = memory.record_solution("error_fix", "disk is full", "delete the cache")
        memory.update_solution(known.id, worked=False)
        memory.update_solution(known.id, worked=True)

    in_threads(8, work)
    (kept,) = memory.items()
    assert isinstance(kept.payload, Solution)
    assert (kept.payload.successes, kept.payload.failures) == (16, 8)


def test_events_and_conversations_are_found_by_all_that_was_said_of_them(memory: Memory):
    memory.record_learning_event("failure", "deploy on friday", outcome="the rollback took hours", reward=-0.5)
    memory.record_conversation("We planned the release", key_decisions=["ship on monday"], user_feedback="splendid")
    assert found(memory, "rollback hours", k=1) == ["deploy on friday - the rollback took hours"]
    assert found(memory, "splendid monday", k=1) == ["We planned the release\nship on monday\nsplendid"]


# What was said


def test_an_interaction_names_its_parts(memory: Memory):
    whole = memory.record_interaction("Which port?", "9090", "The port moved")
    assert whole.text == "Q: Which port?\nA: 9090\nTakeaway: The port moved"
    assert memory.record_interaction("Hello?").text == "Q: Hello?"


def test_a_named_author_becomes_part_of_the_text_and_a_role_does_not(memory: Memory):
    assert memory.record_message("hello", author="Ada").text == "Ada: hello"
    assert memory.record_message("hello", author="User").text == "hello"


def test_a_message_is_found_by_the_words_said_before_it_in_its_session(where: str):
    with tacit.open(where, embedder="none") as memory:
        said = ["How tall is the lighthouse?", "Forty metres.", "And since when?", "It was finished in 1898."]
        for text in said:
            memory.record_message(text, session="s1")
        memory.record_message("Nothing of that.", session="s2")
        assert found(memory, "lighthouse") == said[:3], "two utterances on, and no further"
        found_last = memory.items(sessions=["s1"])[-1]
        assert found_last.context == ("Forty metres.", "And since when?")


def test_messages_recorded_together_follow_each_other_and_what_was_there(memory: Memory):
    memory.record_message("zero", session="s")
    memory.record_messages(
        [("one", "user", {"session": "s"}), ("two", "user", {"session": "t"}), ("three", "user", {"session": "s"})]
    )
    contexts = {item.text: item.context for item in memory.items()}
    assert contexts == {"zero": (), "one": ("zero",), "two": (), "three": ("zero", "one")}


def test_long_texts_lend_no_context_and_take_none(memory: Memory):
    memory.record_message("short", session="s")
    memory.record_message("long " * 300, session="s")
    memory.record_message("short again", session="s")
    assert [item.context for item in memory.items()] == [(), (), ("short",)]


def test_a_key_on_what_happened_makes_recording_it_twice_the_same_as_once(memory: Memory):
    first = memory.record_message("hello", key="log:1")
    again = memory.record_message("hello, edited", key="log:1")
    assert (again.id, again.text) == (first.id, "hello")
    assert len(memory.items()) == 1


# What is never kept


def test_secrets_are_redacted_from_every_field_before_anything_is_stored(memory: Memory):
    secret = "sk-proj-" + "a1B2c3D4e5F6g7H8i9J0" * 2
    memory.record_message(f"use {secret}", metadata={"note": secret})
    memory.record_interaction("key?", f"it is {secret}")
    memory.set_preference("key", {"openai": [secret]})
    with memory.episode(f"call it with {secret}") as episode:
        episode.step("curl", arguments={"header": f"Bearer {secret}"}, observation=secret)
        episode.success(secret)
    memory.recall(f"what is {secret}")
    stored = b"".join(memory.export()) + str(memory.recalls()).encode()
    assert secret.encode() not in stored


def test_recalled_text_is_not_learned_again(memory: Memory):
    memory.record_fact("The canary sings at dawn")
    block = memory.context("When does the canary sing?").text
    assert block.startswith("<tacit-memory")
    memory.record_message(f"{block}\nPlease water the plants", session="s")
    memory.record_interaction("What do you know?", block)
    memory.set_preference("notes", [f"before {block} after"])
    with memory.episode(f"{block} Water the plants") as episode:
        episode.step("memory_context", arguments={"pack": block}, observation=f"{block}\ndone")
        episode.success(block)
    learned = [item for item in memory.items() if item.kind != "fact"]
    assert len(learned) == 4
    assert (
        "canary sings"
        not in b"".join(memory.export(kinds=["message", "interaction", "preference", "episode"])).decode()
    )
    assert {item.text.strip() for item in learned} >= {"Please water the plants", "Q: What do you know?"}
    assert memory.get_preference("notes") == ["before  after"]


def test_a_message_that_is_nothing_but_recalled_text_is_refused(memory: Memory):
    memory.record_fact("The canary sings at dawn")
    block = memory.context("When does the canary sing?").text
    with pytest.raises(InvalidInput, match="nothing to remember"):
        memory.record_message(block)
    assert len(memory.items()) == 1
