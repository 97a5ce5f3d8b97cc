"""The words by which an episode is found: task, outcome, tools, errors.

Floor 2. Below: the nouns. Above: the recording and the importing verbs store this as the item's text.
"""

from collections.abc import Iterable
from itertools import groupby

from tacit.types import Abstained, Episode, Failure, Outcome, Partial, Step, Success

__all__ = ["episode_text"]

LONGEST = 2_000
"""Characters: about 500 tokens, what the embedders read."""
TASK = 1_000
OUTCOME = 300
STEPS = 25
"""Distinct steps that are named; a long run repeats itself."""
ERRORS = 5
LINE = 160


def episode_text(episode: Episode) -> str:
    """Task, then how it ended, then what was run in order, then the distinct errors; at most `LONGEST` characters.

    >>> step = Step(tool="bash", arguments="make test", result="error", observation="make: *** No rule\\nmore")
    >>> print(episode_text(Episode(task="Run the tests", steps=(step,), outcome=Success(verdict="green"))))
    Run the tests
    Outcome: success, green
    Steps: bash make test
    Error: make: *** No rule
    """
    lines = [_cut(episode.task.strip(), TASK)]
    if episode.outcome is not None:
        lines.append(_cut(f"Outcome: {_told(episode.outcome)}", OUTCOME))
    if episode.steps:
        lines.append(f"Steps: {_cut(_run(episode.steps), LONGEST // 2)}")
    lines += [f"Error: {error}" for error in _errors(episode.steps)]
    return _cut("\n".join(lines), LONGEST)


def _told(outcome: Outcome) -> str:
    match outcome:
        case Success():
            parts: Iterable[str] = ("success", outcome.verdict)
        case Partial():
            done, missed = ", ".join(outcome.completed), ", ".join(outcome.failed)
            parts = ("partial", f"done: {done}" if done else "", f"not done: {missed}" if missed else "")
        case Failure():
            parts = ("failure", outcome.reason, _line(outcome.details))
        case Abstained():
            parts = ("abstained", outcome.reason)
    return ", ".join(part for part in parts if part)


def _run(steps: Iterable[Step]) -> str:
    """`a > b x3 > c`: each step by its tool and how it was called, repetitions counted, without what came before."""
    named: dict[str, None] = {}
    for name, same in groupby(_called(step) for step in steps):
        count = len(list(same))
        named.setdefault(f"{name} x{count}" if count > 1 else name)
        if len(named) > STEPS:
            break
    shown = list(named)[:STEPS]
    return " > ".join([*shown, "..."] if len(named) > STEPS else shown)


def _called(step: Step) -> str:
    how = _line(step.action or step.arguments, 80)
    return how if how.lower().startswith(step.tool.lower()) else f"{step.tool} {how}".strip()


def _errors(steps: Iterable[Step]) -> list[str]:
    """The telling line of each distinct error, in order."""
    failed = (step for step in steps if step.result in ("error", "timeout"))
    found = dict.fromkeys(_telling(step.observation) or f"{step.tool}: {step.result}" for step in failed)
    return list(found)[:ERRORS]


def _telling(observation: str) -> str:
    """A traceback says what happened in its last line, everything else in its first."""
    lines = [line for line in observation.strip().splitlines() if line.strip()]
    if not lines:
        return ""
    return _line(lines[-1] if lines[0].startswith("Traceback") else lines[0])


def _line(text: str, length: int = LINE) -> str:
    return _cut(" ".join(text[: 4 * length].split()), length)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."
