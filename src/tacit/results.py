"""What reading verbs hand back: recalls with their reasons, context packs, progress.

Floor 0, next to `types` and `changes`.
"""

from typing import Literal

from tacit.types import Item, Value

__all__ = [
    "Check",
    "CheckStatus",
    "Checking",
    "ContextPack",
    "PackEntry",
    "Recall",
    "Recalled",
    "RecalledSession",
    "Why",
]


class Why(Value, frozen=True, kw_only=True):
    """Why an item stands where it stands. None means that this component did not see the item."""

    words: tuple[str, ...] = ()
    """Terms of the question (stemmed) that the item has."""
    lexical: float | None = None
    """BM25 of its best passage, as measured by the store."""
    cosine: float | None = None
    """Of the question and its best passage; in [-1, 1]."""
    reranker: float | None = None
    """Logit of the cross-encoder, where that stage read the item."""
    relevance: float = 0.0
    """Cosine and words together, less what its length costs; before the terms below."""
    recency: float = 0.0
    """Added for being new."""
    situation: float = 0.0
    """Added for agreeing with the domain, language, type and tags of the one who asks."""
    dated: float = 0.0
    """Added for being of the day or month that the question names."""
    confidence: float = 0.0
    """Added for its evidence, to a learned item."""
    effect: float = 0.0
    """Added for what it is worth, drawn from what is believed of that; to a learned item."""
    verdict: Literal["", "helps", "hurts", "unproven"] = ""
    """On its effect; empty where the item is not a learned one."""
    evidence: str = ""
    """Of a learned item, in words: counts, origin, effect."""
    propensity: float = 1.0
    """Probability with which a context pack shows it: a learned item is withheld at times to see what it is worth."""
    supersedes: tuple[str, ...] = ()
    """Ids of older items that this one took the place of."""
    superseded: bool = False
    """A newer item says the same of another time, or was recorded as replacing this one."""


class Recalled(Value, frozen=True, kw_only=True):
    """One answer."""

    item: Item
    score: float
    """Relevance and everything added to it; comparable within one recall, not a probability (that is `known`)."""
    why: Why


class RecalledSession(Value, frozen=True, kw_only=True):
    """One conversation that answers."""

    session: str
    score: float
    """Comparable within one recall, and only with other sessions."""
    items: tuple[str, ...]
    """Ids of its best items, at most three, best first."""


class Recall(Value, frozen=True, kw_only=True):
    """The answers to one question, best first."""

    id: str
    """Feedback and outcomes attach to this."""
    query: str
    results: tuple[Recalled, ...] = ()
    sessions: tuple[RecalledSession, ...] = ()
    """The sessions that answer best, if any were asked for, best first."""
    known: float = 0.0
    """Calibrated probability that something relevant is known."""
    abstained: bool = False
    """True: nothing relevant is known; `results` then holds the nearest there is, and a context pack stays empty."""
    reason: str = ""
    """Why the answer is empty or weaker than it could be; empty where all is well."""
    milliseconds: float = 0.0
    """Measured, of the whole call."""
    cpu_milliseconds: float = 0.0
    """Of the calling thread: what else the machine does counts little."""


class PackEntry(Value, frozen=True, kw_only=True):
    """One item of a context pack, as it is rendered."""

    section: str
    text: str
    item: str
    """Id; empty for a playbook, which is made of several."""
    tokens: int
    """Estimated."""
    score: float
    why: Why
    trust: str


class ContextPack(Value, frozen=True, kw_only=True):
    """What an agent is handed before a task: items within a token budget, each with its reason."""

    recall: str
    """Id of the recall behind it."""
    query: str
    text: str
    """The rendered block. It says of itself that it is data, and nothing inside can close it."""
    entries: tuple[PackEntry, ...] = ()
    tokens: int = 0
    """Of `text`, estimated."""
    budget: int = 0
    known: float = 0.0
    reason: str = ""
    """Why the pack is empty or weaker than it could be."""


CheckStatus = Literal["ok", "warning", "failure"]


class Check(Value, frozen=True, kw_only=True):
    """What one look of the doctor found."""

    name: str
    status: CheckStatus
    found: str
    remedy: str = ""
    """What to do about it; empty where all is well."""


class Checking(Value, frozen=True, kw_only=True):
    """Progress within a long look of the doctor: rows so far, of how many."""

    done: int
    total: int
