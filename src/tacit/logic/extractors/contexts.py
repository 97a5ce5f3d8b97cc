"""Contexts: what tasks of a sort were done with.

Floor 2. Below: run. Above: the table of extractors.
"""

from collections.abc import Iterator

from tacit.logic.extractors.run import digest, listed, run_of
from tacit.logic.extractors.seen import Seen
from tacit.types import Item

__all__ = ["Contexts"]

MOST = 3
"""Different calls that make an approach: the first ones."""


class Contexts:
    """Domain (or type of task), language and opening words -> the calls with which it was gone about."""

    name = "context"

    def extract(self, episode: Item) -> Iterator[Seen]:
        """One Seen an episode."""
        run = run_of(episode)
        approach = tuple(dict.fromkeys(run.heads))[:MOST]
        if not approach:
            return
        yield Seen(
            pattern_type="context",
            fingerprint=digest(run.place, run.language, run.opening, *approach),
            condition=run.situation,
            action=f"go about it with {listed(approach)}",
            tools=approach,
            steps=approach,
            words=run.words,
            weight=1.5,
        )
