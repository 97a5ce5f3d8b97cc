"""Occasions: what came up in an episode, so that what was done about it is compared with doing something else.

Floor 2. Below: the extractors of recoveries and heuristics. Above: `logic.strata`.

An episode with an error goes well less often than one without, however good its recovery: comparable to it are the
episodes with the same error. In the first 3,000 runs of InterCode SQL 32 % succeed, of those with an unknown column
2 %: selecting again with other arguments (26 %) is worth 24 points, and would look like a loss of 7.
"""

from collections.abc import Iterator

from tacit.logic.extractors.heuristics import Heuristics
from tacit.logic.extractors.recovered import ErrorRecoveries
from tacit.logic.extractors.run import Run, digest, run_of, said
from tacit.types import Item

__all__ = ["came_up", "occasions"]

_EXTRACTORS = (ErrorRecoveries(), Heuristics())
_TYPES = ("error_recovery", "heuristic")
REPEATED = 2
"""Failures in a row that are an occasion."""


def came_up(episode: Item) -> list[str]:
    """Keys of all that came up, whatever was done about it, each once, sorted."""
    return sorted({digest(condition) for condition in _conditions(run_of(episode))})


def occasions(episode: Item, came: frozenset[str]) -> dict[str, str]:
    """Fingerprint -> key of the occasion of a pattern that the episode shows; those without one are left out."""
    found: dict[str, str] = {}
    for extractor in _EXTRACTORS:
        for seen in extractor.extract(episode):
            key = digest(seen.condition)
            if seen.pattern_type in _TYPES and key in came:
                found[f"{extractor.name}:{seen.fingerprint}"] = key
    return found


def _conditions(run: Run) -> Iterator[str]:
    """In the words of the extractors."""
    streak = 0
    for place, move in enumerate(run.moves):
        follows = place > 0 and run.moves[place - 1].failed and run.moves[place - 1].head == move.head
        streak = (streak + 1 if follows else 1) if move.failed else 0
        if move.failed:
            yield f"`{move.head}` {said(move.error)}"
        if streak == REPEATED:
            yield f"`{move.head}` failed more than once in a row"
        if place:
            yield f"about to call `{move.head}`"
    if run.moves:
        yield f"about to finish with `{run.moves[-1].head}`"
