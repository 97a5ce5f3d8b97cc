"""Improve: measure, find what is wrong, propose, try, keep what is better; round after round, told as it goes.

Floor 4. Below: the verbs of the loop, handed in as one subject, as verbs do not know each other. Above: memory.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, Protocol

from tacit.errors import Conflict, InvalidInput
from tacit.improvement import Application, Bottleneck, Improvement, Snapshot, Trial
from tacit.types import Value

__all__ = ["Improving", "Subject", "Terms", "check_terms", "improve"]

MOST = 10_000


class Terms(Value, frozen=True, kw_only=True):
    """What the owner allows."""

    trials: int = 10
    apply: bool = True
    share: float = 0.5
    """Of recalls that a new policy answers while it is watched; 1: all."""
    side_by_side: int = 1
    least_confidence: float = 0.0
    """Proposals below are tried, but left for the owner to apply."""
    least_change: float = 0.0
    """Percent; what was measured to be better by less is left for the owner to apply."""


class Improving(Value, frozen=True, kw_only=True):
    """Progress of the loop."""

    stage: Literal["measured", "proposed", "trial", "applied", "ended"]
    done: int
    """Trials."""
    total: int
    text: str
    snapshot: Snapshot | None = None
    bottlenecks: tuple[Bottleneck, ...] = ()
    improvement: Improvement | None = None
    trial: Trial | None = None
    application: Application | None = None


class Subject(Protocol):
    """What is improved."""

    def measure(self) -> tuple[Snapshot, Sequence[Bottleneck]]:
        """Take a snapshot and look for bottlenecks."""
        ...

    def propose(self, most: int) -> Sequence[Improvement]:
        """What could be tried now."""
        ...

    def look(self, improvement: Improvement) -> object:
        """Measure it; several threads may."""
        ...

    def decide(self, improvement: Improvement, seen: object) -> Trial:
        """Judge what was measured, one after the other."""
        ...

    def apply(self, improvement: Improvement, share: float) -> Application:
        """Make it live."""
        ...


def improve(subject: Subject, allowed: Terms) -> Iterator[Improving]:
    """Yields progress; each step is kept when it is told, so that one may stop at any of them.

    Raises `InvalidInput` for terms that are out of bounds.
    """
    check_terms(allowed)
    snapshot, bottlenecks = subject.measure()
    yield _measured(0, allowed, snapshot, bottlenecks)
    done = 0
    with ThreadPoolExecutor(max_workers=allowed.side_by_side) as pool:
        while done < allowed.trials:
            proposals = subject.propose(min(allowed.side_by_side, allowed.trials - done))
            if not proposals:
                text = "there is nothing left to propose for the open bottlenecks"
                yield Improving(stage="ended", done=done, total=allowed.trials, text=text)
                return
            for one in proposals:
                yield Improving(
                    stage="proposed", done=done, total=allowed.trials, text=one.description, improvement=one
                )
            applied = False
            for one, seen in zip(proposals, pool.map(subject.look, proposals), strict=True):
                trial = subject.decide(one, seen)
                done += 1
                yield _tried(done, allowed, one, trial)
                if applied or not _allowed(one, trial, allowed):
                    continue
                try:
                    application = subject.apply(one, allowed.share)
                except Conflict:  # another process has moved the pointer: what was measured is no longer about it
                    continue
                applied = True
                yield Improving(
                    stage="applied",
                    done=done,
                    total=allowed.trials,
                    text=one.description,
                    improvement=one,
                    application=application,
                )
            if applied:
                snapshot, bottlenecks = subject.measure()
                yield _measured(done, allowed, snapshot, bottlenecks)
    yield Improving(stage="ended", done=done, total=allowed.trials, text=f"{done} trials were made")


def _allowed(improvement: Improvement, trial: Trial, allowed: Terms) -> bool:
    accepted = trial.judgement is not None and trial.judgement.accepted
    possible = improvement.change.kind in ("policy", "index", "retire")  # another embedder is the owner's to choose
    sure = improvement.confidence >= allowed.least_confidence
    return allowed.apply and accepted and possible and sure and trial.performance_change_percent >= allowed.least_change


def _tried(done: int, allowed: Terms, improvement: Improvement, trial: Trial) -> Improving:
    reason = trial.judgement.reason if trial.judgement else "; ".join(trial.errors)
    return Improving(stage="trial", done=done, total=allowed.trials, text=reason, improvement=improvement, trial=trial)


def _measured(done: int, allowed: Terms, snapshot: Snapshot, bottlenecks: Sequence[Bottleneck]) -> Improving:
    text = "; ".join(one.description for one in bottlenecks) or "no bottleneck"
    return Improving(
        stage="measured",
        done=done,
        total=allowed.trials,
        text=text,
        snapshot=snapshot,
        bottlenecks=tuple(bottlenecks),
    )


def check_terms(allowed: Terms) -> None:
    """Raises `InvalidInput` for terms that are out of bounds."""
    for name, value, low, high in (
        ("trials", allowed.trials, 1, MOST),
        ("side_by_side", allowed.side_by_side, 1, 64),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise InvalidInput(
                f"{name} is out of bounds", cause=ascii(value)[:40], remedy=f"pass a number from {low} to {high}"
            )
    for name, number, least, most in (
        ("share", allowed.share, 0.0, 1.0),
        ("least_confidence", allowed.least_confidence, 0.0, 1.0),
        ("least_change", allowed.least_change, 0.0, 1e6),
    ):
        wrong = isinstance(number, bool) or not isinstance(number, int | float) or not least <= number <= most
        if wrong or (name == "share" and number == 0):
            raise InvalidInput(
                f"{name} is out of bounds", cause=ascii(number)[:40], remedy=f"pass a number from {least} to {most}"
            )
