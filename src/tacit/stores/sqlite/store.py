"""SqliteStore: rows, words, vectors and queue of many namespaces in one file.

Floor 3. Below: the other files of this folder. Above: `opening`. Several processes may hold the same file open.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import apsw
import msgspec
import numpy as np

from tacit.changes import Change, FileFacts, Hits, Job, Receipt
from tacit.clock import system_clock
from tacit.errors import StorageError
from tacit.logic.filters import checked_filter
from tacit.logic.namespaces import checked_namespace
from tacit.logic.vectors import checked_question
from tacit.ports import Clock
from tacit.stores.sqlite import queue
from tacit.stores.sqlite.apply import Transaction, frees, namespace_id
from tacit.stores.sqlite.ballast import Ballast
from tacit.stores.sqlite.connection import checked_path, connect, has_page_checksums, in_our_words
from tacit.stores.sqlite.facts import file_facts
from tacit.stores.sqlite.filters import condition
from tacit.stores.sqlite.lexical import DocumentFrequencies, match
from tacit.stores.sqlite.maintenance import backup_file, check_file
from tacit.stores.sqlite.migrate import migrate
from tacit.stores.sqlite.records import SqliteRecords
from tacit.stores.sqlite.rows import COLUMNS, LIGHT, item_of_row
from tacit.stores.sqlite.statements import fetch, sql
from tacit.stores.sqlite.tuning import scans
from tacit.stores.sqlite.vectors import Indexes
from tacit.stores.sqlite.writer import Writer
from tacit.types import Filter, Item

__all__ = ["SqliteStore"]

Result = TypeVar("Result")
COMPANIONS = ("", "-wal", "-shm", ".ballast")


class SqliteStore:
    """A `ports.Backend` and a `ports.FileStore` in one file. Thread-safe."""

    def __init__(self, path: Path | str, *, clock: Clock = system_clock, vfs: str | None = None) -> None:
        """Open, or make, the file. `vfs` names another SQLite VFS than the checksummed default (for tests).

        Raises `InvalidInput` for a path that cannot be one, `StorageError`, `Corrupted`, `Busy`, `DiskFull`.
        """
        self.path = checked_path(Path(path))
        self._clock = clock
        self._vfs = vfs
        self._process = os.getpid()
        self._closed = False
        self._idle: list[apsw.Connection] = []
        self._lock = threading.Lock()
        with in_our_words(self.path):
            connection = connect(self.path, vfs=vfs)
            try:
                migrate(connection, self.path)
                self.page_checksums = has_page_checksums(connection)
            except BaseException:
                connection.close()
                raise
        self._writer = Writer(connection, self.path, Ballast(self.path))
        self._indexes = Indexes(self.path)
        self._frequencies = DocumentFrequencies()

    def write(self, namespace: str, changes: Sequence[Change]) -> Receipt:
        """Apply all changes in one transaction, in order, or none. Durable when it returns."""
        name = checked_namespace(namespace)
        return self._run(
            lambda connection: Transaction(connection, name, self._clock()).run(changes), frees=frees(changes)
        )

    def read(self, namespace: str, ids: Sequence[str]) -> list[Item]:
        """The items with these ids, payloads included, in the order of `ids`; unknown ids are left out."""
        query = f"SELECT {COLUMNS} FROM items WHERE namespace = ? AND id IN (SELECT value FROM json_each(?))"  # noqa: S608
        found = {item.id: item for item in self._items(namespace, query, _list(ids))}
        return [found[one] for one in ids if one in found]

    def load(self, namespace: str, sequences: Sequence[int]) -> list[Item]:
        """The items with these sequences, without payloads, in the order given; unknown ones are left out."""
        # The plus keeps SQLite from walking the namespace: 29 ms instead of 4 for 400 of 500,000 items.
        query = f"SELECT {LIGHT} FROM items WHERE +namespace = ? AND sequence IN (SELECT value FROM json_each(?))"  # noqa: S608
        found = {item.sequence: item for item in self._items(namespace, query, _list(sequences))}
        return [found[one] for one in sequences if one in found]

    def select(
        self, namespace: str, filter: Filter, *, after: int = 0, limit: int = 100, newest_first: bool = False
    ) -> list[Item]:
        """A page of items with payloads, by sequence."""
        restricted, values = condition(filter)
        side, order = ("<", "DESC") if newest_first else (">", "ASC")
        if newest_first and not after:
            after = 2**62
        query = (
            f"SELECT {COLUMNS} FROM items i WHERE i.namespace = ? AND i.sequence {side} ?{restricted} "  # noqa: S608
            f"ORDER BY i.sequence {order} LIMIT ?"
        )
        return self._items(namespace, query, after, *values, max(0, limit))

    def match(self, namespace: str, terms: Sequence[str], filter: Filter, limit: int) -> Hits:
        """Passages with any of the terms, by BM25 over this namespace alone."""
        checked_filter(filter)
        with self._namespace(namespace) as (connection, number):
            if number is None:
                return Hits(passages=np.empty(0, np.int64), scores=np.empty(0, np.float32))
            return match(connection, number, terms, filter, limit, self._frequencies)

    def nearest(self, namespace: str, model: str, vector: np.ndarray, filter: Filter, limit: int) -> Hits:
        """Passages whose vectors have the highest cosine with `vector`. Raises `InvalidInput` for a vector that is
        not finite, of unit length and of the model's dimension."""
        checked_filter(filter)
        with self._namespace(namespace) as (connection, number):
            if number is None:
                checked_question(vector, None)
                return Hits(passages=np.empty(0, np.int64), scores=np.empty(0, np.float32))
            return self._indexes.nearest(connection, number, model, vector, filter, limit)

    def vectors(self, namespace: str, model: str, passages: Sequence[int]) -> np.ndarray:
        """float32, (len(passages), dimension); a row of zeros where there is no vector. (n, 0) where there is none."""
        with self._namespace(namespace) as (connection, number):
            return self._indexes.vectors(connection, -1 if number is None else number, model, passages)

    def records(self, namespace: str) -> SqliteRecords:
        """What is kept beside the items of this namespace."""
        return SqliteRecords(checked_namespace(namespace), self._reader, self._size)

    def claim(
        self, stages: Sequence[str], *, namespace: str | None = None, limit: int = 1, lease: int = 60_000_000
    ) -> list[Job]:
        """As `ports.Queue.claim`."""
        with self._reader() as connection:
            if not queue.due(connection, stages, namespace, self._clock()):
                return []
        return self._run(lambda connection: queue.claim(connection, stages, namespace, limit, lease, self._clock()))

    def extend(self, jobs: Sequence[Job], *, lease: int = 60_000_000) -> list[Job]:
        """As `ports.Queue.extend`."""
        return self._run(lambda connection: queue.extend(connection, jobs, lease, self._clock()))

    def finish(self, jobs: Sequence[Job], changes: Sequence[Change]) -> bool:
        """As `ports.Queue.finish`."""
        if not jobs:
            return False
        return self._run(lambda connection: queue.finish(connection, jobs, changes, self._clock()))

    def fail(self, job: Job, error: str, *, retry_at: int | None) -> None:
        """As `ports.Queue.fail`."""
        self._run(lambda connection: queue.fail(connection, job, error, retry_at), frees=True)

    def release(self, jobs: Sequence[Job]) -> None:
        """As `ports.Queue.release`."""
        self._run(lambda connection: queue.release(connection, jobs))

    def jobs(
        self, namespace: str, *, states: Sequence[str] = (), stages: Sequence[str] = (), limit: int = 100
    ) -> list[Job]:
        """As `ports.Queue.jobs`."""
        with self._namespace(namespace) as (connection, number):
            return [] if number is None else queue.jobs(connection, (number, namespace), states, stages, limit)

    def revive(self, namespace: str) -> int:
        """As `ports.Queue.revive`."""
        with self._namespace(namespace) as (_, number):
            if number is None:
                return 0
        return self._run(lambda connection: queue.revive(connection, number))

    def backup(self, target: Path) -> None:
        """As `ports.FileStore.backup`."""
        with self._reader_apart() as connection:
            backup_file(connection, self.path, target)

    def check(self) -> Iterator[tuple[int, int, str]]:
        """As `ports.FileStore.check`. On a connection of its own: one that has read before has pages in memory, so that
        damage on the disk stays unseen, and an older structure of FTS5's, which its own check then calls damage."""
        self._still_open()
        with in_our_words(self.path), closing(connect(self.path, vfs=self._vfs)) as connection:
            for found in _reading(connection):
                yield from check_file(found)

    def namespaces(self) -> list[str]:
        """All that were ever written to, sorted."""
        with self._reader() as connection:
            return [row[0] for row in fetch(connection, sql("namespaces"))]

    def scans(self, namespace: str, filter: Filter) -> bool:
        """As `ports.FileStore.scans`."""
        with self._reader() as connection:
            number = namespace_id(connection, namespace)
            return number is not None and scans(connection, number, filter)

    def facts(self) -> FileFacts:
        """As `ports.FileStore.facts`."""
        with self._reader_apart() as connection:
            return file_facts(connection, self.path, page_checksums=self.page_checksums)

    def close(self) -> None:
        """Finish what is being written and let go of the file. Closing twice is allowed."""
        with self._lock:
            if self._closed or os.getpid() != self._process:
                self._closed = True
                return
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        with suppress(StorageError):
            self._writer.checkpoint()
        self._writer.close()
        self._indexes.forget()

    def _run(self, work: Callable[[apsw.Connection], Result], *, frees: bool = False) -> Result:
        self._still_open()
        return self._writer.run(work, frees=frees)

    def _items(self, namespace: str, query: str, *values: object) -> list[Item]:
        with self._namespace(namespace) as (connection, number):
            return [item_of_row(row) for row in fetch(connection, query, (number, *values))]

    @contextmanager
    def _namespace(self, name: str) -> Iterator[tuple[apsw.Connection, int | None]]:
        checked_namespace(name)
        with self._reader() as connection:
            yield connection, namespace_id(connection, name)

    @contextmanager
    def _reader(self) -> Iterator[apsw.Connection]:
        """A connection for a short read, in one read transaction, so that a call sees one state: the writer's while
        nobody writes, else one apart."""
        self._still_open()
        with in_our_words(self.path), self._writer.lent() as lent:
            if lent is None:
                with self._reader_apart() as connection:
                    yield connection
            else:
                yield from _reading(lent)

    @contextmanager
    def _reader_apart(self) -> Iterator[apsw.Connection]:
        """The same on a connection that keeps no writer waiting."""
        self._still_open()
        with in_our_words(self.path):
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = connect(self.path, vfs=self._vfs)
            try:
                yield from _reading(connection)
            finally:
                with self._lock:
                    if not self._closed:
                        self._idle.append(connection)
                        connection = None
                if connection is not None:
                    connection.close()

    def _still_open(self) -> None:
        if self._closed:
            raise StorageError("the store is closed", cause="close() was called", remedy="open it again")
        if os.getpid() != self._process:
            raise StorageError(
                "the store was opened by another process",
                cause="SQLite's connections do not survive a fork",
                remedy="open the memory in the process that uses it",
            )

    def _size(self) -> int:
        files = [self.path.with_name(self.path.name + companion) for companion in COMPANIONS]
        return sum(file.stat().st_size for file in files if file.exists())


def _reading(connection: apsw.Connection) -> Iterator[apsw.Connection]:
    """In a read transaction. It is committed: a rollback would also undo the views that searching makes in memory."""
    fetch(connection, "BEGIN")
    try:
        yield connection
        fetch(connection, "COMMIT")
    finally:
        if connection.in_transaction:
            fetch(connection, "ROLLBACK")


def _list(values: Sequence[str] | Sequence[int]) -> str:
    return msgspec.json.encode(list(values)).decode()
