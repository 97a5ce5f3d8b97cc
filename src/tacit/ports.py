"""The holes that hands fill: store, queue, embedder, reranker, chat model, sandbox, clock.

Floor 1: knows the nouns only. `stores/` and `models/` implement these, `operations/` are handed them.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from tacit.changes import Change, Feedback, FileFacts, Hits, Job, RecallLog, Receipt, StoreStats
from tacit.chat import Message, Reply
from tacit.improvement import Limits, Ran
from tacit.types import Filter, Item

__all__ = [
    "Backend",
    "ChatModel",
    "Clock",
    "Embedder",
    "FileStore",
    "Messenger",
    "NewId",
    "Queue",
    "Records",
    "Reranker",
    "Sandbox",
    "Scope",
    "Store",
    "Transactions",
]

Clock = Callable[[], int]
"""-> microseconds since 1970-01-01 UTC."""

NewId = Callable[[], str]
"""-> a new UUIDv7, ascending within a process."""

_LIMITS = Limits()
_NOTHING: Mapping[str, str] = {}

Transactions = Generator[list[Change], None, list[Change]]
"""Of a job: each list that is yielded is written before the next is asked for; what is returned is written together
with the job's completion."""


class Store(Protocol):
    """Rows, words and vectors of many namespaces; every call names one. Thread-safe.

    Raises `InvalidInput` for a malformed namespace, `DiskFull`, `Corrupted`, `Busy` as they happen.
    """

    def write(self, namespace: str, changes: Sequence[Change]) -> Receipt:
        """Apply all changes in one transaction, in order, or none. Durable when it returns."""
        ...

    def read(self, namespace: str, ids: Sequence[str]) -> list[Item]:
        """The items with these ids, payloads included, in the order of `ids`; unknown ids are left out."""
        ...

    def load(self, namespace: str, sequences: Sequence[int]) -> list[Item]:
        """The items with these sequences, without payloads, in the order given; unknown ones are left out."""
        ...

    def select(
        self, namespace: str, filter: Filter, *, after: int = 0, limit: int = 100, newest_first: bool = False
    ) -> list[Item]:
        """A page of items with payloads, by sequence: those with a sequence over `after` (under it, if it is not 0,
        when `newest_first`)."""
        ...

    def match(self, namespace: str, terms: Sequence[str], filter: Filter, limit: int) -> Hits:
        """Passages with any of the terms in their own words or their context, by BM25 over this namespace alone.

        One row is indexed for each of `logic.passages.passages(item.text)`; the words of `item.context` (joined by
        newlines; given to short items only) are a second column of half the weight. `terms` come from
        `logic.words.terms`: tokenised, folded, stemmed. Common terms may be left out where there are rarer ones, so
        that the cost is bounded.
        """
        ...

    def nearest(self, namespace: str, model: str, vector: np.ndarray, filter: Filter, limit: int) -> Hits:
        """Passages whose vectors (made by `model`) have the highest cosine with `vector` (float32, unit length)."""
        ...

    def vectors(self, namespace: str, model: str, passages: Sequence[int]) -> np.ndarray:
        """float32, (len(passages), dimension); a row of zeros where there is no vector. (n, 0) where there is none."""
        ...

    def records(self, namespace: str) -> "Records":
        """What is kept beside the items of this namespace."""
        ...

    def close(self) -> None:
        """Finish what is being written and let go of the file. Closing twice is allowed."""
        ...


class Records(Protocol):
    """What a store keeps beside the items of one namespace."""

    def drafts(self, id: str | None = None) -> list[Item]:
        """Open episodes with the steps logged so far; only the one with this id, if given."""
        ...

    def recall(self, id: str) -> RecallLog | None:
        """The log of one recall, or None."""
        ...

    def recalls(self, *, limit: int = 100) -> list[RecallLog]:
        """The latest first."""
        ...

    def feedback(self, recall: str | None = None, *, since: str = "") -> list[Feedback]:
        """In the order in which it came; on one recall, if given; on none whose id is under `since`."""
        ...

    def note(self, key: str) -> object:
        """The value set by `SetNote`, or None."""
        ...

    def learned(self, space: str, keys: Sequence[str]) -> dict[str, Any]:
        """The values that `PutLearned` keeps under these keys; unknown ones are left out."""
        ...

    def learnings(
        self, space: str, *, after: str = "", limit: int = 1000, newest_first: bool = False
    ) -> dict[str, Any]:
        """A page of a space: key -> value, ascending by key, those over `after`; when `newest_first`, descending, those
        under `after`, if it is not "" (keys that are ids ascend in time)."""
        ...

    def unembedded(self, model: str, *, after: int = 0, limit: int = 1000) -> list[int]:
        """Ascending sequences over `after` of items whose first passage has no vector of this model."""
        ...

    def stats(self) -> StoreStats:
        """Counts."""
        ...


class Queue(Protocol):
    """Work to do later: at least once, effects exactly once. Jobs enter by the change `Enqueue`."""

    def claim(
        self, stages: Sequence[str], *, namespace: str | None = None, limit: int = 1, lease: int = 60_000_000
    ) -> list[Job]:
        """Lease up to `limit` jobs of one namespace (of this one, if it is named) that are due, or whose lease ran out,
        oldest first, for `lease` microseconds. Of a stage in `changes.SERIAL`, none while somebody holds one of the
        namespace. A job whose lease ran out more often than the store allows becomes dead."""
        ...

    def extend(self, jobs: Sequence[Job], *, lease: int = 60_000_000) -> list[Job]:
        """Heartbeat: those of the jobs that are still ours, leased anew from now."""
        ...

    def finish(self, jobs: Sequence[Job], changes: Sequence[Change]) -> bool:
        """Apply the changes and mark the jobs done in one transaction. False, and nothing is written, where any of
        the leases was lost: somebody else has done, or is doing, the work."""
        ...

    def fail(self, job: Job, error: str, *, retry_at: int | None) -> None:
        """Give a job back for a time, or (None) make it dead. Nothing happens where the lease was lost."""
        ...

    def release(self, jobs: Sequence[Job]) -> None:
        """Give jobs back at once, as if they had not been claimed: their worker stops. Lost leases are passed over."""
        ...

    def jobs(
        self, namespace: str, *, states: Sequence[str] = (), stages: Sequence[str] = (), limit: int = 100
    ) -> list[Job]:
        """The jobs of a namespace, oldest first; in any state and of any stage, if none is named."""
        ...

    def revive(self, namespace: str) -> int:
        """Queue dead jobs again; -> how many."""
        ...


class Backend(Store, Queue, Protocol):
    """A store with its queue: work enters in the transaction that makes it necessary."""


class FileStore(Protocol):
    """What only a store in a file can do."""

    path: Path

    def backup(self, target: Path) -> None:
        """Write a consistent copy beside other users of the file. The target is whole or absent."""
        ...

    def check(self) -> Iterator[tuple[int, int, str]]:
        """Verify every page and row: yields (rows done, rows in all, problem or "")."""
        ...

    def namespaces(self) -> list[str]:
        """All that were ever written to, sorted."""
        ...

    def scans(self, namespace: str, filter: Filter) -> bool:
        """Whether the engine reads every item of the namespace to find those that the filter leaves."""
        ...

    def facts(self) -> FileFacts:
        """What the file and its engine say of themselves."""
        ...


class Embedder(Protocol):
    """Text -> vector."""

    name: str
    """Provider and model, such as `onnx:bge-small-en-v1.5-int8`: vectors of two names are never compared."""
    dimension: int

    def embed(self, texts: Sequence[str], kind: Literal["document", "query"]) -> np.ndarray:
        """-> float32, (len(texts), dimension), finite, rows of unit length. Raises `ModelError`."""
        ...


class Reranker(Protocol):
    """(question, text) -> how well the text answers."""

    name: str

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """-> float32, (len(texts),), logits: higher is better. Raises `ModelError`."""
        ...


class ChatModel(Protocol):
    """A conversation so far -> the next turn. Only asked where the owner has named a model."""

    name: str
    """Provider and model, such as `openai:gpt-5.2`."""

    def reply(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, most_tokens: int = 4_000
    ) -> Reply:
        """The model's answer. `schema`: a JSON Schema that the text has to follow, as far as the endpoint can hold the
        model to it: check it all the same. Raises `ModelError`: an error is never a text."""
        ...


class Sandbox(Protocol):
    """Runs a program that nobody vouches for. Raises `SandboxError` where a limit cannot be enforced: fails closed."""

    name: str
    """Which rung of the ladder, such as `container`, `bwrap`, `process`."""

    def run(
        self,
        command: Sequence[str],
        *,
        limits: Limits = _LIMITS,
        reads: Sequence[Path] = (),
        writes: Sequence[Path] = (),
        folder: Path | None = None,
        input: bytes = b"",
        environment: Mapping[str, str] = _NOTHING,
    ) -> Ran:
        """Run it to its end or its limit, then everything that it started is gone.

        It sees the files of the system's and Python's own folders, those under `reads`, and may write under `writes`
        alone; it has no network, no environment but this one, and starts in `folder`.
        """
        ...

    def enforces(self) -> dict[str, str]:
        """Each guarantee (network, files, memory, cpu, time, processes, output, environment, children) -> by what."""
        ...


class Messenger(Protocol):
    """Carries a notification out of this process, or gives up after some seconds."""

    name: str
    """As the ledger and the log name it: without what is secret in an address."""

    def send(self, message: Mapping[str, Any]) -> None:
        """`text` is for people, the rest for programs. Raises `TacitError`: nobody knows whether it arrived."""
        ...


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What every verb works in: one namespace of one store, a clock, a source of ids."""

    store: Store
    namespace: str
    clock: Clock
    new_id: NewId
    source: str = "python"
    """The door through which the call came; kept on what it records."""
