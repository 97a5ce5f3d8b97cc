"""A step and an outcome as a caller passes them -> checked, without recalled text, redacted.

Floor 2. Above: the verbs that record episodes.
"""

import math
from typing import Any, TypedDict, cast, get_args

import msgspec

from tacit.errors import InvalidInput
from tacit.logic.limits import ARGUMENTS_BYTES, ARTIFACT_BYTES, LABEL, OBSERVATION, TEXT
from tacit.logic.recalled import without_recalled
from tacit.logic.redaction import redact, redact_all
from tacit.logic.text import checked, checked_json
from tacit.types import Abstained, Failure, Outcome, Partial, Step, StepResult, Success

__all__ = ["Measured", "checked_outcome", "checked_step", "score_of", "size_of"]

RESULTS = get_args(StepResult)


class Measured(TypedDict, total=False):
    """What was measured of a step."""

    latency_ms: float | None
    tokens: int | None
    reward: float | None
    """What the environment paid for it."""


def checked_step(
    tool: str, action: str, arguments: object, observation: str, result: StepResult, measured: Measured
) -> Step:
    """One tool call. Raises `InvalidInput`, `TooLarge`."""
    if result not in RESULTS:
        raise InvalidInput(
            "unknown step result", cause=f"{ascii(result)[:80]}", remedy=f"use one of {', '.join(RESULTS)}"
        )
    done, given, seen = redact_all(
        _own(action, "action", OBSERVATION), _arguments(arguments), _own(observation, "observation", OBSERVATION)
    )
    return Step(
        tool=checked(tool, "tool", LABEL),
        action=done,
        arguments=given,
        observation=seen,
        result=result,
        **_measured(measured),
    )


def _measured(measured: Measured) -> dict[str, Any]:
    """Finite, not negative (the reward may be)."""
    unknown = sorted(set(measured) - Measured.__optional_keys__)
    if unknown:
        raise InvalidInput(f"unknown field {unknown[0]!r}", cause="a step has none", remedy="put it into the arguments")
    for name, value in measured.items():
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if value is not None and not (number and (name == "reward" or cast("float", value) >= 0)):
            raise InvalidInput(f"{name} is no measurement", cause=f"{ascii(value)[:80]}", remedy="pass a finite number")
    if isinstance(measured.get("tokens"), float):
        raise InvalidInput("tokens is not a whole number", cause=str(measured["tokens"]), remedy="pass an integer")
    return dict(measured)


def _arguments(arguments: object) -> str:
    """A command line as it is, anything else as JSON; not redacted yet."""
    if isinstance(arguments, str):
        return _own(arguments, "arguments", ARGUMENTS_BYTES)
    value = checked_json(arguments, "arguments", ARGUMENTS_BYTES)
    return without_recalled(msgspec.json.encode(value).decode())


def _clean(text: str, field: str, limit: int) -> str:
    """Checked, without what recall had put into it, redacted."""
    return redact(_own(text, field, limit))[0]


def _own(text: str, field: str, limit: int) -> str:
    """Checked, without what recall had put into it."""
    said = checked(text, field, limit)
    return without_recalled(said) if said else said


def size_of(step: Step) -> int:
    """Characters of the texts: an episode's bound is for memory's sake, exact bytes would cost an encoding a step."""
    return len(step.arguments) + len(step.observation) + len(step.action) + len(step.tool)


def checked_outcome(outcome: Outcome) -> Outcome:
    """How an episode ended. Raises `InvalidInput`, `TooLarge`."""
    match outcome:
        case Success():
            kept = tuple(_clean(part, "artifact", ARTIFACT_BYTES) for part in outcome.artifacts)
            return Success(verdict=_clean(outcome.verdict, "verdict", TEXT), artifacts=kept)
        case Partial():
            completed = tuple(_clean(part, "completed", TEXT) for part in outcome.completed)
            return Partial(completed=completed, failed=tuple(_clean(part, "failed", TEXT) for part in outcome.failed))
        case Failure():
            return Failure(
                reason=_clean(outcome.reason, "reason", TEXT), details=_clean(outcome.details, "details", TEXT)
            )
        case Abstained():
            return Abstained(reason=_clean(outcome.reason, "reason", TEXT), at_step=outcome.at_step)
    raise InvalidInput(
        "unknown outcome", cause=f"it is {type(outcome).__name__}", remedy="pass Success, Partial, Failure or Abstained"
    )


def score_of(outcome: Outcome) -> float:
    """What an outcome says about what was recalled before it: in [-1, 1]; a partial one by the share done."""
    match outcome:
        case Success():
            return 1.0
        case Failure():
            return -1.0
        case Partial():
            done, missed = len(outcome.completed), len(outcome.failed)
            return 2 * done / (done + missed) - 1 if done + missed else 0.0
        case _:
            return 0.0
