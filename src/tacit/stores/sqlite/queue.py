"""The queue: a table in the same file, claimed with leases, finished with the effects in one transaction.

Floor 3. Below: rows, apply. Above: the store.
"""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import apsw
import msgspec

from tacit.changes import ATTEMPTS, SERIAL, Change, Job
from tacit.errors import InvalidInput
from tacit.stores.sqlite.apply import Transaction
from tacit.stores.sqlite.rows import unpacked
from tacit.stores.sqlite.statements import fetch, fetch_needed, fetch_one, sql

__all__ = ["claim", "due", "extend", "fail", "finish", "jobs", "release", "revive"]

WAITING = frozenset({"queued", "leased"})
"""States of the index `jobs_waiting`."""
_payload = msgspec.json.Decoder(dict[str, Any])


def due(connection: apsw.Connection, stages: Sequence[str], name: str | None, now: int) -> bool:
    """Whether there is anything to claim: a look that takes no lock."""
    return fetch_one(connection, sql("due_job"), (_list(stages), now, name, _list(SERIAL))) is not None


def claim(
    connection: apsw.Connection, stages: Sequence[str], name: str | None, limit: int, lease: int, now: int
) -> list[Job]:
    """As `ports.Queue.claim`, within a transaction."""
    fetch(connection, sql("bury_jobs"), (_list(stages), now, ATTEMPTS, name))
    oldest = fetch_one(connection, sql("due_job"), (_list(stages), now, name, _list(SERIAL)))
    if oldest is None:
        return []
    namespace = int(oldest[1])
    token = uuid4().hex
    claimed = []
    wanted = (_list(stages), now, namespace, max(0, limit), _list(SERIAL))
    for (number,) in fetch(connection, sql("due_jobs"), wanted):
        fetch(connection, sql("lease_job"), (token, now + lease, number))
        claimed.append(number)
    rows = fetch(connection, sql("jobs_by_id"), (_list(claimed),))
    name = fetch_needed(connection, "SELECT name FROM namespaces WHERE id = ?", (namespace,))[0]
    return [_job(row, namespace, name) for row in rows]


def extend(connection: apsw.Connection, held: Sequence[Job], lease: int, now: int) -> list[Job]:
    """As `ports.Queue.extend`, within a transaction."""
    kept = []
    for job in held:
        fetch(connection, sql("extend_job"), (now + lease, job.id, job.lease))
        if connection.changes():
            kept.append(msgspec.structs.replace(job, leased_until=now + lease))
    return kept


def finish(connection: apsw.Connection, held: Sequence[Job], changes: Sequence[Change], now: int) -> bool:
    """As `ports.Queue.finish`, within a transaction."""
    if len({job.namespace for job in held}) != 1:
        raise InvalidInput(
            "jobs of several namespaces cannot be finished together",
            cause="a transaction is within one namespace",
            remedy="pass the jobs of one claim",
        )
    for job in held:
        row = fetch_one(connection, sql("held"), (job.lease, _list([job.id])))
        if not row[0]:
            return False
    Transaction(connection, held[0].namespace, now).run(changes)
    for job in held:
        fetch(connection, sql("finish_job"), (job.id,))
    return True


def fail(connection: apsw.Connection, job: Job, error: str, retry_at: int | None) -> None:
    """As `ports.Queue.fail`, within a transaction."""
    state, not_before = ("dead", job.not_before) if retry_at is None else ("queued", retry_at)
    fetch(connection, sql("fail_job"), (state, error, not_before, job.id, job.lease))


def release(connection: apsw.Connection, held: Sequence[Job]) -> None:
    """As `ports.Queue.release`, within a transaction."""
    for job in held:
        fetch(connection, sql("release_job"), (job.id, job.lease))


def revive(connection: apsw.Connection, namespace: int) -> int:
    """As `ports.Queue.revive`, within a transaction."""
    fetch(connection, sql("revive_jobs"), (namespace,))
    return connection.changes()


def jobs(
    connection: apsw.Connection, namespace: tuple[int, str], states: Sequence[str], stages: Sequence[str], limit: int
) -> list[Job]:
    """As `ports.Queue.jobs`; `namespace` is its number and its name."""
    number, name = namespace
    if states and WAITING.issuperset(states):
        rows = _waiting(connection, number, states, stages, limit)
    else:
        rows = fetch(connection, sql("jobs"), (number, _list(states), _list(stages), max(0, limit)))
    return [_job(row, number, name) for row in rows]


def _waiting(
    connection: apsw.Connection, namespace: int, states: Sequence[str], stages: Sequence[str], limit: int
) -> list[Any]:
    """What waits, by its own index: 100,000 jobs that were done long ago are not passed through."""
    found = []
    for (stage,) in fetch(connection, sql("waiting_stages")):
        if not stages or stage in stages:
            found += fetch(connection, sql("waiting_jobs"), (namespace, stage, _list(states), max(0, limit)))
    return sorted(found)[: max(0, limit)]


def _job(row: Sequence[Any], namespace: int, name: str) -> Job:
    number, stage, key, state, attempts, lease, until, not_before, error, created_at, checksum, payload = row
    return Job(
        id=number,
        namespace=name,
        stage=stage,
        key=key,
        state=state,
        attempts=attempts,
        lease=lease,
        leased_until=until,
        not_before=not_before,
        error=error,
        created_at=created_at,
        payload=unpacked(checksum, payload, _payload, namespace, stage, key),
    )


def _list(values: Sequence[Any]) -> str:
    return msgspec.json.encode(list(values)).decode()
