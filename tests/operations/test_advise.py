"""Advice while a task runs, through the front door, in a small planted environment."""

import pytest

import tacit
from tacit.errors import InvalidInput
from tacit.types import Step

DOORS = ("red", "green", "blue", "white", "black", "brown", "pink", "grey")


def reached(memory: tacit.Memory, door: str) -> None:
    """Behind the door that the note names is a garden; the others lead into a cellar, where the task is lost."""
    other = DOORS[(DOORS.index(door) + 3) % len(DOORS)]
    note = f"the garden is behind the {door} door"
    with memory.episode("reach the garden", domain="house") as episode:
        episode.step("read", arguments="note", observation=note, reward=0.0)
        episode.step("open", arguments=f"{door} door", observation="roses, tulips, lilies and daisies", reward=1.0)
        episode.success()
    with memory.episode("reach the garden", domain="house") as episode:
        episode.step("read", arguments="note", observation=note, reward=0.0)
        episode.step("open", arguments=f"{other} door", observation="the cellar", reward=0.0)
        episode.failure("lost in the cellar")


@pytest.fixture
def memory():
    with tacit.open(":memory:", embedder="none", worker=False) as memory:
        for _ in range(4):
            for door in DOORS:
                reached(memory, door)
        list(memory.learn())
        yield memory


def read(door: str) -> Step:
    return Step(tool="read", arguments="note", observation=f"the garden is behind the {door} door", reward=0.0)


def test_the_option_that_worked_in_other_words_is_worth_most(memory):
    options = ["open yellow door", "open violet door", "read note"]
    advice = memory.advise("reach the garden", [read("violet")], options=options, domain="house")
    assert [option.option for option in advice.options] == options
    assert max(advice.options, key=lambda option: option.value).option == "open violet door"
    yellow = advice.options[0]
    assert yellow.tried == 64
    assert "64 steps like 'open _'" in yellow.because
    assert advice.next_tools[0].tool == "open"
    assert advice.reason == ""


def test_it_knows_better_as_soon_as_more_was_learned():
    with tacit.open(":memory:", embedder="none", worker=False) as memory:
        before = memory.advise("reach the garden", [read("violet")], options=["open violet door"])
        assert before.options[0].tried == 0
        assert before.reason
        reached(memory, "red")
        list(memory.learn())
        after = memory.advise("reach the garden", [read("violet")], options=["open violet door"])
        assert after.options[0].tried == 2
        assert after.options[0].uncertainty < before.options[0].uncertainty


def test_asking_step_by_step_says_the_same_as_asking_at_once(memory):
    steps = [read("violet"), Step(tool="open", arguments="yellow door", observation="the cellar", reward=0.0)]
    memory.advise("reach the garden", steps[:1], options=["open violet door"])
    one = memory.advise("reach the garden", steps, options=["open violet door"])
    memory.advise("something else", [], options=["open violet door"])
    assert memory.advise("reach the garden", steps, options=["open violet door"]) == one


def test_after_an_error_what_got_past_it_is_named():
    with tacit.open(":memory:", embedder="none", worker=False) as memory:
        told = "error: failed to push some refs to 'origin'\nhint: the remote contains work that you do not have"
        for topic in ("poem", "menu", "novel", "diary"):
            with memory.episode(f"publish the {topic}") as episode:
                episode.step("git", arguments="git push origin main", observation=told, result="error")
                episode.step("git", arguments="git pull --rebase", observation="done", result="success")
                episode.step("git", arguments="git push origin main", observation="done", result="success")
                episode.success()
        list(memory.learn())
        failed = Step(tool="git", arguments="git push origin main", observation=told, result="error")
        advice = memory.advise("publish the thesis", [failed], options=["git pull --rebase", "git status"])
        assert advice.recovering
        pull, status = advice.options
        assert "after this error" in pull.because
        assert "4 episodes" in pull.because
        assert "after this error" not in status.because


def test_another_namespace_is_not_advised_from_here(tmp_path):
    with tacit.open(tmp_path / "a.db", embedder="none", worker=False) as memory:
        reached(memory, "red")
        list(memory.learn())
    with tacit.open(tmp_path / "a.db", namespace="other", embedder="none", worker=False) as memory:
        assert memory.advise("reach the garden", options=["open red door"]).options[0].tried == 0


def test_bad_input_is_refused():
    with tacit.open(":memory:", embedder="none", worker=False) as memory, pytest.raises(InvalidInput):
        memory.advise("t", options=["x"] * 1001)


def test_without_options_it_says_what_comes_next(memory):
    advice = memory.advise("reach the garden", [read("violet")], domain="house")
    assert advice.options == ()
    assert advice.success is not None
