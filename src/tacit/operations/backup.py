"""Backup and restore: whole files, verified before they replace anything.

Floor 4. Below: the file store, handed in. Above: memory.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tacit.errors import Busy, Conflict, DiskFull, InvalidInput, NotFound, StorageError
from tacit.ports import FileStore

__all__ = ["backup", "restore"]


def backup(store: FileStore, target: Path, *, overwrite: bool = False) -> Path:
    """Write a consistent copy while others go on. Raises `Conflict` where the target exists."""
    if target.is_dir():
        raise InvalidInput(f"{target} is a folder", cause="a backup is a file", remedy="name a file in it")
    if not target.parent.is_dir():
        raise NotFound(f"no folder {target.parent}", cause="the backup would lie there", remedy="make it first")
    if target.exists() and target.samefile(store.path):
        raise InvalidInput("the backup is the database itself", cause=str(target), remedy="name another file")
    if target.exists() and not overwrite:
        raise Conflict(f"{target} exists", cause="a backup never overwrites by itself", remedy="name another file")
    store.backup(target)
    return target


def restore(
    source: Path,
    target: Path,
    *,
    verify: Callable[[Path], None],
    in_use: Callable[[Path], bool],
    overwrite: bool = False,
) -> Path:
    """Put a verified copy of a backup in the place of a database that no process has open.

    `verify` raises where a file is no healthy database; `in_use` says whether a process has it open. The old file is
    kept beside the new one as `NAME.replaced`. Raises `NotFound`, `Conflict`, `InvalidInput`, `Corrupted`, `Busy`; the
    target is then as it was.
    """
    if not source.is_file():
        raise NotFound(f"no file {source}", cause="there is nothing to restore from", remedy="name a backup file")
    if target.is_dir() or not target.parent.is_dir():
        raise InvalidInput(f"cannot restore to {target}", cause="it is a folder, or in none", remedy="name a file")
    if target.exists() and target.samefile(source):
        raise InvalidInput("source and target are the same file", cause=str(target), remedy="name the backup")
    if target.exists() and not overwrite:
        raise Conflict(
            f"{target} exists", cause="restoring would replace it", remedy="say yes, or restore to another path"
        )
    beside = target.with_name(target.name + ".restoring")
    try:
        shutil.copyfile(source, beside)
        _sync(beside)
        _verify(beside, source, verify)
        if target.exists():
            _set_aside(target, in_use)
        beside.replace(target)
        _sync(target.parent)
    finally:
        for leftover in ("", "-wal", "-shm"):
            beside.with_name(beside.name + leftover).unlink(missing_ok=True)
    return target


def _verify(beside: Path, source: Path, verify: Callable[[Path], None]) -> None:
    """In the words of the file that was named, not of the copy that is looked at."""
    try:
        verify(beside)
    except (Busy, DiskFull):
        raise
    except StorageError as error:
        raise type(error)(
            f"{source} cannot be restored",
            cause=f"it is no sound memory of tacit: {error.cause}",
            remedy="name another",
        ) from error


def _set_aside(target: Path, in_use: Callable[[Path], bool]) -> None:
    """Keep the old file under a second name. Its write-ahead log must not be applied to the new one."""
    if in_use(target):
        raise Busy(
            f"{target} is in use", cause="a process has it open and would go on writing to it", remedy="stop it first"
        )
    for companion in ("-wal", "-shm", ""):
        old = target.with_name(target.name + companion)
        aside = target.with_name(target.name + ".replaced" + companion)
        aside.unlink(missing_ok=True)
        if old.exists() and not companion:
            shutil.copyfile(old, aside)  # a copy, so that the target is never absent
        elif old.exists():
            old.replace(aside)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
