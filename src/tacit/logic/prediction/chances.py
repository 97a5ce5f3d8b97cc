"""Chances: how likely a task under way is to succeed, from how it ended where things looked the same.

Floor 2. Below: views, linear. Above: logic.prediction.

Each view counts how episodes ended that had been where it looks; the counts, and a linear model over words, are mixed
in the logistic domain by weights that are learned online (Mahoney 2005, "Adaptive weighing of context models for
lossless data compression", Florida Tech CS-2005-16).

Rows of the page: `s<view><slot>` -> [episodes, successes]; `sweights<place>` -> the weights; those of `linear`.
"""

from bisect import bisect_right
from collections.abc import MutableMapping, Sequence
from math import exp, log
from typing import Any, NamedTuple

from tacit.logic.prediction import linear
from tacit.logic.prediction.views import Course, slot

__all__ = ["BEGUN", "Situation", "chance", "learned", "situation_of", "situations"]

LEARNED_AFTER = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)
"""Steps after which a course is looked at when its episode is learned from."""
MOST = 30.0
"""Episodes of a row from which on the old fade."""
RATE = 0.02
"""Of learning the weights."""
SURE = 0.02
"""An error below it teaches the weights nothing."""
FIRST, LINEAR = 0.25, 0.4
"""A weight before anything was learned: of a view, of the linear model."""
DOUBT = 0.5
BUCKETS = (0.0, 1.5, 4.0, 12.0)
"""A view's say is learned apart for how many episodes it has seen: from these on."""

BEGUN = "sbegun"
"""Row that is there once an outcome was learned."""

Page = MutableMapping[str, Any]


class Situation(NamedTuple):
    """Where a course stands."""

    keys: list[str]
    """The rows that are read: what the views see, the most general first, then the weights."""
    features: list[int]
    """Of the linear model."""


def situation_of(course: Course) -> Situation:
    """What the views see of a course."""
    place = bisect_right(LEARNED_AFTER, len(course.steps))
    views = _views(course, place)
    weights = f"sweights{min(place, 5)}"
    return Situation(
        [*(slot(f"s{chr(97 + n)}", view) for n, view in enumerate(views)), weights], linear.features(course)
    )


def situations(whole: Course) -> list[Situation]:
    """What is learned from of an episode: where it stood after some of its steps."""
    return [situation_of(whole.until(count)) for count in LEARNED_AFTER if count <= len(whole.steps)]


def _views(course: Course, place: int) -> list[str]:
    where, who, task, steps = course.domain, course.agent, course.task, course.steps
    views = [f"{place}", f"{where}|{place}", f"{who}|{place}", task, f"{task}|{who}"]
    if not steps:
        return views
    last = steps[-1]
    best, latest, fails, same = course.paid
    return [
        *views,
        f"{who}|{place}|{last.done}",
        f"{task}|{place}|{last.done}",
        f"{task}|{last.call}",
        f"{task}|{last.heard}|{last.done}",
        f"{task}|{best}",
        f"{task}|{place}",
        f"{where}|{who}|{best}",
        f"{where}|{best}|{place}",
        f"{best}|{latest}|{place}",
        f"{who}|{best}|{latest}",
        f"{last.done}|{last.said}",
        f"{who}|{place}|{last.said}",
        f"{fails}|{place}|{who}",
        f"{same}|{fails}|{place}",
        f"{[step.done for step in steps][-6:]}",
        f"{who}|{[step.tool for step in steps][-4:]}",
        f"{last.head}|{last.done}",
        f"{who}|{same}|{fails}",
    ]


def chance(situation: Situation, page: Page) -> float | None:
    """Probability of success; None before any outcome was learned."""
    if not page.get(BEGUN):
        return None
    *views, weights = situation.keys
    inputs, places = _inputs([page.get(key) for key in views], linear.score(situation.features, page))
    return _squashed(_sum(_enough(page.get(weights) or [], places), inputs, places))


def learned(ended: Sequence[Situation], page: Page, outcome: float) -> None:
    """Count how an episode ended, for each situation that it had been in."""
    if not page.get(BEGUN):
        page[BEGUN] = 1
    for situation in ended:
        _learned(situation, page, outcome)


def _learned(situation: Situation, page: Page, outcome: float) -> None:
    *found, which = situation.keys
    rows = [page.get(key) for key in found]
    scored = linear.score(situation.features, page)
    inputs, places = _inputs(rows, scored)
    weights = _enough(page.get(which) or [], places)
    wrong = outcome - _squashed(_sum(weights, inputs, places))
    if abs(wrong) > SURE:
        for value, place in zip(inputs, places, strict=True):
            weights[place] += RATE * wrong * value
        page[which] = weights
    linear.learned(situation.features, page, scored, outcome)
    for key, row in zip(found, rows, strict=True):
        page[key] = _counted(row, outcome)


def _counted(row: list[float] | None, outcome: float) -> list[float]:
    count, sum_ = row or (0.0, 0.0)
    keep = min(1.0, (MOST - 1) / count) if count else 1.0
    return [round(count * keep + 1, 3), round(sum_ * keep + outcome, 3)]


def _inputs(rows: Sequence[list[float] | None], linear_score: float) -> tuple[list[float], list[int]]:
    """-> (what each view says, as log odds against the most general one; the place of its weight)."""
    count, sum_ = rows[0] or (0.0, 0.0)
    general = (sum_ + 0.5) / (count + 1)
    inputs, places = [_stretched(general), linear_score], [0, 1]
    for number, row in enumerate(rows[1:], 1):
        if row:
            inputs.append(_stretched((row[1] + DOUBT * general) / (row[0] + DOUBT)) - inputs[0])
            places.append(number * len(BUCKETS) + sum(row[0] >= edge for edge in BUCKETS) - 1)
    return inputs, places


def _enough(weights: Sequence[float], places: Sequence[int]) -> list[float]:
    return [*weights, *(_first(place) for place in range(len(weights), max(places) + 1))]


def _first(place: int) -> float:
    """A weight before anything was learned: of what is usual, of the linear model, of a view."""
    return 1.0 if place == 0 else LINEAR if place == 1 else FIRST


def _sum(weights: Sequence[float], inputs: Sequence[float], places: Sequence[int]) -> float:
    return sum(weights[place] * value for place, value in zip(places, inputs, strict=True))


def _stretched(probability: float) -> float:
    bounded = min(max(probability, 0.001), 0.999)
    return log(bounded / (1 - bounded))


def _squashed(score: float) -> float:
    return 1 / (1 + exp(-min(max(score, -12.0), 12.0)))
