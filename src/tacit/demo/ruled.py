"""A harmful rule: a person adds it, the agent obeys it, and by its outcomes it is found out and retired.

Below: the stream, the learner. Above: the program.

The rule sounds like good advice, and what it orders throws away what the task asks to keep. Nobody tells tacit: it
leaves the rule out of some packs by a draw, the real outcomes with it and without it are compared, and when the
interval of its effect lies below zero it is retired. A few dozen episodes are enough, since the harm is great.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tacit.demo.agent import BUDGET
from tacit.demo.family import Task
from tacit.demo.learner import Learner
from tacit.demo.shell import Shell
from tacit.demo.stream import learning
from tacit.demo.tasks import FAMILIES, make_task
from tacit.demo.trial import Done
from tacit.lessons import Effect
from tacit.memory import Memory
from tacit.types import Item, Rule

__all__ = ["FAMILY", "MOST", "RULE", "RULED", "TOOL", "Lived", "Story", "chore", "obeyed"]

RULED = "demo/harmful-rule"
TOOL = "git"
FAMILY = "local edits in the way"
RULE = "When local changes would be overwritten by checkout, throw local edits away."
MOST = 120
"""Tasks in all. In seven runs the rule was retired after 31 to 56."""
AFTER = 12
"""Tasks after it was retired."""
FIRST = 2_000
"""Number of the first task: folders are told apart by it."""
Had = Literal["shown", "withheld", ""]


@dataclass(frozen=True, kw_only=True)
class Lived:
    """One episode of the story."""

    had: Had
    """What became of the rule in its packs; empty where it did not come up."""
    ok: bool


@dataclass(frozen=True, kw_only=True)
class Story:
    """What became of the rule."""

    rule: Item
    """As it is at the end, with its history."""
    effect: Effect
    lived: Sequence[Lived]
    retired_at: int | None
    """Number of the episode, from 1, whose outcome retired it."""

    def count(self, had: Had | None = None, *, after: bool = False) -> tuple[int, int]:
        """(tasks done, tasks) of those in which the rule was so, up to its retirement or after it; None: all."""
        end = len(self.lived) if self.retired_at is None else self.retired_at
        part = self.lived[end:] if after else self.lived[:end]
        chosen = [one for one in part if had is None or one.had == had]
        return sum(one.ok for one in chosen), len(chosen)

    @property
    def history(self) -> tuple[str, ...]:
        """One line for each change."""
        told = self.rule.payload
        changes = told.history if isinstance(told, Rule) else ()
        return tuple(": ".join(filter(None, (f"{one.operation} by {one.by}", one.reason))) for one in changes)


def chore(seed: int, most: int = MOST) -> list[Task]:
    """The same wish in its wordings again and again, about other files."""
    rng = random.Random(f"rule {seed}")  # noqa: S311  which wording comes when is no secret
    family = next(one for one in FAMILIES if one.name == FAMILY)
    wordings = [at for _ in range(most) for at in rng.sample(range(len(family.wordings)), len(family.wordings))]
    return [make_task(family, at, FIRST + number, rng) for number, at in enumerate(wordings[:most])]


def obeyed(shell: Shell, learner: Learner, *, seed: int, most: int = MOST, after: int = AFTER) -> Iterator[Story]:
    """Add the rule, then do one task after the other; yields the story so far after each.

    It ends so many tasks after the rule was retired, or after `most`.
    """
    memory = learner.memory
    rule = memory.add_rule(RULE)
    lived: list[Lived] = []
    retired_at: int | None = None
    for done in learning(shell, chore(seed, most), learner, seed=seed, phase="ruled"):
        lived.append(Lived(had=_had(memory, rule.id, done), ok=done.ok))
        rule = memory.get(rule.id)[0]
        if retired_at is None and isinstance(rule.payload, Rule) and rule.payload.state == "retired":
            retired_at = len(lived)
        effect = memory.effects(rule.id)[0]
        yield Story(rule=rule, effect=effect, lived=tuple(lived), retired_at=retired_at)
        if retired_at is not None and len(lived) == retired_at + after:
            return


def _had(memory: Memory, rule: str, done: Done) -> Had:
    """What the log of the recalls says: shown in one of the packs is shown."""
    packs = set(done.episode.recalls)
    logs = [log for log in memory.recalls(limit=BUDGET + 1) if log.id in packs]
    if any(one.item == rule for log in logs for one in log.shown):
        return "shown"
    return "withheld" if any(one.item == rule for log in logs for one in log.withheld) else ""
