"""The trial: live through tasks and record them, then do new ones without memory and with it, and count.

Below: the agent, the tasks, tacit's memory. Above: the program, which shows it.

Each phase records its episodes in a namespace of its own. Both runs over the new tasks have the same tasks, the same
folders made anew, the same budget and the same seed of the agent's moods; neither run adds to what is recalled. All
figures are counted from the recorded episodes, read back from the database.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, cast

from tacit.demo.agent import BUDGET, Adviser, Attempt, attempt, cure
from tacit.demo.family import Task
from tacit.demo.shell import Shell
from tacit.demo.tasks import World
from tacit.memory import Memory
from tacit.results import ContextPack
from tacit.types import Episode, Failure, Item, Outcome, Success

__all__ = [
    "LIVED",
    "WITH",
    "WITHOUT",
    "Companion",
    "Done",
    "Figures",
    "Phase",
    "Recalling",
    "figures",
    "live",
    "recorded_episodes",
]

Phase = Literal["lived", "without", "with", "unlearning", "learning", "ruled"]
LIVED = "default"
"""Namespace of the episodes to recall: the one that the command line reads when none is named."""
WITHOUT = "demo/without-memory"
WITH = "demo/with-memory"
NEAR = 6
"""Episodes that the agent reads. Measured on seeds 7 to 9 with bge-small: the right kind of trouble was among the
six in 89 of 89 recalls after an error (first in 74) and in 75 of 84 before a task (first in 36)."""
PACK = 1_500
"""Budget of a context pack, in tokens: six episodes took at most 1,316."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """A task that was run, with the episode that was recorded of it."""

    task: Task
    item: Item
    record_ms: float
    """Of the durable completion."""

    @property
    def episode(self) -> Episode:
        """The recorded one."""
        return cast("Episode", self.item.payload)

    @property
    def ok(self) -> bool:
        """The task was done."""
        return isinstance(self.episode.outcome, Success)


class Companion(Adviser, Protocol):
    """An adviser that is told how a task ended."""

    def ended(self, ran: Attempt) -> Sequence[str]:
        """The task is over; -> ids of the recalls that its episode worked with."""
        ...


@dataclass
class Recalling:
    """An adviser that asks a memory, keeps the time it takes and tells it which episodes it recalled were of use."""

    memory: Memory
    milliseconds: list[float] = field(default_factory=list)
    packs: list[ContextPack] = field(default_factory=list)
    """One a task."""
    _open: list[tuple[str, list[Item]]] = field(default_factory=list)
    """(recall, what was read of it) of the task at hand."""

    def before(self, task: str) -> Sequence[Episode]:
        """What the context pack for the task shows."""
        begun = time.perf_counter()
        pack = self.memory.context(task, budget=PACK, k=NEAR, kinds=("episode",))
        self._took(begun)
        self.packs.append(pack)
        return self._read(pack.recall, self.memory.get(*(entry.item for entry in pack.entries)))

    def after(self, task: str, error: str) -> Sequence[Episode]:
        """What is recalled for the error in the light of the task."""
        begun = time.perf_counter()
        answer = self.memory.recall(f"{error}\n{task}", k=NEAR, kinds=("episode",))
        self._took(begun)
        return self._read(answer.id, [] if answer.abstained else [one.item for one in answer.results])

    def ended(self, ran: Attempt) -> Sequence[str]:
        """Feedback on what was recalled for the task; its episode, elsewhere, names no recalls.

        The agent knows which episodes tell of what did it in the end: these were right, and a recall without any was of
        no use. Of a task that was not done it knows which tell of what it tried in vain.
        """
        for recall, read in self._open:
            told = {item.id: cure(episode) for item in read for episode in _episodes([item])}
            tried = ran.remedies[-1:] if ran.done else ran.remedies
            about = [item for item, remedy in told.items() if remedy in tried]
            score = 1.0 if ran.done and about else -1.0
            self.memory.feedback(recall, score, items=about, origin="agent", note="demo")
        self._open.clear()
        return ()

    def _read(self, recall: str, items: Sequence[Item]) -> Sequence[Episode]:
        self._open.append((recall, list(items)))
        return _episodes(items)

    def _took(self, begun: float) -> None:
        self.milliseconds.append((time.perf_counter() - begun) * 1000)


def live(
    shell: Shell,
    tasks: Sequence[Task],
    record: Memory,
    *,
    phase: Phase,
    seed: int,
    adviser: Companion | None = None,
    budget: int = BUDGET,
) -> Iterator[Done]:
    """Do the tasks in turn in fresh folders and record an episode of each."""
    for task in tasks:
        world = World(shell, task, shell.root / phase / str(task.number))
        rng = random.Random(f"{seed} {task.number}")  # noqa: S311  the moods of the agent are no secret
        ran = attempt(task.brief, world, rng=rng, adviser=adviser, budget=budget)
        yield _recorded(record, task, ran, adviser.ended(ran) if adviser else ())


def _recorded(memory: Memory, task: Task, ran: Attempt, recalls: Sequence[str]) -> Done:
    """The episode, as an agent records its own work: tool, what for, command line, answer, result, time."""
    episode = memory.episode(task.brief.description, task_type=task.brief.asked.tool, agent="demo")
    episode.recalled(*recalls)
    for chosen, did in ran.steps:
        episode.step(
            chosen.tool,
            action=chosen.says,
            arguments=did.command,
            observation=did.output,
            result="timeout" if did.timed_out else "success" if did.ok else "error",
            latency_ms=did.milliseconds,
        )
    outcome: Outcome = Success(verdict="checked on the disk")
    if not ran.done:
        outcome = Failure(reason=f"not done after {len(ran.steps)} commands")
    begun = time.perf_counter()
    item = episode.complete(outcome)
    return Done(task=task, item=item, record_ms=(time.perf_counter() - begun) * 1000)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Counted from the episodes of one namespace."""

    tasks: int
    done: int
    steps: int
    """Commands in all, also those of tasks that were not done."""

    @property
    def success(self) -> float:
        """Share of the tasks that were done."""
        return self.done / self.tasks if self.tasks else 0.0

    @property
    def mean_steps(self) -> float:
        """Commands a task; a task that was not done counts with all that it used."""
        return self.steps / self.tasks if self.tasks else 0.0


def recorded_episodes(memory: Memory) -> list[Episode]:
    """All episodes of a memory's namespace, in the order of their recording, read from the database."""
    found: list[Item] = []
    while page := memory.items(kinds=("episode",), after=found[-1].sequence if found else 0):
        found += page
    return _episodes(found)


def figures(episodes: Sequence[Episode]) -> Figures:
    """Count episodes."""
    done = sum(isinstance(episode.outcome, Success) for episode in episodes)
    return Figures(tasks=len(episodes), done=done, steps=sum(len(episode.steps) for episode in episodes))


def _episodes(items: Sequence[Item]) -> list[Episode]:
    return [item.payload for item in items if isinstance(item.payload, Episode)]
