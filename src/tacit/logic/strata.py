"""Strata: comparable episodes, counted with the patterns that they show.

Floor 2. Below: logic.evidence, logic.occasions. Above: contrast, on four fifths of the episodes; validation, on the
fifth held back.
"""

from collections.abc import Iterable, MutableMapping, Sequence
from hashlib import blake2b
from typing import Any

from tacit.logic.evidence import success_of
from tacit.logic.occasions import came_up, occasions
from tacit.types import Episode, Item

__all__ = ["count", "forget", "held_back", "ratio", "stratum_of"]

FOLD = 5
MOST = 12
"""Strata kept of a pattern; it is not counted in further ones."""


def held_back(episode: Item) -> bool:
    """Whether an episode is one of the fifth that patterns are validated on; from what it says alone, so that the same
    episodes give the same patterns and rules wherever they are recorded."""
    said = episode.key or episode.text
    return blake2b(said.encode("utf-8", "replace"), digest_size=4).digest()[0] % FOLD == 0


def stratum_of(episode: Item) -> str:
    """Episodes of one stratum are comparable: the same domain, else the same type of task."""
    return episode.domain or f"type:{episode.type}"


def count(page: MutableMapping[str, Any], episode: Item, fingerprints: Iterable[str]) -> None:
    """Count an episode with an outcome in its strata, and in each of the patterns that it shows.

    A pattern that answers to something (an error, a call) is counted in the stratum of the episodes in which that came
    up, `<stratum>|<occasion>`; the others in that of their domain or type. Rows: `all:<stratum>` -> [episodes,
    successes], `one:<fingerprint>` -> {stratum: [episodes, successes]}.
    """
    told = episode.payload
    success = success_of(told.outcome) if isinstance(told, Episode) else None
    if success is None:
        return
    whole = stratum_of(episode)
    came = came_up(episode)
    of = occasions(episode, frozenset(came))
    for stratum in (whole, *(f"{whole}|{occasion}" for occasion in came)):
        page[f"all:{stratum}"] = _plus(page.get(f"all:{stratum}"), success)
    for fingerprint in fingerprints:
        stratum = f"{whole}|{of[fingerprint]}" if fingerprint in of else whole
        row = dict(page.get(f"one:{fingerprint}", {}))
        if stratum in row or len(row) < MOST:
            row[stratum] = _plus(row.get(stratum), success)
            page[f"one:{fingerprint}"] = row


def forget(page: MutableMapping[str, Any], fingerprints: Iterable[str]) -> None:
    """Delete the rows of patterns that were dropped."""
    for fingerprint in fingerprints:
        page.pop(f"one:{fingerprint}", None)


def ratio(part: float, whole: float) -> float | None:
    """None where there is nothing to divide by."""
    return part / whole if whole > 0 else None


def _plus(row: Sequence[float] | None, success: float) -> list[float]:
    episodes, successes = row or (0, 0.0)
    return [episodes + 1, round(successes + success, 6)]
