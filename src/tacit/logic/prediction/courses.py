"""Courses: which tool comes next, from what came next in the same situation seen from many sides.

Floor 2. Below: views. Above: logic.prediction.

Each view counts which tool followed what it sees. The counts are mixed by a conditional logit whose weights are learned
online, one set for each situation, as in context mixing (Mahoney 2005, "Adaptive weighing of context models for
lossless data compression", Florida Tech CS-2005-16); a view has a weight of its own for how much it has seen.

Rows of the page: `<table><view><slot>` -> {tool: count}, at most `TOOLS` of them; `<table>weights<situation>` -> the
weights. Tables: `n` for what came next, `r` for what came next after a failure and worked.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from itertools import pairwise
from math import exp, log, log1p
from typing import Any, NamedTuple

from tacit.logic.prediction.views import Course, slot

__all__ = ["END", "Place", "learned", "mixed", "place_of"]

END = ""
"""In the place of a tool: nothing more was done."""
TOOLS = 8
"""Tools that a row counts; the rarest gives way."""
ONE = 16
"""A count: whole numbers, so that rows are short."""
MOST = 60 * ONE
"""Of a count."""
FADE = 3
"""An eighth (2 ** -3) of the counts of other tools goes when one is seen: what agents do drifts. A quarter gains a
point on InterCode's bash and loses one on coding."""
RATE = 0.004
"""Of learning the weights. Three times as fast loses two points where tools come in bursts (bash, coding)."""
SURE = 0.98
"""What was given this probability teaches the weights nothing: half of the steps, at a third of the cost."""
FIRST = 0.15
"""A weight before anything was learned."""
DOUBT = 0.4 * ONE
"""Count of the prior in a view's estimate."""
BUCKETS = (0, ONE * 3 // 2, ONE * 4, ONE * 12)
"""From these sums of counts on a view has another weight."""

OWN_FADE = 2
"""As `FADE`, within the course itself."""
LATEST = 16
"""Steps of its own that a course learns from while it is under way."""

Row = dict[str, int]
Page = MutableMapping[str, Any]
Said = tuple[int, list[tuple[str, float]]]
"""(place of a view's weight, what it says for each tool that it has seen: log odds against the most general view)"""


class Place(NamedTuple):
    """Where a course stands."""

    keys: list[str]
    """The rows that the views see, the most general first."""
    weights: str
    """The row of the weights that are used here."""
    own: list[dict[str, int]]
    """What the course itself has seen so far, from two sides: what it uses, and what it did after its last tool."""


def place_of(course: Course, table: str) -> Place:
    """What the views see of a course."""
    views, last = _views(course), course.steps[-1].result if course.steps else "^"
    keys = [slot(f"{table}{chr(97 + number)}", view) for number, view in enumerate(views)]
    return Place(keys, f"{table}weights{last}", _own(course) if table == "n" else [])


def _own(course: Course) -> list[Row]:
    """What the course shows of itself: without it, bash is foretold five points worse."""
    tools = [step.tool for step in course.steps[-LATEST:]]
    used: Row = {}
    after: Row = {}
    for tool in tools:
        used = _counted(used, tool, OWN_FADE)
    for before, tool in pairwise(tools):
        if before == tools[-1]:
            after = _counted(after, tool, OWN_FADE)
    return [used, after]


def _views(course: Course) -> list[str]:
    steps, where, who, task = course.steps, course.domain, course.agent, course.task
    place = len(steps)
    if not steps:
        begin = ["", where, f"{who}|{where}", task, f"{task}|{who}", f"{where}|{course.words[:2]}"]
        return begin + [f"{where}|{word}" for word in course.words[:8]]
    last = steps[-1]
    tool, done, call, said = last.tool, last.done, last.call, last.said
    before = [step.done for step in steps[-4:-1]]
    fails = _trailing([step.failed for step in steps])
    same = sum(step.call == call for step in steps[-6:-1])
    tools = [step.tool for step in steps]
    return [
        "",
        where,
        done,
        f"{where}|{done}",
        f"{done}|{before[-2:]}",
        f"{done}|{before}",
        f"{who}|{where}|{done}",
        f"{who}|{done}|{before[-1:]}|{same}",
        f"{done}|{said}",
        f"{who}|{done}|{said}",
        f"{done}|{last.head}|{last.shape}",
        f"{last.head}|{said}",
        f"{task}|{min(place, 6)}|{tool}",
        f"{task}|{call}",
        f"{who}|{place}",
        f"{who}|{fails}|{same}|{tool}",
        f"{sorted(set(tools))}|{done}",
        f"{call}|{last.heard}",
        f"{who}|{tools[-8:]}",
    ]


def mixed(place: Place, page: Page) -> dict[str, float]:
    """Tool (or `END`) -> probability, of all that were seen in any view; {} before anything was."""
    rows = [page.get(key) for key in place.keys]
    if not rows[0]:
        return {}
    base, said = _said([rows[0], *place.own, *rows[1:]])
    return _probabilities(base, said, page.get(place.weights) or [])


def learned(place: Place, page: Page, tool: str) -> None:
    """Count what came next; the weights move towards the views that had it right."""
    rows = [page.get(key) for key in place.keys]
    if rows[0]:
        base, said = _said([rows[0], *place.own, *rows[1:]])
        weights = _enough(page.get(place.weights) or [], said)
        probabilities = _probabilities(base, said, weights)
        if probabilities.get(tool, 1.0) < SURE:
            page[place.weights] = _corrected(weights, base, said, probabilities, tool)
    for key, row in zip(place.keys, rows, strict=True):
        page[key] = _counted(row, tool, FADE)


def _counted(row: Row | None, tool: str, fade: int) -> Row:
    """A row with one more of a tool; of the others a part (2 ** -fade) goes."""
    if not row:
        return {tool: ONE}
    new = {name: left for name, count in row.items() if (left := count - (count >> fade))}
    if tool in row:
        new[tool] = min(row[tool] + ONE, MOST)
        return new
    if len(new) >= TOOLS:
        del new[min(new, key=lambda name: (new[name], name))]
    new[tool] = ONE
    return new


def _said(rows: Sequence[Row | None]) -> tuple[dict[str, float], list[Said]]:
    """-> (logarithm of the prior of each tool seen in any view, what the views say). What a view says of tools that it
    has not seen is the same for all of them, and so nothing."""
    names = {name for row in rows if row for name in row}
    general = rows[0] or {}
    total = sum(general.values()) + ONE
    prior = {name: (general.get(name, 0) + ONE / len(names)) / total for name in sorted(names)}
    doubt = {name: 1 / (DOUBT * value) for name, value in prior.items()}
    said: list[Said] = []
    for number, row in enumerate(rows[1:]):
        if row:
            seen = sum(row.values())
            bucket = sum(seen >= edge for edge in BUCKETS) - 1
            odds = [(name, log1p(count * doubt[name])) for name, count in row.items()]
            said.append((number * len(BUCKETS) + bucket + 1, odds))
    return {name: log(value) for name, value in prior.items()}, said


def _enough(weights: Sequence[float], said: Sequence[Said]) -> list[float]:
    size = max((place for place, _ in said), default=0) + 1
    return [*weights, *(FIRST if place else 1.0 for place in range(len(weights), size))]


def _probabilities(base: Mapping[str, float], said: Sequence[Said], weights: Sequence[float]) -> dict[str, float]:
    weights = _enough(weights, said)
    scores = {name: weights[0] * value for name, value in base.items()}
    for place, odds in said:
        weight = weights[place]
        for name, value in odds:
            scores[name] += weight * value
    top = max(scores.values())
    powers = {name: exp(score - top) for name, score in scores.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}


def _corrected(
    weights: list[float],
    base: Mapping[str, float],
    said: Sequence[Said],
    probabilities: Mapping[str, float],
    tool: str,
) -> list[float]:
    """One step up the gradient of the logarithm of what was given to the tool that came."""
    wrong = {name: (name == tool) - value for name, value in probabilities.items()}
    weights[0] += RATE * sum(wrong[name] * value for name, value in base.items())
    for place, odds in said:
        weights[place] += RATE * sum(wrong[name] * value for name, value in odds)
    return weights


def _trailing(flags: Sequence[bool]) -> int:
    """How many at the end are set."""
    return next((count for count, flag in enumerate(reversed(flags)) if not flag), len(flags))
