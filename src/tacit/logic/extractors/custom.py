"""Custom extractors: the user's own, by the door that the built-in ones come in by.

Floor 2. Below: seen. Above: whoever opens a memory.
"""

from collections.abc import Callable, Iterable

from tacit.logic.extractors.seen import Seen
from tacit.types import Episode, Item

__all__ = ["Custom"]


class Custom:
    """A function of an episode as an extractor: `Custom("slow_tests", see)`.

    `see` is pure; what it raises costs its own patterns only, and is counted and logged under its name.
    """

    def __init__(self, name: str, see: Callable[[Episode], Iterable[Seen]]) -> None:
        self.name = name
        self._see = see

    def extract(self, episode: Item) -> Iterable[Seen]:
        """What the function sees; nothing where the item is no episode."""
        return self._see(episode.payload) if isinstance(episode.payload, Episode) else ()
