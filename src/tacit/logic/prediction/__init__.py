"""Prediction: while a task is under way, which tool comes next, what gets out of an error, and how likely success is.

Floor 2. Below: views (what may come back), courses (what comes next), chances (how it ends). Above: logic.lesson
learns, operations.advise asks. State is one page, bounded: see `courses` and `chances` for its rows.
"""

from collections.abc import MutableMapping, Sequence
from typing import Any

from tacit.lessons import Suggestion
from tacit.logic.evidence import success_of
from tacit.logic.prediction import chances, courses
from tacit.logic.prediction.courses import END
from tacit.logic.prediction.views import Course, course_of
from tacit.types import Episode, Item, Step

__all__ = ["END", "ends", "learn", "next_tools", "recoveries", "success"]

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
    _prefetch(page, [*(key for place, _ in lessons for key in place.keys), *(key for one in ended for key in one.keys)])
    for place, tool in lessons:
        courses.learned(place, page, tool)
    outcome = success_of(episode.outcome)
    if outcome is not None:
        chances.learned(ended, page, outcome)


def _recovered(whole: Course, count: int) -> bool:
    """Whether the step after so many followed a failure, and worked."""
    return 0 < count < len(whole.steps) and whole.steps[count - 1].failed and not whole.steps[count].failed


def next_tools(
    task: str, steps: Sequence[Step], page: Page, *, domain: str = "", agent: str = "", limit: int = SHOWN
) -> list[Suggestion]:
    """What comes next in such a course, most probable first; what is missing to 1 is that nothing more is done, or
    something rare. [] before anything was learned. For what gets out of an error see `recoveries`."""
    return _suggested(course_of(task, steps, domain, agent), page, NEXT)[:limit]


def recoveries(
    task: str, steps: Sequence[Step], page: Page, *, domain: str = "", agent: str = "", limit: int = SHOWN
) -> list[Suggestion]:
    """After a failed step: the tools that worked next after such an error, most probable first; else []."""
    course = course_of(task, steps, domain, agent)
    if not course.steps or not course.steps[-1].failed:
        return []
    return _suggested(course, page, RECOVERY)[:limit]


def ends(task: str, steps: Sequence[Step], page: Page, *, domain: str = "", agent: str = "") -> float | None:
    """Probability that nothing more is done after these steps; None before anything was learned."""
    probabilities = _mixed(course_of(task, steps, domain, agent), page, NEXT)
    return probabilities.get(END, 0.0) if probabilities else None


def success(task: str, steps: Sequence[Step], page: Page, *, domain: str = "", agent: str = "") -> float | None:
    """Probability that the task will succeed, in [0, 1]; None before any outcome was learned."""
    situation = chances.situation_of(course_of(task, steps, domain, agent))
    _prefetch(page, situation.keys)
    return chances.chance(situation, page)


def _suggested(course: Course, page: Page, table: str) -> list[Suggestion]:
    probabilities = _mixed(course, page, table)
    ranked = sorted(probabilities, key=lambda tool: (-probabilities[tool], tool))
    return [Suggestion(tool=tool, probability=probabilities[tool]) for tool in ranked if tool != END]


def _mixed(course: Course, page: Page, table: str) -> dict[str, float]:
    place = courses.place_of(course, table)
    _prefetch(page, [*place.keys, place.weights])
    return courses.mixed(place, page)


def _prefetch(page: Page, keys: Sequence[str]) -> None:
    fetch = getattr(page, "prefetch", None)
    if fetch is not None:
        fetch(keys)
