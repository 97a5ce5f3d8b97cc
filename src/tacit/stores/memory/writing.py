"""Changes -> the state of the in-memory store, within one transaction. One function a change.

Floor 3. Below: state, the logic of passages, words and vectors. Above: the store.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

import msgspec

from tacit.changes import (
    Advance,
    AppendSteps,
    Change,
    Delete,
    DropDraft,
    Enqueue,
    ForgetVectors,
    Job,
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
from tacit.logic.filters import checked_tunable
from tacit.logic.lexical import COLUMN_WEIGHTS
from tacit.logic.passages import item_of, passage_id, passages, saying
from tacit.logic.vectors import checked_rows
from tacit.logic.words import terms
from tacit.stores.memory.state import Journal, Space, State, Words, copied
from tacit.types import Episode, Item

__all__ = ["Transaction"]


@dataclass
class Transaction:
    """Applies changes to one namespace, in order; `journal.undo()` takes them back."""

    state: State
    namespace: str
    now: int
    journal: Journal = field(default_factory=Journal)
    items: list[Item] = field(default_factory=list)
    created: list[bool] = field(default_factory=list)
    deleted: int = 0
    enqueued: int = 0

    def run(self, changes: Sequence[Change]) -> Receipt:
        """Apply all changes. Raises `Conflict`, `NotFound`, `InvalidInput`; the journal is then to be undone."""
        if self.namespace not in self.state.spaces:
            self.journal.set(self.state.spaces, self.namespace, Space())
        for change in changes:
            self._apply(change)
        return Receipt(
            items=tuple(self.items), created=tuple(self.created), deleted=self.deleted, enqueued=self.enqueued
        )

    @property
    def space(self) -> Space:
        """The namespace that is written to."""
        return self.state.spaces[self.namespace]

    def _apply(self, change: Change) -> None:
        match change:
            case Put():
                self._put(change)
            case Supersede():
                self._supersede(change)
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
                self.journal.drop(self.space.drafts, change.id)
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
                checked_tunable(change.column)  # every item is looked at anyway
            case _:
                assert_never(change)

    # Items

    def _put(self, put: Put) -> None:
        item, sequence = put.item, self._next("sequence")  # every Put takes a number, used or not
        if not item.id:
            raise InvalidInput("an item has no id", cause="every item needs one", remedy="give it a UUIDv7")
        same_id = self._with_id(item.id)
        same_key = self._current(item if same_id is None else _standing(item, same_id))
        known = same_id or same_key
        if known is None:
            self._create(item, sequence)
        elif put.on_conflict == "ignore":
            self._answer(copied(known), created=False)
        elif put.on_conflict == "replace" and item.revision == known.revision and same_key in (None, known):
            self._replace(item, known)
        elif put.on_conflict == "supersede" and same_id is None:
            self._mark(known, item.id, item.created_at if item.valid_from is None else item.valid_from)
            self._create(item, sequence)
        else:
            raise Conflict(
                f"{item.kind} {item.key or item.id} exists",
                cause=f"it is there with revision {known.revision}, written as {put.on_conflict!r} of {item.revision}",
                remedy="read it again, then replace that revision",
            )

    def _with_id(self, id: str) -> Item | None:
        sequence = self.space.sequences.get(id)
        return None if sequence is None else self.space.items[sequence]

    def _current(self, like: Item) -> Item | None:
        """The current item of this kind and key. What is superseded itself (an import of history) meets no other."""
        if like.key is None or like.superseded_by is not None:
            return None
        for item in self.space.items.values():
            if (item.kind, item.key, item.superseded_by) == (like.kind, like.key, None):
                return item
        return None

    def _create(self, item: Item, sequence: int) -> None:
        made = msgspec.structs.replace(item, sequence=sequence, revision=1)
        self.journal.set(self.space.items, sequence, copied(made))
        self.journal.set(self.space.sequences, item.id, sequence)
        self._index(made)
        self._answer(made, created=True)

    def _replace(self, item: Item, known: Item) -> None:
        kept = msgspec.structs.replace(
            item,
            id=known.id,
            sequence=known.sequence,
            created_at=known.created_at,
            superseded_by=known.superseded_by,
            revision=known.revision + 1,
        )
        self._unindex(known)
        if (kept.text, kept.context) != (known.text, known.context):
            self._drop_vectors(known)
        self.journal.set(self.space.items, kept.sequence, copied(kept))
        self._index(kept)
        self._answer(kept, created=False)

    def _answer(self, item: Item, *, created: bool) -> None:
        self.items.append(item)
        self.created.append(created)

    def _supersede(self, change: Supersede) -> None:
        old, new = self._with_id(change.old), self._with_id(change.new)
        if old is None or new is None or old is new:
            raise NotFound(
                f"no pair of items {change.old[:40]}, {change.new[:40]}",
                cause="both must be there",
                remedy="pass two ids",
            )
        self._mark(old, new.id, change.at)

    def _mark(self, old: Item, new: str, at: int) -> None:
        """Superseded, and valid until then at most."""
        valid_to = at if old.valid_to is None else min(old.valid_to, at)
        self._rewrite(old, superseded_by=new, valid_to=valid_to)

    def _rewrite(self, item: Item, *, superseded_by: str | None, valid_to: int | None) -> None:
        marked = msgspec.structs.replace(
            item, superseded_by=superseded_by, valid_to=valid_to, revision=item.revision + 1
        )
        self.journal.set(self.space.items, item.sequence, marked)

    def _delete(self, change: Delete) -> None:
        for one in dict.fromkeys(change.ids):
            item = self._with_id(one)
            if item is not None:
                self._unindex(item)
                self._drop_vectors(item)
                self.journal.drop(self.space.items, item.sequence)
                self.journal.drop(self.space.sequences, one)
                self._restore_superseded(item)
                self.deleted += 1

    def _restore_superseded(self, gone: Item) -> None:
        """What a deleted item had replaced holds again, the latest first, unless something else has its key by now;
        where the deleted one was itself replaced, its successor takes its place."""
        until = None if gone.superseded_by is None else gone.valid_to
        began = gone.created_at if gone.valid_from is None else gone.valid_from
        for old in sorted(self.space.items.values(), key=lambda item: -item.sequence):
            freed = msgspec.structs.replace(old, superseded_by=gone.superseded_by)
            if old.superseded_by == gone.id and self._current(freed) is None:
                valid_to = until if old.valid_to == began else old.valid_to
                self._rewrite(old, superseded_by=gone.superseded_by, valid_to=valid_to)

    # Words and vectors

    def _index(self, item: Item) -> None:
        context = Counter(terms("\n".join(item.context)))
        for number, piece in enumerate(passages(item.text)):
            own = Counter(terms(piece))
            weighted = {
                term: own[term] * COLUMN_WEIGHTS[0] + context[term] * COLUMN_WEIGHTS[1] for term in (own | context)
            }
            words = Words(frequencies=weighted, tokens=own.total() + context.total())
            self.journal.set(self.space.words, passage_id(item.sequence, number), words)

    def _unindex(self, item: Item) -> None:
        for number in range(len(passages(item.text))):
            self.journal.drop(self.space.words, passage_id(item.sequence, number))

    def _drop_vectors(self, item: Item) -> None:
        for vectors in self.space.vectors.values():
            for passage in [passage for passage in vectors if item_of(passage)[0] == item.sequence]:
                self.journal.drop(vectors, passage)

    def _put_vectors(self, change: PutVectors) -> None:
        known = self.space.dimensions.get(change.model)
        matrix = checked_rows(change.matrix, len(change.passages), known)
        if not len(matrix):
            return
        if known is None:
            self.journal.set(self.space.dimensions, change.model, matrix.shape[1])
            self.journal.set(self.space.vectors, change.model, {})
        there = {item_of(passage)[0] for passage in change.passages} & self.space.items.keys()
        fresh = {sequence for sequence in there if _says_still(self.space.items[sequence], change)}
        for passage, vector in zip(change.passages, matrix, strict=True):
            if item_of(passage)[0] in fresh:
                self.journal.set(self.space.vectors[change.model], passage, vector.copy())

    def _forget_vectors(self, change: ForgetVectors) -> None:
        self.journal.drop(self.space.vectors, change.model)
        self.journal.drop(self.space.dimensions, change.model)

    # What is kept beside the items

    def _enqueue(self, change: Enqueue) -> None:
        key = (self.namespace, change.stage, change.key)
        if key in self.state.job_keys:
            return
        job = Job(
            id=self._next("job"),
            namespace=self.namespace,
            stage=change.stage,
            key=change.key,
            payload=change.payload,
            not_before=change.not_before,
            created_at=self.now,
        )
        self.journal.set(self.state.jobs, job.id, copied(job))
        self.journal.set(self.state.job_keys, key, job.id)
        self.enqueued += 1

    def _save_draft(self, change: SaveDraft) -> None:
        item = change.item
        if not isinstance(item.payload, Episode):
            raise InvalidInput(f"draft {item.id} is no episode", cause="only episodes are open", remedy="put the item")
        if item.id in self.space.drafts:
            raise Conflict(f"draft {item.id} exists", cause="an episode is started once", remedy="use another id")
        self.journal.set(self.space.drafts, item.id, copied(item))

    def _append_steps(self, change: AppendSteps) -> None:
        draft = self.space.drafts.get(change.draft)
        if draft is None or not isinstance(draft.payload, Episode):
            raise NotFound(
                f"no open episode {change.draft[:80]}",
                cause="it is completed, or was never started",
                remedy="start one",
            )
        there = draft.payload.steps
        if len(there) != change.first:
            raise Conflict(
                f"episode {change.draft} has {len(there)} steps",
                cause=f"the new ones were to follow {change.first}: somebody else logs to it, too",
                remedy="resume the episode, then log again",
            )
        longer = msgspec.structs.replace(draft.payload, steps=(*there, *change.steps))
        self.journal.set(self.space.drafts, draft.id, msgspec.structs.replace(draft, payload=longer))

    def _log_recall(self, change: LogRecall) -> None:
        recall = change.recall
        if recall.id in self.space.recalls:
            raise Conflict(f"recall {recall.id} exists", cause="it is logged already", remedy="use another id")
        self.journal.set(self.space.recalls, recall.id, copied(recall))

    def _log_feedback(self, change: LogFeedback) -> None:
        given = change.feedback
        if given.recall not in self.space.recalls:
            raise NotFound(
                f"no recall {given.recall[:80]}", cause="none was logged under this id here", remedy="pass its id"
            )
        self.journal.set(self.space.feedback, len(self.space.feedback), copied(given))

    def _set_note(self, change: SetNote) -> None:
        if change.value is None:
            self.journal.drop(self.space.notes, change.key)
        else:
            self.journal.set(self.space.notes, change.key, msgspec.json.encode(copied(change.value)))

    def _advance(self, change: Advance) -> None:
        if msgspec.json.decode(self.space.notes.get(change.key, b"null")) != change.before:
            raise overtaken(change.key)
        self._set_note(SetNote(key=change.key, value=change.after))

    def _put_learned(self, change: PutLearned) -> None:
        for key, value in change.rows.items():
            if value is None:
                self.journal.drop(self.space.learned, (change.space, key))
            else:
                self.journal.set(self.space.learned, (change.space, key), msgspec.json.encode(copied(value)))

    def _next(self, counter: str) -> int:
        number = self.state.counters.get(counter, 0) + 1
        self.journal.set(self.state.counters, counter, number)
        return number


def _standing(item: Item, known: Item) -> Item:
    """An item as it would stand in the place of the known one: superseded or not is not its own to say."""
    standing: Item = msgspec.structs.replace(item, superseded_by=known.superseded_by)
    return standing


def _says_still(item: Item, change: PutVectors) -> bool:
    """Whether an item is what its vectors were made from, as far as that was told."""
    now = saying(item.text, item.context)
    return change.made_from.get(item.sequence, now) == now
