"""What learning hands back: effects, advice while a task runs, playbooks, the course of time.

Floor 0, next to `results`.
"""

from typing import Any, Literal

from tacit.types import Item, Trust, Value

__all__ = [
    "Account",
    "Advice",
    "Effect",
    "Learning",
    "Option",
    "Playbook",
    "PlaybookStep",
    "Point",
    "Suggestion",
    "Verdict",
]

Verdict = Literal["helps", "hurts", "unproven"]


class Effect(Value, frozen=True, kw_only=True):
    """What an item is worth: outcome with it minus outcome without it, from randomised withholding."""

    item: str
    verdict: Verdict = "unproven"
    mean: float = 0.0
    """Difference of success (0 to 1) with and without it, pooled over similar items."""
    uncertainty: float = 1.0
    """Standard error of the mean, pooled."""
    low: float = -1.0
    """With `high`, an interval that stays valid however often it is looked at."""
    high: float = 1.0
    shown: int = 0
    """Episodes with an outcome in which it was eligible and shown."""
    withheld: int = 0
    """Episodes with an outcome in which it was eligible and withheld."""
    helped: int = 0
    """Episodes in which it was shown, and applied, and which succeeded."""
    hindered: int = 0
    """Episodes in which it was shown, and applied, and which failed."""
    retired: bool = False
    reason: str = ""
    """Why there is no verdict yet, or on what it rests."""


class Account(Value, frozen=True, kw_only=True):
    """Why an item is believed: where it comes from, what speaks for it, what it is worth."""

    item: Item
    effect: Effect
    successes: float | None = None
    """Of the episodes that it was seen in; None for what is not counted."""
    trials: float | None = None
    low: float | None = None
    """Wilson bounds of its rate of success."""
    high: float | None = None
    sources: tuple[Item, ...] = ()
    """The items that it was made from, without those that are gone."""
    derived: tuple[Item, ...] = ()
    """The items that were made from it."""


class Suggestion(Value, frozen=True, kw_only=True):
    """A tool that experience would use next."""

    tool: str
    probability: float
    """Estimated."""
    seen: int = 0
    """How many steps the estimate rests on."""


class Option(Value, frozen=True, kw_only=True):
    """What experience says of one thing that could be done now."""

    option: str
    value: float
    """Estimated gain in success of doing it now, in [-1, 1]."""
    uncertainty: float
    """How little is known of it, 0 to 1; 1 where nothing like it was ever tried."""
    risk: float = 0.0
    """How much of the value was taken off because it may end the task in failure: whoever has nothing left to lose may
    add it again."""
    tried: int = 0
    """How many remembered steps the estimate rests on."""
    because: str = ""
    """In words."""


class Advice(Value, frozen=True, kw_only=True):
    """What experience says of a task that is under way."""

    next_tools: tuple[Suggestion, ...] = ()
    """What comes next in such a course, most probable first."""
    recovering: bool = False
    """The last step failed: see `recoveries`."""
    recoveries: tuple[Suggestion, ...] = ()
    """After a failed step: what was done next, and worked, after such an error; most probable first."""
    ends: float | None = None
    """Estimated probability that nothing more is done; None before anything was learned."""
    success: float | None = None
    """Estimated probability that the task will succeed; None before anything was learned."""
    options: tuple[Option, ...] = ()
    """In the order in which they were given."""
    reason: str = ""
    """Why there is no advice, or less than there could be."""


class PlaybookStep(Value, frozen=True, kw_only=True):
    """One step of a playbook."""

    do: str
    tools: tuple[str, ...] = ()
    """Hints."""


class Playbook(Value, frozen=True, kw_only=True):
    """How to go about a task, from what worked before."""

    task: str
    steps: tuple[PlaybookStep, ...] = ()
    when: str = ""
    """When to apply it."""
    when_not: str = ""
    pitfalls: tuple[str, ...] = ()
    expected: str = ""
    """What outcome to expect, with the counts that it rests on."""
    confidence: float = 0.0
    """In [0, 1]."""
    sources: tuple[str, ...] = ()
    """Ids of the items that it was made from."""
    trust: Trust = "medium"
    """The lowest of its sources."""
    reason: str = ""
    """Why it is empty."""


class Point(Value, frozen=True, kw_only=True):
    """One stretch of a learning curve: some episodes in a row."""

    first: int
    """Number of the first episode, from 1."""
    episodes: int
    success: float | None
    """Mean success of those that have an outcome; None where none has."""
    steps: float
    """Mean."""
    reward: float | None
    """Mean `Reward.value`."""
    started_at: int
    ended_at: int
    with_memory: float = 0.0
    """Share of the episodes that worked with a recall."""


class Learning(Value, frozen=True, kw_only=True):
    """Progress of learning."""

    episodes: int = 0
    """Learned from, so far, in this call."""
    waiting: int = 0
    new_patterns: int = 0
    retired: int = 0
    rules: int = 0
    """Rules earned in this call."""
    details: dict[str, Any] = {}
