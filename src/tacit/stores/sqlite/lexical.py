"""Search by words in one namespace's index.

Floor 3. Below: FTS5. Above: the store.
"""

import threading
from collections.abc import Sequence

import apsw
import numpy as np

from tacit.changes import Hits
from tacit.logic.lexical import COLUMN_WEIGHTS, affordable, ceiling
from tacit.stores.sqlite.apply import words_table
from tacit.stores.sqlite.filters import condition
from tacit.stores.sqlite.statements import fetch, fetch_one, sql
from tacit.types import Filter

__all__ = ["DocumentFrequencies", "match"]

SMALL = 2_000
"""Passages up to which frequencies are read anew each time: it costs microseconds there."""
GROWTH = 1.1
"""Cached frequencies are read anew when the namespace has grown, or shrunk, by a tenth."""

BM25 = f"bm25({{}}, {COLUMN_WEIGHTS[0]}, {COLUMN_WEIGHTS[1]})"


class DocumentFrequencies:
    """How many passages have a term: FTS5 counts it by walking the whole list of the term, so it is remembered."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, dict[str, int]]] = {}
        self._lock = threading.Lock()

    def of(self, connection: apsw.Connection, namespace: int, terms: Sequence[str], passages: int) -> dict[str, int]:
        """term -> number of passages that have it."""
        with self._lock:
            counted, known = self._known.get(namespace, (0, {}))
            if passages <= SMALL or not counted / GROWTH <= passages <= counted * GROWTH:
                known = {}
                self._known[namespace] = (passages, known)
        missing = [term for term in terms if term not in known]
        if missing:
            self._attach(connection, namespace)
            vocabulary = f"SELECT doc FROM temp.vocabulary_{int(namespace)} WHERE term = ?"  # noqa: S608  a number
            for term in missing:
                row = fetch_one(connection, vocabulary, (term,))
                known[term] = int(row[0]) if row else 0
        return {term: known[term] for term in terms}

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
    distinct = list(dict.fromkeys(terms))
    passages = int(fetch_one(connection, sql("passages"), (namespace,))[0])
    counts = frequencies.of(connection, namespace, distinct, passages)
    asked = affordable(counts)
    top = ceiling(counts, passages)
    if not asked or limit < 1:
        return Hits(passages=np.empty(0, np.int64), scores=np.empty(0, np.float32), ceiling=top)
    expression = " OR ".join('"' + term.replace('"', '""') + '"' for term in asked)
    restricted, values = condition(filter)
    table = words_table(namespace)
    passing = f"JOIN items i ON i.sequence = {table}.rowid / 4096 AND +i.namespace = {int(namespace)}"
    # By the function, not by `rank`: FTS5 sorts that itself, all of it, in 22 ms instead of 14 for 19,000 passages.
    query = (
        f"SELECT {table}.rowid, {BM25.format(table)} AS score FROM {table} {passing if restricted else ''} "  # noqa: S608  numbers, bound values
        f"WHERE {table} MATCH ?{restricted} ORDER BY score LIMIT ?"
    )
    rows = fetch(connection, query, (expression, *values, limit))
    rows.sort(key=lambda row: (row[1], row[0]))
    return Hits(
        passages=np.array([row[0] for row in rows], dtype=np.int64),
        scores=np.array([-row[1] for row in rows], dtype=np.float32),
        ceiling=top,
    )
