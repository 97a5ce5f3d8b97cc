"""The judge: is the new better than the old, by terms that were declared before the trial.

Floor 2, pure. Below: paired, discoveries, reasons. Above: the verbs that try improvements.

Nothing here is a dial of the policy: the judge, its terms, its levels and the cases lie outside what the loop may
touch.

Better: the p-value of the primary measure is under the level of this look, its interval is over zero, it is worth a
change, no guard may have got worse by more than its margin, and the cases from failures did not fall. Equal and
strictly simpler is accepted, too: that is no discovery and spends no level, and it ends, as dials run out. What is not
accepted for its quality may cost no more of it than the changes before it have left of a budget for all together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tacit.errors import InvalidInput
from tacit.improvement import Guard, Judgement
from tacit.logic.improving.discoveries import Look, level
from tacit.logic.improving.paired import Array, Compared, difference, flipped, saved, saved_at, standard
from tacit.logic.improving.reasons import change_of, faults_of, left, said, worse

__all__ = [
    "EQUAL",
    "GUARDS",
    "LEAST_CASES",
    "MINIMUM",
    "Measures",
    "Primary",
    "Terms",
    "hopeless",
    "is_simpler",
    "judge",
    "terms",
]

Primary = Literal["quality", "milliseconds"]

LEAST_CASES = 20
"""Fewer say nothing: of 20 the signs can reach a p-value of a millionth, but hardly a gain is that clear."""
MINIMUM = {"quality": 0.005, "milliseconds": 0.01}
"""What is not worth a change of the live system, though it were certain."""
QUALITY = Guard(measure="quality", margin=0.01)
"""Absolute. Of 250 cases of which 18 % differ, what is as good passes in .52 of trials, where 11 % do in .94 or
more; a loss just as big in .06 and .04."""
CHAIN = Guard(measure="chain", margin=0.01)
"""What all changes together may cost of quality (absolute), those in force before and this one, as measured: without it
twelve savings of time of .005 each would do. Not a lower bound: where little is left, what leaves all answers as they
were would not pass, as a few hundred cases cannot show less than .002. What costs nothing always passes. Twice as much
was not reached where trials had 300 cases; with .01 as many bad policies were mended (docs/decisions/0022)."""
MILLISECONDS = Guard(measure="milliseconds", margin=0.1)
SLOWEST = Guard(measure="p95_ms", margin=0.25)
"""Wider, as a quantile of a few hundred recalls is known less well: it is there for the recalls that take for ever."""
REGRESSION = Guard(measure="regression", margin=0.0)
"""Mean over the cases from failures: a list of what must not happen again, not a sample, so there is no interval."""
GUARDS: dict[str, tuple[Guard, ...]] = {
    "quality": (MILLISECONDS, SLOWEST, REGRESSION),
    "milliseconds": (QUALITY, CHAIN, SLOWEST, REGRESSION),
}
EQUAL = (QUALITY, CHAIN, Guard(measure="milliseconds", margin=0.05), SLOWEST, REGRESSION)
"""What must hold of the simpler one."""
HOPE = 0.02
"""Where less than this is the chance that the whole trial will say better, it is given up."""
PLAUSIBLE = 0.005
"""A level that looks usually have."""
TICK = 1e-3
"""Milliseconds; a coarse clock says zero of a quick recall."""


def _none() -> Array:
    return np.zeros(0)


@dataclass(frozen=True)
class Measures:
    """What one side did, case by case; both sides have the same cases in the same order."""

    quality: Array
    """(n,): graded nDCG@k in [0, 1]."""
    milliseconds: Array
    """(n,): CPU time of the recall. Who goes first must change from case to case."""
    regression: Array = field(default_factory=_none)
    """(m,): quality over the cases from failures, which only the judge sees."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is declared before the trial."""

    primary: Primary
    minimum: float
    """The change of the primary measure must be as much at least: quality absolute, milliseconds as a share."""
    guards: tuple[Guard, ...]
    lost: float = 0.0
    """Of quality, by the changes that are in force (`chain.lost`)."""
    least_cases: int = LEAST_CASES


def terms(primary: Primary, *, lost: float = 0.0) -> Terms:
    """The shipped ones."""
    return Terms(primary=primary, minimum=MINIMUM[primary], guards=GUARDS[primary], lost=lost)


def judge(
    old: Measures, new: Measures, *, terms: Terms, history: Sequence[Judgement], simpler: bool = False, seed: int
) -> Judgement:
    """Whether the new is accepted. `history`: all earlier judgements of the namespace, oldest first.

    `simpler`: the new is strictly simpler than the old (`is_simpler`); then equal is enough. Raises `InvalidInput`
    where the two sides do not have the same cases.
    """
    _checked(old, new)
    cases = old.quality.size
    if cases < terms.least_cases:
        reason = f"{cases} cases are too few to judge by: {terms.least_cases - cases} more are needed"
        return Judgement(primary=terms.primary, accepted=False, reason=reason, cases=cases)
    allowed = level([Look(one.p_value, one.accepted and not one.simpler) for one in history if one.level > 0.0])
    found, p_value = _compared(terms.primary, old, new, seed), flipped(_gained(terms.primary, old, new), seed=seed)
    guards = tuple(_guarded(guard, old, new, seed, terms.lost) for guard in terms.guards)
    faults = faults_of(terms.primary, found, p_value, level=allowed, minimum=terms.minimum)
    faults += [worse(guard) for guard in guards if not guard.passed]
    accepted, equal = not faults, False
    if not accepted and simpler:
        held = tuple(_guarded(guard, old, new, seed, terms.lost) for guard in EQUAL)
        equal = all(guard.passed for guard in held)
        guards = held if equal else guards
    reason = said(change_of(terms.primary, found, cases), faults, p_value, level=allowed, equal=equal)
    return Judgement(
        primary=terms.primary,
        accepted=accepted or equal,
        reason=reason + left(guards) if accepted or equal else reason,
        change=found.change,
        low=found.low,
        high=found.high,
        p_value=p_value,
        level=allowed,
        guards=guards,
        cases=cases,
        simpler=equal,
    )


def hopeless(old: Measures, new: Measures, *, terms: Terms, planned: int = 0) -> bool:
    """Whether a first part of the cases already says that the rest is not worth measuring; `planned`: how many all are.

    A guard has failed already, the gain is under what is worth a change, or the predictive chance of a small enough
    p-value is under `HOPE` (Spiegelhalter, Freedman, Blackburn 1986). It may only be used to stop and reject: then it
    costs some power and adds no error. Do not ask it of what is simpler: that need not be better.
    """
    _checked(old, new)
    seen = old.quality.size
    if seen < terms.least_cases:
        return False
    found = _compared(terms.primary, old, new, 0)
    if found.high < terms.minimum:
        return True
    bounded = [one for one in terms.guards if one.measure not in ("regression", "chain")]
    if any(_compared(one.measure, old, new, 0).high < -one.margin for one in bounded):
        return True
    share = min(0.95, seen / max(planned, 2 * seen))
    now = standard(flipped(_gained(terms.primary, old, new), seed=0))
    missing = (standard(PLAUSIBLE) - now / share**0.5) / ((1.0 - share) / share) ** 0.5
    return bool(missing > standard(HOPE))


def is_simpler(old: Mapping[str, object], new: Mapping[str, object]) -> bool:
    """Whether a policy (dials that differ from the shipped ones) is strictly simpler: fewer of them, and no new one."""
    return len(new) < len(old) and all(dial in old for dial in new)


def _checked(old: Measures, new: Measures) -> None:
    for name in ("quality", "milliseconds", "regression"):
        before, after = getattr(old, name), getattr(new, name)
        if before.ndim != 1 or before.shape != after.shape or not np.isfinite([before, after]).all():
            raise InvalidInput(
                f"the two sides cannot be compared: {name} is {before.shape} and {after.shape}",
                cause="pairs are compared, case by case, and each needs a finite number",
                remedy="replay the same cases on both sides",
            )
    if old.quality.shape != old.milliseconds.shape:
        raise InvalidInput(
            f"{old.quality.size} cases have a quality and {old.milliseconds.size} a time",
            cause="each case is measured in both",
            remedy="replay the same cases on both sides",
        )


def _gained(measure: str, old: Measures, new: Measures) -> Array:
    if measure == "quality":
        return new.quality - old.quality
    ratio: Array = np.log(np.maximum(old.milliseconds, TICK)) - np.log(np.maximum(new.milliseconds, TICK))
    return ratio


def _compared(measure: str, old: Measures, new: Measures, seed: int) -> Compared:
    if measure == "quality":
        return difference(old.quality, new.quality, seed=seed)
    before, after = np.maximum(old.milliseconds, TICK), np.maximum(new.milliseconds, TICK)
    if measure == "p95_ms":
        return saved_at(0.95, before, after, seed=seed)
    return saved(before, after, seed=seed)


def _guarded(guard: Guard, old: Measures, new: Measures, seed: int, lost: float) -> Guard:
    if guard.measure == "regression":
        fell = float(new.regression.mean() - old.regression.mean()) if old.regression.size else 0.0
        return Guard(measure=guard.measure, margin=guard.margin, low=fell, passed=fell >= -guard.margin - 1e-9)
    if guard.measure == "chain":
        change = float((new.quality - old.quality).mean())
        held = change >= 0.0 or change - lost >= -guard.margin
        return Guard(measure=guard.measure, margin=guard.margin, low=-max(0.0, lost - change), passed=held)
    low = _compared(guard.measure, old, new, seed).least
    return Guard(measure=guard.measure, margin=guard.margin, low=low, passed=low > -guard.margin)
