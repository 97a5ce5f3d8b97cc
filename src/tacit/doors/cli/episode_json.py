"""An episode as JSON -> the calls that record it.

All of it is tried on a memory that lives in this process before the real one is touched: a step that is refused leaves
no half of an episode behind.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec

from tacit.doors.cli.inputs import read_input
from tacit.errors import InvalidInput
from tacit.types import Abstained, Complexity, Failure, Outcome, Partial, Step, Success

if TYPE_CHECKING:
    from tacit.memory import Memory
    from tacit.types import Item

__all__ = ["EpisodeInput", "StepInput", "outcome_of", "read_episode", "record_episode"]

ABOUT_FIELDS = ("at", "author", "session", "domain", "language", "tags", "metadata", "source", "trust", "key")


class StepInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step as JSON has it; its arguments may be any JSON."""

    tool: str
    action: str = ""
    arguments: str | dict[str, Any] | list[Any] = ""
    observation: str = ""
    result: str = "unknown"
    latency_ms: float | None = None
    tokens: int | None = None
    reward: float | None = None


class EpisodeInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An episode as JSON has it."""

    task: str
    task_type: str = "other"
    complexity: str = "moderate"
    framework: str = ""
    agent: str = ""
    steps: tuple[StepInput, ...] = ()
    outcome: Outcome | str
    """An object with its `status`, or the status alone."""
    at: str | float | None = None
    author: str | None = None
    session: str | None = None
    domain: str | None = None
    language: str | None = None
    tags: tuple[str, ...] | None = None
    metadata: dict[str, Any] | None = None
    source: str | None = None
    trust: str | None = None
    key: str | None = None


def read_episode(source: str) -> EpisodeInput:
    """Read and check the form. Raises `InvalidInput`, `TooLarge`, `NotFound`."""
    from tacit.logic.limits import LINE_BYTES
    from tacit.logic.text import loads

    told = loads(read_input(source, "the episode", LINE_BYTES))
    try:
        return msgspec.convert(told, EpisodeInput)
    except msgspec.ValidationError as error:
        raise InvalidInput(
            "this is no episode", cause=str(error)[:300], remedy="see `tacit record episode --help` for its form"
        ) from error


def record_episode(memory: "Memory", given: EpisodeInput, about: Mapping[str, Any]) -> "Item":
    """Record it; raises before anything is written where any part of it is refused."""
    from tacit.opening import open_memory

    outcome = outcome_of(given.outcome)
    with open_memory(":memory:", embedder="none", reranker="none", worker=False) as rehearsal:
        _run(rehearsal, given, about, outcome)
    return _run(memory, given, about, outcome)


def outcome_of(told: Outcome | str, **fields: Any) -> Outcome:
    """A status with what is told of it -> an outcome. Raises `InvalidInput`."""
    if not isinstance(told, str):
        return told
    statuses: dict[str, type[Outcome]] = {
        "success": Success,
        "partial": Partial,
        "failure": Failure,
        "abstained": Abstained,
    }
    kind = statuses.get(told)
    if kind is None:
        raise InvalidInput("unknown outcome", cause=ascii(told)[:80], remedy=f"use one of {', '.join(statuses)}")
    given = {name: value for name, value in fields.items() if value not in (None, "", ())}
    strangers = sorted(set(given) - set(kind.__struct_fields__))
    if strangers:
        raise InvalidInput(
            f"{strangers[0]} does not go with {told}",
            cause=f"{told} has {', '.join(kind.__struct_fields__)}",
            remedy="leave it out",
        )
    return kind(**given)


def _run(memory: "Memory", given: EpisodeInput, about: Mapping[str, Any], outcome: Outcome) -> "Item":
    named = {name: getattr(given, name) for name in ABOUT_FIELDS if getattr(given, name) is not None}
    episode = memory.episode(
        given.task,
        task_type=given.task_type,
        complexity=_complexity(given.complexity),
        framework=given.framework,
        agent=given.agent,
        **{**named, **about},
    )
    for step in given.steps:
        fields = {name: getattr(step, name) for name in Step.__struct_fields__}
        episode.step(fields.pop("tool"), **fields)
    return episode.complete(outcome)


def _complexity(told: str) -> Complexity:
    if told in get_args(Complexity):
        return cast("Complexity", told)
    raise InvalidInput(
        "unknown complexity", cause=ascii(told)[:80], remedy=f"use one of {', '.join(get_args(Complexity))}"
    )
