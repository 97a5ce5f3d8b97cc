"""Notify: tell the owner of critical bottlenecks and of what was taken back, wherever he wants to be told.

Floor 4. Below: the ledger, messengers that are handed in. Above: memory; its worker looks. Which lines were told stands
in one note: whoever moves it sends them, so that of many processes one does, and nobody does it twice. A process that
is killed between the two sends none: the ledger has the line all the same. What is sent holds descriptions of metrics
and of changes, never of what is remembered.
"""

import logging
import threading
from collections.abc import Sequence
from typing import Any

from tacit.changes import Advance
from tacit.errors import Conflict, TacitError
from tacit.improvement import BOTTLENECKS, LEDGER, Bottleneck, Entry
from tacit.logic.improving.moments import since
from tacit.logic.improving.shelf import entry, newest, one_row
from tacit.ports import Messenger, Scope

__all__ = ["notify"]

TOLD = "told"
"""Note: the lines of the last hour that were told."""
WINDOW = 3_600_000_000
"""Microseconds: older lines are history, also where nobody was told."""
MOST = 20
"""Lines of a message, the latest."""
PATIENCE = 10.0
"""Seconds for one messenger, whatever its own limit does not cover, such as a name that no server resolves."""

log = logging.getLogger("tacit.notices")


def notify(scope: Scope, messengers: Sequence[Messenger]) -> int:
    """Tell what nobody has told yet; -> how many lines. What fails is in the log and in the ledger, and is not raised.

    Where there is no messenger nothing is read.
    """
    if not messengers:
        return 0
    begun = scope.clock() - WINDOW
    note = scope.store.records(scope.namespace).note(TOLD)
    known = [one for one in note if isinstance(one, str)] if isinstance(note, list) else []
    fresh = [one for one in _telling(scope, begun) if one.id not in known]
    if not fresh:
        return 0
    still = [one for one in known if one >= since(begun)]
    try:
        move = Advance(key=TOLD, before=note, after=[*still, *(one.id for one in fresh)])
        scope.store.write(scope.namespace, [move])
    except Conflict:  # another process tells it
        return 0
    message = _message(scope.namespace, fresh[-MOST:])
    outcomes = [(one.name, _sent(one, message)) for one in messengers]
    for name, failure in outcomes:
        if failure:
            log.warning("%s: %s", name, failure)
    said = "; ".join(
        f"{name} could not be told: {failure}" if failure else f"{name} was told" for name, failure in outcomes
    )
    scope.store.write(scope.namespace, [entry(scope, "notified", said, refers=[one.id for one in fresh])])
    return len(fresh)


def _telling(scope: Scope, begun: int) -> list[Entry]:
    """Lines that the owner wants to be told, the oldest first; of a bottleneck the latest one."""
    lines = newest(scope, LEDGER, Entry, begun=begun, limit=1_000)
    seen: set[str] = set()
    return [line for line in lines if _matters(scope, line, seen)][::-1]


def _matters(scope: Scope, line: Entry, seen: set[str]) -> bool:
    if line.what == "rolled back":
        return True
    if line.what != "bottleneck" or not line.refers or line.refers[0] in seen:
        return False
    seen.add(line.refers[0])
    row = one_row(scope, BOTTLENECKS, Bottleneck, line.refers[0])
    return row is not None and row.severity == "critical" and not row.forecast


def _message(namespace: str, lines: Sequence[Entry]) -> dict[str, Any]:
    """`text` for people; `events` for programs."""
    text = "\n".join(f"tacit, {namespace}: {one.what}: {one.text}" for one in lines)
    events = [
        {"id": one.id, "what": one.what, "text": one.text, "timestamp": one.timestamp, "figures": one.figures}
        for one in lines
    ]
    return {"from": "tacit", "namespace": namespace, "text": text, "events": events}


def _sent(messenger: Messenger, message: dict[str, Any]) -> str:
    """Send, in a thread that is left behind when it takes too long; -> why it failed, or ""."""
    failed: list[str] = [f"no end after {PATIENCE:.0f} seconds"]

    def send() -> None:
        try:
            messenger.send(message)
            failed[0] = ""
        except TacitError as error:
            failed[0] = error.cause

    thread = threading.Thread(target=send, name="tacit-notice", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return failed[0]
