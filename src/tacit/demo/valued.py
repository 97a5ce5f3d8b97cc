"""The most valuable patterns: what they say, from which episodes they are, and what speaks for them.

Below: tacit's memory. Above: the program.

The value of a pattern is how many tasks it gained: its lift, that is success with it minus success without it among
comparable episodes, times the episodes that it was seen in. Only patterns count that name something the agent can do,
and of those that name the same only the best.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tacit.demo.actions import TOOLS
from tacit.demo.reading import named
from tacit.lessons import Account
from tacit.memory import Memory
from tacit.types import Episode, Item, Pattern

__all__ = ["Valued", "most_valuable"]

PAGE = 500
QUOTED = 2
"""Episodes that are named."""


@dataclass(frozen=True, kw_only=True)
class Valued:
    """A pattern with its evidence."""

    item: Item
    pattern: Pattern
    account: Account

    @property
    def says(self) -> str:
        """When, and what then."""
        return f"{self.pattern.condition}: {self.pattern.action}"

    @property
    def share(self) -> float:
        """Success of the episodes that it was seen in."""
        return self.pattern.successes / (self.pattern.successes + self.pattern.failures)

    @property
    def without(self) -> float:
        """Success of comparable episodes without it."""
        return min(1.0, max(0.0, self.share - (self.pattern.lift or 0.0)))

    @property
    def tasks(self) -> list[str]:
        """Of some of the episodes that it comes from."""
        found = [one.payload.task for one in self.account.sources if isinstance(one.payload, Episode)]
        return list(dict.fromkeys(found))[:QUOTED]


def most_valuable(memory: Memory, count: int = 3) -> list[Valued]:
    """So many, the best first, from `memory.patterns()` and `memory.why()`."""
    gained = sorted(_gains(memory), key=lambda one: (-one[0], one[1].sequence))
    best: dict[frozenset[str], Item] = {}
    for _, item in gained:
        does = _does(item)
        if does and does not in best:
            best[does] = item
        if len(best) == count:
            break
    return [
        Valued(item=item, pattern=item.payload, account=memory.why(item.id))
        for item in best.values()
        if isinstance(item.payload, Pattern)
    ]


def _gains(memory: Memory) -> Iterator[tuple[float, Item]]:
    """(tasks gained, pattern) of those that came with more success."""
    after = 0
    while page := memory.patterns(after=after, limit=PAGE):
        after = page[-1].sequence
        for item in page:
            pattern = item.payload
            if isinstance(pattern, Pattern) and pattern.lift is not None and pattern.lift > 0.0:
                yield pattern.lift * (pattern.successes + pattern.failures), item


def _does(item: Item) -> frozenset[str]:
    """The words of the actions that a pattern names."""
    pattern = item.payload
    if not isinstance(pattern, Pattern):
        return frozenset()
    return frozenset(one.says for tool in TOOLS for one in named(pattern.action, tool))
