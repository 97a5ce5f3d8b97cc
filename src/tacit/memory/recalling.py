"""The face that recalls: answers, context packs, feedback on them.

Floor 5. Below: base. Above: Memory.
"""

import time
from collections.abc import Sequence
from typing import Literal, Unpack

import msgspec

from tacit.changes import Feedback, RecallLog, Shown
from tacit.logic.about import Where, filtered
from tacit.memory.base import Base
from tacit.operations import context, recall
from tacit.operations.context import Task
from tacit.operations.recall import Asked, Hints
from tacit.results import ContextPack, Recall
from tacit.types import Filter

__all__ = ["Recalling"]


class Recalling(Base):
    """Methods take the keyword arguments of `Where`."""

    def recall(
        self,
        query: str,
        *,
        k: int = 10,
        best_sessions: int = 0,
        retired: bool = False,
        hints: Hints | None = None,
        **where: Unpack[Where],
    ) -> Recall:
        """The k items that answer best, each with its reason; `known` says how likely anything does.

        With `best_sessions`, so many conversations as well, each judged by all that was found in it. Rules and patterns
        that were retired or quarantined are left out, unless `retired`.
        """
        asked = Asked(
            query=query, k=k, best_sessions=best_sessions, retired=retired, hints=hints, filter=filtered(where)
        )
        name = self._scope.new_id()
        answer = recall.recall(self._scope, asked, self._answering(name), name=name)
        self._recalled(answer.milliseconds)
        return answer

    def context(
        self,
        query: str,
        *,
        budget: int = 2000,
        k: int = 20,
        tools: Sequence[str] = (),
        hints: Hints | None = None,
        **where: Unpack[Where],
    ) -> ContextPack:
        """What to hand to an agent before a task: rules, what worked, a playbook, what is like the task, preferences,
        within a budget of estimated tokens.

        Tell its `recall` when the episode starts: the outcome says what the pack was worth. With `tools`, what needs
        other ones is left out."""
        name, begun = self._scope.new_id(), time.perf_counter()
        models = self._answering(name)
        task = Task(query=query, filter=filtered(where), budget=budget, k=k, tools=tuple(tools))

        def search(filter: Filter, most: int) -> Recall:
            asked = Asked(query=query, k=most, hints=hints, filter=filter)
            return recall.search(self._scope, asked, models, name=name)

        def log(answer: Recall, shown: Sequence[Shown], withheld: Sequence[Shown]) -> str:
            took = msgspec.structs.replace(answer, milliseconds=(time.perf_counter() - begun) * 1000)
            asked = Asked(query=query, k=k, filter=task.filter)
            return recall.log(self._scope, took, asked, models, shown=shown, withheld=withheld)

        pack = context.context(self._scope, task, models.policy, search=search, log=log)
        self._recalled((time.perf_counter() - begun) * 1000)
        return pack

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
