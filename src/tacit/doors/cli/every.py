"""Again and again: a command that stays, waits without work, and ends when it is asked to."""

import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tacit.doors.cli.call import Call
from tacit.doors.cli.output import emit, hint, many, safe
from tacit.errors import InvalidInput, ModelError, StorageError

if TYPE_CHECKING:
    from tacit.doors.cli.improving import Round

__all__ = ["duration", "repeat", "telling"]

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
MOST = 7 * 86_400
"""Seconds."""
WRITTEN = re.compile(r"(?:\d{1,6}[dhms])+", re.ASCII)


def duration(text: str) -> int:
    """Seconds. Raises `InvalidInput`.

    >>> duration("90s"), duration("1h30m")
    (90, 5400)
    """
    parts = re.findall(r"(\d+)([dhms])", text) if WRITTEN.fullmatch(text) else []
    seconds = sum(int(count) * UNITS[unit] for count, unit in parts)
    if not 1 <= seconds <= MOST:
        raise InvalidInput(
            "this is no interval", cause=ascii(text)[:80], remedy="write such as 30m, 1h or 1d, from 1s to 7d"
        )
    return seconds


def repeat(call: Call, every: int, once: Callable[[], "Round"]) -> None:
    """Do it now and then every so many seconds, a line a round, until Ctrl-C or SIGTERM, which is no error.

    A passing fault of the disk or a model ends a round, not the loop. In between the background worker of the memory
    goes on: it watches what was applied.
    """
    rounds: list[dict[str, Any]] = []
    trials = applied = 0
    hint(call, "Ctrl-C ends it")
    with _ending():
        try:
            while True:
                begun = time.monotonic()
                said, done = _attempt(once)
                if done is not None:
                    trials, applied = trials + len(done.trials), applied + len(done.applied)
                rounds = [*rounds[-99:], {"at": time.time_ns() // 1_000, "said": said}]
                _say(call, said)
                threading.Event().wait(max(0.0, begun + every - time.monotonic()))
        except KeyboardInterrupt:
            pass
    told = {"rounds": rounds, "trials": trials, "applied": applied}
    emit(call, told, lambda out: out.print(f"✓ ended after {many(trials, 'trial')}, {applied} applied"), quiet="")


def _attempt(once: Callable[[], "Round"]) -> "tuple[str, Round | None]":
    try:
        done = once()
        return done.line(), done
    except (StorageError, ModelError) as error:
        return f"this round failed: {error}", None


def _say(call: Call, said: str) -> None:
    if not call.json and not call.quiet:
        sys.stdout.write(f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())}  {safe(said)}\n")
        sys.stdout.flush()


@contextmanager
def _ending() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def telling(call: Call) -> Iterator[None]:
    """What `notify` says to the log is seen here, on standard error."""
    import logging

    logger, handler = logging.getLogger("tacit.notices"), logging.StreamHandler(sys.stderr)
    if not call.json:
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
