"""Search by words in one namespace's index.

Floor 3. Below: FTS5. Above: the store.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import apsw
import numpy as np

from tacit.changes import Hits
from tacit.logic.lexical import COLUMN_WEIGHTS, Division, ceiling, divided
from tacit.stores.sqlite.apply import words_table
from tacit.stores.sqlite.filters import allowed, condition
from tacit.stores.sqlite.statements import fetch, fetch_needed, fetch_one, sql, version
from tacit.types import Filter

__all__ = ["DocumentFrequencies", "match"]

SMALL = 2_000
"""Passages up to which frequencies are read anew each time: it costs microseconds there."""
GROWTH = 1.1
"""Cached frequencies are read anew when the namespace has grown, or shrunk, by a tenth."""

COMMON = 1_000
"""Passages with a term from which its count is remembered. A rarer one costs 20 microseconds, and must be found as soon
as it is written for the first time."""
TWICE = 12
"""Times as many postings of counting terms as of choosing ones, up to which asking for all of them twice costs less
than a second query: at 100,000 passages 2.3 ms instead of 3.1 on average."""
BM25 = f"bm25({{}}, {COLUMN_WEIGHTS[0]}, {COLUMN_WEIGHTS[1]})"


@dataclass(frozen=True)
class _Scored:
    """All that the latest question without a filter has scored: a context pack asks it again, of some kinds alone."""

    connection: apsw.Connection
    version: tuple[int, int]
    namespace: int
    division: Division
    passages: np.ndarray
    scores: np.ndarray

    def holds(self, connection: apsw.Connection, namespace: int, division: Division) -> bool:
        """Whether the same question is asked, and nothing was written since."""
        asked = self.connection is connection and (self.namespace, self.division) == (namespace, division)
        return asked and self.version == version(connection)


class DocumentFrequencies:
    """How many passages have a term: FTS5 counts it by walking the whole list of the term, so it is remembered."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, dict[str, int]]] = {}
        self._lock = threading.Lock()
        self.latest: _Scored | None = None

    def of(self, connection: apsw.Connection, namespace: int, terms: Sequence[str], passages: int) -> dict[str, int]:
        """term -> number of passages that have it."""
        with self._lock:
            counted, known = self._known.get(namespace, (0, {}))
            if passages <= SMALL or not counted / GROWTH <= passages <= counted * GROWTH:
                known = {}
                self._known[namespace] = (passages, known)
        missing = [term for term in terms if term not in known]
        counts: dict[str, int] = {}
        if missing:
            self._attach(connection, namespace)
            vocabulary = f"SELECT doc FROM temp.vocabulary_{int(namespace)} WHERE term = ?"  # noqa: S608  a number
            for term in missing:
                row = fetch_one(connection, vocabulary, (term,))
                counts[term] = int(row[0]) if row else 0
            known.update({term: count for term, count in counts.items() if count >= COMMON})
        return {term: counts.get(term, known.get(term, 0)) for term in terms}

    @staticmethod
    def _attach(connection: apsw.Connection, namespace: int) -> None:
        """The vocabulary is a view of FTS5's own lists, made in this connection alone."""
        number = int(namespace)
        fetch(
            connection,
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary_{number} "
            f"USING fts5vocab('main', '{words_table(number)}', 'row')",
        )


def match(
    connection: apsw.Connection,
    namespace: int,
    terms: Sequence[str],
    filter: Filter,
    limit: int,
    frequencies: DocumentFrequencies,
) -> Hits:
    """As `ports.Store.match`."""
    passages = int(fetch_needed(connection, sql("passages"), (namespace,))[0])
    counts = frequencies.of(connection, namespace, list(dict.fromkeys(terms)), passages)
    top = ceiling(counts, passages)
    occurring = sum(containing > 0 for containing in counts.values())
    found, scores = np.empty(0, np.int64), np.empty(0, np.float64)
    restriction, latest = condition(filter), frequencies.latest
    for wide in (False, True):
        division = divided(counts, wide=wide)
        if restriction[0] and latest is not None and latest.holds(connection, namespace, division):
            passing = allowed(connection, namespace, restriction, latest.passages.tolist())
            kept = np.array([passage in passing for passage in latest.passages.tolist()], dtype=np.bool_)
            found, scores = latest.passages[kept], latest.scores[kept]
        elif division.choosing and limit > 0:
            chosen, further = (sum(counts[term] for term in part) for part in division[:2])
            twice = further <= TWICE * chosen
            found, scores = _scored(connection, namespace, division, restriction, limit=limit, twice=twice)
            if division.counting and not division.together and not restriction[0]:  # all of them were scored
                now = version(connection)
                frequencies.latest = _Scored(connection, now, namespace, division, found, scores)
        if len(found) >= limit or len(division.choosing) == occurring:
            break
    best = np.lexsort((found, -scores))[: max(0, limit)]
    return Hits(passages=found[best], scores=scores[best].astype(np.float32), ceiling=top)


def _scored(
    connection: apsw.Connection,
    namespace: int,
    division: Division,
    restriction: tuple[str, Sequence[object]],
    *,
    limit: int,
    twice: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """-> (passages, int64; BM25 by all the terms), of the passages that the division chooses.

    FTS5 knows no optional term, so the choosing ones are asked for twice: `(a OR b) AND (a OR b OR c)`. It then counts
    them twice, and what they give alone is taken off again; or all terms are asked for, and counted, `twice`.
    """
    choice, further = _any_of(division.choosing), _any_of(division.counting)
    if division.together or not further:
        expression = f"({choice}) AND ({further})" if further else choice
        return _arrays(_rows(connection, namespace, expression, restriction, limit=limit))
    if twice:
        found, doubled = _arrays(
            _rows(connection, namespace, f"({choice}) AND ({choice} OR {further} OR {further})", restriction)
        )
        return found, doubled / 2
    once, alone = _arrays(_rows(connection, namespace, choice, ("", ())))
    found, scores = _arrays(_rows(connection, namespace, f"({choice}) AND ({choice} OR {further})", restriction))
    order = np.argsort(once)
    return found, scores - alone[order[np.searchsorted(once, found, sorter=order)]]


def _rows(
    connection: apsw.Connection,
    namespace: int,
    expression: str,
    restriction: tuple[str, Sequence[object]],
    *,
    limit: int = -1,
) -> list[tuple[int, float]]:
    """(passage, BM25 as FTS5 has it: negative) of all, or of the best, that match and pass.

    Not by `rank`, which FTS5 sorts, all of it; and a list of thousands costs more than finding them.
    """
    restricted, values = restriction
    table = words_table(namespace)
    passing = f"JOIN items i ON i.sequence = {table}.rowid / 4096 AND +i.namespace = {int(namespace)}"
    query = (
        f"SELECT {table}.rowid, {BM25.format(table)} AS score FROM {table} {passing if restricted else ''} "  # noqa: S608  numbers, bound values
        f"WHERE {table} MATCH ?{restricted}{' ORDER BY score LIMIT ?' if limit >= 0 else ''}"
    )
    return fetch(connection, query, (expression, *values, *([limit] if limit >= 0 else [])))


def _any_of(terms: Sequence[str]) -> str:
    return " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)


def _arrays(rows: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    passages, scores = zip(*rows, strict=True) if rows else ((), ())
    return np.array(passages, np.int64), -np.array(scores, np.float64)
