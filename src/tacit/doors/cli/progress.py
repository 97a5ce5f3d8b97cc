"""Progress bars: on a terminal only, on standard error only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tacit.doors.cli.call import Call

__all__ = ["Advance", "progress"]

Advance = Callable[[float, float | None, str], None]
"""(done, of how many or None while that is unknown, a word beside the bar)"""


@contextmanager
def progress(call: Call, title: str) -> Iterator[Advance]:
    """A bar that stands while the block runs and is gone after it; nothing where nobody would see it."""
    if call.quiet or not sys.stderr.isatty():
        yield _unseen
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from tacit.doors.cli.output import console, one_line

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[word]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        task = bar.add_task(title, total=None, word="")

        def advance(done: float, total: float | None, word: str) -> None:
            bar.update(task, completed=done, total=total, word=one_line(word, 60))

        yield advance


def _unseen(done: float, total: float | None, word: str) -> None:
    del done, total, word
