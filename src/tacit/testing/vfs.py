"""Disks that fail: SQLite VFSs that lose what was not synced when the power goes, or that run full.

Floor 6. Below: apsw. `SqliteStore(path, vfs=NAME)` runs on one; keep a reference to the VFS for as long as it is used.

New and deleted files are uncertain until their folder is synced, which SQLite does with the first sync of a new log.
Not covered: a disk that lies about its syncs, except as `deaf`; folders with more than one database.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

__all__ = ["PowerCutVFS", "QuotaVFS"]

SECTOR = 512
"""Bytes that are written whole or not at all."""
LOGS = ("-wal", "-journal")
"""SQLite syncs the folder together with the first sync of a new one of these."""
UNSYNCED_ENTRY = 0.5
"""How probably a new file without a sync is there after the cut, and a deleted one is there again."""


@dataclass
class _Disk:
    """One file: what is safe, and what was written since: (offset, data), or a new length."""

    safe: bytearray
    linked: bool
    waiting: list[tuple[int, bytes] | int] = field(default_factory=list)


class PowerCutVFS(apsw.VFS):
    """Writes through to real files, and knows what of them a power cut would leave.

    `before` is called, with a running number, before each write, sync, truncation and deletion: `cut` may be called
    in it, and the run goes on afterwards. `deaf` names endings of files whose syncs do nothing: with "-wal" it is what
    `synchronous = NORMAL` does, the control that shows that this disk can lose something.
    """

    def __init__(self, name: str, *, base: str = "unix", deaf: tuple[str, ...] = ()) -> None:
        self.operations = 0
        self.before: Callable[[int], None] = lambda _: None
        self.deaf = deaf
        self._base = base
        self._disks: dict[str, _Disk] = {}
        self._deleted: dict[str, bytes] = {}
        self._lock = threading.RLock()
        super().__init__(name, base)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  SQLite's name
        """A file whose writes are followed; temporary files are not."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None:
            return apsw.VFSFile(self._base, name, flags)
        with self._lock:
            existed = Path(path).exists()
            opened = _CutFile(self, self._base, name, flags, path)
            if path not in self._disks:
                content = Path(path).read_bytes() if existed else b""
                self._disks[path] = _Disk(safe=bytearray(content), linked=existed)
        return opened

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        """Delete; what was safe of the file may come back unless the folder is synced."""
        with self._lock:
            self.step()
            super().xDelete(name, syncdir)
            disk = self._disks.pop(name, None)
            if disk is not None and disk.linked and not syncdir:
                self._deleted[name] = bytes(disk.safe)
            elif syncdir:
                self._deleted.pop(name, None)

    def step(self) -> None:
        """Count an operation; gives `before` its chance to cut."""
        self.operations += 1
        self.before(self.operations)

    def written(self, path: str, change: tuple[int, bytes] | int) -> None:
        """Remember a write, or a new length, that is not safe yet."""
        self._disks[path].waiting.append(change)

    def synced(self, path: str) -> None:
        """All of a file is safe now."""
        disk = self._disks[path]
        if not path.endswith(self.deaf or ("\0",)):
            for change in disk.waiting:
                _apply(disk.safe, change)
            disk.waiting.clear()
            if path.endswith(LOGS) and not disk.linked:
                self._deleted.clear()
                for one in self._disks.values():
                    one.linked = True

    def cut(self, folder: Path, rng: random.Random) -> None:
        """Write into `folder` what is left of the files when the power goes now: all that was synced, and of the rest
        each write, or each sector of it, or none, at random."""
        with self._lock:
            share = rng.choice((0.0, 0.1, 0.5, 0.9, 1.0))
            torn = rng.random() < 0.5
            for path, disk in self._disks.items():
                if disk.linked or rng.random() < UNSYNCED_ENTRY:
                    image = bytearray(disk.safe)
                    for change in disk.waiting:
                        _survive(image, change, share, torn, rng)
                    (folder / Path(path).name).write_bytes(image)
            for path, content in self._deleted.items():
                if path not in self._disks and rng.random() < UNSYNCED_ENTRY:
                    (folder / Path(path).name).write_bytes(content)


class _CutFile(apsw.VFSFile):
    """Tells its VFS of every write."""

    def __init__(self, vfs: PowerCutVFS, base: str, name: Any, flags: list[int], path: str) -> None:
        self._vfs = vfs
        self._path = path
        super().__init__(base, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        with self._vfs._lock:
            self._vfs.step()
            super().xWrite(data, offset)
            self._vfs.written(self._path, (offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        with self._vfs._lock:
            self._vfs.step()
            super().xTruncate(newsize)
            self._vfs.written(self._path, newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """The real sync is left out: no power is cut here."""
        del flags
        with self._vfs._lock:
            self._vfs.step()
            self._vfs.synced(self._path)


class QuotaVFS(apsw.VFS):
    """Answers SQLITE_FULL where the log would grow beyond what its whole folder may hold.

    Only the log is refused, early enough that what it holds still fits into the database: the failure of a checkpoint
    is what SQLite keeps to itself and apsw does not, so that a commit that was done would look like one that failed.
    """

    def __init__(self, name: str, folder: Path, quota: int, *, base: str = "unix") -> None:
        self.quota = quota
        self._folder = folder
        self._base = base
        super().__init__(name, base)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        """A file that may not grow for ever."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None or not path.endswith("-wal"):
            return apsw.VFSFile(self._base, name, flags)
        return _QuotaFile(self, self._base, name, flags)

    def free(self) -> int:
        """Bytes that are left."""
        return max(0, self.quota - sum(file.stat().st_size for file in self._folder.iterdir() if file.is_file()))

    def allow(self, growth: int, length: int) -> None:
        """Raise `apsw.FullError` where a log cannot grow by so many bytes, or the database by the log's length."""
        if max(0, growth) + length > self.free():
            raise apsw.FullError("the quota of the folder is used up")


class _QuotaFile(apsw.VFSFile):
    """Asks before it grows."""

    def __init__(self, vfs: QuotaVFS, base: str, name: Any, flags: list[int]) -> None:
        self._vfs = vfs
        super().__init__(base, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        end = offset + len(data)
        self._vfs.allow(end - self.xFileSize(), end)
        super().xWrite(data, offset)


def _apply(image: bytearray, change: tuple[int, bytes] | int) -> None:
    if isinstance(change, int):
        del image[change:]
        image.extend(bytes(change - len(image)))
        return
    offset, data = change
    image.extend(bytes(max(0, offset - len(image))))
    image[offset : offset + len(data)] = data


def _survive(image: bytearray, change: tuple[int, bytes] | int, share: float, torn: bool, rng: random.Random) -> None:
    """Apply a change, or some sectors of it, or nothing."""
    if isinstance(change, int) or not torn:
        if rng.random() < share:
            _apply(image, change)
        return
    offset, data = change
    start = 0
    while start < len(data):
        end = min(len(data), (offset + start) // SECTOR * SECTOR + SECTOR - offset)
        if rng.random() < share:
            _apply(image, (offset + start, data[start:end]))
        start = end
