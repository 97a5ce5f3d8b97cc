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
from typing import Any

from tacit.logic.prediction import linear
from tacit.logic.prediction.views import Course, slot

__all__ = ["LEARNED_AFTER", "chance", "keys", "learned"]

LEARNED_AFTER = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)
"""Steps after which a course is looked at when its episode is learned from."""
MOST = 30.0
"""Episodes of a row from which on the old fade."""
RATE = 0.02
"""Of learning the weights."""
FIRST = 0.25
DOUBT = 0.5
BUCKETS = (0.0, 1.5, 4.0, 12.0)
"""A view's say is learned apart for how many episodes it has seen: from these on."""

Page = MutableMapping[str, Any]


def keys(course: Course) -> list[str]:
    """The rows that the views see, the most general first."""
    where, who, task, steps = course.domain, course.agent, course.task, course.steps
    last = steps[-1] if steps else None
    done, call, said, heard, head = (
        (last.done, last.call, last.said, last.heard, last.head) if last else ("^", 0, "", 0, "")
    )
    place = bisect_right(LEARNED_AFTER, len(steps))
    paid = [step.reward for step in steps if step.reward is not None]
    best, latest = (round(max(paid), 2), round(paid[-1], 2)) if paid else (None, None)
    fails = sum(step.failed for step in steps)
    same = len(steps) - len({step.call for step in steps})
    views = (
        (where, place),
        (who, place),
        (who, place, done),
        (task,),
        (task, who),
        (task, place, done),
        (task, call),
        (task, heard, done),
        (task, best),
        (best, latest, place),
        (who, best, latest),
        (done, said),
        (who, place, said),
        (fails, place, who),
        (same, fails, place),
        [step.done for step in steps][-6:],
        (who, [step.tool for step in steps][-4:]),
        (head, done),
        (who, same, fails),
    )
    return [slot(f"s{chr(97 + number)}", *view) for number, view in enumerate(views)]


def chance(course: Course, page: Page) -> float | None:
    """Probability of success; None before any outcome was learned."""
    rows = [page.get(key) for key in keys(course)]
    if not rows[0] and not page.get("sbegun"):
        return None
    inputs, places = _inputs(rows, linear.score(linear.features(course), page))
    return _squashed(_sum(_weights(page, course, places), inputs, places))


def learned(whole: Course, page: Page, outcome: float) -> None:
    """Count how an episode ended, after some of its steps and after all."""
    page["sbegun"] = 1
    for count in LEARNED_AFTER:
        if count > len(whole.steps):
            break
        _learned(whole.until(count), page, outcome)


def _learned(course: Course, page: Page, outcome: float) -> None:
    found = keys(course)
    rows = [page.get(key) for key in found]
    seen = linear.features(course)
    inputs, places = _inputs(rows, linear.score(seen, page))
    weights = _weights(page, course, places)
    wrong = outcome - _squashed(_sum(weights, inputs, places))
    for value, place in zip(inputs, places, strict=True):
        weights[place] += RATE * wrong * value
    page[_situation(course)] = weights
    linear.learned(seen, page, outcome)
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


def _weights(page: Page, course: Course, places: Sequence[int]) -> list[float]:
    weights = list(page.get(_situation(course)) or ())
    size = max(places) + 1
    return weights + [FIRST if place else 1.0 for place in range(len(weights), size)]


def _situation(course: Course) -> str:
    return f"sweights{min(4, bisect_right(LEARNED_AFTER, len(course.steps)))}"


def _sum(weights: Sequence[float], inputs: Sequence[float], places: Sequence[int]) -> float:
    return sum(weights[place] * value for place, value in zip(places, inputs, strict=True))


def _stretched(probability: float) -> float:
    bounded = min(max(probability, 0.001), 0.999)
    return log(bounded / (1 - bounded))


def _squashed(score: float) -> float:
    return 1 / (1 + exp(-min(max(score, -12.0), 12.0)))
