"""Decision points: what was chosen when something had failed or had answered nothing, and how that went.

Floor 2. Below: run. Above: the table of extractors.
"""

from collections.abc import Iterator
from itertools import pairwise

from tacit.logic.extractors.run import Move, digest, run_of
from tacit.logic.extractors.seen import Seen
from tacit.types import Item

__all__ = ["DecisionPoints"]

MANY = 3
"""From so many failures in a row on they are not counted further."""
TIMES = {1: "failed", 2: "failed twice in a row", MANY: f"failed {MANY} times in a row or more"}


class DecisionPoints:
    """Situation after a step, what was chosen, result."""

    name = "decision_point"

    def extract(self, episode: Item) -> Iterator[Seen]:
        """One Seen for each situation, choice and result."""
        run = run_of(episode)
        streak = 0
        for before, after in pairwise(run.moves):
            streak = streak + 1 if before.failed else 0
            situation = TIMES[min(streak, MANY)] if streak else "answered nothing" if before.empty else ""
            if not situation or not (after.worked or after.failed):
                continue
            choice = _choice(before, after)
            result = _result(after)
            yield Seen(
                pattern_type="decision_point",
                fingerprint=digest(before.head, situation, choice, result),
                condition=f"`{before.head}` {situation}",
                action=f"{choice} ({result})",
                tools=(after.head,),
                steps=(after.call.line,),
                words=run.words,
                troubled=after.failed,
                weight=1.6 if after.worked else 1.2,
            )


def _choice(before: Move, after: Move) -> str:
    if after.head != before.head:
        return f"turn to `{after.head}`"
    same = after.asked == before.asked
    return f"call `{after.head}` again " + ("unchanged" if same else "with other arguments")


def _result(after: Move) -> str:
    return "it failed" if after.failed else "it answered nothing" if after.empty else "it worked"
