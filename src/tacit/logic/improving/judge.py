"""The judge: is the new better than the old, by terms that were declared before the trial.

Floor 2, pure. Below: paired, discoveries. Above: the verbs that try improvements.

Nothing here is a dial of the policy: the judge, its terms, its levels and the cases lie outside what
the loop may touch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tacit.improvement import Guard, Judgement
from tacit.logic.improving.discoveries import Look, level
from tacit.logic.improving.paired import Compared, difference, flipped, saved

__all__ = ["GUARDS", "MINIMUM", "Measures", "Primary", "Terms", "hopeless", "is_simpler", "judge", "terms"]

Array = NDArray[np.float64]
Primary = Literal["quality", "milliseconds"]

LEAST_CASES = 20
"""Fewer say nothing: at 20 even an effect of a standard deviation is hardly found at these levels."""
MINIMUM = {"quality": 0.005, "milliseconds": 0.03}
"""What is not worth a change of the live system, though it were certain."""
MARGINS = {"quality": 0.01, "milliseconds": 0.1, "p95_ms": 0.25, "regression": 0.0}
GUARDS: dict[str, tuple[Guard, ...]] = {
    "quality": (Guard(measure="milliseconds", margin=MARGINS["milliseconds"]),),
    "milliseconds": (Guard(measure="quality", margin=MARGINS["quality"]),),
}
EVEN = 0.5


def _none() -> Array:
    return np.zeros(0)


@dataclass(frozen=True)
class Measures:
    """What one side did, case by case; both sides have the same cases in the same order."""

    quality: Array
    """(n,): graded nDCG@k in [0, 1]."""
    milliseconds: Array
    """(n,): CPU time of the recall, over 0."""
    regression: Array = field(default_factory=_none)
    """(m,): quality over the cases from failures, which only the judge sees."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is declared before the trial."""

    primary: Primary
    minimum: float
    """The change of the primary measure must be as much at least: quality absolute, milliseconds as a share."""
    guards: tuple[Guard, ...]
    least_cases: int = LEAST_CASES


def terms(primary: Primary) -> Terms:
    """The shipped ones."""
    return Terms(primary=primary, minimum=MINIMUM[primary], guards=GUARDS[primary])


def judge(
    old: Measures, new: Measures, *, terms: Terms, history: Sequence[Judgement], simpler: bool = False, seed: int
) -> Judgement:
    """Whether the new is accepted. `history`: all earlier judgements of the namespace, oldest first.

    `simpler`: the new is strictly simpler than the old (`is_simpler`); then equal is enough.
    """
    looks = [Look(one.p_value, one.accepted and not one.simpler) for one in history if one.level > 0.0]
    allowed, cases = level(looks), old.quality.size
    if cases < terms.least_cases:
        reason = f"{cases} cases are too few to judge by: {terms.least_cases - cases} more are needed"
        return Judgement(primary=terms.primary, accepted=False, reason=reason, cases=cases)
    found = _compared(terms.primary, old, new, seed)
    guards = tuple(_guarded(guard, old, new, seed) for guard in terms.guards)
    fell = float(new.regression.mean() - old.regression.mean()) if old.regression.size else 0.0
    better = found.p_value <= allowed and found.low > 0.0
    worth = found.change >= terms.minimum
    unharmed = all(guard.passed for guard in guards) and fell >= -1e-9
    accepted = better and worth and unharmed
    return Judgement(
        primary=terms.primary,
        accepted=accepted,
        reason=f"{terms.primary} {found.change:+.3f}, p {found.p_value:.2g}, level {allowed:.2g}",
        change=found.change,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        level=allowed,
        guards=guards,
        cases=cases,
    )


def hopeless(old: Measures, new: Measures, *, terms: Terms) -> bool:
    """Whether a first part of the cases already says that the rest is not worth measuring.

    It may only be used to stop and reject: then it costs some power and adds no error.
    """
    if old.quality.size < terms.least_cases:
        return False
    return flipped(_gained(terms.primary, old, new), seed=0) > EVEN


def is_simpler(old: Mapping[str, object], new: Mapping[str, object]) -> bool:
    """Whether a policy (dials that differ from the shipped ones) is strictly simpler: fewer of them, and no new one."""
    return len(new) < len(old) and all(dial in old for dial in new)


def _gained(measure: str, old: Measures, new: Measures) -> Array:
    return new.quality - old.quality if measure == "quality" else np.log(old.milliseconds) - np.log(new.milliseconds)


def _compared(measure: str, old: Measures, new: Measures, seed: int) -> Compared:
    if measure == "quality":
        return difference(old.quality, new.quality, seed=seed)
    return saved(old.milliseconds, new.milliseconds, seed=seed)


def _guarded(guard: Guard, old: Measures, new: Measures, seed: int) -> Guard:
    low = _compared(guard.measure, old, new, seed).least
    return Guard(measure=guard.measure, margin=guard.margin, low=low, passed=low > -guard.margin)
