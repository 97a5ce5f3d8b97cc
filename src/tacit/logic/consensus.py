"""Consensus: of several runs that went well, the way that most of them took.

Floor 2. Below: moves. Above: playbooks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from tacit.logic.moves import Move, alike, matched
from tacit.types import Item

__all__ = ["Plan", "Run", "consensus", "follows"]

MEDOIDS = 6
"""Runs among which the medoid is looked for: all pairs of them are aligned."""
TAKEN = 0.5
"""Weighed share of the runs that must take a step."""
KINDRED = 0.4
"""From this likeness to the medoid on a run has a say in which of its steps stay: others went about something else.
Without it 28 % of the plans for new tasks of the demo have what solves them, with it 35 %; flat from .25 to .6."""
STEPS = 10
FOLLOWED = 0.7
"""A run went this way whose likeness to the steps, summed over them, is at least this share of their number."""
FAILURES = 4
"""Runs that failed, which the medoid is to be unlike."""
REPEATED = 0.85
"""From this likeness on two steps in a row are one step, done again."""


@dataclass(frozen=True, eq=False)
class Run:
    """An episode as it is compared."""

    item: Item
    moves: tuple[Move, ...]
    success: float | None
    """In [0, 1]; None where no outcome is recorded."""
    weight: float
    """How like the task at hand it is, over 0."""


@dataclass(frozen=True)
class Plan:
    """The way in common."""

    steps: tuple[tuple[Move, ...], ...]
    """For each step the moves that are it, one a run, the medoid's first."""
    givers: tuple[Run, ...]
    """The runs, the medoid first."""


def consensus(runs: Sequence[Run], failed: Sequence[Run] = ()) -> Plan | None:
    """The plan of runs that went well, the most relevant first; None where none of them has a step that worked.

    The medoid (the run most like all others, and least like those that failed, weighed) gives the order. A step stays
    where at least half of those that are like the medoid take it, weighed by their relevance.
    """
    able = [(run, _working(run)) for run in runs]
    able = [(run, steps) for run, steps in able if steps][:MEDOIDS]
    if not able:
        return None
    first, base = able.pop(_medoid(able, failed[:FAILURES]))
    kindred: list[Run] = []
    taken: list[list[Move]] = [[move] for move in base]
    weights = [first.weight] * len(base)
    for run, steps in able:
        score, pairs = matched(base, steps)
        if 2 * score >= KINDRED * (len(base) + len(steps)):
            kindred.append(run)
            for own, other in pairs:
                taken[own].append(steps[other])
                weights[own] += run.weight
    total = first.weight + sum(run.weight for run in kindred)
    kept = [place for place in range(len(base)) if weights[place] >= TAKEN * total - 1e-9]
    most = sorted(sorted(kept, key=lambda place: (-weights[place], place))[:STEPS])
    steps_in_common = _joined([tuple(taken[place]) for place in most])
    return Plan(steps=steps_in_common, givers=(first, *kindred))


def follows(plan: Plan, run: Run) -> bool:
    """Whether a run went this way: it took steps much like these, in their order."""
    score, _ = matched([step[0] for step in plan.steps], run.moves)
    return score >= FOLLOWED * len(plan.steps)


def _working(run: Run) -> list[Move]:
    return [move for move in run.moves if not move.failed]


def _medoid(able: Sequence[tuple[Run, Sequence[Move]]], failed: Sequence[Run]) -> int:
    """Place of the run with the highest weighed mean likeness to the successes, less half of that to the failures; the
    earlier one of equals."""
    good = [run.weight for run, _ in able]
    for one, other in combinations(range(len(able)), 2):
        likeness = _likeness(able[one][1], able[other][1])
        good[one] += able[other][0].weight * likeness
        good[other] += able[one][0].weight * likeness
    total = sum(run.weight for run, _ in able)
    lost = sum(run.weight for run in failed)
    bad = [sum(run.weight * _likeness(steps, run.moves) for run in failed) / (lost or 1.0) for _, steps in able]
    worth = [able[place][0].weight * (1 + good[place] / total - bad[place] / 2) for place in range(len(able))]
    return max(range(len(able)), key=lambda place: (worth[place], -place))


def _likeness(one: Sequence[Move], other: Sequence[Move]) -> float:
    if not one or not other:
        return 0.0
    return 2 * matched(one, other)[0] / (len(one) + len(other))


def _joined(steps: Sequence[tuple[Move, ...]]) -> tuple[tuple[Move, ...], ...]:
    """Steps in a row that are the same become one."""
    found: list[tuple[Move, ...]] = []
    for step in steps:
        if found and alike(found[-1][0], step[0]) >= REPEATED:
            found[-1] = (*found[-1], *step)
        else:
            found.append(step)
    return tuple(found)
