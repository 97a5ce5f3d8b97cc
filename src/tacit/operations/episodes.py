"""Record an episode: start it, log its steps, complete it.

Floor 4. Below: the store, logic. Above: memory, which keeps the open episodes of its process.

Steps are buffered and written after `BUFFERED` steps or `FLUSH_AFTER`, so that logging one costs microseconds; what is
not flushed when the process dies is lost, and nothing had acknowledged it. `complete` writes the whole episode, its
searchable words and its jobs in one transaction, and never rejects an episode for its quality.
"""

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack, cast, get_args

import msgspec

from tacit.changes import AppendSteps, Change, DropDraft, Enqueue, Feedback, LogFeedback, Put, SaveDraft
from tacit.errors import Conflict, InvalidInput, NotFound, TooLarge
from tacit.logic.about import About, described
from tacit.logic.episode_text import episode_text
from tacit.logic.limits import DESCRIPTION, EPISODE_BYTES, LABEL, STEPS
from tacit.logic.recalled import without_recalled
from tacit.logic.redaction import redact
from tacit.logic.steps import Measured, checked_outcome, checked_step, score_of, size_of
from tacit.logic.text import checked
from tacit.logic.trust import vouched
from tacit.ports import Scope
from tacit.types import Abstained, Complexity, Episode, Failure, Item, Outcome, Partial, Step, StepResult, Success

__all__ = ["OpenEpisode", "resume", "start"]

T = TypeVar("T")

BUFFERED = 50
FLUSH_AFTER = 5_000_000
"""Microseconds."""
RETRIES = 20
"""Of a write that the steps of another process overtook; each retry means that somebody else got through."""
COMPLEXITIES = get_args(Complexity)


def start(
    scope: Scope,
    task: str,
    *,
    task_type: str = "other",
    complexity: Complexity = "moderate",
    framework: str = "",
    agent: str = "",
    **about: Unpack[About],
) -> "OpenEpisode":
    """Open an episode; it is durable as a draft when this returns. Raises `InvalidInput`, `TooLarge`."""
    text = without_recalled(checked(task, "task", DESCRIPTION))
    if not text.strip():
        raise InvalidInput("the task is empty", cause="an episode is a run at a task", remedy="say what is to be done")
    if complexity not in COMPLEXITIES:
        raise InvalidInput(
            "unknown complexity", cause=f"{ascii(complexity)[:80]}", remedy=f"use one of {', '.join(COMPLEXITIES)}"
        )
    now = scope.clock()
    payload = Episode(
        task=redact(text)[0],
        task_type=checked(task_type, "task_type", LABEL),
        complexity=complexity,
        framework=checked(framework, "framework", LABEL),
        agent=checked(agent, "agent", LABEL),
        started_at=now,
    )
    fields = described(about, now=now, source=scope.source)
    item = Item(id=scope.new_id(), kind="episode", text=payload.task, payload=payload, type=payload.task_type, **fields)
    scope.store.write(scope.namespace, [SaveDraft(item=item)])
    return OpenEpisode(scope, item)


def resume(scope: Scope, id: str) -> "OpenEpisode":
    """Go on with an episode that was opened elsewhere. Raises `NotFound` where it is not open in this namespace."""
    drafts = scope.store.records(scope.namespace).drafts(id)
    if not drafts:
        raise NotFound(
            f"no open episode {ascii(id)[:80]}",
            cause="it was never started in this namespace, or it is completed",
            remedy="start an episode, or list the open ones",
        )
    return OpenEpisode(scope, drafts[0])


class OpenEpisode:
    """One episode while it runs. Thread-safe. As a context manager it completes itself.

    Leaving the block with an exception records a failure; leaving it without an outcome records an abstention.
    """

    def __init__(self, scope: Scope, draft: Item) -> None:
        self._scope = scope
        self._draft = draft
        self._episode = cast("Episode", draft.payload)
        self._steps = list(self._episode.steps)
        self._flushed = len(self._steps)
        self._bytes = sum(size_of(step) for step in self._steps)
        self._flush_at = 0
        self._recalls: list[str] = []
        self._done: Item | None = None
        self._lock = threading.RLock()

    @property
    def id(self) -> str:
        """Of the open episode, and of the item that it becomes."""
        return self._draft.id

    @property
    def item(self) -> Item | None:
        """The recorded item, once completed."""
        return self._done

    def step(
        self,
        tool: str,
        *,
        action: str = "",
        arguments: str | Mapping[str, Any] | list[Any] = "",
        observation: str = "",
        result: StepResult = "unknown",
        **measured: Unpack[Measured],
    ) -> None:
        """Log one tool call. Raises `InvalidInput`, `TooLarge`; the episode then is as it was."""
        step = checked_step(tool, action, arguments, observation, result, measured)
        with self._lock:
            self._append(step)

    @property
    def logged(self) -> int:
        """Steps so far, buffered ones included."""
        return len(self._steps)

    def recalled(self, *recalls: str) -> None:
        """Say that this episode works with what recalls showed: its outcome becomes feedback on them.

        Raises `NotFound` where this namespace has logged no such recall; none of them is kept then.
        """
        known = self._scope.store.records(self._scope.namespace)
        for recall in recalls:
            if known.recall(checked(recall, "recall id", LABEL)) is None:
                raise NotFound(
                    f"no recall {ascii(recall)[:80]}",
                    cause="none was logged under it in this namespace",
                    remedy="pass the id that a recall came with, or leave it out",
                )
        with self._lock:
            self._recalls = list(dict.fromkeys([*self._recalls, *recalls]))

    def refresh(self) -> None:
        """Take over the steps that another process has logged meanwhile; what is buffered here comes after them.

        Raises `NotFound` where another process has completed it; what is buffered here then has nowhere to go.
        """
        with self._lock:
            self._still_open()
            try:
                current = resume(self._scope, self.id)
            except NotFound:
                del self._steps[self._flushed :]
                raise
            waiting = self._steps[self._flushed :]
            self._steps = [*current._steps, *waiting]
            self._flushed = len(current._steps)
            self._bytes = sum(size_of(step) for step in self._steps)

    def flush(self) -> None:
        """Write the buffered steps, after those that others have logged meanwhile; durable when this returns.

        Raises `NotFound` where another process has completed the episode; the buffered steps have nowhere to go then.
        """
        with self._lock:
            if self._done is None and len(self._steps) > self._flushed:
                self._caught_up(self._flush)

    def flush_if_due(self) -> None:
        """Flush where the oldest buffered step has waited for `FLUSH_AFTER`."""
        with self._lock:
            if len(self._steps) > self._flushed and self._scope.clock() >= self._flush_at:
                self.flush()

    def complete(self, outcome: Outcome) -> Item:
        """Record the episode with its outcome and with all steps that anybody has logged to it.

        Durable when it returns. Raises `Conflict` where it is completed, here or in another process.
        """
        outcome = checked_outcome(outcome)
        with self._lock:
            self._still_open()
            self._done = self._caught_up(lambda: self._complete(outcome))
            return self._done

    def success(self, verdict: str = "", artifacts: tuple[str, ...] = ()) -> Item:
        """Complete: the task was done."""
        return self.complete(Success(verdict=verdict, artifacts=tuple(artifacts)))

    def partial(self, completed: tuple[str, ...], failed: tuple[str, ...]) -> Item:
        """Complete: a part of the task was done."""
        return self.complete(Partial(completed=tuple(completed), failed=tuple(failed)))

    def failure(self, reason: str, details: str = "") -> Item:
        """Complete: the task was not done."""
        return self.complete(Failure(reason=reason, details=details))

    def abstain(self, reason: str, at_step: int | None = None) -> Item:
        """Complete: the agent chose not to go on."""
        return self.complete(Abstained(reason=reason, at_step=at_step))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._done is not None:
            return
        if kind is None:
            self.abstain("the block ended without an outcome", len(self._steps))
        else:
            self.failure(kind.__name__, _lenient(str(error)))

    def _flush(self) -> None:
        waiting = tuple(self._steps[self._flushed :])
        try:
            self._scope.store.write(
                self._scope.namespace, [AppendSteps(draft=self.id, first=self._flushed, steps=waiting)]
            )
        except NotFound:
            del self._steps[self._flushed :]
            raise
        self._flushed = len(self._steps)

    def _complete(self, outcome: Outcome) -> Item:
        payload = msgspec.structs.replace(
            self._episode,
            steps=tuple(self._steps),
            outcome=outcome,
            ended_at=self._scope.clock(),
            recalls=tuple(self._recalls),
        )
        item = vouched(msgspec.structs.replace(self._draft, payload=payload, text=episode_text(payload)))
        changes: list[Change] = [
            Put(item=item),
            AppendSteps(draft=self.id, first=self._flushed, steps=()),  # a conflict where others have logged steps
            DropDraft(id=self.id),
            Enqueue(stage="learn", key=self.id),
            Enqueue(stage="embed", key=self.id),
            *self._feedback(outcome),
        ]
        return self._scope.store.write(self._scope.namespace, changes).items[0]

    def _caught_up(self, write: Callable[[], T]) -> T:
        """Write; again with the steps of others, where others have logged some in the meantime."""
        for _ in range(RETRIES):
            try:
                return write()
            except Conflict as overtaken:
                try:
                    self.refresh()
                except NotFound:
                    raise overtaken from None  # not steps: somebody has completed it
        return write()

    def _append(self, step: Step) -> None:
        self._still_open()
        if len(self._steps) >= STEPS:
            raise TooLarge(
                "too many steps", cause=f"an episode has at most {STEPS}", remedy="complete it and start another one"
            )
        size = self._bytes + size_of(step)
        if size > EPISODE_BYTES:
            raise TooLarge(
                "the episode is too large",
                cause=f"with this step it has {size} bytes, the bound is {EPISODE_BYTES}",
                remedy="shorten arguments and observations, or complete it and start another one",
            )
        if len(self._steps) == self._flushed:
            self._flush_at = self._scope.clock() + FLUSH_AFTER
        self._steps.append(step)
        self._bytes = size
        if len(self._steps) - self._flushed >= BUFFERED:
            self.flush()

    def _still_open(self) -> None:
        if self._done is not None:
            raise Conflict(
                f"episode {self.id} is completed", cause="its outcome is recorded", remedy="start another episode"
            )

    def _feedback(self, outcome: Outcome) -> list[Change]:
        score = score_of(outcome)
        return [
            LogFeedback(
                feedback=Feedback(
                    id=self._scope.new_id(),
                    recall=recall,
                    score=score,
                    origin="outcome",
                    note=self.id,
                    created_at=self._scope.clock(),
                )
            )
            for recall in self._recalls
        ]


def _lenient(text: str) -> str:
    """An exception's text must never keep an episode from being recorded."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")[:DESCRIPTION]
