"""What an extractor sees in one episode, and what an extractor is.

Floor 2. Above: the extractors, `logic.patterns`, which merges what was seen into items.
"""

from collections.abc import Iterable
from typing import Protocol

from tacit.types import Item, PatternType, Value

__all__ = ["Extractor", "Seen"]


class Seen(Value, frozen=True, kw_only=True):
    """One pattern as one episode shows it. Depends on that episode alone."""

    pattern_type: PatternType
    fingerprint: str
    """The same in every episode that shows the same pattern; becomes the key of its item (at most 200 characters,
    unique among the patterns of one extractor)."""
    action: str
    """What was done, in words, masked of what is peculiar to the episode."""
    condition: str = ""
    """When, in words."""
    extractor: str = ""
    """Filled in by `extract`."""
    tools: tuple[str, ...] = ()
    """What must be at hand, in order of use, once each."""
    steps: tuple[str, ...] = ()
    """What is done, in order, masked."""
    words: tuple[str, ...] = ()
    """Telling words of the task: they help to find the pattern again."""
    quotes_output: bool = False
    """Whether condition, action or steps quote what a tool said beyond the safe label of an error."""
    troubled: bool = False
    """Whether it came with an error that nothing got past."""
    begins: bool = True
    """Whether it may begin a pattern; if not, the episode only counts for one that is known."""
    weight: float = 0.0
    """How much is learned from it if it is new: of more than ten new ones those with the most are kept."""


class Extractor(Protocol):
    """Sees patterns of one sort. Pure: the same episode gives the same patterns, whatever was seen before."""

    name: str
    """Unique; at most 40 characters of `[a-z0-9_]`."""

    def extract(self, episode: Item) -> Iterable[Seen]:
        """The patterns of a finished episode (an item whose payload is an `Episode`), one Seen a fingerprint."""
        ...
