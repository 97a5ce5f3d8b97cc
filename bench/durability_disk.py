"""A disk that runs full under the memory: a typed error, nothing changed, reading and deleting work, then writing does.

As root, where `mount` works, the disk is a tmpfs of its own; elsewhere a VFS with a quota plays it, and the output says
which.
"""

import os
import random
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.common import say
from bench.durability_crash import memory_on
from bench.durability_work import Book, digest, everything, missing, opened, problems, token
from tacit.errors import DiskFull
from tacit.memory import Memory
from tacit.stores.sqlite import verify_file
from tacit.testing.vfs import QuotaVFS

SIZE = 40 << 20
"""Bytes of the disk: ten times the ballast. Under six times nothing could be filled."""
FOREIGN = 0.4
"""Share of it that is somebody else's file."""
RESERVE = 8
"""Writes in a row that must fail in the same way until the disk counts as full."""


def disk_full(seed: int, *, real: bool = True, size: int = SIZE) -> dict[str, Any]:
    """Fill a disk, and free space on it in both ways: by forgetting, and by removing somebody else's file."""
    said = []
    with _disk(real, size) as (folder, kind, vfs):
        (folder / "foreign.bin").write_bytes(bytes(int(size * FOREIGN)))
        path = folder / "memory.db"
        book = Book()
        with _memory(path, vfs) as memory:
            said += _fill(memory, book, random.Random(seed))
            said += _still_useful(memory, book)
            said += _resumes_after_forgetting(memory, book)
            said += _resumes_after_cleaning(memory, book, folder)
        with opened(path, worker=False) as memory:
            said += missing(memory, book) + problems(memory)
        verify_file(path)
    for one in said:
        say(f"disk full: {one}")
    return {"ok": not said, "disk": kind, "acknowledged": book.acknowledged, "wrong": said[:5]}


@contextmanager
def _disk(real: bool, size: int) -> Iterator[tuple[Path, str, str | None]]:
    """A small disk: (folder, what it is, name of the VFS or None)."""
    with tempfile.TemporaryDirectory() as outer:
        folder = Path(outer) / "disk"
        folder.mkdir()
        with suppress(OSError):  # where there is no mount
            command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tacit-full-disk", str(folder)]
            if real and subprocess.run(command, capture_output=True, check=False).returncode == 0:
                try:
                    yield folder, "tmpfs", None
                finally:
                    subprocess.run(["umount", str(folder)], check=True)
                return
        name = f"quota-{uuid.uuid4().hex}"
        vfs = QuotaVFS(name, folder, size)
        asked = os.statvfs
        os.statvfs = lambda _: SimpleNamespace(f_bavail=vfs.free(), f_frsize=1)  # type: ignore[assignment]
        try:
            yield folder, "quota VFS", name
        finally:
            os.statvfs = asked


@contextmanager
def _memory(path: Path, vfs: str | None) -> Iterator[Memory]:
    with opened(path, worker=False) if vfs is None else memory_on(path, vfs) as memory:
        yield memory


def _fill(memory: Memory, book: Book, rng: random.Random) -> list[str]:
    """Write until the typed error comes, `RESERVE` times in a row: the first one makes tacit tidy up."""
    refused = 0
    said: list[str] = []
    for number in range(100_000):
        before = memory.stats()
        try:
            item = memory.record_fact(f"{token('full', number)} {rng.randbytes(8_000).hex()}", key=f"f{number}")
            book.tell({"done": "fact", "key": item.key, "ids": [item.id], "digests": [digest(item)]})
            refused = 0
        except DiskFull as error:
            refused += 1
            after = memory.stats()
            said += [] if error.remedy and error.cause else ["the error says too little"]
            said += [] if (before.items, before.jobs) == (after.items, after.jobs) else ["a failed write changed rows"]
        if refused == RESERVE:
            return said
    return ["the disk never ran full"]


def _still_useful(memory: Memory, book: Book) -> list[str]:
    """Everything is readable and recall answers."""
    said = missing(memory, book)
    found = memory.recall(token("full", 3), k=3)
    if not found.results or token("full", 3) not in found.results[0].item.text:
        said.append("recall does not find what is there")
    return said + problems(memory)


def _resumes_after_forgetting(memory: Memory, book: Book) -> list[str]:
    """Deleting works on a full disk, and makes room for as much as was deleted."""
    ids = list(book.items)
    gone = ids[: len(ids) // 2]
    for start in range(0, len(gone), 20):
        part = gone[start : start + 20]
        try:
            memory.forget(*part)
        except DiskFull as error:
            return [f"forgetting failed after {start} items: {error}"]
        book.tell({"done": "forget", "ids": part, "what": "fact"})
    for number in range(10):
        try:
            _write(memory, book, f"{token('room', number)} in the room of what was forgotten")
        except DiskFull as error:
            return [f"no writing after {len(gone)} items were forgotten: {error}"]
    return missing(memory, book)


def _resumes_after_cleaning(memory: Memory, book: Book, folder: Path) -> list[str]:
    """With somebody else's file gone, writing goes on and the ballast is there again."""
    (folder / "foreign.bin").unlink()
    for number in range(10):
        _write(memory, book, f"{token('clean', number)} after the disk was cleaned")
    said = [] if list(folder.glob("*.ballast")) else ["the ballast was not remade"]
    if not memory.flush(timeout=120):
        said.append("the queue does not end after the disk was cleaned")
    return said + ([] if len(list(everything(memory))) == len(book.items) else ["rows are missing"])


def _write(memory: Memory, book: Book, text: str) -> None:
    item = memory.record_interaction(text)
    book.tell({"done": "interaction", "ids": [item.id], "digests": [digest(item)]})
