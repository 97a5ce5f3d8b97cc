"""Learn: take the finished episodes in their order, and write what each teaches.

Floor 4. Below: the store, logic.lesson. Above: memory; the worker runs the handler.

A job of the stage "learn" only says that there is something to learn. The handler goes on after its cursor (the note
`CURSOR`), in the order of sequences, and every transaction moves the cursor from what it was: an episode is learned
from exactly once, whoever works and however often a job is done; and as one worker at a time holds the jobs of a
namespace, what comes out does not depend on how many there are, nor on how large the batches are.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tacit.changes import Advance, Change, Delete, Enqueue, Job
from tacit.lessons import Learning
from tacit.logic.extractors import EXTRACTORS, Extractor
from tacit.logic.lesson import Desk, Lesson
from tacit.logic.notebook import Notebook
from tacit.logic.notes import LEARNING as CURSOR
from tacit.logic.pages import every
from tacit.logic.shelf import Shelf
from tacit.policy import Policy
from tacit.ports import NewId, Store, Transactions
from tacit.types import Filter, Item, Kind, Value

__all__ = ["CURSOR", "Cursor", "begin", "learn_handler", "progress"]


BATCH = 64
"""Episodes a transaction: what a kill costs is done again, what a batch shares is read once."""
KEPT = 200_000
"""Learned rows kept in memory between batches, about 100 bytes each."""

log = logging.getLogger("tacit.learn")


class Cursor(Value, frozen=True, kw_only=True):
    """How far learning has come."""

    token: str = ""
    """Another one after each transaction: whoever has read an older one has lost."""
    sequence: int = 0
    """Of the last episode learned from."""
    credited: int = 0
    """Effects of the episodes up to this sequence are counted already: they are being relearned."""
    episodes: int = 0
    reviewed: int = 0
    """Episodes at the last review, see `next_review`."""
    now: int = 0
    """When the latest of them ended."""
    patterns: int = 0
    """Made so far."""
    rules: int = 0
    retired: int = 0


def next_review(reviewed: int) -> int:
    """After how many episodes all patterns are looked at together: each time an eighth more, 25 at least, so that the
    share of an episode in it stays the same.

    >>> [next_review(count) for count in (0, 25, 1000)]
    [25, 50, 1125]
    """
    return reviewed + max(25, reviewed // 8)


@dataclass
class _Kept:
    """The notebook as it stood after a cursor's transaction."""

    token: str
    book: Notebook


@dataclass(frozen=True)
class Teacher:
    """Works the episodes of a store off."""

    store: Store
    new_id: NewId
    policy: Policy = field(default_factory=Policy)
    extractors: Mapping[str, Extractor] = field(default_factory=lambda: EXTRACTORS)
    kept: dict[str, _Kept] = field(default_factory=dict)

    def __call__(self, namespace: str, jobs: Sequence[Job]) -> Transactions:
        """The transactions that follow from what waits. The feedback that jobs carry goes with their completion: it has
        no cursor, so that it must not be counted without their being done."""
        asked = any(job.payload.get("review") for job in jobs)
        cursor = cursor_of(self.store, namespace)
        while True:
            desk = self._desk(namespace, cursor)
            moved = self._next(namespace, desk, cursor, asked=asked)
            if moved is None:
                break
            yield self._transaction(desk, cursor, moved)
            self._keep(namespace, desk, moved)
            cursor = moved
        told = [job.payload for job in jobs if "feedback" in job.payload]
        if not told:
            return []
        self._fed(namespace, desk, told)
        moved = self._moved(cursor, desk)
        self._keep(namespace, desk, moved)
        return self._transaction(desk, cursor, moved)

    def _next(self, namespace: str, desk: Desk, cursor: Cursor, *, asked: bool) -> Cursor | None:
        """Do a transaction's worth at the desk; -> the cursor after it, or None where there is nothing to do."""
        if cursor.episodes >= next_review(cursor.reviewed):
            return self._reviewed(namespace, desk, cursor)
        if page := self._page(namespace, cursor):
            return self._learned(desk, page, cursor)
        if asked and cursor.episodes > cursor.reviewed:
            return self._reviewed(namespace, desk, cursor)
        return None

    def _page(self, namespace: str, cursor: Cursor) -> list[Item]:
        """The next episodes, no further than the next review."""
        until_review = next_review(cursor.reviewed) - cursor.episodes
        return self.store.select(
            namespace, Filter(kinds=("episode",)), after=cursor.sequence, limit=min(BATCH, until_review)
        )

    def _desk(self, namespace: str, cursor: Cursor) -> Desk:
        records = self.store.records(namespace)
        kept = self.kept.get(namespace)
        book = kept.book if kept is not None and kept.token == cursor.token and cursor.token else None
        return Desk(
            book=book or Notebook(records.learned),
            shelf=Shelf(by_key=self._by_key(namespace), by_id=lambda ids: self.store.read(namespace, ids)),
            recall=records.recall,
            policy=self.policy,
            new_id=self.new_id,
            now=cursor.now,
            credited=cursor.credited,
        )

    def _by_key(self, namespace: str) -> Callable[[Kind, Sequence[str]], list[Item]]:
        def read(kind: Kind, keys: Sequence[str]) -> list[Item]:
            wanted = Filter(kinds=(kind,), keys=tuple(keys), current=True)
            return self.store.select(namespace, wanted, limit=len(keys))

        return read

    def _learned(self, desk: Desk, page: Sequence[Item], cursor: Cursor) -> Cursor:
        lesson = Lesson(desk, self.extractors)
        lesson.prepare(page)
        for episode in page:
            lesson.learn(episode)
        return self._moved(cursor, desk, sequence=page[-1].sequence, episodes=cursor.episodes + len(page))

    def _reviewed(self, namespace: str, desk: Desk, cursor: Cursor) -> Cursor:
        patterns = every(self.store, namespace, Filter(kinds=("pattern",)))
        rules = every(self.store, namespace, Filter(kinds=("rule",)))
        Lesson(desk, self.extractors).review(patterns, rules)
        return self._moved(cursor, desk, reviewed=cursor.episodes)

    def _moved(self, cursor: Cursor, desk: Desk, **moved: int) -> Cursor:
        counts = {
            "now": desk.now,
            "patterns": cursor.patterns + desk.patterns,
            "rules": cursor.rules + desk.rules,
            "retired": cursor.retired + desk.retired,
        }
        return msgspec.structs.replace(cursor, token=self.new_id(), **counts, **moved)

    def _transaction(self, desk: Desk, before: Cursor, after: Cursor) -> list[Change]:
        was = msgspec.to_builtins(before) if before.token else None
        changes: list[Change] = [
            *desk.shelf.changes(),
            *([Delete(ids=tuple(desk.dropped))] if desk.dropped else []),
            *desk.book.changes(),
            Advance(key=CURSOR, before=was, after=msgspec.to_builtins(after)),
            Enqueue(stage="embed", key=after.token),
        ]
        if after.reviewed != before.reviewed:
            changes.append(Enqueue(stage="distill", key=after.token))
        return changes

    def _keep(self, namespace: str, desk: Desk, cursor: Cursor) -> None:
        self.kept.clear()
        if desk.book.size <= KEPT:
            self.kept[namespace] = _Kept(token=cursor.token, book=desk.book)

    def _fed(self, namespace: str, desk: Desk, told: Sequence[dict[str, Any]]) -> None:
        records = self.store.records(namespace)
        lesson = Lesson(desk, self.extractors)
        for payload in told:
            log = records.recall(str(payload.get("recall")))
            given = [one for one in records.feedback(str(payload.get("recall"))) if one.id == payload["feedback"]]
            if log is not None and given:
                lesson.feedback(log, given[0])


def learn_handler(
    store: Store, *, new_id: NewId, policy: Policy, extractors: Mapping[str, Extractor]
) -> Callable[[str, Sequence[Job]], Transactions]:
    """Handler of the stage `learn`."""
    return Teacher(store=store, new_id=new_id, policy=policy, extractors=extractors)


def cursor_of(store: Store, namespace: str) -> Cursor:
    """How far learning has come in a namespace."""
    kept = store.records(namespace).note(CURSOR)
    return Cursor() if kept is None else msgspec.convert(kept, Cursor)


def begin(store: Store, namespace: str, new_id: NewId) -> None:
    """Ask to learn from the episodes that an older tacit has recorded: it left no jobs."""
    if store.records(namespace).note(CURSOR) is None and store.select(namespace, Filter(kinds=("episode",)), limit=1):
        store.write(namespace, [Enqueue(stage="learn", key=new_id())])


def progress(store: Store, namespace: str, since: Cursor) -> Learning:
    """What was learned since a cursor."""
    now = cursor_of(store, namespace)
    if now.episodes < since.episodes:  # everything is being learned anew
        since = Cursor()
    return Learning(
        episodes=now.episodes - since.episodes,
        new_patterns=now.patterns - since.patterns,
        rules=now.rules - since.rules,
        retired=now.retired - since.retired,
    )
