"""Ballast: a file that is given up when the disk is full, so that deleting still works.

Floor 3. Above: the writer. In WAL mode even a DELETE needs space first.
"""

import contextlib
import os
from pathlib import Path

__all__ = ["Ballast"]

SIZE = 4 << 20
"""Bytes: room for the write-ahead log of a delete. A very large one on a full disk can need more, and then fails."""
SPARE = 2
"""The ballast is (re)made when this many times its size is free."""


class Ballast:
    """`NAME.ballast` beside the database. All processes that have the database open share it."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".ballast")
        self._seen = self.path.exists() or self._make()

    def release(self) -> None:
        """Give the space to SQLite."""
        self._seen = True
        self.path.unlink(missing_ok=True)

    def restore(self) -> bool:
        """Whether the ballast is there, or never was (a folder that takes none), or there is space again, so that it
        was remade. False where this process or another one has given it up: its space is kept for deleting."""
        return not self._seen or self.path.exists() or self._make()

    def _make(self) -> bool:
        """Write it, block by block: a sparse file would hold no space."""
        try:
            free = os.statvfs(self.path.parent)
            if free.f_bavail * free.f_frsize < SPARE * SIZE:
                return False
            with self.path.open("wb") as file:
                file.write(b"\0" * SIZE)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)
            return False
        return True
