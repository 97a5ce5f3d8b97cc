"""Group commit: many callers, one writer connection, one fsync for all who wait.

Floor 3. Below: connection. Above: the store.

There is no writer thread. The caller who gets the lock commits for all who queued up meanwhile, and a lone caller pays
no hop between threads.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import apsw

from tacit.errors import DiskFull
from tacit.stores.sqlite.ballast import Ballast
from tacit.stores.sqlite.connection import BUSY_MS, in_our_words
from tacit.stores.sqlite.statements import fetch

__all__ = ["Writer"]

Result = TypeVar("Result")
GROUP = 256
"""Transactions in one commit, at most: a bound on how long the first of them waits."""

ROOM = 1 << 20
"""Bytes of free pages within the file from which it is written to although the ballast was given up."""


class _Waiting(Generic[Result]):
    """One caller's work, and what became of it."""

    def __init__(self, work: Callable[[apsw.Connection], Result], frees: bool) -> None:
        self.work = work
        self.frees = frees
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None


class Writer:
    """Runs work in durable transactions. Each either happens whole or not at all, whatever happens to its company."""

    def __init__(self, connection: apsw.Connection, path: Path, ballast: Ballast) -> None:
        self._connection = connection
        self._path = path
        self._ballast = ballast
        self._waiting: list[_Waiting[Any]] = []
        self._queue = threading.Lock()
        self._commit = threading.Lock()

    def run(self, work: Callable[[apsw.Connection], Result], *, frees: bool = False) -> Result:
        """Do the work in a transaction; durable when this returns. `frees` says that it takes no lasting space.

        Raises what the work raises, `DiskFull`, `Busy`, `Corrupted`, `StorageError`; nothing is changed then.
        """
        mine: _Waiting[Result] = _Waiting(work, frees)
        with self._queue:
            self._waiting.append(mine)
        with self._commit:
            if not mine.done:
                with self._queue:
                    group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                while mine not in group:
                    self._commit_group(group)
                    with self._queue:
                        group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                self._commit_group(group)
        if mine.error is not None:
            raise mine.error
        result: Result = mine.result
        return result

    @contextmanager
    def lent(self) -> Iterator[apsw.Connection | None]:
        """The connection, for a read of milliseconds, where nobody writes or waits to; else None.

        What another connection wrote makes SQLite forget all pages that it holds, and every recall writes its log: with
        readers apart, each recall read its pages anew, which doubled its time.
        """
        if self._waiting or not self._commit.acquire(blocking=False):
            yield None
            return
        try:
            yield self._connection
        finally:
            self._undo()
            self._commit.release()

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file and give its space back, as far as others let it."""
        with self._commit, in_our_words(self._path):
            self._fold()

    def close(self) -> None:
        """Close the connection."""
        with self._commit:
            self._connection.close()

    def _commit_group(self, group: list[_Waiting[Any]]) -> None:
        try:
            with in_our_words(self._path):
                self._transaction(self._affordable(group))
        except DiskFull as error:
            self._relieve(group, error)
        except Exception as error:  # noqa: BLE001  delivered to whoever waits for it
            self._fail(group, error)
        except BaseException as error:
            self._fail(group, error)
            raise
        finally:
            self._undo()
            for one in group:
                one.done = True

    def _relieve(self, group: list[_Waiting[Any]], error: DiskFull) -> None:
        """Give up the ballast for those that free space; the others fail."""
        self._undo()
        self._ballast.release()
        freeing = [one for one in group if one.frees]
        self._fail([one for one in group if not one.frees], error)
        try:
            with in_our_words(self._path):
                self._fold()
                if freeing:
                    self._transaction(freeing)
        except Exception as second:  # noqa: BLE001  delivered to whoever waits for it
            self._fail(freeing, second)

    def _fold(self) -> None:
        """Checkpoint without waiting for anybody: on a full disk the log's own space is what can be written into."""
        self._connection.set_busy_timeout(0)
        try:
            fetch(self._connection, "PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._connection.set_busy_timeout(BUSY_MS)

    def _undo(self) -> None:
        if self._connection.in_transaction:
            fetch(self._connection, "ROLLBACK")

    def _affordable(self, group: list[_Waiting[Any]]) -> list[_Waiting[Any]]:
        """All, or on a full disk without room in the file those that free space; the others fail."""
        if self._ballast.restore() or self._room() >= ROOM:
            return group
        full = DiskFull(
            f"no space is left for {self._path}",
            cause="only what frees space is written until there is some",
            remedy="free space, or `tacit forget` what is not needed",
        )
        self._fail([one for one in group if not one.frees], full)
        return [one for one in group if one.frees]

    def _room(self) -> int:
        """Bytes in pages that deleted rows have left: the file does not grow by what is written into them."""
        return int(self._connection.pragma("freelist_count") * self._connection.pragma("page_size"))

    def _transaction(self, group: list[_Waiting[Any]]) -> None:
        fetch(self._connection, "BEGIN IMMEDIATE")
        if len(group) == 1:
            group[0].result = group[0].work(self._connection)
        else:
            for one in group:
                self._in_savepoint(one)
        fetch(self._connection, "COMMIT")

    def _in_savepoint(self, one: _Waiting[Any]) -> None:
        """A caller's own mistake undoes his part alone; what the disk or the file does concerns all."""
        fetch(self._connection, "SAVEPOINT one")
        try:
            one.result = one.work(self._connection)
        except apsw.Error:
            raise
        except Exception as error:  # noqa: BLE001  delivered to whoever waits for it
            one.error = error
            fetch(self._connection, "ROLLBACK TO one")
        fetch(self._connection, "RELEASE one")

    def _fail(self, group: list[_Waiting[Any]], error: BaseException) -> None:
        for one in group:
            one.error = one.error or error
