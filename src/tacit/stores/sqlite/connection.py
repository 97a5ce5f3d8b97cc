"""One connection to a tacit file: opened right, with its errors in our words.

Floor 3. Below: apsw. Above: the other files of this folder.
"""

import functools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import msgspec

from tacit.errors import Busy, Corrupted, DiskFull, InvalidInput, StorageError
from tacit.stores.sqlite.statements import fetch

__all__ = [
    "APPLICATION_ID",
    "BUSY_MS",
    "checked_path",
    "connect",
    "has_page_checksums",
    "in_our_words",
    "page_checksums",
]

APPLICATION_ID = 0x74616369  # "taci": what `file` and SQLite show of whose file it is
BUSY_MS = 60_000
"""64 processes that write without pause wait for seconds: `python -m bench.durability` prints the longest."""
CHECKSUM_VFS = "cksmvfs"
RESERVED = 8
"""Bytes at the end of each page that SQLite's checksum VFS asks for."""
PAGE_CACHE_KIB = 131072
"""A connection's, at most: at 100,000 items a recall then takes 12 ms instead of 14 on a busy machine."""
CORRUPT_DATA = apsw.SQLITE_IOERR_DATA
FULL_ERRNO = 28


@functools.cache
def page_checksums() -> bool:
    """Whether this build of apsw carries SQLite's checksum VFS, which verifies each page as it is read."""
    try:
        from apsw import sqlite_extra

        scratch = apsw.Connection(":memory:")
        sqlite_extra.load(scratch, "cksumvfs")
        scratch.close()
    except (ImportError, AttributeError, apsw.Error, OSError):
        return False
    return CHECKSUM_VFS in apsw.vfs_names()


def checked_path(path: Path) -> Path:
    """The path of a database that is there or can be made. Raises `InvalidInput`, `StorageError`."""
    if "\0" in str(path):
        raise InvalidInput("the path has a NUL character", cause=ascii(str(path))[:80], remedy="name a file")
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder", cause="a memory is one file", remedy="name a file in it")
    if not path.parent.is_dir():
        raise InvalidInput(
            f"there is no folder {path.parent}", cause="the memory would lie in it", remedy="make the folder first"
        )
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        raise InvalidInput(f"{path} is no regular file", cause="a memory is one file", remedy="name another path")
    return path


def connect(path: Path, *, vfs: str | None = None, read_only: bool = False) -> apsw.Connection:
    """A connection with every setting that durability needs; a new file is readable by its owner alone."""
    if not read_only and not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    checksummed = vfs is None and page_checksums()
    connection = apsw.Connection(str(path), flags=flags, vfs=CHECKSUM_VFS if checksummed else vfs)
    try:
        connection.set_busy_timeout(BUSY_MS)
        if checksummed and not read_only and path.stat().st_size == 0:
            connection.reserve_bytes(reserve=RESERVED)
        _prepare(connection, read_only)
    except BaseException:
        connection.close()
        raise
    return connection


def has_page_checksums(connection: apsw.Connection) -> bool:
    """Whether each page of this file carries a checksum."""
    return connection.reserve_bytes() == RESERVED


@contextmanager
def in_our_words(path: Path) -> Iterator[None]:
    """SQLite's errors, and values that do not decode, as `StorageError`s that say what to do."""
    try:
        yield
    except apsw.Error as error:
        raise _translated(error, path) from error
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise damaged(path, str(error)) from error


def damaged(path: Path, cause: str) -> Corrupted:
    """The error for bytes that are not what was written."""
    return Corrupted(
        f"{path} is damaged",
        cause=cause,
        remedy="run `tacit doctor` to see how far, then `tacit restore` the latest backup",
    )


def _prepare(connection: apsw.Connection, read_only: bool) -> None:
    pragmas = ["PRAGMA foreign_keys = OFF", "PRAGMA temp_store = MEMORY", f"PRAGMA cache_size = -{PAGE_CACHE_KIB}"]
    if not read_only:
        # FULL: with NORMAL, 173 of 200 simulated power cuts lost acknowledged commits; with FULL none did.
        pragmas += ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON"]
    for pragma in pragmas:
        fetch(connection, pragma)


def _translated(error: apsw.Error, path: Path) -> StorageError:
    text = str(error)
    extended = getattr(error, "extendedresult", 0)
    full = isinstance(error, apsw.FullError) or (isinstance(error, apsw.IOError) and _errno_is_full(error))
    if full:
        return DiskFull(
            f"no space is left for {path}", cause=text, remedy="free space, or `tacit forget` what is not needed"
        )
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return Busy(f"{path} is busy", cause=f"another process holds it: {text}", remedy="try again, or stop the other")
    if isinstance(error, apsw.CorruptError | apsw.NotADBError | apsw.FormatError) or extended == CORRUPT_DATA:
        return damaged(path, text)
    if isinstance(error, apsw.CantOpenError | apsw.PermissionsError | apsw.ReadOnlyError | apsw.AuthError):
        return StorageError(f"{path} cannot be opened or written", cause=text, remedy="check the path and its rights")
    return StorageError(f"SQLite failed on {path}", cause=text, remedy="run `tacit doctor`")


def _errno_is_full(error: apsw.Error) -> bool:
    return getattr(error, "errno", None) == FULL_ERRNO or "No space left" in str(error)
