"""The vigil: does what was applied do harm among the owner's own recalls; one may look after each of them.

Floor 2, pure. Above: the verbs that apply and take back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Observation", "Watched", "watch"]

WINDOW = 200
"""Recalls after which what did no harm is kept."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One live recall; what is not known of it is None."""

    candidate: bool = True
    """Whether the new policy answered; without a canary, it answers all."""
    milliseconds: float | None = None
    score: float | None = None
    """Mean feedback on it, in [-1, 1]."""
    failed: bool = False
    """It raised an error."""
    success: float | None = None
    """Of the episode that used it, in [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What the watch says."""

    state: Literal["watching", "degraded", "kept"]
    metric: str = ""
    """Which got worse: milliseconds, errors, feedback or outcomes."""
    reason: str
    figures: dict[str, float] = field(default_factory=dict)


def watch(
    observations: Sequence[Observation], baseline: Sequence[Observation], *, share: float = 1.0, window: int = WINDOW
) -> Watched:
    """What is known after these live recalls, oldest first; call it again after each one, or each few.

    `baseline`: recalls from before the application, under the old policy. `share`: of live recalls that the candidate
    answers, drawn at random; 1 where it answers all. The window counts all live recalls.
    """
    if len(observations) >= window:
        return Watched(state="kept", reason=f"{len(observations)} recalls did not get worse")
    return Watched(state="watching", reason=f"{len(observations)} of {window} recalls did not get worse")
