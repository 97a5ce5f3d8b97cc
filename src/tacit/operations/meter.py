"""The meter: what this process does, counted as it does it, and told as one sample a minute.

Floor 4. Below: the nouns of the loop, logic.improving. Above: memory, whose calls it counts. A recall costs it under a
microsecond (`python -m bench.improve_metrics`); a minute in which nothing was done writes nothing.
"""

import functools
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, runtime_checkable

import msgspec

from tacit.changes import PutLearned
from tacit.errors import InvalidInput, StorageError
from tacit.improvement import SAMPLES, Sample
from tacit.logic.improving.meters import KEPT, thinned
from tacit.logic.improving.moments import stamped
from tacit.logic.improving.shelf import past
from tacit.ports import Clock, Scope

__all__ = ["Meter", "beat", "flush", "metered", "write_sample"]

EVERY = 60_000_000
"""Microseconds from one sample to the next."""
KEEP = 7 * 86_400_000_000
"""Samples are read for an hour; a week of them explains what the snapshots say."""
MOST = 20_000
COUNTED = "_tacit_counted"
"""Attribute of an error that some call of ours has passed on already."""
STATM = Path("/proc/self/statm")


@runtime_checkable
class Counting(Protocol):
    """What an embedder's cache tells: `models.cached.CachedEmbedder`."""

    @property
    def counts(self) -> Any:
        """hits (texts), misses, firsts (of the misses), failures: all ascending."""
        ...


class Meter:
    """Counters of one memory in one process. Thread-safe.

    As a context manager it counts what is raised within: not what the caller must mend (`InvalidInput`), and each
    error once, through however many of our calls it goes. Writing alone is something to tell of once a minute has
    passed, but nothing to tell of at the end: a command that records one fact writes no second row.
    """

    _begun: int
    _cpu: float
    _seen: tuple[int, int, int, int]
    _recalls: int
    _files: int
    _stride: int
    _queries: list[float]
    _errors: dict[str, int]
    _indexing: float
    _wrote: bool

    def __init__(self, clock: Clock, cache: object = None) -> None:
        """`cache`: whatever has `counts` as `CachedEmbedder` has them; anything else tells of no cache."""
        self._clock = clock
        self._cache = cache if isinstance(cache, Counting) else None
        self.writing = _Writing(self)
        """A context manager around writing, which counts what it raises, too."""
        self._lock = threading.Lock()
        self._refused = 0
        self._begin(clock())

    def recalled(self, milliseconds: float) -> None:
        """A recall, or a context pack, was answered."""
        with self._lock:
            self._recalls += 1
            if self._recalls % self._stride == 0:
                self._queries.append(milliseconds)
                if len(self._queries) >= 2 * KEPT:
                    self._queries = thinned(self._queries)
                    self._stride *= 2

    def failed(self, error: BaseException) -> None:
        """A call raised this."""
        if isinstance(error, InvalidInput) or not isinstance(error, Exception):
            return
        name = type(error).__name__
        with self._lock:
            if not vars(error).get(COUNTED):
                vars(error)[COUNTED] = True
                self._errors[name] = self._errors.get(name, 0) + 1

    def indexed(self, files: int, seconds: float) -> None:
        """So many files of a folder were read and indexed."""
        with self._lock:
            self._files += files
            self._indexing += seconds

    def wrote(self, *, sample: bool = False) -> None:
        """Something was written; a `sample` itself is nothing to tell of."""
        self._wrote = not sample

    def due(self, now: int) -> bool:
        """Whether a sample should be taken: something happened, and the last one is that long ago.

        Where nothing has happened in that time, the next sample begins now: idle time is not measured.
        """
        if now - max(self._begun, self._refused) < EVERY:
            return False
        with self._lock:
            busy = self._wrote or self._busy()
            if not busy:
                self._begin(now)
        return busy

    def sample(self, now: int, *, quiet: bool = False) -> Sample | None:
        """What happened since the last one, which begins the next. None where nothing did, unless it may be `quiet`."""
        with self._lock:
            if not quiet and not self._busy():
                return None
            told = self._told(now)
            self._begin(now)
        return told

    def untold(self, sample: Sample) -> None:
        """A sample could not be kept: what it says is in the next one, a minute later."""
        with self._lock:
            self._refused = sample.ended
            self._begun = sample.begun
            self._cpu -= sample.cpu_seconds
            self._recalls += sample.recalls
            self._queries = [*sample.queries, *self._queries][: 2 * KEPT - 1]
            for name, count in sample.errors.items():
                self._errors[name] = self._errors.get(name, 0) + count
            self._files += sample.files
            self._indexing += sample.indexing_seconds
            hits, misses, firsts, failures = self._seen  # what failed is among the errors by now
            self._seen = (
                hits - sample.cache_hits, misses - sample.cache_misses, firsts - sample.cache_firsts, failures
            )  # fmt: skip

    def __enter__(self) -> "Meter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.failed(error)

    def _begin(self, now: int) -> None:
        self._begun = now
        self._cpu = time.process_time()
        self._seen = self._cached()
        self._recalls = self._files = 0
        self._wrote = False
        self._queries = []
        self._stride = 1
        self._errors = {}
        self._indexing = 0.0

    def _busy(self) -> bool:
        return bool(self._recalls or self._errors or self._files or self._cached() != self._seen)

    def _cached(self) -> tuple[int, int, int, int]:
        if self._cache is None:
            return 0, 0, 0, 0
        counts = self._cache.counts
        return counts.memory + counts.file, counts.misses, counts.firsts, counts.failures

    def _told(self, now: int) -> Sample:
        hits, misses, firsts, failures = (new - old for new, old in zip(self._cached(), self._seen, strict=True))
        errors = dict(self._errors)
        if failures:
            errors["ModelError"] = errors.get("ModelError", 0) + failures
        queries = thinned(self._queries) if len(self._queries) > KEPT else self._queries
        return Sample(
            process=_process(self._clock),
            begun=self._begun,
            ended=now,
            queries=tuple(round(one, 3) for one in queries),
            recalls=self._recalls,
            errors=errors,
            cpu_seconds=round(time.process_time() - self._cpu, 4),
            memory_mb=round(_resident() / 1e6, 1),
            cache_hits=hits,
            cache_misses=misses,
            cache_firsts=firsts,
            files=self._files,
            indexing_seconds=round(self._indexing, 4),
        )


class _Writing:
    """Of one meter."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def __enter__(self) -> Meter:
        return self._meter

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._meter.wrote()
        else:
            self._meter.failed(error)


def metered(meter: Meter, progress: Iterator[Any]) -> Iterator[Any]:
    """The progress of indexing, each with its number of files `done`; counted without the time of whoever reads it."""
    done = 0
    while True:
        begun = time.perf_counter()
        one = next(progress, None)
        if one is None:
            return
        meter.indexed(one.done - done, time.perf_counter() - begun)
        done = one.done
        yield one


def beat(meter: Meter, scope: Scope) -> None:
    """Write a sample if one is due. Measuring hinders no work: where nothing can be written, that is counted."""
    if meter.due(scope.clock()):
        flush(meter, scope, quiet=True)


def flush(meter: Meter, scope: Scope, *, quiet: bool = False) -> None:
    """Write what there is now: at the end, or before an analysis (which counts a `quiet` process, too)."""
    told = meter.sample(scope.clock(), quiet=quiet)
    if told is not None:
        try:
            with meter:
                write_sample(scope, told)
        except StorageError:
            meter.untold(told)
        else:
            meter.wrote(sample=True)


def write_sample(scope: Scope, sample: Sample) -> str:
    """Keep a sample, and now and then drop those that are past their time; -> its key."""
    key = stamped(scope.new_id(), sample.ended)
    rows: dict[str, Any] = {key: msgspec.to_builtins(sample)}
    rows |= past(scope, SAMPLES, key, keep=KEEP, most=MOST)
    scope.store.write(scope.namespace, [PutLearned(space=SAMPLES, rows=rows)])
    return key


@functools.cache
def _begun(pid: int, clock: Clock) -> int:
    """When this process was first asked; another one after a fork."""
    del pid
    return clock()


def _process(clock: Clock) -> str:
    return f"{os.getpid()}-{_begun(os.getpid(), clock)}"


def _resident() -> int:
    """Bytes of this process in memory; where the system tells only the most there ever were, those; else 0."""
    try:
        return int(STATM.read_bytes().split()[1]) * int(os.sysconf("SC_PAGE_SIZE"))
    except (OSError, ValueError):
        pass
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
