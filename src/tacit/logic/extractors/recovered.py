"""Error recoveries: the fingerprint of a tool's error, and the step that got past it.

Floor 2. Below: recovery. Above: the table of extractors.
"""

from collections.abc import Iterator

from tacit.logic.extractors.recovery import Recovery, recoveries, shown
from tacit.logic.extractors.run import Run, run_of
from tacit.logic.extractors.seen import Seen
from tacit.types import Item

__all__ = ["ErrorRecoveries"]


class ErrorRecoveries:
    """Only errors that a later step of that tool or goal got past. Where nothing failed after it and the task was
    done, the fix is a solution too; known ones count the episodes that failed all the same."""

    name = "error_recovery"

    def extract(self, episode: Item) -> Iterator[Seen]:
        """One Seen for each error and fix; a second one of type solution where it was the last error."""
        run = run_of(episode)
        for one in recoveries(run):
            yield Seen(
                pattern_type="error_recovery",
                fingerprint=one.key,
                condition=one.condition,
                action=one.action,
                tools=one.tools,
                steps=tuple(move.call.line for move in (*one.path, one.fix)),
                words=run.words,
                weight=5.0 if one.telling else 3.0,
            )
            if one.final:
                yield _solution(run, one)


def _solution(run: Run, one: Recovery) -> Seen:
    return Seen(
        pattern_type="solution",
        fingerprint=f"solution:{run.place}:{one.key}",
        condition=f"{one.condition} in a task ({run.place})" if run.place else one.condition,
        action=f"{one.action}; that was all that was missing",
        tools=one.tools,
        steps=tuple(shown(run, move) for move in (*one.path, one.fix)),
        words=run.words,
        begins=run.succeeded,
        weight=2.5,
    )
