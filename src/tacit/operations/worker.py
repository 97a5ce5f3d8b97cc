"""Work off the queue: claim, do, finish in one transaction; give back what failed.

Floor 4. Below: queue and store. Above: memory runs one in a thread, `flush` and `tacit queue run` run it inline.

A handler is a generator of transactions for a claim of jobs of one stage and namespace. What it yields is written
before it goes on (it must be harmless to write twice, or refuse to be); what it returns goes together with the jobs'
completion.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

from tacit.changes import Change, Job, Receipt
from tacit.errors import TacitError
from tacit.ports import Backend, Clock, Queue, Store, Transactions

__all__ = ["Handler", "Waking", "Worker"]

Handler = Callable[[str, Sequence[Job]], Transactions]

CLAIMED = 1000
"""Jobs a claim: an embedding job only says that a namespace has something to embed, so many are done at once."""
BACKOFF = 2_000_000
"""Microseconds before the second attempt; doubles with each further one."""
LONGEST_BACKOFF = 300_000_000

_NOTHING: AbstractContextManager[object] = nullcontext()

log = logging.getLogger("tacit.worker")


class Worker:
    """Does the jobs of a namespace (or of all) in the stages that it has handlers for.

    In the background it calls `tick` every two seconds, too.
    """

    def __init__(
        self,
        backend: Backend,
        clock: Clock,
        handlers: Mapping[str, Handler],
        *,
        namespace: str | None = None,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._store: Store = backend
        self._queue: Queue = backend
        self._namespace = namespace
        self._clock = clock
        self._handlers = dict(handlers)
        self._tick = tick
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def stages(self) -> tuple[str, ...]:
        """What it has handlers for."""
        return tuple(self._handlers)

    def run_once(self, stages: Sequence[str] = ()) -> Iterator[int]:
        """Claim once (of these stages, if any are named) and work the claim off; yields the number of changes written
        after each transaction."""
        for stage, handler in self._handlers.items():
            if stages and stage not in stages:
                continue
            jobs = self._queue.claim([stage], namespace=self._namespace, limit=CLAIMED)
            if jobs:
                yield from self._work(jobs, handler)

    def drain(self, stages: Sequence[str] = ()) -> Iterator[int]:
        """`run_once` until nothing is due; yields as it does, so that a caller can show progress or stop."""
        worked = True
        while worked and not self._stopping.is_set():
            worked = False
            for written in self.run_once(stages):
                worked = True
                yield written

    def _work(self, jobs: Sequence[Job], handler: Handler) -> Iterator[int]:
        try:
            transactions = handler(jobs[0].namespace, jobs)
            while True:
                try:
                    changes = next(transactions)
                except StopIteration as ended:
                    last: list[Change] = ended.value
                    break
                still = self._queue.extend(jobs)
                if not still:
                    return
                jobs = still
                if changes:
                    self._store.write(jobs[0].namespace, changes)
                yield len(changes)
            self._queue.finish(jobs, last)
            yield len(last)
        except GeneratorExit:  # whoever drains has stopped: close(), or a flush that ran out of time
            with suppress(TacitError):
                self._queue.release(jobs)
            raise
        except TacitError as error:
            log.warning("%s of %s failed: %s", jobs[0].stage, jobs[0].namespace, error)
            self._give_back(jobs, str(error))
        except Exception as error:
            log.exception("%s of %s failed", jobs[0].stage, jobs[0].namespace)
            self._give_back(jobs, f"{type(error).__name__}: {error}")

    def _give_back(self, jobs: Sequence[Job], error: str) -> None:
        for job in jobs:
            wait = min(LONGEST_BACKOFF, BACKOFF * 2 ** max(0, job.attempts - 1))
            self._queue.fail(job, error[:2000], retry_at=self._clock() + wait)

    def start(self) -> None:
        """Work in a background thread from now on, whenever woken."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="tacit-worker", daemon=True)
            self._thread.start()
            self._wake.set()

    @property
    def running(self) -> bool:
        """Whether there is a background thread, which ticks."""
        return self._thread is not None

    def wake(self) -> None:
        """Say that there is something to do."""
        self._wake.set()

    def stop(self) -> None:
        """Stop after the transaction at hand; what is queued stays queued."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._thread = None

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(timeout=BACKOFF / 1_000_000)
            self._wake.clear()
            try:
                self._tick()
                for _ in self.drain():
                    if self._stopping.is_set():
                        return
            except Exception:  # the loop outlives every fault of the store; the next wake tries again
                log.exception("the worker could not reach the queue")


class Waking:
    """A store that wakes a worker whenever a transaction has queued work, and passes what it raises `through`."""

    def __init__(self, inner: Store, worker: Worker, through: AbstractContextManager[object] = _NOTHING) -> None:
        self._inner = inner
        self._worker = worker
        self._through = through

    def write(self, namespace: str, changes: Sequence[Change]) -> Receipt:
        """As the store does."""
        with self._through:
            receipt = self._inner.write(namespace, changes)
        if receipt.enqueued:
            self._worker.wake()
        return receipt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
