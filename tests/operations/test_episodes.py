"""Episodes through the facade: what is durable when, who may log to one, and what its outcome says."""

import subprocess
import sys
from pathlib import Path

import pytest

import tacit
from tacit.errors import Conflict, InvalidInput, NotFound, TooLarge
from tacit.logic import limits
from tacit.memory import Memory
from tacit.testing.clock import FrozenClock
from tacit.types import Abstained, Episode, Failure, Item, Partial, Success

PLACES = pytest.mark.parametrize("place", ["agent.db", ":memory:"])


def opened(folder: Path, place: str = "agent.db", clock: FrozenClock | None = None) -> Memory:
    path = place if place == ":memory:" else folder / place
    return tacit.open(path, embedder="hashing:384", worker=False, clock=clock or FrozenClock())


def payload(item: Item) -> Episode:
    assert isinstance(item.payload, Episode)
    return item.payload


def arguments(item: Item) -> list[str]:
    return [step.arguments for step in payload(item).steps]


@PLACES
def test_an_episode_is_recorded_whole_and_found_by_task_tools_errors_and_outcome(tmp_path: Path, place: str):
    clock = FrozenClock()
    with opened(tmp_path, place, clock) as memory:
        episode = memory.episode(
            "Publish the wheel", task_type="release", complexity="simple", framework="hatch", agent="coder", tags=["ci"]
        )
        episode.step(
            "bash", action="build", arguments={"cmd": "hatch build"}, result="success", latency_ms=12.5, tokens=7
        )
        episode.step("twine", arguments="twine upload", observation="403 Forbidden", result="error", reward=-1.0)
        clock.advance(3)
        item = episode.partial(("built",), ("uploaded",))
        assert (item.kind, item.type, item.tags) == ("episode", "release", ("ci",))
        whole = payload(item)
        assert (whole.ended_at or 0) - whole.started_at == 3
        assert whole.outcome == Partial(completed=("built",), failed=("uploaded",))
        assert whole.steps[0].arguments == '{"cmd":"hatch build"}'
        assert memory.get(episode.id) == [item]
        for words in ("publish wheel", "twine", "forbidden", "uploaded"):
            assert [one.item.id for one in memory.recall(words).results] == [item.id]
        assert (memory.open_episodes(), memory.stats().drafts) == ([], 0)


@PLACES
def test_an_episode_without_an_outcome_is_an_abstention_and_one_that_raises_a_failure(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        with memory.episode("first") as episode:
            episode.step("bash")
        with pytest.raises(KeyError), memory.episode("second"):
            raise KeyError("missing \ud800")
        with memory.episode("third") as episode:
            episode.success()
        assert [payload(item).outcome for item in memory.items()] == [
            Abstained(reason="the block ended without an outcome", at_step=1),
            Failure(reason="KeyError", details="'missing \\ud800'"),
            Success(),
        ]


def test_steps_are_written_after_fifty_or_after_five_seconds(tmp_path: Path):
    clock = FrozenClock()
    with opened(tmp_path, clock=clock) as memory, opened(tmp_path) as other:
        episode = memory.episode("count")

        def durable() -> int:
            return len(payload(other.open_episodes()[0]).steps)

        for number in range(49):
            episode.step("bash", arguments=str(number))
        episode.flush_if_due()
        assert durable() == 0
        episode.step("bash", arguments="49")
        assert durable() == 50
        episode.step("bash", arguments="50")
        clock.advance(4_999_999)
        episode.flush_if_due()
        assert durable() == 50
        clock.advance(1)
        episode.flush_if_due()
        assert durable() == 51
        assert arguments(episode.success()) == [str(number) for number in range(51)]


def test_flushing_and_closing_a_memory_write_what_is_buffered(tmp_path: Path):
    with opened(tmp_path) as memory:
        first, second = memory.episode("first"), memory.episode("second")
        first.step("bash", arguments="a")
        memory.flush()
        assert arguments(memory.open_episodes()[0]) == ["a"]
        second.step("bash", arguments="b")
    with opened(tmp_path) as memory:
        assert [arguments(item) for item in memory.open_episodes()] == [["a"], ["b"]]
        memory.log_step(second.id, "bash", arguments="c")
        assert arguments(memory.complete_episode(second.id, Success())) == ["b", "c"]


def test_two_processes_that_log_to_one_episode_complete_it_with_the_steps_of_both(tmp_path: Path):
    with opened(tmp_path) as one, opened(tmp_path) as two:
        shared = one.start_episode("shared")
        one.log_step(shared, "bash", arguments="one/1")
        one.resume_episode(shared).flush()
        two.log_step(shared, "bash", arguments="two/1")
        one.log_step(shared, "bash", arguments="one/2")
        two.flush()
        one.flush()
        two.log_step(shared, "bash", arguments="two/2")
        two.flush()
        one.log_step(shared, "bash", arguments="one/3")
        item = one.complete_episode(shared, Success())
        assert arguments(item) == ["one/1", "two/1", "one/2", "two/2", "one/3"]
        assert two.get(shared) == [item]


def test_an_episode_that_another_process_completed_takes_neither_steps_nor_an_outcome(tmp_path: Path):
    with opened(tmp_path) as one, opened(tmp_path) as two:
        shared = one.start_episode("shared")
        mine, theirs = one.resume_episode(shared), two.resume_episode(shared)
        done = theirs.success("they did it")
        mine.step("bash", arguments="too late")
        other = one.episode("another one")
        other.step("bash", arguments="in time")
        with pytest.raises(NotFound):
            one.flush()
        assert arguments(two.open_episodes()[0]) == ["in time"], "the fault of one keeps no other one waiting"
        with pytest.raises(Conflict, match="exists"):
            mine.failure("we did not")
        assert two.get(shared) == [done]


def test_a_program_of_another_process_resumes_an_episode_by_its_id(tmp_path: Path):
    script = (
        "import sys, tacit\n"
        "from tacit.types import Success\n"
        "with tacit.open(sys.argv[1], embedder='none', worker=False) as memory:\n"
        "    memory.log_step(sys.argv[2], 'bash', arguments='theirs')\n"
        "    memory.complete_episode(sys.argv[2], Success())\n"
    )
    with opened(tmp_path) as memory:
        shared = memory.start_episode("shared")
        memory.log_step(shared, "bash", arguments="mine")
        memory.flush()
        subprocess.run([sys.executable, "-c", script, str(tmp_path / "agent.db"), shared], check=True)
        assert arguments(memory.get(shared)[0]) == ["mine", "theirs"]
        with pytest.raises(Conflict):
            memory.complete_episode(shared, Failure())


@PLACES
def test_a_completed_episode_is_closed(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        episode = memory.episode("once")
        item = episode.success()
        for call in (episode.success, episode.refresh, lambda: episode.step("bash")):
            with pytest.raises(Conflict):
                call()
        episode.flush()
        assert episode.item == item
        with pytest.raises(Conflict, match="is completed"):
            memory.complete_episode(episode.id, Failure())


@PLACES
def test_items_and_open_episodes_are_got_together(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        fact, draft = memory.record_fact("a fact"), memory.episode("open")
        assert [item.id for item in memory.get(draft.id, "unknown", fact.id)] == [draft.id, fact.id]


@PLACES
def test_bounds_refuse_a_step_and_leave_the_episode_as_it_was(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        episode = memory.episode("bounds")
        for _ in range(limits.STEPS):
            episode.step("bash")
        with pytest.raises(TooLarge, match="too many steps"):
            episode.step("bash")
        assert len(payload(episode.success()).steps) == limits.STEPS
        heavy = memory.episode("heavy")
        for _ in range(10):
            heavy.step("bash", arguments="x" * 999_000)
        with pytest.raises(TooLarge, match="episode is too large"):
            heavy.step("bash", arguments="x" * 999_000)
        with pytest.raises(InvalidInput):
            heavy.step("bash", colour="red")  # type: ignore[call-arg]
        assert heavy.logged == 10


@PLACES
def test_the_outcome_becomes_feedback_on_what_the_episode_recalled(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        memory.record_fact("The wheel is built by hatch")
        outcomes = {
            Success(): 1.0,
            Failure(reason="no"): -1.0,
            Partial(completed=("a", "b", "c"), failed=("d",)): 0.5,
            Abstained(): 0.0,
        }
        for outcome, score in outcomes.items():
            asked, unasked = memory.recall("how is the wheel built"), memory.recall("wheel")
            episode = memory.episode("build the wheel")
            episode.recalled(asked.id, asked.id)
            episode.complete(outcome)
            (given,) = memory._backend.records(memory.namespace).feedback(asked.id)
            assert (given.score, given.origin, given.note, given.items) == (score, "outcome", episode.id, ())
            assert memory._backend.records(memory.namespace).feedback(unasked.id) == []


@PLACES
def test_an_episode_works_only_with_recalls_that_were_logged(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        asked = memory.recall("anything")
        episode = memory.episode("build")
        with pytest.raises(NotFound):
            episode.recalled(asked.id, "no-such-recall")
        episode.success()
        assert memory.stats().feedback == 0, "none of them was kept"
