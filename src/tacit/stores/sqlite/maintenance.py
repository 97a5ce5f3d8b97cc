"""Whole files: verify, copy, ask whether somebody has one open.

Floor 3. Below: connection, rows. Above: the store, and `opening` for restoring.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw
import msgspec

from tacit.errors import StorageError
from tacit.stores.sqlite.connection import connect, damaged, in_our_words
from tacit.stores.sqlite.migrate import verify_schema
from tacit.stores.sqlite.rows import COLUMNS, item_of_row, packed
from tacit.stores.sqlite.statements import fetch, fetch_one
from tacit.stores.sqlite.verify import Words, tally_problems

__all__ = ["backup_file", "check_file", "in_use", "verify_file"]

PAGE = 500
COPIED = 1_024
"""Pages copied between two looks at the source."""


def backup_file(source: apsw.Connection, path: Path, target: Path) -> None:
    """A consistent copy, made beside the target and moved into its place."""
    beside = target.with_name(target.name + ".part")
    beside.unlink(missing_ok=True)
    try:
        with in_our_words(path):
            copy = connect(beside)
            try:
                fetch(copy, "PRAGMA journal_mode = DELETE")
                with copy.backup("main", source, "main") as backup:
                    while not backup.done:
                        backup.step(COPIED)
                fetch(copy, "PRAGMA journal_mode = DELETE")  # one file, without companions
            finally:
                copy.close()
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        for companion in ("", "-wal", "-shm", "-journal"):
            beside.with_name(beside.name + companion).unlink(missing_ok=True)


def check_file(connection: apsw.Connection) -> Iterator[tuple[int, int, str]]:
    """Verify all pages, rows and words, and that no row is missing; yields (rows done, rows in all, problem or "")."""
    total = sum(
        int(fetch_one(connection, f"SELECT count(*) FROM {table}")[0])  # noqa: S608  names of ours
        for table in ("items", "vectors")
    )
    for (problem,) in fetch(connection, "PRAGMA integrity_check(20)"):
        if problem != "ok":
            yield 0, total, str(problem)
    done, words = 0, Words()
    for problems, rows in _checked_pages(connection, words):
        done += rows
        for problem in problems or [""]:
            yield done, total, problem
    for problem in (*tally_problems(connection), *words.problems(connection)):
        yield done, total, problem


def verify_file(path: Path) -> None:
    """Raise where a file is not a whole, healthy memory of tacit."""
    if not path.is_file() or path.stat().st_size == 0:
        raise StorageError(f"{path} is not a memory of tacit", cause="it is empty or no file", remedy="name a backup")
    with in_our_words(path):
        connection = connect(path)
        try:
            verify_schema(connection, path)
            for _, _, problem in check_file(connection):
                if problem:
                    raise damaged(path, problem)
        finally:
            connection.close()


def in_use(path: Path) -> bool:
    """Whether a process has the database open: in WAL mode each connection holds a lock for as long as it lives."""
    with in_our_words(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            connection.set_busy_timeout(0)
            fetch(connection, "PRAGMA locking_mode = EXCLUSIVE")
            fetch(connection, "BEGIN EXCLUSIVE")
            fetch(connection, "ROLLBACK")
        except apsw.BusyError:
            return True
        finally:
            connection.close()
    return False


def _checked_pages(connection: apsw.Connection, words: Words) -> Iterator[tuple[list[str], int]]:
    """Pages of items, then of vectors: (problems, rows)."""
    last = 0
    query = f"SELECT {COLUMNS} FROM items WHERE sequence > ? ORDER BY sequence LIMIT ?"  # noqa: S608  columns of ours
    while rows := fetch(connection, query, (last, PAGE)):
        last = rows[-1][0]
        yield [problem for row in rows if (problem := _item_problem(row, words))], len(rows)
    last = 0
    query = (
        "SELECT v.added, v.model, m.dimension, v.passage, v.checksum, v.vector FROM vectors v "
        "JOIN models m ON m.id = v.model WHERE v.added > ? ORDER BY v.added LIMIT ?"
    )
    while rows := fetch(connection, query, (last, PAGE)):
        last = rows[-1][0]
        yield [problem for row in rows if (problem := _vector_problem(row))], len(rows)


def _item_problem(row: Sequence[Any], words: Words) -> str:
    try:
        words.add(row[1], item_of_row(row))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return str(error)
    return ""


def _vector_problem(row: Sequence[Any]) -> str:
    _, model, dimension, passage, checksum, blob = row
    try:
        packed([(passage, checksum, blob)], model, dimension)
    except msgspec.DecodeError as error:
        return str(error)
    return ""
