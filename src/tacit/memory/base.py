"""What the faces of a memory share: one namespace of a store, the models, the worker, and what is open in this process.

Floor 5. Below: the verbs. Above: the faces, each of which lends the verbs of one matter.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from tacit.changes import Job
from tacit.errors import ConfigurationError, SandboxError, TacitError
from tacit.logic.extractors import Extractor, registered
from tacit.operations import embedding, learn, meter
from tacit.operations.advise import Adviser
from tacit.operations.distill import distill_handler
from tacit.operations.episodes import OpenEpisode
from tacit.operations.meter import Meter
from tacit.operations.policies import Policies
from tacit.operations.recall import Models
from tacit.operations.relearn import relearn_handler
from tacit.operations.worker import Handler, Waking, Worker
from tacit.operations.working import WorkingMemory
from tacit.ports import Backend, ChatModel, FileStore, Messenger, Sandbox, Scope, Store, Transactions

__all__ = ["Base", "Trying"]


LOOK_EVERY = 16
"""Recalls after which the worker looks at what is being watched: its own wake it, others it sees when it is awake. A
look reads the whole watch, which takes up to 60 ms."""


def _no_sandbox() -> Sandbox:
    raise SandboxError(
        "there is no sandbox", cause="this memory was made without one", remedy="open it with `tacit.open`"
    )


def _no_chat() -> ChatModel | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Trying:
    """What the loop needs beside the store: for trials, each opened when it is needed, for ideas, for notifications."""

    sandbox: Callable[[], Sandbox] = _no_sandbox
    reranker: str = "none"
    """Name of what rereads every recall, for the process of the trial to load."""
    models: Path | None = None
    embedders: Callable[[], Sequence[str]] = tuple
    """-> names of those that are installed."""
    chat: Callable[[], ChatModel | None] = _no_chat
    """-> the model that its owner has named, the same each time."""
    messengers: Sequence[Messenger] = ()
    """Whom to tell of critical bottlenecks and rollbacks."""


class Base:
    """Not for use by itself: see `Memory`."""

    def __init__(
        self,
        backend: Backend,
        scope: Scope,
        models: Models,
        *,
        file: FileStore | None = None,
        extractors: Sequence[Extractor] = (),
        trying: Trying | None = None,
    ) -> None:
        self._backend = backend
        self._models = models
        self._file = file
        self._trying = trying or Trying()
        self._episodes: dict[str, OpenEpisode] = {}
        self._working: dict[str, WorkingMemory] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._meter = Meter(scope.clock, models.embedder)
        learn.begin(backend, scope.namespace, scope.new_id)
        learning = learn.learn_handler(
            backend, new_id=scope.new_id, policy=models.policy, extractors=registered(extractors)
        )
        handlers: dict[str, Handler] = {
            "relearn": self._counted(relearn_handler(backend, learn=learning, new_id=scope.new_id)),
            "learn": self._counted(learning),
            "distill": self._counted(distill_handler(backend, new_id=scope.new_id)),
        }
        if models.embedder is not None:
            embedding.refuse_another(backend, scope.namespace, models.embedder)
            handlers["embed"] = embedding.embed_handler(backend, models.embedder)  # whose cache counts what fails
        self._worker = Worker(backend, scope.clock, handlers, namespace=scope.namespace, tick=self._tick)
        self._scope = replace(scope, store=cast("Store", Waking(backend, self._worker, self._meter.writing)))
        self._adviser = Adviser(self._scope)
        self._policies = Policies(self._scope, models.policy)
        self._under: dict[str, Models] = {"": models}
        self._live = 0
        self._looked = ""

    @property
    def namespace(self) -> str:
        """Where this memory records and recalls."""
        return self._scope.namespace

    @property
    def chat(self) -> ChatModel | None:
        """Whom the loop may ask for ideas; None where its owner has named no model. Asked by nothing but `improve`.

        Raises `ConfigurationError` where it cannot be used, as without a key."""
        return self._trying.chat()

    def _answering(self, recall: str) -> Models:
        """What answers this recall: the models, under the policy that its id is drawn for."""
        standing = self._policies.standing()
        if standing.application:
            self._live += 1
            if self._live % LOOK_EVERY == 0:
                self._worker.wake()
        return self._with_policy(self._policies.answering(recall, standing))

    def _standing(self) -> Models:
        """The models under the policy that rules."""
        return self._with_policy(self._policies.standing().policy)

    def _with_policy(self, id: str) -> Models:
        if id not in self._under:
            self._under[id] = replace(self._models, policy=self._policies.policy(id), policy_id=id)
        return self._under[id]

    def _running(self) -> list[OpenEpisode]:
        with self._lock:
            self._episodes = {key: one for key, one in self._episodes.items() if one.item is None}
            return [*self._episodes.values()]

    def _recalled(self, milliseconds: float) -> None:
        """Count a recall. Where no background thread ticks, the recall that ends a minute writes its sample."""
        self._meter.recalled(milliseconds)
        if not self._worker.running:
            meter.beat(self._meter, self._scope)

    def _counted(self, handler: Handler) -> Handler:
        """A handler of the worker that tells the meter of what it raises."""

        def run(namespace: str, jobs: Sequence[Job]) -> Transactions:
            with self._meter.writing:
                return (yield from handler(namespace, jobs))

        return run

    def _tick(self) -> None:
        meter.beat(self._meter, self._scope)
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

    def _in_file(self, what: str) -> FileStore:
        if self._file is None:
            raise ConfigurationError(
                f"{what} needs a file", cause="this memory lives in the process", remedy="open it with a path"
            )
        return self._file
