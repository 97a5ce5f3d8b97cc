"""Search by meaning: candidates from an index in memory, exact scores from the rows.

Floor 3. Below: the vectors' rows, which are the truth, and `vector_index`. Above: the store.

The index of a namespace and model is derived: made from the rows at the first question, kept up by the rows added
since, saved beside the database where making it takes long, and thrown away whenever it does not fit. What it gives is
only ever a list of candidates; every score is computed from the rows, so that a stale index cannot answer wrongly.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import apsw
import msgspec
import numpy as np

from tacit.changes import Hits
from tacit.errors import StorageError
from tacit.logic.vectors import checked_question
from tacit.stores.sqlite.filters import allowed, condition
from tacit.stores.sqlite.rows import packed
from tacit.stores.sqlite.statements import fetch, fetch_one, sql, version
from tacit.stores.vector_index import VectorIndex, load_index, make_index
from tacit.types import Filter, Value

__all__ = ["Indexes"]

PAGE = 4_096
"""Rows read at a time: 3 MB of vectors."""
SAVED_FROM = 20_000
"""Rows from which the index is saved: those at which it turns approximate. Below, it is made of the rows."""
SAVE_GROWTH = 1.25
"""It is saved again when it has grown by so much."""
DEAD = 1.2
"""Remade when it holds this many times as many passages as there are: the rest was deleted."""
OVERFETCH = 1.25
FILTERED = 4
"""Times as many candidates where a filter will leave some out: 800 take 1.7 ms at 100,000, 1,600 took 20."""


class Manifest(Value, frozen=True, kw_only=True):
    """What a saved index was made of."""

    model: str
    dimension: int
    last: int
    """`vectors.added` of the last row in it."""
    rows: int
    """Rows up to there,"""
    checksums: int
    """and the sum of their checksums: an index of another history of the file (a backup was restored) does not fit."""
    version: int = 2


class _Index:
    """One index with how far it has read."""

    def __init__(self, index: VectorIndex, last: int, saved: int) -> None:
        self.index = index
        self.last = last
        self.saved = saved
        """Passages in it when it was last saved."""


@dataclass(frozen=True)
class _Read:
    """The vectors that the latest search read: ranking asks for them again a moment later, 1.2 ms for 300."""

    connection: apsw.Connection
    version: tuple[int, int]
    model: int
    passages: np.ndarray
    """int64, ascending."""
    matrix: np.ndarray
    """Their rows."""

    def holds(self, connection: apsw.Connection, model: int) -> bool:
        """Whether the rows are still these, for this connection and model."""
        return self.connection is connection and self.model == model and self.version == version(connection)


class Indexes:
    """The indexes of one file, one for each namespace and model, in `NAME.index/`."""

    def __init__(self, database: Path) -> None:
        self._folder = database.with_name(database.name + ".index")
        self._held: dict[int, _Index] = {}
        self._lock = threading.RLock()
        self._read: _Read | None = None

    def nearest(
        self, connection: apsw.Connection, namespace: int, model: str, vector: np.ndarray, filter: Filter, limit: int
    ) -> Hits:
        """As `ports.Store.nearest`."""
        row = fetch_one(connection, sql("model"), (namespace, model))
        vector = checked_question(vector, None if row is None else row[1])
        if row is None or limit < 1:
            return Hits(passages=np.empty(0, np.int64), scores=np.empty(0, np.float32))
        number, dimension, rows = row
        restricted, values = condition(filter)
        wanted = int(limit * (FILTERED if restricted else OVERFETCH)) + 8
        while True:
            with self._lock:
                held = self._current(connection, number, model, dimension, rows)
                size = len(held.index)
                found = held.index.search(vector, min(wanted, size))[0] if size else np.empty(0, np.int64)
            ids: list[int] = found.tolist()
            if restricted:
                passing = allowed(connection, namespace, (restricted, values), ids)
                ids = [passage for passage in ids if passage in passing]
            there = read_rows(connection, number, ids)
            if len(there) >= min(limit, rows) or wanted >= size:
                matrix = packed(there, number, dimension)
                passages = _passages(there)
                self._read = _Read(connection, version(connection), number, passages, matrix)
                return _best(passages, matrix, vector, limit)
            if restricted:
                few = self._passing(connection, held, number, (namespace, restricted, values), vector, limit)
                if len(few) >= limit:
                    return _best(_passages(few), packed(few, number, dimension), vector, limit)
                return _exact(connection, namespace, number, dimension, vector, (restricted, values), limit)
            wanted *= FILTERED  # what was deleted stands in the index until that is made again

    def _passing(
        self,
        connection: apsw.Connection,
        held: _Index,
        number: int,
        restriction: tuple[int, str, Sequence[object]],
        vector: np.ndarray,
        limit: int,
    ) -> list[tuple[int, int, bytes]]:
        """Rows of the nearest of those that pass, where an exact index can tell: a search where 3,300 of 9,000 do takes
        6 ms instead of 10."""
        if not held.index.is_exact:
            return []
        namespace, restricted, values = restriction
        query = f"SELECT i.sequence FROM items i WHERE i.namespace = ?{restricted}"  # noqa: S608  bound values
        passing = [row[0] for row in fetch(connection, query, (namespace, *values))]
        wanted = int(limit * OVERFETCH) + 8
        if len(passing) < wanted:
            return []
        with self._lock:
            found = held.index.search(vector, len(held.index))[0]
        near = found[np.isin(found // 4096, np.array(passing, dtype=np.int64))][:wanted]
        return read_rows(connection, number, near.tolist())

    def vectors(self, connection: apsw.Connection, namespace: int, model: str, ids: Sequence[int]) -> np.ndarray:
        """As `ports.Store.vectors`."""
        row = fetch_one(connection, sql("model"), (namespace, model))
        if row is None or not row[2]:
            return np.zeros((len(ids), 0), dtype=np.float32)
        number, dimension, _ = row
        out = np.zeros((len(ids), dimension), dtype=np.float32)
        wanted = np.array(ids, dtype=np.int64)
        known = np.zeros(len(ids), dtype=np.bool_)
        read = self._read
        if read is not None and read.holds(connection, number):
            known = _filled(out, wanted, read.passages, read.matrix)
        missing = read_rows(connection, number, wanted[~known].tolist())
        _filled(out, wanted, _passages(missing), packed(missing, number, dimension))
        return out

    def told(self) -> str:
        """What is in memory and on disk, in words."""
        with self._lock:
            held = sum(len(one.index) for one in self._held.values())
        saved = len(list(self._folder.glob("*.vectors")))
        return f"{held} passages in memory, {saved} saved; made anew from the rows whenever it does not fit"

    def forget(self) -> None:
        """Let go of all indexes in memory."""
        with self._lock:
            self._held.clear()
            self._read = None

    def _current(self, connection: apsw.Connection, number: int, model: str, dimension: int, rows: int) -> _Index:
        held = self._held.get(number) or self._loaded(connection, number, model, dimension)
        if held is not None and len(held.index) > DEAD * rows + PAGE:
            held = None
        if held is None:
            held = _Index(make_index(dimension, rows), 0, 0)
        for passages, matrix, last in _added_since(connection, number, dimension, held.last):
            held.index.add(passages, matrix)
            held.last = last
        self._held[number] = held
        if len(held.index) >= SAVED_FROM and len(held.index) > SAVE_GROWTH * held.saved:
            self._save(connection, held, number, model, dimension)
        return held

    def _loaded(self, connection: apsw.Connection, number: int, model: str, dimension: int) -> _Index | None:
        """A saved index, if there is one that fits; a damaged or foreign one counts as none."""
        path = self._path(number)
        try:
            manifest = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Manifest)
            if manifest != _manifest(connection, number, model, dimension, manifest.last):
                return None
            index = load_index(path, dimension)
        except (OSError, msgspec.DecodeError, StorageError, ValueError):
            return None
        return _Index(index, manifest.last, len(index))

    def _save(self, connection: apsw.Connection, held: _Index, number: int, model: str, dimension: int) -> None:
        """Beside the database; where that fails the index is simply made again next time."""
        path = self._path(number)
        with suppress(OSError, StorageError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            manifest = path.with_suffix(".json")
            manifest.unlink(missing_ok=True)  # never an old manifest beside a new index
            held.index.save(path)
            beside = manifest.with_suffix(".new")
            beside.write_bytes(msgspec.json.encode(_manifest(connection, number, model, dimension, held.last)))
            beside.replace(manifest)
            held.saved = len(held.index)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.vectors"


def _manifest(connection: apsw.Connection, number: int, model: str, dimension: int, last: int) -> Manifest:
    """What an index of all rows up to `last` is made of now. It reads an index, no vectors: 0.1 s for 500,000."""
    rows, checksums = fetch_one(connection, sql("vectors_up_to"), (number, last))
    return Manifest(model=model, dimension=dimension, last=last, rows=rows, checksums=checksums)


def read_rows(connection: apsw.Connection, model: int, ids: Sequence[int]) -> list[tuple[int, int, bytes]]:
    """(passage, checksum, blob) of those of the passages that have a vector, ascending."""
    rows: list[tuple[int, int, bytes]] = []
    ordered = sorted(ids)
    for start in range(0, len(ordered), PAGE):
        wanted = msgspec.json.encode(ordered[start : start + PAGE]).decode()
        rows += fetch(connection, sql("vectors_of"), (model, wanted))
    return rows


def _added_since(
    connection: apsw.Connection, model: int, dimension: int, last: int
) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    while rows := fetch(connection, sql("vectors_since"), (model, last, PAGE)):
        last = rows[-1][3]
        passages = np.array([row[0] for row in rows], dtype=np.int64)
        yield passages, packed([row[:3] for row in rows], model, dimension), last


def _exact(
    connection: apsw.Connection,
    namespace: int,
    model: int,
    dimension: int,
    vector: np.ndarray,
    restriction: tuple[str, Sequence[object]],
    limit: int,
) -> Hits:
    """Every allowed row, compared: for filters that leave little over."""
    restricted, values = restriction
    query = (
        "SELECT v.passage, v.checksum, v.vector FROM items i JOIN vectors v "  # noqa: S608  as above
        "ON v.model = ? AND v.passage BETWEEN i.sequence * 4096 AND i.sequence * 4096 + 4095 "
        f"WHERE i.namespace = ?{restricted}"
    )
    rows = fetch(connection, query, (model, namespace, *values))
    return _best(_passages(rows), packed(rows, model, dimension), vector, limit)


def _passages(rows: Sequence[tuple[int, int, bytes]]) -> np.ndarray:
    return np.fromiter((row[0] for row in rows), np.int64, len(rows))


def _filled(out: np.ndarray, wanted: np.ndarray, passages: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Put the rows of the wanted passages into their places; -> of each whether it was among them (ascending)."""
    if not len(passages):
        return np.zeros(len(wanted), dtype=np.bool_)
    at = np.minimum(np.searchsorted(passages, wanted), len(passages) - 1)
    there: np.ndarray = passages[at] == wanted
    out[there] = matrix[at[there]]
    return there


def _best(passages: np.ndarray, matrix: np.ndarray, vector: np.ndarray, limit: int) -> Hits:
    """Exact cosines, best first; of equals the smaller id first."""
    scores = matrix @ vector
    order = np.lexsort((passages, -scores))[:limit]
    return Hits(passages=passages[order], scores=scores[order])
