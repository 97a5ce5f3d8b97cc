"""The stream: the same tasks in the same order, once without memory and once with one that starts empty and learns.

Below: the trial, the learner. Above: the program.

The same wishes come back in every round, about other files. Both runs have the same repertoire, policy, budget and
moods; what the second one knows it has recorded itself. Success and commands are read back from the recorded episodes,
by `memory.timeline()`.
"""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tacit.demo.family import Family, Task
from tacit.demo.learner import Learner
from tacit.demo.shell import Shell
from tacit.demo.tasks import FAMILIES, make_task
from tacit.demo.trial import Done, Figures, Phase, live
from tacit.lessons import Point
from tacit.memory import Memory

__all__ = ["LEARNING", "UNLEARNING", "Curve", "flow", "learning", "stretches", "unlearning"]

LEARNING = "demo/learning"
UNLEARNING = "demo/not-learning"
ROUNDS = 3
"""How often each wording comes. At the end of the second round little is left to learn."""
STRETCH = 12
"""Tasks in a row that make one point of a curve."""
QUICK = ("make", "tar", "sh")
"""Tools whose tasks come. On two busy cores one took 0.1 s without memory; with Python 0.2, git 0.4, SQLite 0.9."""
FIRST = 1_000
"""Number of the first task: folders are told apart by it."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Both learning curves, and what the learning cost."""

    off: Sequence[Point]
    on: Sequence[Point]
    none: Figures
    """Of the whole stream."""
    memory: Figures
    pack_ms: Sequence[float]
    """Of each context pack."""
    learn_ms: Sequence[float]
    """Of each episode: to learn from it and to embed what is new, before the next task begins."""


def flow(seed: int, tools: Collection[str], *, rounds: int = ROUNDS) -> list[Task]:
    """In each round every wording of every family of the quick ones among these tools, shuffled."""
    rng = random.Random(f"stream {seed}")  # noqa: S311  which wording comes when is no secret
    quick = [tool for tool in QUICK if tool in tools] or tools
    chosen: list[tuple[Family, int]] = []
    for _ in range(rounds):
        dealt = [(family, at) for family in FAMILIES if family.tool in quick for at in range(len(family.wordings))]
        rng.shuffle(dealt)
        chosen += dealt
    return [make_task(family, wording, FIRST + number, rng) for number, (family, wording) in enumerate(chosen)]


def unlearning(shell: Shell, tasks: Sequence[Task], record: Memory, *, seed: int) -> Iterator[Done]:
    """Without memory: the episodes are recorded to be counted, and nobody reads them."""
    return live(shell, tasks, record, phase="unlearning", seed=seed)


def learning(
    shell: Shell, tasks: Sequence[Task], learner: Learner, *, seed: int, phase: Phase = "learning"
) -> Iterator[Done]:
    """With memory: what is recorded is learned from before the next task begins."""
    for done in live(shell, tasks, learner.memory, phase=phase, seed=seed, adviser=learner):
        learner.learn()
        yield done


def stretches(memory: Memory, tasks: int) -> list[Point]:
    """The curve of a memory's episodes."""
    return memory.timeline(buckets=max(1, tasks // STRETCH))
