"""Agent runs as JSON lines: `{id, task, steps: [{tool, args, obs, ok, reward}], reward, success, ...}`.

Floor 2. Below: records. Above: the importing verb. Each line stands for itself.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from tacit.logic.transcripts.records import Entry, Tally, Turn
from tacit.logic.transcripts.values import arguments, joined, obj, text
from tacit.types import Failure, Outcome, Step, StepResult, Success

__all__ = ["is_run", "turns"]

METADATA = ("trial", "split", "reward", "success", "source", "task_id")


def is_run(value: object) -> bool:
    """Whether a value looks like one."""
    found = obj(value)
    return isinstance(found.get("task"), str) and isinstance(found.get("steps"), list)


def turns(
    entries: Iterable[Entry], tally: Tally, *, state: dict[str, str] | None = None, sidechains: bool = False
) -> Iterator[Turn]:
    """One turn a run. What is no run is counted and passed over."""
    del state, sidechains  # a run has neither
    for entry in entries:
        if is_run(entry.value) and entry.value["task"].strip():
            yield _turn(entry.value, entry.end)
        else:
            tally.unknown += 1


def _turn(run: dict[str, Any], end: int) -> Turn:
    steps = tuple(_step(obj(step)) for step in run["steps"])
    return Turn(
        id=_id(run),
        question=run["task"],
        steps=steps,
        outcome=_outcome(run),
        exchange=False,
        agent=text(run.get("agent")),
        domain=text(run.get("domain")),
        metadata={name: run[name] for name in METADATA if isinstance(run.get(name), str | int | float | bool)},
        resume=end,
    )


def _id(run: dict[str, Any]) -> str:
    given = run.get("id")
    if isinstance(given, str | int) and not isinstance(given, bool) and str(given):
        return str(given)
    return blake2b(repr(run).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _step(step: dict[str, Any]) -> Step:
    results: dict[object, StepResult] = {True: "success", False: "error"}
    ok = step.get("ok")
    reward = step.get("reward")
    return Step(
        tool=text(step.get("tool")) or "unknown",
        arguments=arguments(step.get("args")),
        observation=joined(step.get("obs")) or arguments(step.get("obs")),
        result=results.get(ok, "unknown") if isinstance(ok, bool) else "unknown",
        reward=float(reward) if isinstance(reward, int | float) and not isinstance(reward, bool) else None,
    )


def _outcome(run: dict[str, Any]) -> Outcome | None:
    """Only what the run says of itself: a failed one stays a failure however near it came."""
    reward = run.get("reward")
    told = f"reward {reward:g}" if isinstance(reward, int | float) and not isinstance(reward, bool) else ""
    if run.get("success") is True:
        return Success(verdict=told)
    if run.get("success") is False:
        return Failure(reason=told)
    return None
