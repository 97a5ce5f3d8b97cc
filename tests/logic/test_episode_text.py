"""The words by which an episode is found."""

from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.episode_text import LONGEST, episode_text
from tacit.types import Abstained, Episode, Failure, Partial, Step, Success


def test_it_names_task_outcome_steps_in_order_and_each_error_once() -> None:
    trace = "Traceback (most recent call last):\n  File x\nModuleNotFoundError: billing"
    steps = (
        Step(tool="pytest", arguments="pytest -q", observation=trace, result="error"),
        Step(tool="pytest", arguments="pytest -q", observation=trace, result="error"),
        Step(tool="bash", action="install the package", arguments="pip install -e .", result="success"),
        Step(tool="curl", arguments="curl x", result="timeout"),
    )
    told = episode_text(Episode(task="Fix the import", steps=steps, outcome=Success(verdict="green")))
    assert told.splitlines() == [
        "Fix the import",
        "Outcome: success, green",
        "Steps: pytest -q x2 > bash install the package > curl x",
        "Error: ModuleNotFoundError: billing",
        "Error: curl: timeout",
    ]


def test_it_says_how_each_kind_of_episode_ended_and_nothing_where_that_is_unknown() -> None:
    ended = [
        (Partial(completed=("a",), failed=("b",)), "Outcome: partial, done: a, not done: b"),
        (Failure(reason="no disk", details="x\ny"), "Outcome: failure, no disk, x y"),
        (Abstained(reason="unsafe"), "Outcome: abstained, unsafe"),
    ]
    for outcome, line in ended:
        assert episode_text(Episode(task="t", outcome=outcome)) == f"t\n{line}"
    assert episode_text(Episode(task="t")) == "t"


@given(st.text(), st.lists(st.builds(Step, tool=st.text(), arguments=st.text(), observation=st.text(),
                                     result=st.sampled_from(["success", "error", "timeout", "unknown"]))))  # fmt: skip
def test_it_is_bounded(task: str, steps: list[Step]) -> None:
    assert (
        len(episode_text(Episode(task=task * 1000, steps=tuple(steps * 50), outcome=Failure(reason=task * 99))))
        <= LONGEST
    )
