"""Memory: lends one namespace of a store to the verbs, one line a verb.

Floor 5, with `opening`, which makes one from the settings. Above: `AsyncMemory` and the doors. A face a file:
recording, recalling, learning, managing; here is what lives as long as the memory does.
"""

import atexit
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Self

from tacit.changes import Job
from tacit.errors import TacitError
from tacit.logic.extractors import Extractor
from tacit.memory.base import Base, Trying
from tacit.memory.counting import counted
from tacit.memory.improving import Improving
from tacit.memory.learning import Learning
from tacit.memory.managing import Managing
from tacit.memory.measuring import Measuring
from tacit.memory.recalling import Recalling
from tacit.memory.recording import Recording
from tacit.operations import meter
from tacit.operations.episodes import OpenEpisode
from tacit.operations.notify import notify
from tacit.operations.recall import Models
from tacit.operations.working import WorkingMemory
from tacit.ports import Backend, FileStore, Scope

__all__ = ["Memory", "OpenEpisode", "Trying", "WorkingMemory"]

PATIENCE = 30.0
"""Seconds that `flush` waits for what another process has leased."""


@counted
class Memory(Recording, Recalling, Learning, Measuring, Improving, Managing, Base):
    """One namespace of a store, with everything an agent does with it. Thread-safe; close it, or use it in `with`.

    Recording methods take the keyword arguments of `About` (at, author, session, domain, language, tags, metadata,
    source, trust, key, valid_from, valid_to, derived_from); reading ones those of `Where` (kinds, types, domains, ...).
    What is recorded is durable when the call returns, searchable by words at once, and by meaning as soon as the queue
    has embedded it. Raises what `tacit.errors` draws; bad input changes nothing.
    """

    def __init__(
        self,
        backend: Backend,
        scope: Scope,
        models: Models,
        *,
        file: FileStore | None = None,
        extractors: Sequence[Extractor] = (),
        trying: Trying | None = None,
        background: bool = True,
    ) -> None:
        super().__init__(backend, scope, models, file=file, extractors=extractors, trying=trying)
        if background:
            self._worker.start()
        atexit.register(self.close)

    def work(self) -> Iterator[int]:
        """Work the queue off here and now; yields after each transaction."""
        return self._worker.drain()

    def flush(self, *, timeout: float = PATIENCE) -> bool:
        """Write buffered steps, learn and embed what waits, so that recall sees all of it.

        -> whether all is done; False after `timeout` seconds, or where a job keeps failing, or without an embedder.
        """
        self._each(OpenEpisode.flush)
        deadline = time.monotonic() + timeout
        while True:
            for _ in self.work():
                if time.monotonic() > deadline:
                    return False
            if not self._waiting(limit=1):
                return self.embedder is not None or not self.jobs(states=("queued", "leased"), limit=1)
            if time.monotonic() > deadline or self._failing():
                return False
            time.sleep(0.01)  # another thread or process has leased it

    def close(self) -> None:
        """Write buffered steps, stop working, let go of the file. What is queued stays queued."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        atexit.unregister(self.close)
        self._worker.stop()
        try:
            self._each(OpenEpisode.flush)
            with suppress(TacitError):
                notify(self._scope, self._trying.messengers)
        finally:
            meter.flush(self._meter, self._scope)
            self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _failing(self) -> bool:
        """Whether what is queued waits for its next attempt after a failure."""
        waiting = self._waiting(limit=100)
        return bool(waiting) and all(job.state == "queued" and job.error for job in waiting)

    def _waiting(self, *, limit: int) -> list[Job]:
        """Jobs that somebody here could do, and that are not done."""
        return self._backend.jobs(self.namespace, states=("queued", "leased"), stages=self._worker.stages, limit=limit)
