"""Evidence: how often something succeeded, and what may be concluded from it.

Floor 2. Above: the logic of learning.
"""

from math import sqrt

from tacit.types import Abstained, Failure, Outcome, Partial, Success, Trust

__all__ = ["PRIOR", "confidence", "success_of", "wilson_high", "wilson_low"]

Z = 1.96
"""Two-sided 95 %."""
PRIOR: dict[Trust, float] = {"high": 0.5, "medium": 0.2, "low": 0.0}
"""Confidence before any trial, by who vouches: a person, the agent, a tool."""
PRIOR_TRIALS = 4.0
"""Trials after which the prior counts for half: what a person said is soon outweighed by what happened."""


def success_of(outcome: Outcome | None) -> float | None:
    """Success in [0, 1], from the recorded outcome alone: 1, 0, or the completed share; None where none was told.

    >>> success_of(Partial(completed=("a",), failed=("b", "c", "d")))
    0.25
    """
    match outcome:
        case Success():
            return 1.0
        case Failure() | Abstained():
            return 0.0
        case Partial(completed=completed, failed=failed):
            return len(completed) / (len(completed) + len(failed)) if completed or failed else 0.5
    return None


def wilson_low(successes: float, trials: float, z: float = Z) -> float:
    """Lower bound of a rate (Wilson, 1927); 0 without a trial.

    >>> round(wilson_low(8, 10), 3)
    0.49
    """
    return _wilson(successes, trials, z)[0]


def wilson_high(successes: float, trials: float, z: float = Z) -> float:
    """Upper bound of a rate (Wilson, 1927); 1 without a trial."""
    return _wilson(successes, trials, z)[1]


def confidence(successes: float, trials: float, trust: Trust = "low") -> float:
    """In [0, 1]: the lower bound of the rate, mixed with the prior of the source, which fades as trials come in.

    >>> [round(confidence(n, n, "high"), 2) for n in (0, 4, 40)]
    [0.5, 0.51, 0.87]
    >>> confidence(8, 10) < confidence(8, 10, "medium") < confidence(80, 100)
    True
    """
    trials = max(0.0, trials)
    low = wilson_low(successes, trials)
    return (PRIOR_TRIALS * PRIOR[trust] + trials * low) / (PRIOR_TRIALS + trials)


def _wilson(successes: float, trials: float, z: float) -> tuple[float, float]:
    if trials <= 0:
        return 0.0, 1.0
    rate = successes / trials
    middle = rate + z * z / (2 * trials)
    spread = z * sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
