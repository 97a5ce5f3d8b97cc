"""Prediction: while a task is under way, which tool comes next, what gets out of an error, and how likely success is.

Floor 2. Below: views (what may come back), courses (what comes next), chances (how it ends). Above: logic.lesson
learns, operations.advise asks. State is one page, bounded: see `courses` and `chances` for its rows.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from tacit.lessons import Advice, Suggestion
from tacit.logic.evidence import success_of
from tacit.logic.prediction import chances, courses, linear
from tacit.logic.prediction.courses import END
from tacit.logic.prediction.views import Course, course_of
from tacit.types import Episode, Item, Step

__all__ = ["END", "advice", "learn", "next_tools", "recoveries", "success"]

Page = MutableMapping[str, Any]

NEXT, RECOVERY = "n", "r"
LONGEST = 200
"""Steps of an episode that are learned from."""
SHOWN = 8


def learn(item: Item, page: Page) -> None:
    """Learn from a finished episode, once: what followed what, and how it ended."""
    episode = item.payload
    if not isinstance(episode, Episode):
        return
    whole = course_of(episode.task, episode.steps[:LONGEST], item.domain, episode.agent)
    following = [step.tool for step in whole.steps]
    if len(episode.steps) <= LONGEST:
        following.append(END)
    lessons = [
        (courses.place_of(course, table), tool)
        for course, tool in zip(map(whole.until, range(len(following))), following, strict=True)
        for table in (NEXT, RECOVERY)
        if table == NEXT or _recovered(whole, len(course.steps))
    ]
    ended = chances.situations(whole)
    _prefetch(
        page, [*(key for place, _ in lessons for key in _rows(place)), *(key for one in ended for key in one.keys)]
    )
    for place, tool in lessons:
        courses.learned(place, page, tool)
    outcome = success_of(episode.outcome)
    if outcome is not None:
        chances.learned(ended, page, outcome)


def _recovered(whole: Course, count: int) -> bool:
    """Whether the step after so many followed a failure, and worked."""
    return 0 < count < len(whole.steps) and whole.steps[count - 1].failed and not whole.steps[count].failed


def advice(task: str, steps: Sequence[Step], page: Page, *, domain: str = "", agent: str = "") -> Advice:
    """All that is foretold of a task under way, from one reading of the page; without options.

    Everything is empty, or None, before anything was learned.
    """
    course = course_of(task, steps, domain, agent)
    failed = bool(course.steps) and course.steps[-1].failed
    following, ended = courses.place_of(course, NEXT), chances.situation_of(course)
    recovery = courses.place_of(course, RECOVERY) if failed else None
    _prefetch(page, [*_rows(following), *(_rows(recovery) if recovery else ()), *ended.keys])
    probabilities = courses.mixed(following, page)
    return Advice(
        next_tools=tuple(_suggested(probabilities)),
        recovering=failed,
        recoveries=tuple(_suggested(courses.mixed(recovery, page))) if recovery else (),
        ends=probabilities.get(END, 0.0) if probabilities else None,
        success=chances.chance(ended, page),
    )


def next_tools(task: str, steps: Sequence[Step], page: Page, *, domain: str = "", agent: str = "") -> list[Suggestion]:
    """What comes next in such a course, most probable first; what is missing to 1 is that nothing more is done, or
    something rare. [] before anything was learned. For what gets out of an error see `recoveries`."""
    return list(advice(task, steps, page, domain=domain, agent=agent).next_tools)


def recoveries(task: str, steps: Sequence[Step], page: Page, *, domain: str = "", agent: str = "") -> list[Suggestion]:
    """After a failed step: the tools that worked next after such an error, most probable first; else []."""
    return list(advice(task, steps, page, domain=domain, agent=agent).recoveries)


def success(task: str, steps: Sequence[Step], page: Page, *, domain: str = "", agent: str = "") -> float | None:
    """Probability that the task will succeed, in [0, 1]; None before any outcome was learned."""
    return advice(task, steps, page, domain=domain, agent=agent).success


def _suggested(probabilities: Mapping[str, float]) -> list[Suggestion]:
    ranked = sorted(probabilities, key=lambda tool: (-probabilities[tool], tool))
    return [Suggestion(tool=tool, probability=probabilities[tool]) for tool in ranked if tool != END][:SHOWN]


def _rows(place: courses.Place) -> list[str]:
    return [*place.keys, place.weights]


def _prefetch(page: Page, keys: Sequence[str]) -> None:
    """Read at once what is wanted, where the page reads from a store."""
    fetch = getattr(page, "prefetch", None)
    if fetch is not None:
        fetch([*keys, *linear.KEYS, chances.BEGUN])
