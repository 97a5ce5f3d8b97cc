"""The face that recalls: answers, context packs, feedback on them.

Floor 5. Below: base. Above: Memory.
"""

from collections.abc import Sequence
from typing import Literal, Unpack

from tacit.changes import Feedback, RecallLog
from tacit.logic.about import Where, filtered
from tacit.logic.pack import checked_budget, pack
from tacit.memory.base import Base
from tacit.operations import recall
from tacit.operations.recall import Asked, Hints
from tacit.results import ContextPack, Recall, Recalled, Why
from tacit.types import Filter

__all__ = ["Recalling"]

PREFERENCES = 5
"""Latest preferences that go into every context pack, if there is room: they hold whatever the task."""


class Recalling(Base):
    """Methods take the keyword arguments of `Where`."""

    def recall(
        self, query: str, *, k: int = 10, best_sessions: int = 0, hints: Hints | None = None, **where: Unpack[Where]
    ) -> Recall:
        """The k items that answer best, each with its reason; `known` says how likely anything does.

        With `best_sessions`, so many conversations as well, each judged by all that was found in it.
        """
        asked = Asked(query=query, k=k, best_sessions=best_sessions, hints=hints, filter=filtered(where))
        return recall.recall(self._scope, asked, self._models)

    def context(
        self, query: str, *, budget: int = 2000, k: int = 20, hints: Hints | None = None, **where: Unpack[Where]
    ) -> ContextPack:
        """What to hand to an agent before a task: recalled items within a budget of estimated tokens."""
        budget = checked_budget(budget)
        answer = self.recall(query, k=k, hints=hints, **where)
        liked = self._backend.select(
            self.namespace, Filter(kinds=("preference",), current=True), limit=PREFERENCES, newest_first=True
        )
        return pack(answer, [Recalled(item=item, score=0.0, why=Why()) for item in liked], budget=budget)

    def feedback(
        self,
        recall_id: str,
        score: float,
        *,
        items: Sequence[str] = (),
        origin: Literal["user", "agent"] = "user",
        note: str = "",
    ) -> Feedback:
        """Say how good a recall was, in [-1, 1]; of some of its items, or of all."""
        return recall.feedback(self._scope, recall_id, score, items=items, origin=origin, note=note)

    def recalls(self, *, limit: int = 100) -> list[RecallLog]:
        """The log of recalls, the latest first."""
        return self._backend.records(self.namespace).recalls(limit=limit)
