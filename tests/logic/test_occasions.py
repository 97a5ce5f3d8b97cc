"""Occasions: a recovery is compared with other ends of the same error, not with episodes in which nothing failed."""

from typing import Any

import msgspec
from tests.logic.runs import episode, step

from tacit.logic.contrast import contrasted, counted
from tacit.logic.extractors import EXTRACTORS, extract
from tacit.logic.extractors.run import digest
from tacit.logic.occasions import came_up, occasions
from tacit.types import Failure, Item, Step, Success

REJECTED = "! [rejected] main -> main (fetch first)"


def failing(tool: str, arguments: str, observation: str) -> Step:
    return step(tool, arguments, observation, "error")


def pushed(number: int, *between: Step, success: bool) -> Item:
    """A push that is rejected, something in between, and the end of it."""
    end = step("git", "git push") if success else failing("git", "git push", REJECTED)
    return episode(failing("git", "git push", REJECTED), *between, end, id=f"e{number}", success=success)


def plain(number: int) -> Item:
    return episode(step("git", "git status"), step("git", "git commit -m x"), id=f"p{number}")


PULL = step("git", "git pull --rebase")


def test_what_came_up_does_not_depend_on_what_was_done_about_it():
    recovered, given_up = pushed(1, PULL, success=True), pushed(2, success=False)
    error = digest('`git push` fails with "rejected main - main fetch first"')
    assert {error in came_up(one) for one in (recovered, given_up)} <= {True, False}
    assert set(came_up(given_up)) - {digest("`git push` failed more than once in a row")} <= set(came_up(recovered))
    assert came_up(episode()) == []


def test_each_recovery_and_heuristic_of_an_episode_answers_to_something_that_came_up():
    one = episode(
        step("ls", "ls"), step("grep", "grep -r x"), failing("make", "make", "No rule to make target"),
        failing("make", "make", "No rule to make target"), step("cmake", "cmake ."), step("make", "make"),
        step("git", "git push"),
    )  # fmt: skip
    found = occasions(one, frozenset(came_up(one)))
    seen = [s for s in extract(one, EXTRACTORS) if s.pattern_type in ("error_recovery", "heuristic")]
    assert {s.fingerprint for s in seen if "starting on a task" not in s.condition} == set(found)
    assert len(found) >= 4


def test_a_recovery_is_contrasted_among_the_episodes_with_its_error():
    page: dict[str, Any] = {}
    recovered = [named(pushed(number, PULL, success=True), number, success=number % 2 == 0) for number in range(20)]
    given_up = [named(pushed(number, success=False), number, success=False) for number in range(20, 50)]
    easy = [named(plain(number), number, success=True) for number in range(50, 150)]
    for one in (*recovered, *given_up, *easy):
        counted(page, one, [seen.fingerprint for seen in extract(one, EXTRACTORS)])
    (key,) = {seen.fingerprint for seen in extract(recovered[0], EXTRACTORS) if seen.pattern_type == "error_recovery"}
    found = contrasted(key, page)
    assert found is not None
    assert found.lift > 0.3  # among all it would be negative: a hundred of them met no error, and succeeded
    assert found.p_value < 0.01


def named(one: Item, number: int, *, success: bool) -> Item:
    """With a key, by which a fifth is held back, and an outcome that the steps do not settle."""
    told = msgspec.structs.replace(one.payload, outcome=Success() if success else Failure())
    return msgspec.structs.replace(one, key=f"run:{number}", payload=told)
