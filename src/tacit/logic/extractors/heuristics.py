"""Heuristics: when something holds, do something; made of what the agent did, never of what a tool said.

Floor 2. Below: run. Above: the table of extractors; those that earn it become rules.
"""

from collections.abc import Iterator

from tacit.logic.extractors.run import Run, digest, run_of
from tacit.logic.extractors.seen import Seen
from tacit.types import Item

__all__ = ["Heuristics"]

PATIENCE = 2
"""Failures in a row before a change of tool is worth telling."""
PREPARED = 2
"""Preparations of an episode."""


class Heuristics:
    """What to begin with, what to look at before, what to check at the end, when to change the tool."""

    name = "heuristic"

    def extract(self, episode: Item) -> Iterator[Seen]:
        """At most six of an episode."""
        run = run_of(episode)
        if not run.moves:
            return
        yield from _begun(run)
        yield from _prepared(run)
        yield from _checked(run)
        yield from _changed(run)


def _begun(run: Run) -> Iterator[Seen]:
    first = run.moves[0]
    if first.worked and run.place and len(run.heads) > 1:
        yield _seen(run, f"starting on a task ({run.place})", f"begin with `{first.head}`", first.head, run.place)


def _prepared(run: Run) -> Iterator[Seen]:
    """A call that worked at its first try, right after another one."""
    known: set[str] = set()
    found = 0
    for before, move in zip(run.moves, run.moves[1:], strict=False):
        known.add(before.head)
        if move.head not in known and move.worked and before.worked and found < PREPARED:
            found += 1
            yield _seen(run, f"about to call `{move.head}`", f"call `{before.head}` first", before.head, move.head)


def _checked(run: Run) -> Iterator[Seen]:
    """What worked right before the last call of all."""
    if len(run.heads) > 2:
        last = run.moves[-1]
        check = next((move for move in reversed(run.moves[:-1]) if move.head != last.head), None)
        if check is not None and check.worked and last.worked:
            yield _seen(
                run, f"about to finish with `{last.head}`", f"call `{check.head}` before it", check.head, last.head
            )


def _changed(run: Run) -> Iterator[Seen]:
    streak = 0
    for before, move in zip(run.moves, run.moves[1:], strict=False):
        streak = streak + 1 if before.failed and before.head != move.head else 0 if not before.failed else streak + 1
        if streak >= PATIENCE and move.worked and move.head != before.head:
            yield _seen(
                run,
                f"`{before.head}` failed more than once in a row",
                f"change to `{move.head}`",
                move.head,
                before.head,
                weight=2.5,
            )
            return


def _seen(run: Run, condition: str, action: str, head: str, other: str, *, weight: float = 1.8) -> Seen:
    return Seen(
        pattern_type="heuristic",
        fingerprint=digest(condition, action, other),
        condition=condition,
        action=action,
        tools=(head,),
        steps=(head,),
        words=run.words,
        weight=weight,
    )
