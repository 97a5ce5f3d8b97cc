"""The queue of the in-memory store: a job is queued, leased, then done or dead.

Floor 3. Below: state. Above: the store, which holds the lock.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec

from tacit.changes import ATTEMPTS, SERIAL, Job
from tacit.errors import InvalidInput
from tacit.stores.memory.state import Journal, State, copied

__all__ = ["Lease", "extend", "fail", "finish", "lease", "one_namespace", "release", "revive"]


class Lease(NamedTuple):
    """A claim in the making."""

    token: str
    now: int
    until: int


def lease(state: State, stages: Collection[str], claim: Lease, *, namespace: str | None, limit: int) -> list[Job]:
    """Lease due jobs of a namespace, or of that of the oldest one; one that was claimed too often dies instead."""
    taken = {
        (job.namespace, job.stage)
        for job in state.jobs.values()
        if job.stage in SERIAL and job.state == "leased" and job.leased_until > claim.now
    }
    due = [
        job
        for job in state.jobs.values()
        if job.stage in stages and namespace in (None, job.namespace) and _is_due(job, claim.now)
    ]
    for job in due:
        if job.attempts >= ATTEMPTS:
            _change(state, job, state="dead", lease="", error=job.error or f"given up after {job.attempts} attempts")
    alive = [job for job in due if job.attempts < ATTEMPTS and (job.namespace, job.stage) not in taken]
    mine = [job for job in alive if job.namespace == alive[0].namespace][: max(0, limit)]
    return [
        _change(state, job, state="leased", attempts=job.attempts + 1, lease=claim.token, leased_until=claim.until)
        for job in mine
    ]


def extend(state: State, jobs: Sequence[Job], *, until: int) -> list[Job]:
    """Those that are still held under the token that they carry, leased until then."""
    return [_change(state, job, leased_until=until) for job in jobs if _held(state, job)]


def finish(state: State, jobs: Sequence[Job], journal: Journal) -> bool:
    """Mark the jobs done, if all are held."""
    if not all(_held(state, job) for job in jobs):
        return False
    for job in jobs:
        done = msgspec.structs.replace(state.jobs[job.id], state="done", lease="", error="")
        journal.set(state.jobs, job.id, done)
    return True


def fail(state: State, job: Job, error: str, *, retry_at: int | None) -> None:
    """Queue a job again for a time, or (None) bury it; nothing where it is not held."""
    if not _held(state, job):
        return
    if retry_at is None:
        _change(state, job, state="dead", lease="", error=error)
    else:
        _change(state, job, state="queued", lease="", error=error, not_before=retry_at)


def release(state: State, jobs: Sequence[Job]) -> None:
    """Queued as if they had not been claimed; nothing where one is not held."""
    for job in jobs:
        if _held(state, job):
            _change(state, job, state="queued", lease="", attempts=state.jobs[job.id].attempts - 1)


def revive(state: State, namespace: str) -> int:
    """Dead jobs as if they had never been claimed; -> how many."""
    dead = [job for job in state.jobs_of(namespace) if job.state == "dead"]
    for job in dead:
        _change(state, job, state="queued", attempts=0, not_before=0)
    return len(dead)


def one_namespace(jobs: Sequence[Job]) -> str:
    """The namespace of jobs that are finished together. Raises `InvalidInput` where it is not one."""
    names = {job.namespace for job in jobs}
    if len(names) != 1:
        raise InvalidInput(
            f"jobs of {len(names)} namespaces cannot be finished together",
            cause="a transaction is within one namespace",
            remedy="pass the jobs of one claim",
        )
    return names.pop()


def _is_due(job: Job, now: int) -> bool:
    waiting = job.state == "queued" or (job.state == "leased" and job.leased_until <= now)
    return waiting and job.not_before <= now


def _held(state: State, job: Job) -> bool:
    """Whether the job as it stands is leased under the token of the job as it was claimed."""
    stored = state.jobs.get(job.id)
    return stored is not None and stored.state == "leased" and stored.lease == job.lease


def _change(state: State, job: Job, /, **fields: Any) -> Job:
    changed: Job = msgspec.structs.replace(state.jobs[job.id], **fields)
    state.jobs[job.id] = changed
    return copied(changed)
