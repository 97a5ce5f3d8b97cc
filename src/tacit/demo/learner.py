"""The learner: an adviser whose memory lives through the same tasks, and learns from each before the next.

Below: the trial's nouns, tacit's memory. Above: the stream and the rule.

Before a task, and after an error in it, the agent is handed a context pack: rules, patterns, similar episodes. Its
episode names these packs, so that its outcome counts for or against what they showed, and against or for what they
withheld.

What the agent gains in the stream it owes to the episodes: of 120 tasks (seed 1) it did 66 without memory, 110 with
episodes alone, 108 with all three kinds and 60 with rules and patterns alone. Only episodes tell it what was tried in
vain, and without that it tries the same again; no pattern names a remedy that was never found.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tacit.demo.agent import Attempt, Lesson
from tacit.memory import Memory
from tacit.results import ContextPack
from tacit.types import Episode, Kind, Pattern, Rule

__all__ = ["Learner"]

KINDS: tuple[Kind, ...] = ("rule", "pattern", "episode")
NEAR = 6
"""Episodes that a pack may show, as in the trial."""
PACK = 2_000
"""Budget of a pack, in tokens: half of it for rules and patterns."""


@dataclass
class Learner:
    """Hands packs to the agent."""

    memory: Memory
    milliseconds: list[float] = field(default_factory=list)
    """Of each pack."""
    learn_ms: list[float] = field(default_factory=list)
    """Of each episode."""
    _open: list[str] = field(default_factory=list)

    def before(self, task: str) -> Sequence[Lesson]:
        """What the pack for the task shows."""
        return self._read(task)

    def after(self, task: str, error: str) -> Sequence[Lesson]:
        """What the pack for the error, in the light of the task, shows."""
        return self._read(f"{error}\n{task}")

    def ended(self, ran: Attempt) -> Sequence[str]:  # noqa: ARG002  the episode itself says how it ended
        """The packs of the task, for its episode to name."""
        recalls, self._open = self._open, []
        return recalls

    def learn(self) -> None:
        """Learn from what was recorded, so that the next pack has it."""
        begun = time.perf_counter()
        self.memory.flush()
        self.learn_ms.append((time.perf_counter() - begun) * 1000)

    def _read(self, query: str) -> list[Lesson]:
        begun = time.perf_counter()
        pack: ContextPack = self.memory.context(query, budget=PACK, k=NEAR, kinds=KINDS)
        items = {item.id: item for item in self.memory.get(*(entry.item for entry in pack.entries))}
        self.milliseconds.append((time.perf_counter() - begun) * 1000)
        self._open.append(pack.recall)
        found = [items[entry.item].payload for entry in pack.entries if entry.item in items]
        return [one for one in found if isinstance(one, Episode | Pattern | Rule)]
