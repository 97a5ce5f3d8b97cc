"""Tool sequences: what was called after what.

Floor 2. Below: run. Above: the table of extractors.
"""

from collections.abc import Iterator

from tacit.logic.extractors.run import Run, digest, listed, run_of
from tacit.logic.extractors.seen import Seen
from tacit.types import Item

__all__ = ["ToolSequences"]

SHORTEST, LONGEST = 2, 6
MOST = 8
"""Sequences of an episode: a long one has hundreds, each the neighbour of the next."""


class ToolSequences:
    """Runs of two to six calls in a row, repetitions taken once: the whole run first, then the short ones."""

    name = "tool_sequence"

    def extract(self, episode: Item) -> Iterator[Seen]:
        """The same sequence of heads is the same pattern, whatever the arguments."""
        run = run_of(episode)
        for heads in _sequences(run.heads):
            whole = heads == run.heads
            yield Seen(
                pattern_type="tool_sequence",
                fingerprint=digest(*heads),
                action=listed(heads),
                tools=tuple(dict.fromkeys(heads)),
                steps=heads,
                words=run.words,
                troubled=_troubled(run, heads),
                weight=2.0 if whole else 1.0 - len(heads) / 100,
            )


def _sequences(heads: tuple[str, ...]) -> list[tuple[str, ...]]:
    found: dict[tuple[str, ...], None] = {}
    lengths = [len(heads), *range(SHORTEST, LONGEST + 1)]
    for length in lengths:
        if not SHORTEST <= length <= min(LONGEST, len(heads)):
            continue
        for at in range(len(heads) - length + 1):
            part = heads[at : at + length]
            if len(set(part)) > 1:
                found.setdefault(part)
            if len(found) >= MOST:
                return list(found)
    return list(found)


def _troubled(run: Run, heads: tuple[str, ...]) -> bool:
    """Whether the last call never worked."""
    return not any(move.worked for move in run.moves if move.head == heads[-1])
