"""The extractors by name, and what all of them see in an episode.

Floor 2. Below: one file an extractor. Above: `logic.lesson`; whoever opens a memory may register more of them.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b

import msgspec

from tacit.errors import InvalidInput
from tacit.logic.extractors.contexts import Contexts
from tacit.logic.extractors.custom import Custom
from tacit.logic.extractors.decisions import DecisionPoints
from tacit.logic.extractors.heuristics import Heuristics
from tacit.logic.extractors.hybrids import Hybrids
from tacit.logic.extractors.recovered import ErrorRecoveries
from tacit.logic.extractors.seen import Extractor, Seen
from tacit.logic.extractors.sequences import ToolSequences
from tacit.types import Item

__all__ = ["EXTRACTORS", "Custom", "Extractor", "Failed", "Seen", "extract", "registered"]

LONGEST = 200
"""Characters of a fingerprint as it is; a longer one is replaced by its digest."""
MOST = 200
"""Patterns that one extractor may see in one episode; the rest is passed over."""

EXTRACTORS: dict[str, Extractor] = {
    one.name: one for one in (ErrorRecoveries(), Heuristics(), ToolSequences(), DecisionPoints(), Contexts(), Hybrids())
}
"""The built-in ones. The seventh sort, custom, is the user's."""

Failed = Callable[[str, Exception], None]
"""(name of the extractor, what it raised)"""


def registered(own: Iterable[Extractor]) -> dict[str, Extractor]:
    """The built-in extractors and somebody's own, by name. Raises `InvalidInput` for what is none, or a name twice."""
    found = dict(EXTRACTORS)
    for extractor in own:
        name = getattr(extractor, "name", None)
        if not isinstance(name, str) or not name or not callable(getattr(extractor, "extract", None)):
            raise InvalidInput(
                "this is no extractor",
                cause=f"it is of type {type(extractor).__name__}",
                remedy="pass objects with a name and a method extract(episode)",
            )
        if name in found:
            raise InvalidInput(f"extractor {name[:80]} is there already", cause="names are unique", remedy="rename it")
        found[name] = extractor
    return found


def extract(episode: Item, extractors: Mapping[str, Extractor], *, failed: Failed | None = None) -> list[Seen]:
    """All that the extractors see in an episode: one Seen a fingerprint, in their order.

    An extractor may be anybody's: what it raises is handed to `failed` and costs its own patterns only; without
    `failed` it is raised.
    """
    found: list[Seen] = []
    for name, extractor in extractors.items():
        try:
            found += _of_one(name, extractor, episode)
        except Exception as error:
            if failed is None:
                raise
            failed(name, error)
    return found


def _of_one(name: str, extractor: Extractor, episode: Item) -> list[Seen]:
    found: dict[str, Seen] = {}
    for seen in extractor.extract(episode):
        if not isinstance(seen, Seen):
            raise InvalidInput(
                f"extractor {name} is not usable",
                cause=f"it gave a {type(seen).__name__}",
                remedy="let it give tacit.logic.extractors.Seen",
            )
        if not seen.action.strip() or not seen.fingerprint:
            raise InvalidInput(
                f"extractor {name} gave an empty pattern",
                cause="it has no action or no fingerprint",
                remedy="name both",
            )
        key = f"{name}:{_bounded(seen.fingerprint)}"
        if key not in found:
            found[key] = msgspec.structs.replace(seen, extractor=name, fingerprint=key)
        if len(found) >= MOST:
            break
    return list(found.values())


def _bounded(fingerprint: str) -> str:
    if len(fingerprint) <= LONGEST:
        return fingerprint
    return blake2b(fingerprint.encode("utf-8", "replace"), digest_size=16).hexdigest()
