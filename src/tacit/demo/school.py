"""The school: the parts of the demo in which the agent learns: the curve, the patterns, the rule.

Below: the stream, the rule, the patterns. Above: the program.

Memories here search words alone: the tasks are many and short, and with the local model, which embeds every episode and
every pattern, a task took three times as long (1.2 s instead of 0.4 on two busy cores).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tacit.demo.learner import Learner
from tacit.demo.ruled import MOST, RULED, TOOL, Story, obeyed
from tacit.demo.shell import Shell
from tacit.demo.stream import LEARNING, UNLEARNING, Curve, flow, learning, stretches, unlearning
from tacit.demo.trial import figures, recorded_episodes
from tacit.demo.valued import Valued, most_valuable
from tacit.memory import Memory

__all__ = ["School", "attend"]

T = TypeVar("T")


class Track(Protocol):
    """Shows progress."""

    def __call__(self, running: Iterable[T], what: str, total: int) -> Iterator[T]:
        """The same, shown."""
        ...


@dataclass(frozen=True, kw_only=True)
class School:
    """What was learned."""

    curve: Curve
    patterns: Sequence[Valued]
    """The most valuable, the best first."""
    story: Story | None
    """None where the program that the rule is about is missing."""


def attend(
    shell: Shell, opened: Callable[[str], Memory], tools: Sequence[str], *, seed: int, rounds: int, track: Track
) -> School:
    """Go through the stream without and with memory, then through the story of the rule."""
    with opened(UNLEARNING) as off, opened(LEARNING) as on:
        curve = _curve(shell, off, Learner(on), tools, seed=seed, rounds=rounds, track=track)
        patterns = most_valuable(on)
    story = None
    if TOOL in tools:
        with opened(RULED) as memory:
            for story in track(obeyed(shell, Learner(memory), seed=seed), "A rule is obeyed", MOST):  # noqa: B007
                pass
    return School(curve=curve, patterns=patterns, story=story)


def _curve(
    shell: Shell, off: Memory, learner: Learner, tools: Sequence[str], *, seed: int, rounds: int, track: Track
) -> Curve:
    tasks, on = flow(seed, tools, rounds=rounds), learner.memory
    for _ in track(unlearning(shell, tasks, off, seed=seed), "A stream without memory", len(tasks)):
        pass
    for _ in track(learning(shell, tasks, learner, seed=seed), "The same, learning", len(tasks)):
        pass
    for _ in on.learn():  # looks at all patterns together, as it does by itself now and then
        pass
    return Curve(
        off=stretches(off, len(tasks)),
        on=stretches(on, len(tasks)),
        none=figures(recorded_episodes(off)),
        memory=figures(recorded_episodes(on)),
        pack_ms=learner.milliseconds,
        learn_ms=learner.learn_ms,
    )
