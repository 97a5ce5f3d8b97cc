"""MemoryStore: a store with its queue in plain Python, which says what every store does.

Floor 3. Below: the other files of this folder. Above: `opening`. Nothing outlives the process. One lock guards all.
"""

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
import numpy as np

from tacit.changes import Change, Hits, Job, Receipt
from tacit.clock import system_clock
from tacit.errors import StorageError
from tacit.logic.namespaces import checked_namespace
from tacit.ports import Clock, Records
from tacit.stores.memory import queue, search
from tacit.stores.memory.records import MemoryRecords
from tacit.stores.memory.state import Space, State, copied
from tacit.stores.memory.writing import Transaction
from tacit.types import Filter, Item

__all__ = ["MemoryStore"]


class MemoryStore:
    """A `ports.Backend` in memory. Thread-safe.

    The rules that the ports leave open: sequences and job ids ascend over all namespaces and every `Put` takes one,
    used or not; an item that is written as superseded (the import of history) conflicts with no key; deleting an item
    gives back to what it had superseded its place (and its validity, where that had ended with the supersession),
    unless another item has that key by now; a replacement keeps `superseded_by`.
    """

    def __init__(self, *, clock: Clock = system_clock) -> None:
        self._clock = clock
        self._state = State()
        self._lock = threading.RLock()
        self._closed = False

    # Store

    def write(self, namespace: str, changes: Sequence[Change]) -> Receipt:
        """Apply all changes, in order, or none."""
        with self._transaction(checked_namespace(namespace)) as transaction:
            return transaction.run(changes)

    def read(self, namespace: str, ids: Sequence[str]) -> list[Item]:
        """The items with these ids, payloads included, in the order of `ids`; unknown ids are left out."""
        with self._space(namespace) as space:
            return [copied(space.items[space.sequences[one]]) for one in ids if one in space.sequences]

    def load(self, namespace: str, sequences: Sequence[int]) -> list[Item]:
        """The items with these sequences, without payloads, in the order given; unknown ones are left out."""
        with self._space(namespace) as space:
            found = [space.items[sequence] for sequence in sequences if sequence in space.items]
            return [msgspec.structs.replace(item, payload=None, metadata=dict(item.metadata)) for item in found]

    def select(
        self, namespace: str, filter: Filter, *, after: int = 0, limit: int = 100, newest_first: bool = False
    ) -> list[Item]:
        """A page of items with payloads, by sequence."""
        with self._space(namespace) as space:
            found = search.page(space, filter, after=after, limit=limit, newest_first=newest_first)
            return [copied(item) for item in found]

    def match(self, namespace: str, terms: Sequence[str], filter: Filter, limit: int) -> Hits:
        """Passages with any of the terms, by BM25 over this namespace alone."""
        with self._space(namespace) as space:
            return search.match(space, terms, filter, limit)

    def nearest(self, namespace: str, model: str, vector: np.ndarray, filter: Filter, limit: int) -> Hits:
        """Passages whose vectors have the highest cosine with `vector`. Raises `InvalidInput` for a vector that is
        not finite, of unit length and of the model's dimension."""
        with self._space(namespace) as space:
            return search.nearest(space, model, vector, filter, limit)

    def vectors(self, namespace: str, model: str, passages: Sequence[int]) -> np.ndarray:
        """float32, (len(passages), dimension); a row of zeros where there is no vector."""
        with self._space(namespace) as space:
            return search.vectors_of(space, model, passages)

    def records(self, namespace: str) -> Records:
        """What is kept beside the items of this namespace."""
        return MemoryRecords(checked_namespace(namespace), self._opened)

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._closed = True
            self._state = State()

    # Queue

    def claim(
        self, stages: Sequence[str], *, namespace: str | None = None, limit: int = 1, lease: int = 60_000_000
    ) -> list[Job]:
        """Lease up to `limit` due jobs of one namespace, oldest first, for `lease` microseconds."""
        with self._opened() as state:
            now = self._clock()
            lease_of = queue.Lease(token=uuid.uuid4().hex, now=now, until=now + lease)
            return queue.lease(state, stages, lease_of, namespace=namespace, limit=limit)

    def extend(self, jobs: Sequence[Job], *, lease: int = 60_000_000) -> list[Job]:
        """Heartbeat: those of the jobs that are still ours, leased anew from now."""
        with self._opened() as state:
            return queue.extend(state, jobs, until=self._clock() + lease)

    def finish(self, jobs: Sequence[Job], changes: Sequence[Change]) -> bool:
        """Apply the changes and mark the jobs done, or (where a lease was lost) do nothing and say False."""
        if not jobs:
            return False
        with self._transaction(queue.one_namespace(jobs)) as transaction:
            ours = queue.finish(transaction.state, jobs, transaction.journal)
            if ours:
                transaction.run(changes)
            return ours

    def fail(self, job: Job, error: str, *, retry_at: int | None) -> None:
        """Give a job back for a time, or (None) make it dead. Nothing happens where the lease was lost."""
        with self._opened() as state:
            queue.fail(state, job, error, retry_at=retry_at)

    def release(self, jobs: Sequence[Job]) -> None:
        """Give jobs back at once, as if they had not been claimed; lost leases are passed over."""
        with self._opened() as state:
            queue.release(state, jobs)

    def jobs(
        self, namespace: str, *, states: Sequence[str] = (), stages: Sequence[str] = (), limit: int = 100
    ) -> list[Job]:
        """The jobs of a namespace, oldest first; in any state and of any stage, if none is named."""
        with self._opened() as state:
            found = [
                job
                for job in state.jobs_of(checked_namespace(namespace))
                if (not states or job.state in states) and (not stages or job.stage in stages)
            ]
            return [copied(job) for job in found[: max(0, limit)]]

    def revive(self, namespace: str) -> int:
        """Queue dead jobs again; -> how many."""
        with self._opened() as state:
            return queue.revive(state, checked_namespace(namespace))

    # Doors of the lock

    @contextmanager
    def _opened(self) -> Iterator[State]:
        with self._lock:
            if self._closed:
                raise StorageError("the store is closed", cause="close() was called", remedy="open it again")
            yield self._state

    @contextmanager
    def _space(self, namespace: str) -> Iterator[Space]:
        checked = checked_namespace(namespace)
        with self._opened() as state:
            yield state.space(checked)

    @contextmanager
    def _transaction(self, namespace: str) -> Iterator[Transaction]:
        with self._opened() as state:
            transaction = Transaction(state, namespace, self._clock())
            try:
                yield transaction
            except BaseException:
                transaction.journal.undo()
                raise
