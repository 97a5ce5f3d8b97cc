"""Validation: on episodes held back; who can do it; what goes."""

from typing import Any

import pytest
from tests.logic.runs import episode, step

from tacit.logic.validation import compatible, counted, held_back, retired, stale, validated
from tacit.types import Item, Pattern


def pattern(**fields: Any) -> Item:
    told = Pattern(pattern_type="heuristic", extractor="heuristic", **fields)
    return Item(id="p", kind="pattern", text="t", key="k", payload=told)


def test_about_a_fifth_is_held_back_by_what_the_episode_says_alone() -> None:
    held = [held_back(episode(task=f"task {number}")) for number in range(5_000)]
    assert 900 < sum(held) < 1_100
    assert held == [held_back(episode(task=f"task {number}", id=str(number))) for number in range(5_000)]


def test_precision_coverage_and_f1_are_counted_on_held_back_episodes() -> None:
    page: dict[str, Any] = {}
    tasks = [f"task {number}" for number in range(100)]
    held = [task for task in tasks if held_back(episode(task=task))][:8]
    free = next(task for task in tasks if not held_back(episode(task=task)))
    told = [(True, True)] * 3 + [(True, False)] + [(False, True)] * 2 + [(False, False)] * 2
    for task, (shows, success) in zip(held, told, strict=True):
        counted(page, episode(step("a"), task=task, success=success), ["k"] if shows else [])
    counted(page, episode(step("a"), task=free), ["k"])
    seen = validated(pattern(), page).payload
    assert isinstance(seen, Pattern)
    assert (seen.precision, seen.coverage, seen.f1) == (0.75, 0.6, 0.6667)
    again = validated(pattern(precision=0.75, coverage=0.6, f1=0.6667), page)
    assert again == pattern(precision=0.75, coverage=0.6, f1=0.6667)


def test_nothing_is_said_before_anything_was_held_back() -> None:
    assert validated(pattern(), {}) == pattern()


@pytest.mark.parametrize(
    ("tools", "fits"),
    [
        ((), True),
        (("git",), True),
        (("Bash",), True),
        (("run_terminal_cmd",), True),
        (("git push",), False),
        (("search", "click"), False),
    ],
)
def test_a_pattern_suits_those_who_have_its_tools(tools: tuple[str, ...], fits: bool) -> None:
    assert compatible(pattern(tools=("git pull", "git push")), tools) is fits


def test_a_pattern_goes_when_it_does_significantly_worse() -> None:
    worse = {"count": 60, "successes": 6.0, "failures": 54.0, "lift": -0.4, "q_value": 0.001}
    assert "0.10 against 0.50 in 60 episodes" in retired(pattern(**worse))
    assert retired(pattern(**worse | {"q_value": 0.2})) == ""
    assert retired(pattern(**worse | {"lift": 0.1})) == ""
    assert retired(pattern(**worse | {"lift": None})) == ""
    assert retired(pattern(**worse | {"successes": 1.0, "failures": 9.0})) == ""
    assert retired(pattern(**worse | {"precision": 0.7})) == ""


def test_the_least_seen_of_the_longest_ago_are_dropped() -> None:
    def seen(id: str, count: int, at: int) -> Item:
        told = Pattern(pattern_type="custom", extractor="e", count=count, last_seen=at)
        return Item(id=id, kind="pattern", text="t", payload=told)

    kept = [seen("often", 9, 1), seen("new", 1, 9), seen("old", 1, 2), seen("twice", 2, 1)]
    assert stale(kept, most=2) == ["old", "new"]
    assert stale(kept, most=3) == ["old"]
    assert stale(kept) == []
