"""Chain: what the changes that stand have cost in quality together.

Floor 2, pure. Below: the nouns of the loop. Above: the judge's terms, and proposals, which would waste looks else.

Each saving of time may cost a little quality, and forty of them cost forty times as much. What trials measured is added
up: quality stands at the sum of the changes in force, and what was lost is how far that lies under the highest it has
stood at. Over the same cases these sums are exact, as each trial begins where the one before it ended. What quality
gained in between is no credit to be spent: it is counted from the top.
"""

from collections.abc import Iterable, Mapping, Sequence

from tacit.improvement import Improvement, PolicyRow, Trial

__all__ = ["in_force", "lost"]

OWNER = "owner"
"""`PolicyRow.by` of dials that were turned by hand."""


def lost(trials: Iterable[Trial]) -> float:
    """How far quality lies under the highest it stood at (absolute, 0 or more), after changes in force, oldest first.

    >>> lost([])
    0.0
    """
    level = highest = 0.0
    for one in trials:
        level += one.after.get("quality", 0.0) - one.before.get("quality", 0.0)
        highest = max(highest, level)
    return highest - level


def in_force(
    trials: Iterable[Trial], improvements: Mapping[str, Improvement], policies: Sequence[PolicyRow]
) -> list[Trial]:
    """The trials whose changes are applied, oldest first, since the owner turned dials by hand: what he chose is where
    a new chain begins. What was taken back is not among them."""
    begun = max((row.timestamp for row in policies if row.by == OWNER), default=0)
    return [
        one
        for one in trials
        if one.timestamp >= begun
        and one.judgement is not None
        and one.judgement.accepted
        and one.improvement in improvements
        and improvements[one.improvement].status == "applied"
    ]
