"""The file of an index: a header, what the index wrote, a digest over both; whole or absent.

Floor 3. Below: the operating system. Above: the kinds of index, and `vector_index`, which loads them.

    magic 8 | version u16 | kind u16 | dimension u32 | count u64 | payload | blake2b-128 of all before

Little-endian. A damaged file is found by its digest before a byte of it is given any meaning.
"""

import contextlib
import errno
import os
import struct
import tempfile
import time
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from tacit.errors import Corrupted, DiskFull, StorageError

__all__ = ["damaged", "read_index", "unreadable", "write_index"]

MAGIC = b"tacitvec"
VERSION = 1
HEADER = struct.Struct("<8sHHIQ")
DIGEST = 16
ABANDONED = 3600
"""Seconds after which a temporary file beside an index is one of a process that was killed."""
REBUILD = "delete it: the index is rebuilt from the vectors in the database"


def write_index(path: Path, *, kind: int, dimension: int, count: int, payload: Iterable[bytes | memoryview]) -> None:
    """Write and rename, with fsync of the file and of its folder. Raises `DiskFull`, `StorageError`; the file that was
    there stays then."""
    digest = blake2b(digest_size=DIGEST)
    temporary = None
    try:
        _sweep(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".tmp")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            for part in (HEADER.pack(MAGIC, VERSION, kind, dimension, count), *payload):
                digest.update(part)
                file.write(part)
            file.write(digest.digest())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def read_index(path: Path, dimension: int) -> tuple[int, int, memoryview]:
    """-> (kind, count, payload).

    Raises `Corrupted` for a damaged or foreign file, `StorageError` for another dimension, a newer version, or a file
    that cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(path, str(error)) from error
    body = memoryview(content)[:-DIGEST]
    if len(content) < HEADER.size + DIGEST or content[: len(MAGIC)] != MAGIC:
        raise damaged(path, "it does not begin as the file of an index does")
    if blake2b(body, digest_size=DIGEST).digest() != content[-DIGEST:]:
        raise damaged(path, "its bytes do not fit their digest")
    _, version, kind, found, count = HEADER.unpack_from(body)
    if version != VERSION:
        raise unreadable(path, f"it is of version {version}, and {VERSION} is understood here")
    if found != dimension:
        raise unreadable(path, f"its vectors have {found} dimensions, and {dimension} are asked for")
    return kind, count, body[HEADER.size :]


def damaged(path: Path, cause: str) -> Corrupted:
    """The error for bytes that no index wrote."""
    return Corrupted(f"the vector index {path.name} is damaged", cause=cause, remedy=REBUILD)


def unreadable(path: Path, cause: str) -> StorageError:
    """The error for a file that may be whole and is of no use here."""
    return StorageError(f"the vector index {path.name} cannot be used", cause=cause, remedy=REBUILD)


def _unwritable(path: Path, error: OSError) -> StorageError:
    what = f"the vector index {path.name} was not saved"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(what, cause="no space is left", remedy="free space; nothing is lost, it is rebuilt when needed")
    return StorageError(what, cause=str(error), remedy="mend the folder; nothing is lost, it is rebuilt when needed")


def _sweep(path: Path) -> None:
    """Delete what killed processes left behind."""
    for left in path.parent.glob(f"{path.name}.*.tmp"):
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - ABANDONED:
                left.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the rename durable; Windows does it by itself and opens no folders."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
