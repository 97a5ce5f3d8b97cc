"""What the in-memory store holds: plain dictionaries, and a journal that takes changes to them back.

Floor 3. Below: the nouns. Above: the other files of this folder.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import msgspec
import numpy as np

from tacit.changes import Feedback, Job, RecallLog
from tacit.errors import InvalidInput
from tacit.types import Item

__all__ = ["Journal", "Space", "State", "Words", "copied"]

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Words:
    """The terms of one passage."""

    frequencies: dict[str, float]
    """term -> how often it occurs, those in the context counting by their column's weight."""
    tokens: int
    """Of both columns, each counting 1."""


@dataclass
class Space:
    """One namespace."""

    items: dict[int, Item] = field(default_factory=dict)
    """sequence -> item."""
    sequences: dict[str, int] = field(default_factory=dict)
    """id -> sequence."""
    words: dict[int, Words] = field(default_factory=dict)
    """passage -> its terms."""
    vectors: dict[str, dict[int, np.ndarray]] = field(default_factory=dict)
    """model -> passage -> vector."""
    dimensions: dict[str, int] = field(default_factory=dict)
    """model -> dimension, from its first vector until it is forgotten."""
    drafts: dict[str, Item] = field(default_factory=dict)
    recalls: dict[str, RecallLog] = field(default_factory=dict)
    feedback: dict[int, Feedback] = field(default_factory=dict)
    """Number of arrival -> feedback."""
    notes: dict[str, bytes] = field(default_factory=dict)
    """key -> JSON."""
    learned: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """(space, key) -> JSON."""


@dataclass
class State:
    """All namespaces, and the queue that they share."""

    spaces: dict[str, Space] = field(default_factory=dict)
    jobs: dict[int, Job] = field(default_factory=dict)
    job_keys: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """(namespace, stage, key) -> id of the job."""
    counters: dict[str, int] = field(default_factory=dict)
    """"sequence" and "job" -> the last number given out."""

    def space(self, namespace: str) -> Space:
        """A namespace to read from; nothing is kept for one that was never written to."""
        return self.spaces.get(namespace) or Space()

    def jobs_of(self, namespace: str) -> list[Job]:
        """Oldest first."""
        return [job for job in self.jobs.values() if job.namespace == namespace]


class Journal:
    """Every change of a dictionary goes through here, so that a failing transaction leaves no trace."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] = []

    def set(self, mapping: dict[K, V], key: K, value: V) -> None:
        """mapping[key] = value."""
        self._remember(mapping, key)
        mapping[key] = value

    def drop(self, mapping: dict[K, V], key: K) -> None:
        """Delete the key, if it is there."""
        self._remember(mapping, key)
        mapping.pop(key, None)

    def undo(self) -> None:
        """Put everything back, the latest change first."""
        while self._undo:
            self._undo.pop()()

    def _remember(self, mapping: dict[K, V], key: K) -> None:
        if key in mapping:
            old = mapping[key]
            self._undo.append(lambda: mapping.update({key: old}))
        else:
            self._undo.append(lambda: mapping.pop(key, None))


def copied(value: T) -> T:
    """A value that shares nothing mutable with this one, as a file would give it back: through JSON.

    Raises `InvalidInput` for what JSON cannot say.
    """
    kind: Any = type(value)
    try:
        return cast("T", msgspec.json.decode(msgspec.json.encode(value), type=kind))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"this {kind.__name__} cannot be kept", cause=str(error)[:300], remedy="pass values that JSON knows"
        ) from error
