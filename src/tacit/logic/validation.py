"""Validation: what patterns predict on episodes held back, whom they suit, and when they go.

Floor 2. Below: logic.evidence, logic.contrast. Above: `logic.lesson`, recall.

Space "held": `all:<stratum>` -> [episodes, successes], `one:<fingerprint>` -> {stratum: [episodes, successes]}, of held
back episodes with an outcome.
"""

from collections.abc import Collection, Iterable, Mapping, MutableMapping
from typing import Any

from tacit.types import Item

__all__ = ["MOST_KEPT", "compatible", "counted", "held_back", "retired", "stale", "validated"]

MOST_KEPT = 5_000
"""Patterns of a namespace from which on stale ones are dropped."""


def held_back(episode_id: str) -> bool:
    """Whether an episode is one of the fifth that patterns are validated on; from its id alone."""
    return False


def counted(page: MutableMapping[str, Any], episode: Item, fingerprints: Iterable[str]) -> None:
    """Count a held back episode (space "held"); nothing happens for another, or without an outcome."""


def validated(pattern: Item, page: Mapping[str, Any]) -> Item:
    """The pattern with precision, coverage and F1 as counted so far, and its risk."""
    return pattern


def compatible(pattern: Item, tools: Collection[str]) -> bool:
    """Whether somebody with these tools can do it."""
    return True


def retired(pattern: Item) -> str:
    """Why evidence speaks against the pattern, in words; "" where it stays. Asked after `contrast.reviewed`."""
    return ""


def stale(patterns: Iterable[Item], *, most: int = MOST_KEPT) -> list[str]:
    """Ids of the patterns to drop so that `most` are left: seen once, the longest ago first."""
    return []
