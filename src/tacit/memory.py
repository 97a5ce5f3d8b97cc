"""Memory: lends one namespace of a store to the verbs, one line a verb.

Floor 5, with `opening`, which makes one from the settings. Above: `AsyncMemory` and the doors.
"""

import atexit
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self, Unpack, cast

from tacit.changes import Feedback, Job, RecallLog, StoreStats
from tacit.errors import ConfigurationError, TacitError
from tacit.logic.about import About, Where, filtered
from tacit.logic.limits import LABEL
from tacit.logic.pack import checked_budget, pack
from tacit.logic.steps import Measured
from tacit.logic.text import checked
from tacit.logic.transcripts import Format
from tacit.operations import (
    backup,
    embedding,
    episodes,
    exchange,
    forget,
    import_runs,
    index_folder,
    recall,
    record,
)
from tacit.operations.episodes import OpenEpisode
from tacit.operations.recall import Asked, Hints, Models
from tacit.operations.worker import Handler, Waking, Worker
from tacit.operations.working import WorkingMemory
from tacit.ports import Backend, Embedder, FileStore, Scope, Store
from tacit.results import ContextPack, Recall, Recalled, Why
from tacit.types import Complexity, Decision, Filter, Item, Outcome, Project, StepResult, Trust

__all__ = ["Memory", "OpenEpisode", "WorkingMemory"]

PREFERENCES = 5
"""Latest preferences that go into every context pack, if there is room: they hold whatever the task."""
PATIENCE = 30.0
"""Seconds that `flush` waits for what another process has leased."""


class Memory:
    """One namespace of a store, with everything an agent does with it. Thread-safe; close it, or use it in `with`.

    Recording methods take the keyword arguments of `About` (at, author, session, domain, language, tags, metadata,
    source, trust, key, valid_from, valid_to, derived_from); reading ones those of `Where` (kinds, types, domains, ...).
    What is recorded is durable when the call returns, searchable by words at once, and by meaning as soon as the queue
    has embedded it. Raises what `tacit.errors` draws; bad input changes nothing.
    """

    def __init__(
        self, backend: Backend, scope: Scope, models: Models, *, file: FileStore | None = None, background: bool = True
    ) -> None:
        self._backend = backend
        self._scope = scope
        self._models = models
        self._file = file
        self._episodes: dict[str, OpenEpisode] = {}
        self._working: dict[str, WorkingMemory] = {}
        self._lock = threading.Lock()
        self._closed = False
        handlers: dict[str, Handler] = {}
        if models.embedder is not None:
            embedding.refuse_another(backend, scope.namespace, models.embedder)
            handlers["embed"] = embedding.embed_handler(backend, models.embedder)
        self._worker = Worker(backend, scope.clock, handlers, namespace=scope.namespace, tick=self._tick)
        self._scope = replace(scope, store=cast("Store", Waking(backend, self._worker)))
        if background:
            self._worker.start()
        atexit.register(self.close)

    @property
    def namespace(self) -> str:
        """Where this memory records and recalls."""
        return self._scope.namespace

    @property
    def embedder(self) -> Embedder | None:
        """What judges meaning here; None where words alone are searched."""
        return self._models.embedder

    # Recording

    def episode(
        self,
        task: str,
        *,
        task_type: str = "other",
        complexity: Complexity = "moderate",
        framework: str = "",
        agent: str = "",
        **about: Unpack[About],
    ) -> OpenEpisode:
        """Start an episode: log its steps and complete it on what is returned, or use it in `with`."""
        opened = episodes.start(
            self._scope, task, task_type=task_type, complexity=complexity, framework=framework, agent=agent, **about
        )
        self._running()
        with self._lock:
            self._episodes[opened.id] = opened
        return opened

    def start_episode(
        self,
        task: str,
        *,
        task_type: str = "other",
        complexity: Complexity = "moderate",
        framework: str = "",
        agent: str = "",
        **about: Unpack[About],
    ) -> str:
        """Start an episode; -> its id, for `log_step` and `complete_episode`, from any process."""
        return self.episode(
            task, task_type=task_type, complexity=complexity, framework=framework, agent=agent, **about
        ).id

    def resume_episode(self, id: str) -> OpenEpisode:
        """An episode that was started here or in another process."""
        with self._lock:
            known = self._episodes.get(id)
        if known is None:
            known = episodes.resume(self._scope, id)
            with self._lock:
                known = self._episodes.setdefault(id, known)
        return known

    def log_step(
        self,
        id: str,
        tool: str,
        *,
        action: str = "",
        arguments: str | Mapping[str, Any] | list[Any] = "",
        observation: str = "",
        result: StepResult = "unknown",
        **measured: Unpack[Measured],
    ) -> None:
        """Log one tool call of an episode; buffered (50 steps or 5 s)."""
        self.resume_episode(id).step(
            tool, action=action, arguments=arguments, observation=observation, result=result, **measured
        )

    def complete_episode(self, id: str, outcome: Outcome) -> Item:
        """Record an episode with its outcome, durably, with everything that follows from it queued."""
        return self.resume_episode(id).complete(outcome)

    def record_message(self, text: str, *, role: str = "", **about: Unpack[About]) -> Item:
        """Record one utterance; give its author and session."""
        return record.message(self._scope, text, role=role, **about)

    def record_messages(self, said: Iterable[tuple[str, str, About]]) -> list[Item]:
        """Record utterances (text, role, about) in their order, in one transaction."""
        return record.messages(self._scope, said)

    def record_interaction(self, question: str, answer: str = "", takeaway: str = "", **about: Unpack[About]) -> Item:
        """Record one exchange: question, answer, and what to take away from it."""
        return record.interaction(self._scope, question, answer, takeaway, **about)

    def record_fact(self, statement: str, **about: Unpack[About]) -> Item:
        """Record a statement; with a `key` it supersedes the current fact of that key."""
        return record.fact(self._scope, statement, **about)

    def set_preference(self, key: str, /, value: Any, category: str = "general", **about: Unpack[About]) -> Item:
        """Set a preference: key -> any JSON value, over what was there."""
        return record.preference(self._scope, key, value, category, **about)

    def get_preference(self, key: str, default: Any = None) -> Any:
        """The value of a preference, or the default."""
        return record.preference_value(self._scope, key, default)

    def record_project(self, name: str, *, details: Project | None = None, **about: Unpack[About]) -> Item:
        """Record a project, or replace what was known of it."""
        return record.project(self._scope, name, details=details, **about)

    def record_conversation(
        self, summary: str, *, key_decisions: Sequence[str] = (), user_feedback: str = "", **about: Unpack[About]
    ) -> Item:
        """Record the summary of a conversation."""
        return record.conversation(
            self._scope, summary, key_decisions=key_decisions, user_feedback=user_feedback, **about
        )

    def record_decision(self, decision: Decision, **about: Unpack[About]) -> Item:
        """Record a choice among options."""
        return record.decision(self._scope, decision, **about)

    def update_decision(self, id: str, outcome: str, reward: float) -> Item:
        """Say how a decision turned out; the reward lies in [-1, 1]."""
        return record.decision_outcome(self._scope, id, outcome, reward)

    def record_learning_event(
        self,
        event_type: Literal["success", "failure", "feedback"],
        task: str,
        *,
        outcome: str = "",
        reward: float = 0.0,
        **about: Unpack[About],
    ) -> Item:
        """Record a success, a failure or feedback on a task; the reward lies in [-1, 1]."""
        return record.learning_event(self._scope, event_type, task, outcome=outcome, reward=reward, **about)

    def record_solution(
        self,
        solution_type: Literal["error_fix", "feature", "optimization"],
        context: str,
        solution: str,
        **about: Unpack[About],
    ) -> Item:
        """Record what solved a problem; the same again counts as one more success of it."""
        return record.solution(self._scope, solution_type, context, solution, **about)

    def update_solution(self, id: str, *, worked: bool) -> Item:
        """Count one more success or failure of a solution."""
        return record.solution_outcome(self._scope, id, worked=worked)

    def working(self, session: str = "default") -> WorkingMemory:
        """The working memory of a session: in this process, gone with it."""
        with self._lock:
            if session not in self._working:
                self._working[session] = WorkingMemory(self._scope.clock)
            return self._working[session]

    # Recalling

    def recall(self, query: str, *, k: int = 10, hints: Hints | None = None, **where: Unpack[Where]) -> Recall:
        """The k items that answer best, each with its reason; `known` says how likely anything does."""
        asked = Asked(query=query, k=k, hints=hints, filter=filtered(where))
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

    # Managing

    def get(self, *ids: str) -> list[Item]:
        """The items with these ids; unknown ones are left out. An open episode is found as well."""
        ids = tuple(checked(one, "id", LABEL) for one in ids)
        found = {item.id: [item] for item in self._backend.read(self.namespace, ids)}
        drafts = self._backend.records(self.namespace).drafts
        return [item for one in ids for item in (found[one] if one in found else drafts(one))]

    def items(
        self, *, limit: int = 100, after: int = 0, newest_first: bool = False, **where: Unpack[Where]
    ) -> list[Item]:
        """A page of items; `after` is the `sequence` of the last one seen."""
        return self._backend.select(
            self.namespace, filtered(where), after=after, limit=limit, newest_first=newest_first
        )

    def open_episodes(self) -> list[Item]:
        """Episodes without an outcome, with the steps flushed so far."""
        return self._backend.records(self.namespace).drafts()

    def forget(self, *ids: str, dry_run: bool = False, **where: Unpack[Where]) -> forget.Forgotten:
        """Delete items by id or filter, with everything derived from them."""
        return forget.forget(
            self._scope,
            ids=ids,
            filter=filtered(where) if where else None,
            dry_run=dry_run,
            discard=getattr(self.embedder, "discard", None),
        )

    def stats(self) -> StoreStats:
        """Counts of this namespace."""
        return self._backend.records(self.namespace).stats()

    def unembedded(self) -> int:
        """How many items are not found by meaning yet, because they wait for a vector; 0 without an embedder."""
        if self.embedder is None:
            return 0
        return embedding.unembedded(self._backend, self.namespace, self.embedder)

    def export(self, **where: Unpack[Where]) -> Iterator[bytes]:
        """Items as JSONL, line by line; `import_file` reads it back."""
        return exchange.export(self._scope, filtered(where))

    def import_file(
        self,
        path: str | Path,
        *,
        format: Format | None = None,
        sidechains: bool = False,
        dry_run: bool = False,
        restart: bool = False,
    ) -> Iterator[import_runs.Imported | exchange.Exchanged]:
        """Import runs, a transcript, a message log or an export of tacit; yields progress, resumable, idempotent."""
        if format is None and exchange.is_export(Path(path)):
            return exchange.import_export(self._scope, Path(path), dry_run=dry_run)
        return import_runs.import_file(
            self._scope, path, format=format, sidechains=sidechains, dry_run=dry_run, restart=restart
        )

    def index_folder(
        self, folder: str | Path, *, dry_run: bool = False, gitignore: bool = True, trust: Trust = "medium"
    ) -> Iterator[index_folder.Indexed]:
        """Index documents and code, incrementally by content; yields progress."""
        return index_folder.index_folder(self._scope, folder, dry_run=dry_run, gitignore=gitignore, trust=trust)

    def backup(self, target: str | Path, *, overwrite: bool = False) -> Path:
        """Write a consistent copy of the whole file, all namespaces, while others go on."""
        return backup.backup(self._in_file("a backup"), Path(target), overwrite=overwrite)

    def check(self) -> Iterator[tuple[int, int, str]]:
        """Verify every page and row of the file: yields (rows done, rows in all, problem or "")."""
        return self._in_file("a check").check()

    def jobs(self, *, states: Sequence[str] = (), limit: int = 100) -> list[Job]:
        """Jobs of this namespace, oldest first."""
        return self._backend.jobs(self.namespace, states=states, limit=limit)

    def revive_jobs(self) -> int:
        """Queue dead jobs again; -> how many."""
        revived = self._backend.revive(self.namespace)
        self._worker.wake()
        return revived

    def work(self) -> Iterator[int]:
        """Work the queue off here and now; yields after each transaction."""
        return self._worker.drain()

    def flush(self, *, timeout: float = PATIENCE) -> bool:
        """Write buffered steps and embed what waits, so that recall sees all of it by meaning, too.

        -> whether all is done; False after `timeout` seconds, or where a job keeps failing, or without an embedder.
        """
        self._each(OpenEpisode.flush)
        deadline = time.monotonic() + timeout
        while True:
            for _ in self.work():
                if time.monotonic() > deadline:
                    return False
            if not self._backend.jobs(self.namespace, states=("queued", "leased"), limit=1):
                return True
            if self.embedder is None or time.monotonic() > deadline or self._failing():
                return False
            time.sleep(0.01)  # another thread or process has leased it

    def reembed(self, embedder: Embedder) -> Iterator[embedding.Reembedded]:
        """Move this namespace to another embedder; yields progress, resumable. Then open it with that embedder."""
        return embedding.reembed(self._backend, self.namespace, embedder)

    def close(self) -> None:
        """Write buffered steps, stop working, let go of the file. What is queued stays queued."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        atexit.unregister(self.close)
        self._worker.stop()
        try:
            self._each(OpenEpisode.flush)
        finally:
            self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> list[OpenEpisode]:
        with self._lock:
            self._episodes = {key: one for key, one in self._episodes.items() if one.item is None}
            return [*self._episodes.values()]

    def _tick(self) -> None:
        self._each(OpenEpisode.flush_if_due)

    def _each(self, write: Callable[[OpenEpisode], None]) -> None:
        """Of every open episode; the fault of one keeps no other one waiting, and is raised at the end."""
        faults: list[TacitError] = []
        for episode in self._running():
            try:
                write(episode)
            except TacitError as fault:
                faults.append(fault)
        if faults:
            raise faults[0]

    def _failing(self) -> bool:
        """Whether what is queued waits for its next attempt after a failure."""
        waiting = self._backend.jobs(self.namespace, states=("queued", "leased"), limit=100)
        return bool(waiting) and all(job.state == "queued" and job.error for job in waiting)

    def _in_file(self, what: str) -> FileStore:
        if self._file is None:
            raise ConfigurationError(
                f"{what} needs a file", cause="this memory lives in the process", remedy="open it with a path"
            )
        return self._file
