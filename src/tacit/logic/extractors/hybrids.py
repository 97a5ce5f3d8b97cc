"""Hybrids: an error recovery within its context, a sequence for a sort of task.

Floor 2. Below: recovery. Above: the table of extractors.
"""

from collections.abc import Iterator

from tacit.logic.extractors.recovery import recoveries
from tacit.logic.extractors.run import digest, listed, run_of
from tacit.logic.extractors.seen import Seen
from tacit.types import Item

__all__ = ["Hybrids"]

SHORTEST, LONGEST = 3, 5
"""Calls of a sequence: a shorter one says no more than a context does, longer ones hardly come twice."""
MOST = 2
"""Recoveries of an episode."""


class Hybrids:
    """Two kinds of pattern that hold together say more than each alone."""

    name = "hybrid"

    def extract(self, episode: Item) -> Iterator[Seen]:
        """At most three of an episode."""
        run = run_of(episode)
        if not run.place:
            return
        for one in [one for one in recoveries(run) if one.telling][:MOST]:
            yield Seen(
                pattern_type="hybrid",
                fingerprint=digest(run.place, run.opening, one.key),
                condition=f"{run.situation}, and {one.condition}",
                action=one.action,
                tools=one.tools,
                steps=tuple(move.call.line for move in (*one.path, one.fix)),
                words=run.words,
                weight=1.4,
            )
        if SHORTEST <= len(run.heads) <= LONGEST:
            yield Seen(
                pattern_type="hybrid",
                fingerprint=digest(run.place, run.opening, *run.heads),
                condition=run.situation,
                action=f"do all of it with {listed(run.heads)}",
                tools=tuple(dict.fromkeys(run.heads)),
                steps=run.heads,
                words=run.words,
                weight=1.3,
            )
