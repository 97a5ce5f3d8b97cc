"""Outlook: what the next trial will be able to see, and what the judge will let pass.

Floor 2, pure. Below: the judge and its levels, which are read here and never moved. Above: proposals, which would waste
looks if they were blind to this: each look that finds nothing makes the next ones harder.
"""

from collections.abc import Sequence
from statistics import NormalDist, median

from tacit.improvement import Judgement, Trial
from tacit.logic.improving.discoveries import Look, level
from tacit.logic.improving.judge import Primary, terms
from tacit.logic.improving.optimiser import Aim

__all__ = ["aim_of", "errors_of"]

SPREADS: dict[str, float] = {"quality": 0.21, "milliseconds": 0.2}
"""Standard deviation between cases of what a trial's goal changes by: its standard error is that by the root of their
number. Of quality, when the change turns some answers round at all."""
GUARD_ERRORS: dict[str, float] = {"quality": 0.003, "milliseconds": 0.02}
"""Standard errors of the guarded measure, before there was a trial: what leaves most answers alone is known better."""
CASES = 200
"""Where no trial has said how many there are."""
RECENT = 9
"""Trials of a goal from which the errors are taken later on: the median."""
INTERVAL = 3.92
"""Standard errors that an interval of 95 % is wide."""
BOUND = 1.645
"""Standard errors that the lower bound of a guard lies below the change."""


def aim_of(goal: Primary, trials: Sequence[Trial], *, lost: float = 0.0) -> Aim:
    """The least gain that would be accepted, and how much worse the guarded measure may become, as expected.

    `trials`: all so far, oldest first; `lost`: of quality, by those in force.
    """
    judged = [one.judgement for one in trials if one.judgement is not None and one.judgement.level > 0.0]
    allowed = level([Look(one.p_value, one.accepted and not one.simpler) for one in judged])
    other: Primary = "milliseconds" if goal == "quality" else "quality"
    mine = [errors_of(one) for one in trials if one.judgement is not None and one.judgement.primary == goal][-RECENT:]
    cases = max([one.cases for one in judged[-RECENT:]], default=0) or CASES  # what is given up early has fewer
    expected = SPREADS[goal] / cases**0.5
    least = expected / 2.0 if goal == "quality" else 0.0  # of what turned hardly an answer round the error says nothing
    error = _typical([one[goal] for one in mine if one[goal] > least], expected)
    guard_error = _typical([one[other] for one in mine], GUARD_ERRORS[other])
    declared = terms(goal)
    margin = next(guard.margin for guard in declared.guards if guard.measure == other) - BOUND * guard_error
    left = [guard.margin - lost for guard in declared.guards if guard.measure == "chain"]
    return Aim(
        goal=goal,
        seen=max(declared.minimum, NormalDist().inv_cdf(1.0 - allowed) * error),
        margin=max(0.0, min([margin, *left])),
    )


def errors_of(trial: Trial) -> dict[str, float]:
    """Standard errors of the differences of quality and of milliseconds (as a share), from the judge's intervals; 0 for
    one that it said nothing of."""
    errors = {"quality": 0.0, "milliseconds": 0.0}
    if trial.judgement is None or not _measured(trial):
        return errors
    errors[trial.judgement.primary] = (trial.judgement.high - trial.judgement.low) / INTERVAL
    for measure, change in _changes(trial).items():
        errors[measure] = max([errors[measure], *((change - low) / BOUND for low in _lows(trial.judgement, measure))])
    return errors


def _lows(judgement: Judgement, measure: str) -> list[float]:
    return [guard.low for guard in judgement.guards if guard.measure == measure]


def _measured(trial: Trial) -> bool:
    return all({"quality", "milliseconds"} <= set(side) for side in (trial.before, trial.after))


def _changes(trial: Trial) -> dict[str, float]:
    return {
        "quality": trial.after["quality"] - trial.before["quality"],
        "milliseconds": 1.0 - trial.after["milliseconds"] / trial.before["milliseconds"],
    }


def _typical(errors: Sequence[float], expected: float) -> float:
    """The median, with the expected one among them: the first few trials are few."""
    return median([*errors, expected])
