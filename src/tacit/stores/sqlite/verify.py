"""Do the rows add up? What checksums of pages and rows cannot see: rows that are missing, or of yesterday.

Floor 3. Below: statements. Above: maintenance. Three looks: the tallies that triggers keep, the counters, and the
words, which are compared term by term with what the items' texts give.
"""

from collections import Counter
from collections.abc import Iterator

import apsw

from tacit.logic.passages import passages
from tacit.logic.words import terms
from tacit.stores.sqlite.apply import words_table
from tacit.stores.sqlite.statements import fetch, fetch_one, sql
from tacit.types import Item

__all__ = ["Words", "tally_problems"]

MASK = 0xFFFFFFFFFFFF
TOTALS = 1
"""Row of an FTS5 table's data that holds its number of rows and of words: two numbers a column are what BM25 needs."""


def tally_problems(connection: apsw.Connection) -> Iterator[str]:
    """Tables whose rows are not those that were written, counters behind their rows."""
    for name, rows, total in fetch(connection, sql("tallies")):
        found, value = fetch_one(connection, f"SELECT count(*), coalesce(sum(value), 0) FROM {name}_tallied")  # noqa: S608
        if (found, value & MASK) != (rows, total):
            wrong = f"{found} rows where {rows} were written" if found != rows else "rows that are not the latest"
            yield f"table {name} has {wrong}"
    last, given = fetch_one(connection, sql("sequences"))
    if last > given:
        yield f"the sequence {last} is used and only {given} were given"
    for model, counted, found in fetch(connection, sql("model_counts")):
        if counted != found:
            yield f"model {model} has {found} vectors where {counted} were counted"


class Words:
    """The words that the lexical indexes must hold, gathered item by item."""

    def __init__(self) -> None:
        self._expected: dict[int, Counter[str]] = {}
        self._passages: Counter[int] = Counter()
        self._length: dict[int, list[int]] = {}

    def add(self, namespace: int, item: Item) -> None:
        """Count the words of an item as they are indexed."""
        expected = self._expected.setdefault(namespace, Counter())
        length = self._length.setdefault(namespace, [0, 0])
        context = _indexed("\n".join(item.context))
        for piece in passages(item.text):
            own = _indexed(piece)
            expected.update(own)
            expected.update(context)
            self._passages[namespace] += 1
            length[0] += len(own)
            length[1] += len(context)

    def problems(self, connection: apsw.Connection) -> Iterator[str]:
        """Namespaces whose index holds other words."""
        for number, name, counted in fetch(connection, sql("namespace_counts")):
            there = self._passages[number]
            lengths = self._length.get(number, [0, 0])
            if counted != there:
                yield f"namespace {name} has {there} passages where {counted} were counted"
            if _terms_there(connection, number) != self._expected.get(number, Counter()):
                yield f"the words of namespace {name} are not those of its items"
            elif _sizes_there(connection, number) != (there, lengths) or not _totals_fit(
                connection, number, [there, *lengths]
            ):
                yield f"the lengths of texts in the words of namespace {name} are not those of its items"


def _indexed(text: str) -> list[str]:
    """The terms of a text as FTS5 counts them: not the empty one, which the stem of an `s` is."""
    return [term for term in terms(text) if term]


def _terms_there(connection: apsw.Connection, namespace: int) -> Counter[str]:
    table = words_table(namespace)
    fetch(
        connection, f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.checked_{table} USING fts5vocab('main', '{table}', 'row')"
    )
    return Counter(dict(fetch(connection, f"SELECT term, cnt FROM temp.checked_{table}")))  # noqa: S608  a name of ours


def _sizes_there(connection: apsw.Connection, namespace: int) -> tuple[int, list[int]]:
    """(rows, words of each column) by the length that FTS5 keeps of each row."""
    rows, lengths = 0, [0, 0]
    for (size,) in connection.execute(f"SELECT sz FROM {words_table(namespace)}_docsize"):  # noqa: S608
        rows += 1
        own, context = (*_numbers(size), 0, 0)[:2]
        lengths[0] += own
        lengths[1] += context
    return rows, lengths


def _totals_fit(connection: apsw.Connection, namespace: int, expected: list[int]) -> bool:
    query = f"SELECT block FROM {words_table(namespace)}_data WHERE id = ?"  # noqa: S608
    row = fetch_one(connection, query, (TOTALS,))
    found = _numbers(row[0]) if row and row[0] else []
    return [*found, 0, 0, 0][:3] == expected


def _numbers(blob: bytes) -> list[int]:
    """SQLite's variable-length integers: seven bits a byte, the ninth byte whole."""
    numbers, value, length = [], 0, 0
    for byte in blob:
        length += 1
        value = value << 8 | byte if length == 9 else value << 7 | byte & 0x7F
        if length == 9 or byte < 0x80:
            numbers.append(value)
            value = length = 0
    return numbers
