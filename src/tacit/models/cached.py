"""An embedder that remembers: vectors by the hash of what was embedded, in memory and, if asked, in a file.

Floor 3. Below: any embedder; `apsw` for the file. Above: whoever opened the embedder wraps it. The cache is derived and
disposable: deleted, damaged, full or held by another process, it only costs time. It keeps no text, only hashes; but a
vector tells something of its text, so that forgetting calls `discard`.
"""

import contextlib
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import apsw
import msgspec
import numpy as np

from tacit.errors import ModelError
from tacit.ports import Embedder

__all__ = ["CacheCounts", "CachedEmbedder", "VectorFile"]

OVERHEAD = 250
"""Bytes that an entry in memory takes beside its vector: key, array object, place in the dictionary."""
ASKED = 1 << 20
"""Bits that remember what was asked for: 128 KB. After 50,000 texts one in twenty new ones counts as asked before."""
BATCH = 500
"""Keys in one statement: SQLite allows 32,766 variables."""
WAIT_MS = 200
"""For another process that writes the file; after that its vectors are simply not kept."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL);
"""


class CacheCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Texts answered so far, by where their vector came from."""

    memory: int
    file: int
    misses: int
    firsts: int = 0
    """Of the misses, those of texts that were not asked for before: no cache of any size would have known them."""
    failures: int = 0
    """Times that the inner embedder raised `ModelError`."""

    @property
    def hit_rate(self) -> float:
        """Share answered without the inner embedder, in [0, 1]; 0 before the first text."""
        total = self.memory + self.file + self.misses
        return (self.memory + self.file) / total if total else 0.0


class CachedEmbedder:
    """Wraps an embedder; equal texts of one kind are embedded once. Thread-safe; the inner one runs without a lock."""

    def __init__(self, inner: Embedder, *, max_bytes: int = 32 << 20, file: "VectorFile | None" = None) -> None:
        self.inner = inner
        self.name = inner.name
        self.is_semantic = getattr(inner, "is_semantic", True)
        self._max_bytes = max_bytes
        self._file = file
        self._lock = threading.Lock()
        self._memory: OrderedDict[bytes, np.ndarray] = OrderedDict()
        self._bytes = 0
        self._hits = {"memory": 0, "file": 0, "misses": 0, "firsts": 0, "failures": 0}
        self._asked = bytearray(ASKED // 8)

    @property
    def dimension(self) -> int:
        """Of the inner embedder."""
        return self.inner.dimension

    @dimension.setter
    def dimension(self, dimension: int) -> None:
        """Tell it, where it is known already."""
        self.inner.dimension = dimension

    @property
    def counts(self) -> CacheCounts:
        """How often it helped."""
        with self._lock:
            return CacheCounts(**self._hits)

    def embed(self, texts: Sequence[str], kind: Literal["document", "query"]) -> np.ndarray:
        """-> float32, (len(texts), dimension), as the inner embedder made them. Raises what it raises."""
        keys = [self._key(text, kind) for text in texts]
        found = self._known(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            fresh = dict(zip(missing, self._embedded(list(missing.values()), kind), strict=True))
            self._keep(fresh)
            found |= fresh
        return np.stack([found[key] for key in keys]) if keys else np.empty((0, self.dimension), np.float32)

    def discard(self, texts: Iterable[str]) -> None:
        """Forget the vectors of these texts, in memory and in the file."""
        keys = [self._key(text, kind) for text in texts for kind in ("document", "query")]
        with self._lock:
            for key in keys:
                self._drop(key)
        if self._file is not None:
            self._file.discard(keys)

    def close(self) -> None:
        """Let go of the file. Closing twice is allowed."""
        if self._file is not None:
            self._file.close()

    def _embedded(self, texts: list[str], kind: Literal["document", "query"]) -> np.ndarray:
        try:
            return self.inner.embed(texts, kind)
        except ModelError:
            with self._lock:
                self._hits["failures"] += 1
            raise

    def _key(self, text: str, kind: str) -> bytes:
        content = "\0".join((self.name, kind, text)).encode("utf-8", "surrogatepass")
        return blake2b(content, digest_size=20).digest()

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        with self._lock:
            found = {key: self._memory[key] for key in keys if key in self._memory}
            for key in found:
                self._memory.move_to_end(key)
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        read = self._file.read(missing) if self._file is not None and missing else {}
        with self._lock:
            for key, vector in read.items():
                self._put(key, vector)
            self._hits["memory"] += sum(key in found for key in keys)
            self._hits["file"] += sum(key in read for key in keys)
            firsts = {key for key in set(keys) if self._ask(key)}
            misses = [key for key in keys if key not in found and key not in read]
            self._hits["misses"] += len(misses)
            self._hits["firsts"] += sum(key in firsts for key in misses)
        return found | read

    def _ask(self, key: bytes) -> bool:
        """Remember that it was asked for; -> whether it is the first time."""
        place, bit = divmod(int.from_bytes(key[:4], "little") % ASKED, 8)
        first = not self._asked[place] >> bit & 1
        self._asked[place] |= 1 << bit
        return first

    def _keep(self, fresh: dict[bytes, np.ndarray]) -> None:
        with self._lock:
            for key, vector in fresh.items():
                self._put(key, vector.copy())  # a row would keep its whole batch alive
        if self._file is not None:
            self._file.write(fresh)

    def _put(self, key: bytes, vector: np.ndarray) -> None:
        self._drop(key)
        self._memory[key] = vector
        self._bytes += vector.nbytes + OVERHEAD
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._memory)))

    def _drop(self, key: bytes) -> None:
        vector = self._memory.pop(key, None)
        if vector is not None:
            self._bytes -= vector.nbytes + OVERHEAD


class VectorFile:
    """Vectors by key in one SQLite file that several processes may share; the oldest make room for new ones.

    Best effort: what cannot be read or written is passed over and counted in `faults`; a damaged file is emptied.
    Each vector carries a checksum, so that a flipped bit is a miss, never a wrong vector. 200,000 vectors of 384
    dimensions take about 330 MB.
    """

    def __init__(self, path: Path, *, max_vectors: int = 200_000) -> None:
        self.path = path
        self.faults = 0
        self._max_vectors = max_vectors
        self._lock = threading.Lock()
        self._connection: apsw.Connection | None = None

    def read(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        """The vectors that are there."""
        found: dict[bytes, np.ndarray] = {}

        def select(connection: apsw.Connection) -> None:
            for start in range(0, len(keys), BATCH):
                some = keys[start : start + BATCH]
                marks = ",".join("?" * len(some))
                rows = connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some)  # noqa: S608
                found.update((bytes(key), made) for key, blob in rows if (made := _unpacked(key, blob)) is not None)

        self._attempt(select)
        return found

    def write(self, vectors: dict[bytes, np.ndarray]) -> None:
        """Keep these too."""
        rows = [(key, _packed(key, vector)) for key, vector in vectors.items()]

        def insert(connection: apsw.Connection) -> None:
            with _immediate(connection):
                connection.executemany("INSERT OR REPLACE INTO vectors (key, vector) VALUES (?, ?)", rows)
                oldest = "DELETE FROM vectors WHERE id <= (SELECT max(id) FROM vectors) - ?"
                connection.execute(oldest, (self._max_vectors,))

        self._attempt(insert)

    def discard(self, keys: Sequence[bytes]) -> None:
        """Remove these, and overwrite where they were."""

        def delete(connection: apsw.Connection) -> None:
            with _immediate(connection):
                connection.executemany("DELETE FROM vectors WHERE key = ?", [(key,) for key in keys])

        self._attempt(delete)

    def close(self) -> None:
        """Let go of the file. Closing twice is allowed; the next use opens it again."""
        with self._lock:
            self._close()

    def _attempt(self, action: Callable[[apsw.Connection], None]) -> None:
        """Do it, one thread at a time. A fault is counted, not raised; a damaged file is removed."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _connected(self.path)
                action(self._connection)
            except (apsw.CorruptError, apsw.NotADBError):
                self.faults += 1
                self._close()
                for suffix in ("", "-wal", "-shm"):
                    with contextlib.suppress(OSError):
                        Path(f"{self.path}{suffix}").unlink(missing_ok=True)
            except (apsw.Error, OSError):  # busy, full, read-only, not there: the cache is only a help
                self.faults += 1

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connected(path: Path) -> apsw.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = apsw.Connection(str(path))
    try:
        connection.set_busy_timeout(WAIT_MS)
        # A power cut may lose what was cached last, never the file's order; what is discarded is overwritten.
        for pragma, value in (("journal_mode", "WAL"), ("synchronous", "NORMAL"), ("secure_delete", "ON")):
            connection.pragma(pragma, value)
        connection.execute(SCHEMA)
    except apsw.Error:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _immediate(connection: apsw.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except apsw.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _packed(key: bytes, vector: np.ndarray) -> bytes:
    content = np.ascontiguousarray(vector, "<f4").tobytes()
    return content + zlib.crc32(content, zlib.crc32(key)).to_bytes(4, "little")


def _unpacked(key: bytes, blob: bytes) -> np.ndarray | None:
    content, check = blob[:-4], blob[-4:]
    if zlib.crc32(content, zlib.crc32(key)).to_bytes(4, "little") != check:
        return None
    return np.frombuffer(content, "<f4").astype(np.float32)
