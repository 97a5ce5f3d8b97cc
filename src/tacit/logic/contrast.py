"""Contrast: do episodes with a pattern succeed more often than comparable ones without it?

Floor 2. Below: logic.evidence. Above: `logic.lesson`, which counts each episode and now and then reviews all patterns.

Space "totals": `all:<stratum>` -> [episodes, successes], `one:<fingerprint>` -> {stratum: [episodes, successes]}, of
episodes with an outcome that are not held back (`logic.validation`).
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from tacit.types import Item, Value

__all__ = ["Contrast", "adjusted", "contrasted", "counted", "reviewed", "stratum_of"]


class Contrast(Value, frozen=True, kw_only=True):
    """A pattern against its absence."""

    lift: float
    """Rate of success with it minus without it."""
    p_value: float


def stratum_of(episode: Item) -> str:
    """Episodes of one stratum are comparable: the same domain, else the same task type."""
    return episode.domain or episode.type


def counted(page: MutableMapping[str, Any], episode: Item, fingerprints: Iterable[str]) -> None:
    """Count an episode and the patterns that it shows (space "totals"). Once an episode."""


def contrasted(fingerprint: str, page: Mapping[str, Any]) -> Contrast | None:
    """What speaks for a pattern; None until there were comparable episodes with it and without it."""
    return None


def adjusted(p_values: Sequence[float]) -> list[float]:
    """q-values (Benjamini, Hochberg 1995), in the order given."""
    return list(p_values)


def reviewed(patterns: Iterable[Item], page: Mapping[str, Any]) -> Iterator[Item]:
    """All patterns of a namespace -> those whose lift or q-value has changed, as they are now."""
    yield from ()
