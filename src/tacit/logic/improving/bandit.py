"""Bandit: which family of changes to try for which metric, from what worked before.

Floor 2, pure. Below: improvement, dials. Above: proposals.

An arm is a metric, a family (a group of dials, several groups at once, or another kind of change) and a direction;
what a chat model suggests has an arm of its own, so that how often it was right decides how often it is heard.
Each draw takes a chance of success from the arm's Beta posterior (Thompson, 1933; Chapelle and Li, 2011), so that an
arm is tried as often as it is likely to be the best. Success is an improvement that was accepted and stands; one that
was rolled back counts against its arm twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from tacit.improvement import Application, Improvement, Trial
from tacit.logic.improving.dials import DIALS
from tacit.types import Value

__all__ = ["MANY", "MODEL", "SHIPPED", "Arm", "Tally", "arm_of", "chances", "tallies"]

Direction = Literal["up", "down", "both", ""]
MANY = "many"
"""Family of a change that turns dials of several groups."""
SHIPPED = "shipped"
"""Origin, and family, of going back to shipped values."""
MODEL = "model:"
"""How the origin of what a chat model suggests begins; its name follows, and that is the family."""
MEMORY = 0.97
"""What a trial counts for after each later one: what helped a slow policy says less of a fast one."""
ROLLED_BACK = 2.0
"""Failures that count for an improvement which disappointed live."""


class Arm(Value, frozen=True, kw_only=True):
    """What may be tried."""

    metric: str
    family: str
    direction: Direction = ""

    @property
    def name(self) -> str:
        """As in `Improvement.origin`, after `bandit:`."""
        return "/".join(filter(None, (self.metric, self.family, self.direction)))


class Tally(Value, frozen=True, kw_only=True):
    """How an arm has done: discounted counts."""

    won: float = 0.0
    lost: float = 0.0


def arm_of(metric: str, improvement: Improvement, before: Mapping[str, float]) -> Arm:
    """The arm that a change belongs to: what it turns, or who suggested it, where that is a chat model or the shipped
    policy; `before`: the values of the dials that it was made on."""
    change = improvement.change
    if improvement.origin == SHIPPED or improvement.origin.startswith(MODEL):
        return Arm(metric=metric, family=improvement.origin)
    if change.kind != "policy":
        return Arm(metric=metric, family=change.kind)
    moves = {name: value - before[name] for name, value in _turned(change.policy, before).items()}
    families = {DIALS[name].group for name in moves}
    directions = {"up" if move > 0 else "down" for move in moves.values() if move}
    family = families.pop() if len(families) == 1 else MANY
    if family == MANY:
        return Arm(metric=metric, family=MANY)
    direction: Direction = "both"
    if len(directions) == 1:
        direction = "up" if "up" in directions else "down"
    return Arm(metric=metric, family=family, direction=direction)


def tallies(
    trials: Sequence[tuple[Improvement, Trial]],
    policies: Mapping[str, Mapping[str, float]],
    applications: Iterable[Application] = (),
) -> dict[Arm, Tally]:
    """How each arm has done. `trials` ascending in time; `policies`: id -> values of its dials."""
    disappointed = {one.improvement for one in applications if one.state == "rolled back" or not one.success}
    counted: dict[Arm, Tally] = {}
    for improvement, trial in trials:
        if not trial.success or trial.judgement is None or improvement.parent not in policies:
            continue
        arm = arm_of(improvement.metric, improvement, policies[improvement.parent])
        counted = {one: Tally(won=MEMORY * had.won, lost=MEMORY * had.lost) for one, had in counted.items()}
        had = counted.get(arm, Tally())
        if improvement.id in disappointed:
            counted[arm] = Tally(won=had.won, lost=had.lost + ROLLED_BACK)
        elif trial.judgement.accepted:
            counted[arm] = Tally(won=had.won + 1.0, lost=had.lost)
        else:
            counted[arm] = Tally(won=had.won, lost=had.lost + 1.0)
    return counted


def chances(
    priors: Mapping[Arm, tuple[float, float]], seen: Mapping[Arm, Tally], random: np.random.Generator
) -> dict[Arm, float]:
    """A draw for each arm of its chance of success; `priors`: successes and failures that it starts with."""
    drawn = {}
    for arm, (won, lost) in priors.items():
        had = seen.get(arm, Tally())
        drawn[arm] = float(random.beta(won + had.won, lost + had.lost))
    return drawn


def _turned(patch: Mapping[str, Any], before: Mapping[str, float]) -> dict[str, Any]:
    return {name: value for name, value in patch.items() if name in DIALS and value != before[name]}
