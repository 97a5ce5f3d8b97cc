"""Courses: which tool comes next, from what came next in the same situation seen from many sides.

Floor 2. Below: views. Above: logic.prediction.

Each view counts which tool followed what it sees. The counts are mixed by a conditional logit whose weights are learned
online, one set for each situation, as in context mixing (Mahoney 2005, "Adaptive weighing of context models for
lossless data compression", Florida Tech CS-2005-16); what a view says counts by how much it has seen.

Rows of the page: `<table><view><slot>` -> {tool: count}, at most `TOOLS` of them; `<table>weights<situation>` -> the
weights. Tables: `n` for what came next, `r` for what came next after a failure and worked.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from math import exp, log
from operator import mul
from typing import Any

from tacit.logic.prediction.views import Course, slot

__all__ = ["END", "keys", "learned", "mixed"]

END = ""
"""In the place of a tool: nothing more was done."""
TOOLS = 8
"""Tools that a row counts; the rarest gives way."""
MOST = 60.0
"""Sum of a row's counts from which on the old fade."""
FADE = 0.9
"""What is left of the counts of other tools when one is seen: what agents do drifts."""
RATE = 0.015
"""Of learning the weights."""
FIRST = 0.25
"""A weight before anything was learned."""
DOUBT = 0.4
"""Count of the prior in a view's estimate."""
LEAST = 1e-4

Row = dict[str, float]
Page = MutableMapping[str, Any]


def keys(course: Course, table: str) -> list[str]:
    """The rows that the views see, the most general first."""
    steps = course.steps
    where, who, task = course.domain, course.agent, course.task
    none = ("^", "", "", 0, "", 0, "")
    last = steps[-1] if steps else None
    tool, done, head, call, said, heard, shape = (
        (last.tool, last.done, last.head, last.call, last.said, last.heard, last.shape) if last else none
    )
    before = [step.done for step in steps[-4:-1]]
    place = len(steps)
    fails = _trailing([step.failed for step in steps])
    same = sum(step.call == call for step in steps[-6:-1]) if last else 0
    views = (
        (where,),
        (where, tool),
        (done, where),
        (done, before[-1:]),
        (done, before[-2:]),
        (done, before),
        (who, where, done),
        (who, done, before[-1:], same),
        (done, said),
        (who, done, said),
        (done, head, shape),
        (head, said),
        (task, min(place, 6), tool),
        (task, call),
        (who, place),
        (who, fails, same, tool),
        (sorted({step.tool for step in steps}), done),
        (call, heard),
        (who, [step.tool for step in steps][-8:]),
    )
    return [slot(f"{table}{chr(97 + number)}", *view) for number, view in enumerate(views)]


def situation(course: Course, table: str) -> str:
    """The row of the weights that are used here."""
    last = course.steps[-1].result if course.steps else "^"
    return f"{table}weights{last}"


def mixed(course: Course, page: Page, table: str) -> dict[str, float]:
    """Tool (or `END`) -> probability, of all that were seen in any view; {} before anything was."""
    found = keys(course, table)
    rows = [page.get(key) for key in found]
    weights = page.get(situation(course, table))
    return _probabilities(*_inputs(rows), weights)[0] if rows[0] else {}


def learned(course: Course, page: Page, table: str, tool: str) -> None:
    """Count what came next; the weights move towards the views that had it right."""
    found = keys(course, table)
    rows = [page.get(key) for key in found]
    if rows[0]:
        which = situation(course, table)
        weights = page.get(which) or []
        names, inputs, places = _inputs(rows)
        probabilities, weights = _probabilities(names, inputs, places, weights)
        if tool in probabilities:
            _corrected(weights, names, inputs, places, probabilities, tool)
        page[which] = weights
    for key, row in zip(found, rows, strict=True):
        page[key] = counted(row, tool)


def counted(row: Row | None, tool: str) -> Row:
    """A row with one more of a tool."""
    new = {name: count * FADE for name, count in row.items()} if row else {}
    if row and tool in row:
        new[tool] = min(row[tool] + 1, MOST)
    else:
        if len(new) >= TOOLS:
            del new[min(new, key=lambda name: (new[name], name))]
        new[tool] = 1.0
    return {name: round(count, 3) for name, count in new.items() if count > 0.02}


BUCKETS = (0.0, 1.5, 4.0, 12.0)
"""A view's say is learned apart for how much it has seen: from these sums of counts on."""


def _inputs(rows: Sequence[Row | None]) -> tuple[list[str], list[list[float]], list[int]]:
    """-> (tools seen in any view, what each view says of each, as the logarithm against the most general view; the
    place of the view's weight)."""
    names = sorted({name for row in rows if row for name in row})
    general = rows[0] or {}
    total = sum(general.values()) + 1.0
    prior = [(general.get(name, 0.0) + 1.0 / len(names)) / total for name in names]
    inputs = [[log(one) for one in prior]]
    places = [0]
    for number, row in enumerate(rows[1:], 1):
        if not row:
            continue
        seen = sum(row.values())
        bucket = sum(seen >= edge for edge in BUCKETS) - 1
        scale = seen + DOUBT
        inputs.append([log((row.get(name, 0.0) / one + DOUBT) / scale) for name, one in zip(names, prior, strict=True)])
        places.append(number * len(BUCKETS) + bucket)
    return names, inputs, places


def _probabilities(
    names: Sequence[str], inputs: Sequence[Sequence[float]], places: Sequence[int], weights: list[float] | None
) -> tuple[dict[str, float], list[float]]:
    size = max(places) + len(BUCKETS)
    weights = list(weights or ())
    if len(weights) < size:
        weights += [FIRST if place >= len(BUCKETS) else 1.0 for place in range(len(weights), size)]
    chosen = [weights[place] for place in places]
    scores = [sum(map(mul, chosen, column)) for column in zip(*inputs, strict=True)]
    top = max(scores)
    powers = [exp(score - top) for score in scores]
    total = sum(powers)
    return {name: power / total for name, power in zip(names, powers, strict=True)}, weights


def _corrected(
    weights: list[float],
    names: Sequence[str],
    inputs: Sequence[Sequence[float]],
    places: Sequence[int],
    probabilities: Mapping[str, float],
    tool: str,
) -> None:
    """One step of the gradient of the logarithm of what was given to the tool that came."""
    wrong = [(name == tool) - probabilities[name] for name in names]
    for line, place in zip(inputs, places, strict=True):
        weights[place] += RATE * sum(map(mul, wrong, line))


def _trailing(flags: Sequence[bool]) -> int:
    """How many at the end are set."""
    return next((count for count, flag in enumerate(reversed(flags)) if not flag), len(flags))
