"""Changes -> SQL, within one transaction of the writer.

Floor 3. Below: rows, statements. Above: the store and its queue. One function a change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import apsw
import msgspec

from tacit.changes import (
    Advance,
    AppendSteps,
    Change,
    Delete,
    DropDraft,
    Enqueue,
    ForgetVectors,
    LogFeedback,
    LogRecall,
    Put,
    PutLearned,
    PutVectors,
    Receipt,
    SaveDraft,
    SetNote,
    Supersede,
    TuneIndex,
)
from tacit.errors import Conflict, InvalidInput, NotFound, overtaken
from tacit.logic.passages import MOST, item_of, passage_id, passages, saying
from tacit.logic.vectors import checked_rows
from tacit.logic.words import terms
from tacit.stores.sqlite.rows import COLUMNS, LIGHT, body_of, item_of_row, row_of_item, unpacked, vector_blob
from tacit.stores.sqlite.statements import fetch, fetch_needed, fetch_one, sql
from tacit.stores.sqlite.tuning import tune
from tacit.types import Episode, Item

__all__ = ["Transaction", "frees", "namespace_id", "words_table"]

_any: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder()


def frees(changes: Sequence[Change]) -> bool:
    """Whether the changes take no lasting space: they are let through on a full disk.

    What is rewritten beside a deletion (neighbours that lose its words) is a part of it."""
    deleting = any(isinstance(change, Delete) for change in changes)
    return all(
        isinstance(change, Delete | ForgetVectors | DropDraft)
        or (deleting and (isinstance(change, Enqueue) or (isinstance(change, Put) and change.on_conflict == "replace")))
        for change in changes
    )


def namespace_id(connection: apsw.Connection, name: str) -> int | None:
    """Number of a namespace; None where nothing was ever written to it."""
    row = fetch_one(connection, sql("namespace_id"), (name,))
    return None if row is None else int(row[0])


def words_table(namespace: int) -> str:
    """The lexical index of one namespace: apart from all others, so that scores and cost never depend on them."""
    return f"words_{int(namespace)}"


@dataclass
class Transaction:
    """Applies changes to one namespace, in order."""

    connection: apsw.Connection
    name: str
    now: int
    namespace: int = 0
    items: list[Item] = field(default_factory=list)
    created: list[bool] = field(default_factory=list)
    deleted: int = 0
    enqueued: int = 0
    scrubbed: bool = False
    """Whether deleted words must leave the index at once."""
    passages: int = 0
    """Net change of the number of passages."""

    def run(self, changes: Sequence[Change]) -> Receipt:
        """Apply all changes. Raises `Conflict`, `NotFound`, `InvalidInput`; the transaction is then to be undone."""
        self.namespace = self._namespace()
        sequences = iter(self._take_sequences(sum(isinstance(change, Put) for change in changes)))
        for change in changes:
            match change:
                case Put():
                    self._put(change, next(sequences))
                case Supersede():
                    self._supersede(change.old, change.new, change.at)
                case Delete():
                    self._delete(change)
                case PutVectors():
                    self._put_vectors(change)
                case ForgetVectors():
                    self._forget_vectors(change)
                case Enqueue():
                    self._enqueue(change)
                case SaveDraft():
                    self._save_draft(change)
                case AppendSteps():
                    self._append_steps(change)
                case DropDraft():
                    self._drop_draft(change)
                case LogRecall():
                    self._log_recall(change)
                case LogFeedback():
                    self._log_feedback(change)
                case SetNote():
                    self._set_note(change)
                case Advance():
                    self._advance(change)
                case PutLearned():
                    self._put_learned(change)
                case TuneIndex():
                    tune(self.connection, change)
        if self.passages:
            self._do("count_passages", self.passages, self.namespace)
        if self.scrubbed:
            self._do_words("scrub_words")
        return Receipt(
            items=tuple(self.items), created=tuple(self.created), deleted=self.deleted, enqueued=self.enqueued
        )

    def _do(self, statement: str, *values: Any) -> list[Any]:
        return fetch(self.connection, sql(statement), values)

    def _do_words(self, statement: str, *values: Any) -> None:
        table = words_table(self.namespace)
        fetch(self.connection, sql(statement).replace("{words}", table), values)

    def _namespace(self) -> int:
        known = namespace_id(self.connection, self.name)
        if known is not None:
            return known
        self.namespace = int(self._do("add_namespace", self.name)[0][0])
        self._do_words("make_words")
        self._do_words("rank_words")
        return self.namespace

    def _take_sequences(self, count: int) -> range:
        if not count:
            return range(0)
        last = int(fetch_needed(self.connection, sql("take_sequences"), (count,))[0])
        return range(last - count + 1, last + 1)

    def _put(self, put: Put, sequence: int) -> None:
        item = put.item
        if not item.id:
            raise InvalidInput("an item has no id", cause="every item needs one", remedy="give it a UUIDv7")
        same_id = self._one("id = ?", item.id)
        same_key = self._current(item if same_id is None else _standing(item, same_id))
        known = same_id or same_key
        if known is None:
            return self._created(item, sequence)
        if put.on_conflict == "ignore":
            return self._keep(known, made=False)
        if put.on_conflict == "replace" and known.revision == item.revision and same_key in (None, known):
            return self._replaced(item, known)
        if put.on_conflict == "supersede" and same_id is None:
            self._mark(known, item.id, item.created_at if item.valid_from is None else item.valid_from)
            return self._created(item, sequence)
        raise Conflict(
            f"{item.kind} {item.key or item.id} exists",
            cause=f"it is there with revision {known.revision}, written as {put.on_conflict!r} of {item.revision}",
            remedy="read it again, then replace that revision",
        )

    def _current(self, like: Item) -> Item | None:
        """The current item of this kind and key. What is superseded itself (an import of history) meets no other."""
        if like.key is None or like.superseded_by is not None:
            return None
        return self._one("kind = ? AND key = ? AND superseded_by IS NULL", like.kind, like.key)

    def _created(self, item: Item, sequence: int) -> None:
        made = msgspec.structs.replace(item, sequence=sequence, revision=1)
        fetch(self.connection, sql("insert_item"), row_of_item(made, self.namespace))
        self._index(made)
        self._keep(made, made=True)

    def _replaced(self, item: Item, known: Item) -> None:
        kept = msgspec.structs.replace(
            item,
            id=known.id,
            sequence=known.sequence,
            created_at=known.created_at,
            superseded_by=known.superseded_by,
            revision=known.revision + 1,
        )
        if (kept.text, kept.context, kept.derived_from) == (known.text, known.context, known.derived_from):
            self._rewrite(kept)  # a third of the work: learning counts in what it has found before
        else:
            self._unindex(known, vectors=(kept.text, kept.context) != (known.text, known.context))
            self._rewrite(kept)
            self._index(kept)
        self._keep(kept, made=False)

    def _keep(self, item: Item, *, made: bool) -> None:
        self.items.append(item)
        self.created.append(made)

    def _index(self, item: Item) -> None:
        pieces = passages(item.text)
        context = " ".join(terms("\n".join(item.context))) if item.context else ""
        for number, piece in enumerate(pieces):
            self._do_words("add_words", passage_id(item.sequence, number), " ".join(terms(piece)), context)
        self.passages += len(pieces)
        for source in item.derived_from:
            self._do("add_derivation", self.namespace, source, item.sequence)

    def _unindex(self, item: Item, *, vectors: bool) -> None:
        pieces = len(passages(item.text))
        for number in range(pieces):
            self._do_words("drop_words", passage_id(item.sequence, number))
        self.passages -= pieces
        for source in item.derived_from:
            self._do("drop_derivation", self.namespace, source, item.sequence)
        if vectors:
            first = passage_id(item.sequence, 0)
            for model, *_ in self._do("models", self.namespace):
                self._do("drop_vectors_between", model, first, first + MOST - 1)
                self._do("count_vectors", -self.connection.changes(), model)

    def _one(self, condition: str, *values: Any) -> Item | None:
        query = f"SELECT {COLUMNS} FROM items WHERE namespace = ? AND {condition}"  # noqa: S608  conditions of ours
        row = fetch_one(self.connection, query, (self.namespace, *values))
        return None if row is None else item_of_row(row)

    def _mark(self, old: Item, new: str, at: int) -> None:
        """Say that an item was superseded at a time."""
        valid_to = at if old.valid_to is None else min(at, old.valid_to)
        self._rewrite(msgspec.structs.replace(old, superseded_by=new, valid_to=valid_to, revision=old.revision + 1))

    def _rewrite(self, item: Item) -> None:
        """Write a row anew; its words are somebody else's business. (REPLACE would delete whoever has the same key.)"""
        self._do("delete_item", item.sequence)
        self._do("insert_item", *row_of_item(item, self.namespace))

    def _supersede(self, old: str, new: str, at: int) -> None:
        known, successor = self._one("id = ?", old), self._one("id = ?", new)
        if known is None or successor is None or old == new:
            raise NotFound(
                f"no pair of items {old[:40]}, {new[:40]}", cause="both must be there", remedy="pass two ids"
            )
        self._mark(known, new, at)

    def _delete(self, change: Delete) -> None:
        for one in dict.fromkeys(change.ids):
            item = self._one("id = ?", one)
            if item is None:
                continue
            self._unindex(item, vectors=True)
            self._do("delete_item", item.sequence)
            self._restore_superseded(item)
            self.deleted += 1
            self.scrubbed = self.scrubbed or change.scrub

    def _restore_superseded(self, gone: Item) -> None:
        """What a deleted item had replaced holds again, unless something else holds under its key by now; where the
        deleted one was itself replaced, its successor takes its place."""
        query = f"SELECT {COLUMNS} FROM items WHERE namespace = ? AND superseded_by = ? ORDER BY sequence DESC"  # noqa: S608
        ended = gone.created_at if gone.valid_from is None else gone.valid_from
        for row in fetch(self.connection, query, (self.namespace, gone.id)):
            old = item_of_row(row)
            until = None if gone.superseded_by is None else gone.valid_to
            linked = {"superseded_by": gone.superseded_by, "valid_to": until if old.valid_to == ended else old.valid_to}
            freed = msgspec.structs.replace(old, **linked, revision=old.revision + 1)
            if self._current(freed) is None:  # which it always is for what stays superseded
                self._rewrite(freed)

    def _put_vectors(self, change: PutVectors) -> None:
        known = self._do("model", self.namespace, change.model)
        matrix = checked_rows(change.matrix, len(change.passages), known[0][1] if known else None)
        if not len(matrix):
            return
        if not known:
            known = self._do("add_model", self.namespace, change.model, matrix.shape[1])
        model = int(known[0][0])
        there = self._still_saying(change)
        rows = 0
        for passage, vector in zip(change.passages, matrix, strict=True):
            if item_of(passage)[0] in there:
                self._do("drop_vector", model, passage)
                rows += 1 - self.connection.changes()
                self._do("add_vector", model, passage, *vector_blob(vector, model, passage))
        self._do("count_vectors", rows, model)

    def _still_saying(self, change: PutVectors) -> set[int]:
        """Sequences of the items that are there, and are what their vectors were made from, as far as that was told."""
        wanted = msgspec.json.encode(sorted({item_of(passage)[0] for passage in change.passages})).decode()
        query = f"SELECT {LIGHT} FROM items WHERE +namespace = ? AND sequence IN (SELECT value FROM json_each(?))"  # noqa: S608
        items = [item_of_row(row) for row in fetch(self.connection, query, (self.namespace, wanted))]
        now = {item.sequence: saying(item.text, item.context) for item in items}
        return {sequence for sequence, said in now.items() if change.made_from.get(sequence, said) == said}

    def _forget_vectors(self, change: ForgetVectors) -> None:
        for model, *_ in self._do("model", self.namespace, change.model):
            self._do("drop_vectors", model)
            self._do("drop_model", model)

    def _enqueue(self, change: Enqueue) -> None:
        checksum, payload = body_of(change.payload, self.namespace, change.stage, change.key)
        values = (self.namespace, change.stage, change.key, change.not_before, self.now, checksum, payload)
        self._do("add_job", *values)
        self.enqueued += self.connection.changes()

    def _save_draft(self, change: SaveDraft) -> None:
        item = change.item
        if not isinstance(item.payload, Episode):
            raise InvalidInput(f"draft {item.id} is no episode", cause="only episodes are open", remedy="put the item")
        if self._do("draft_steps_there", self.namespace, item.id):
            raise Conflict(f"draft {item.id} exists", cause="an episode is started once", remedy="use another id")
        body = body_of(item, self.namespace, item.id)
        self._do("add_draft", self.namespace, item.id, len(item.payload.steps), *body)

    def _append_steps(self, change: AppendSteps) -> None:
        there = self._do("draft_steps_there", self.namespace, change.draft)
        if not there:
            raise NotFound(
                f"no open episode {change.draft[:80]}",
                cause="it is completed, or was never started",
                remedy="start one",
            )
        if there[0][0] != change.first:
            raise Conflict(
                f"episode {change.draft} has {there[0][0]} steps",
                cause=f"the new ones were to follow {change.first}: somebody else logs to it, too",
                remedy="resume the episode, then log again",
            )
        if not change.steps:
            return
        body = body_of(change.steps, self.namespace, change.draft, change.first)
        self._do("add_draft_steps", self.namespace, change.draft, change.first, *body)
        self._do("count_draft_steps", len(change.steps), self.namespace, change.draft)

    def _drop_draft(self, change: DropDraft) -> None:
        self._do("drop_draft_steps", self.namespace, change.id)
        self._do("drop_draft", self.namespace, change.id)

    def _log_recall(self, change: LogRecall) -> None:
        recall = change.recall
        if self._do("recall", self.namespace, recall.id):
            raise Conflict(f"recall {recall.id} exists", cause="it is logged already", remedy="use another id")
        self._do("add_recall", self.namespace, recall.id, *body_of(recall, self.namespace, recall.id))

    def _log_feedback(self, change: LogFeedback) -> None:
        given = change.feedback
        if not self._do("recall", self.namespace, given.recall):
            raise NotFound(
                f"no recall {given.recall[:80]}", cause="none was logged under this id here", remedy="pass its id"
            )
        self._do("add_feedback", self.namespace, given.recall, *body_of(given, self.namespace, given.recall))

    def _set_note(self, change: SetNote) -> None:
        if change.value is None:
            self._do("drop_note", self.namespace, change.key)
        else:
            body = body_of(change.value, self.namespace, change.key)
            self._do("set_note", self.namespace, change.key, *body)

    def _advance(self, change: Advance) -> None:
        row = fetch_one(self.connection, sql("note"), (self.namespace, change.key))
        here = None if row is None else unpacked(row[0], row[1], _any, self.namespace, change.key)
        if here != change.before:
            raise overtaken(change.key)
        self._set_note(SetNote(key=change.key, value=change.after))

    def _put_learned(self, change: PutLearned) -> None:
        for key, value in change.rows.items():
            if value is None:
                self._do("drop_learned", self.namespace, change.space, key)
            else:
                body = body_of(value, self.namespace, change.space, key)
                self._do("put_learned", self.namespace, change.space, key, *body)


def _standing(item: Item, known: Item) -> Item:
    """An item as it would stand in the place of the known one: superseded or not is not its own to say."""
    standing: Item = msgspec.structs.replace(item, superseded_by=known.superseded_by)
    return standing
