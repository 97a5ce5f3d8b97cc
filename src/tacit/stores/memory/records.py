"""What the in-memory store keeps beside the items of one namespace.

Floor 3. Below: state. Above: the store hands this out.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import msgspec

from tacit.changes import Feedback, RecallLog, StoreStats
from tacit.logic.passages import passage_id
from tacit.stores.memory.state import State, copied
from tacit.types import Item

__all__ = ["MemoryRecords"]


class MemoryRecords:
    """As `ports.Records`."""

    def __init__(self, namespace: str, opened: Callable[[], AbstractContextManager[State]]) -> None:
        self._namespace = namespace
        self._opened = opened

    def drafts(self, id: str | None = None) -> list[Item]:
        """Open episodes with the steps logged so far, by id; only the one with this id, if given."""
        with self._opened() as state:
            drafts = state.space(self._namespace).drafts
            return [copied(drafts[known]) for known in sorted(drafts) if id in (None, known)]

    def recall(self, id: str) -> RecallLog | None:
        """The log of one recall, or None."""
        with self._opened() as state:
            return copied(state.space(self._namespace).recalls.get(id))

    def recalls(self, *, limit: int = 100) -> list[RecallLog]:
        """The latest first."""
        with self._opened() as state:
            logged = list(state.space(self._namespace).recalls.values())
            return [copied(recall) for recall in logged[::-1][: max(0, limit)]]

    def feedback(self, recall: str | None = None, *, since: str = "") -> list[Feedback]:
        """In the order in which it came; on one recall, if given; on none whose id is under `since`."""
        with self._opened() as state:
            given = state.space(self._namespace).feedback.values()
            return [copied(one) for one in given if recall in (None, one.recall) and one.recall >= since]

    def note(self, key: str) -> object:
        """The value set by `SetNote`, or None."""
        with self._opened() as state:
            return msgspec.json.decode(state.space(self._namespace).notes.get(key, b"null"))

    def learned(self, space: str, keys: Sequence[str]) -> dict[str, Any]:
        """The values that `PutLearned` keeps under these keys; unknown ones are left out."""
        with self._opened() as state:
            rows = state.space(self._namespace).learned
            return {key: msgspec.json.decode(rows[space, key]) for key in keys if (space, key) in rows}

    def learnings(
        self, space: str, *, after: str = "", limit: int = 1000, newest_first: bool = False
    ) -> dict[str, Any]:
        """A page of a space: key -> value, ascending by key, those over `after`; when `newest_first`, descending, those
        under it."""
        with self._opened() as state:
            rows = state.space(self._namespace).learned
            keys = sorted((key for of, key in rows if of == space), reverse=newest_first)
            if after:
                keys = [key for key in keys if (key < after if newest_first else key > after)]
            return {key: msgspec.json.decode(rows[space, key]) for key in keys[: max(0, limit)]}

    def unembedded(self, model: str, *, after: int = 0, limit: int = 1000) -> list[int]:
        """Ascending sequences over `after` of items whose first passage has no vector of this model."""
        with self._opened() as state:
            space = state.space(self._namespace)
            known = space.vectors.get(model, {})
            missing = [sequence for sequence in sorted(space.items) if passage_id(sequence, 0) not in known]
            return [sequence for sequence in missing if sequence > after][: max(0, limit)]

    def stats(self) -> StoreStats:
        """Counts."""
        with self._opened() as state:
            space = state.space(self._namespace)
            firsts = {passage_id(sequence, 0) for sequence in space.items}
            return StoreStats(
                items=dict(Counter(item.kind for item in space.items.values())),
                superseded=sum(item.superseded_by is not None for item in space.items.values()),
                drafts=len(space.drafts),
                vectors={model: len(firsts & known.keys()) for model, known in space.vectors.items()},
                jobs=dict(Counter(job.state for job in state.jobs_of(self._namespace))),
                recalls=len(space.recalls),
                feedback=len(space.feedback),
                learned=dict(sorted(Counter(space_name for space_name, _ in space.learned).items())),
            )
