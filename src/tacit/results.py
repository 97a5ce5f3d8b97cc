"""What reading verbs hand back: recalls with their reasons, context packs, progress.

Floor 0, next to `types` and `changes`.
"""

from tacit.types import Item, Value

__all__ = ["ContextPack", "PackEntry", "Recall", "Recalled", "Why"]


class Why(Value, frozen=True, kw_only=True):
    """Why an item stands where it stands. None means that this component did not see the item."""

    words: tuple[str, ...] = ()
    """Terms of the question (stemmed) that the item has."""
    lexical: float | None = None
    """BM25 of the item's words, as measured by the store."""
    cosine: float | None = None
    """Of question and item; in [-1, 1]."""
    reranker: float | None = None
    """Logit of the cross-encoder, where that stage ran."""
    relevance: float = 0.0
    """What the components give together, before the weights below."""
    recency: float = 1.0
    """Factor, 0.5 per half-life, bounded below: old items are never cut off."""
    context_match: float = 1.0
    """Factor for agreement with the domain, language, task type and tags asked for."""
    supersedes: tuple[str, ...] = ()
    """Ids of older items whose place this newer one took, because it says the same of another time."""
    superseded: bool = False
    """A newer item says that this one no longer holds."""


class Recalled(Value, frozen=True, kw_only=True):
    """One answer."""

    item: Item
    score: float
    """In (0, 1]; comparable within one recall."""
    why: Why


class Recall(Value, frozen=True, kw_only=True):
    """The answers to one question, best first."""

    id: str
    """Feedback and outcomes attach to this."""
    query: str
    results: tuple[Recalled, ...] = ()
    known: float | None = None
    """Calibrated score in [0, 1] that something relevant is known; None where words alone were searched."""
    abstained: bool = False
    """True: nothing that is known answers this; `results` is then empty."""
    reason: str = ""
    """Why the answer is empty or weaker than it could be; empty where all is well."""
    milliseconds: float = 0.0
    """Measured, of the whole call."""


class PackEntry(Value, frozen=True, kw_only=True):
    """One item of a context pack, as it is rendered."""

    section: str
    text: str
    item: str
    """Id."""
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
    known: float | None = None
    reason: str = ""
    """Why the pack is empty or weaker than it could be."""
