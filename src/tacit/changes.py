"""What one transaction may do: the changes that a verb hands to a store, and what the store keeps beside items.

Floor 0, next to `types`: a verb returns or writes a list of these, a store applies all of them or none.
"""

from typing import Any, Literal

import numpy as np

from tacit.types import Filter, Item, Step, Value

__all__ = [
    "ATTEMPTS",
    "SERIAL",
    "TUNABLE",
    "Advance",
    "AppendSteps",
    "Change",
    "Delete",
    "DropDraft",
    "Enqueue",
    "Feedback",
    "FileFacts",
    "ForgetVectors",
    "Hits",
    "Job",
    "LogFeedback",
    "LogRecall",
    "Put",
    "PutLearned",
    "PutVectors",
    "RecallLog",
    "Receipt",
    "SaveDraft",
    "SetNote",
    "Shown",
    "StoreStats",
    "Supersede",
    "TuneIndex",
]

ATTEMPTS = 8
"""How often a job is claimed before it is given up."""

SERIAL = ("learn", "relearn", "distill")
"""Stages of which one worker at a time holds jobs of a namespace: what it writes depends on what was learned before."""

TUNABLE = ("type", "domain", "language", "author", "source", "created_at")
"""Columns of items that filters name and that have no index from the start."""

OnConflict = Literal["error", "ignore", "replace", "supersede"]


class Put(Value, frozen=True, kw_only=True):
    """Write an item; its words are searchable in the same transaction."""

    item: Item
    on_conflict: OnConflict = "error"
    """When a current item of this kind has the same key (or, without a key, the same id): raise `Conflict`; leave the
    old one; replace it, keeping its id, sequence and created_at, if `item.revision` is the stored revision (else
    `Conflict`); or write a new one and let it supersede the old one, which becomes invalid from the new valid_from (or
    created_at) on."""


class Supersede(Value, frozen=True, kw_only=True):
    """Say that the item `old` was replaced by the item `new` at a time."""

    old: str
    new: str
    at: int


class Delete(Value, frozen=True, kw_only=True):
    """Delete items with their words and vectors. Unknown ids are passed over."""

    ids: tuple[str, ...]
    scrub: bool = False
    """Leave no trace of their words in the files of an index either; it may be rewritten for that."""


class PutVectors(Value, frozen=True, kw_only=True):
    """Keep the vectors of passages, made by one model. Passages of items that are gone meanwhile are passed over."""

    model: str
    passages: tuple[int, ...]
    """Ids, see `logic.passages.passage_id`: an item's sequence and the number of the passage in it."""
    matrix: np.ndarray
    """float32, (len(passages), dimension), finite, rows of unit length."""
    made_from: dict[int, int] = {}
    """Sequence -> `logic.passages.saying` of the item that the vectors were made from. Where an item says something
    else by now its vectors are passed over: they would keep it from ever getting the right ones."""


class ForgetVectors(Value, frozen=True, kw_only=True):
    """Delete all vectors of a model in this namespace."""

    model: str


class Enqueue(Value, frozen=True, kw_only=True):
    """Add a job, unless one with this stage and key was ever added to this namespace."""

    stage: str
    key: str
    """Idempotency key within (namespace, stage)."""
    payload: dict[str, Any] = {}
    not_before: int = 0


class SaveDraft(Value, frozen=True, kw_only=True):
    """Keep an open episode (an item of kind episode whose outcome is None); its id is the draft's."""

    item: Item


class AppendSteps(Value, frozen=True, kw_only=True):
    """Append steps to a draft. `first` is the number of steps already there (else `Conflict`)."""

    draft: str
    first: int
    steps: tuple[Step, ...]


class DropDraft(Value, frozen=True, kw_only=True):
    """Delete a draft and its steps; usually in the transaction that puts the finished episode."""

    id: str


class Shown(Value, frozen=True, kw_only=True):
    """One line of a recall log."""

    item: str
    score: float
    propensity: float = 1.0
    """Probability with which it was to be shown, fixed before the draw; 1 where nothing was drawn."""


class RecallLog(Value, frozen=True, kw_only=True):
    """One recall: what was asked, what was shown, what was withheld."""

    id: str
    query: str
    filter: Filter = Filter()
    shown: tuple[Shown, ...] = ()
    withheld: tuple[Shown, ...] = ()
    known: float | None = None
    """Calibrated score in [0, 1] that something relevant is known; None where no model could judge it."""
    policy: str = ""
    """Id of the policy that answered; "" is the shipped one."""
    k: int = 0
    """How many were asked for; 0 where it was not told."""
    milliseconds: float = 0.0
    """From the question to the answer."""
    cpu_milliseconds: float = 0.0
    """Of the thread that answered."""
    failed: str = ""
    """Class of the error that kept it from answering."""
    created_at: int = 0


class LogRecall(Value, frozen=True, kw_only=True):
    """Keep the log of one recall."""

    recall: RecallLog


class Feedback(Value, frozen=True, kw_only=True):
    """What somebody, or the outcome of an episode, said about a recall."""

    id: str
    recall: str
    score: float
    """In [-1, 1]."""
    items: tuple[str, ...] = ()
    """The shown items that it is about; empty means all."""
    origin: Literal["user", "agent", "outcome"] = "user"
    note: str = ""
    created_at: int = 0


class LogFeedback(Value, frozen=True, kw_only=True):
    """Keep feedback on a recall of this namespace (else `NotFound`)."""

    feedback: Feedback


class SetNote(Value, frozen=True, kw_only=True):
    """Keep a small JSON value under a key: an import's cursor, a manifest. None deletes it."""

    key: str
    value: Any


class Advance(Value, frozen=True, kw_only=True):
    """Move a note from one value to another; `Conflict` where it is not `before` any more. None means no note."""

    key: str
    before: Any
    after: Any


class PutLearned(Value, frozen=True, kw_only=True):
    """Keep what was learned: JSON values under keys within a space, over what was there. None deletes a key."""

    space: str
    rows: dict[str, Any]


class TuneIndex(Value, frozen=True, kw_only=True):
    """Have, or have not, a database index of items by a column of `TUNABLE`. It changes no answer, only its time."""

    column: str
    present: bool = True


Change = (
    Put | Supersede | Delete | PutVectors | ForgetVectors | Enqueue | SaveDraft | AppendSteps | DropDraft
    | LogRecall | LogFeedback | SetNote | Advance | PutLearned | TuneIndex
)  # fmt: skip


class Receipt(Value, frozen=True, kw_only=True):
    """What a transaction did. It is durable once the caller holds this."""

    items: tuple[Item, ...] = ()
    """One for each Put, in order, as it now stands (id, sequence and revision filled in; payload as given)."""
    created: tuple[bool, ...] = ()
    """One for each Put: True where a new row was made, False where it was ignored or replaced."""
    deleted: int = 0
    """Items that Delete found."""
    enqueued: int = 0


class Hits(Value, frozen=True, kw_only=True):
    """Answer of a search, best first."""

    passages: np.ndarray
    """int64, (n,): ids of passages, see `logic.passages`; `passage // MOST` is the item's sequence."""
    scores: np.ndarray
    """float32, (n,); higher is better: BM25, or a cosine."""
    ceiling: float = 0.0
    """Of `match`: the sum of the IDF of the terms asked for (a term that never occurs has the highest), times k1 + 1:
    what BM25 could give at most. Summed over all terms, also those left out for their cost."""


class Job(Value, frozen=True, kw_only=True):
    """One row of the queue."""

    id: int
    namespace: str
    stage: str
    key: str
    payload: dict[str, Any] = {}
    state: Literal["queued", "leased", "done", "dead"] = "queued"
    attempts: int = 0
    """How often it was claimed."""
    lease: str = ""
    """Token of the present claim; a worker whose token is no longer this has lost the job."""
    leased_until: int = 0
    not_before: int = 0
    error: str = ""
    created_at: int = 0


class StoreStats(Value, frozen=True, kw_only=True):
    """Counts of one namespace."""

    items: dict[str, int]
    """kind -> how many."""
    superseded: int = 0
    drafts: int = 0
    vectors: dict[str, int] = {}
    """model -> how many."""
    jobs: dict[str, int] = {}
    """state -> how many."""
    recalls: int = 0
    feedback: int = 0
    learned: dict[str, int] = {}
    """space -> rows of what was learned."""
    bytes: int = 0
    """Of the whole file with its companions; 0 for the in-memory store."""


class FileFacts(Value, frozen=True, kw_only=True):
    """What a database file and its engine say of themselves, for `tacit doctor`."""

    sqlite: str
    """Version of the engine."""
    journal_mode: str
    synchronous: int
    """Of the connection that writes: 0 OFF, 1 NORMAL, 2 FULL, 3 EXTRA."""
    page_checksums: bool
    """Whether every page carries a checksum that is verified when it is read."""
    ballast: int = 0
    """Bytes held in reserve for a full disk; 0 where there is no reserve."""
    index: str = ""
    """The vector index in words: which kind, how many rows, whether it is as new as the rows."""
    tuned: tuple[str, ...] = ()
    """Columns of items that `TuneIndex` has given an index."""
