"""AsyncMemory: the same verbs for asyncio, one thread hop a call.

Floor 5. Below: Memory. Not a second copy: one line a verb, each with the signature of its original, and a parity test
says that none is missing. SQLite and local embedding block anyway, so a thread is what an async caller needs.
"""

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from tacit.memory import Memory, OpenEpisode, WorkingMemory
from tacit.opening import open_memory
from tacit.policy import Policy
from tacit.ports import ChatModel, Embedder
from tacit.types import Item

__all__ = ["AsyncEpisode", "AsyncMemory", "open_async"]

P = ParamSpec("P")
T = TypeVar("T")
_END = object()


async def open_async(*args: Any, **flags: Any) -> "AsyncMemory":
    """`tacit.open`, off the event loop."""
    return AsyncMemory(await asyncio.to_thread(open_memory, *args, **flags))


def _hopped(method: Callable[Concatenate[Any, P], T]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """The method, awaitable: it runs in a thread."""

    @functools.wraps(method)
    async def call(self: Any, /, *args: P.args, **named: P.kwargs) -> T:
        return await asyncio.to_thread(method, self._inner, *args, **named)

    return call


def _iterated(
    method: Callable[Concatenate[Any, P], Iterator[T]],
) -> Callable[Concatenate[Any, P], AsyncIterator[T]]:
    """The generator, asynchronous: each of its steps runs in a thread. Left early, it is closed."""

    @functools.wraps(method)
    async def iterate(self: Any, /, *args: P.args, **named: P.kwargs) -> AsyncIterator[T]:
        iterator: Any = await asyncio.to_thread(method, self._inner, *args, **named)
        found: Any
        try:
            while (found := await asyncio.to_thread(next, iterator, _END)) is not _END:
                yield found
        finally:
            await asyncio.to_thread(iterator.close)

    return iterate


class AsyncEpisode:
    """`OpenEpisode` with awaitable methods; `async with` completes it as `with` does."""

    def __init__(self, inner: OpenEpisode) -> None:
        self._inner = inner

    @property
    def id(self) -> str:
        """Of the open episode, and of the item that it becomes."""
        return self._inner.id

    @property
    def item(self) -> Item | None:
        """The recorded item, once completed."""
        return self._inner.item

    @property
    def logged(self) -> int:
        """Steps so far, buffered ones included."""
        return self._inner.logged

    abstain = _hopped(OpenEpisode.abstain)
    complete = _hopped(OpenEpisode.complete)
    failure = _hopped(OpenEpisode.failure)
    flush = _hopped(OpenEpisode.flush)
    flush_if_due = _hopped(OpenEpisode.flush_if_due)
    partial = _hopped(OpenEpisode.partial)
    recalled = _hopped(OpenEpisode.recalled)
    refresh = _hopped(OpenEpisode.refresh)
    step = _hopped(OpenEpisode.step)
    success = _hopped(OpenEpisode.success)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: Any) -> None:
        await asyncio.to_thread(self._inner.__exit__, *raised)


def _episode(
    method: Callable[Concatenate[Any, P], OpenEpisode],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, AsyncEpisode]]:
    """The method, awaitable, with an episode whose methods are awaitable, too."""

    @functools.wraps(method)
    async def call(self: Any, /, *args: P.args, **named: P.kwargs) -> AsyncEpisode:
        return AsyncEpisode(await asyncio.to_thread(method, self._inner, *args, **named))

    return call


class AsyncMemory:
    """`Memory` with awaitable methods; `async with` closes it. Signatures and errors are those of `Memory`.

    What yields there is an asynchronous iterator here; `working` touches no disk and is the same object.
    """

    def __init__(self, inner: Memory) -> None:
        self._inner = inner

    @property
    def namespace(self) -> str:
        """Where this memory records and recalls."""
        return self._inner.namespace

    @property
    def embedder(self) -> Embedder | None:
        """What judges meaning here; None where words alone are searched."""
        return self._inner.embedder

    @property
    def chat(self) -> ChatModel | None:
        """Whom the loop may ask for ideas; None where its owner has named no model."""
        return self._inner.chat

    @property
    def policy(self) -> Awaitable[Policy]:
        """The policy that rules, once it is awaited; a candidate may be answering a share of recalls beside it."""
        return asyncio.to_thread(lambda: self._inner.policy)

    def working(self, session: str = "default") -> WorkingMemory:
        """The working memory of a session: in this process, gone with it."""
        return self._inner.working(session)

    episode = _episode(Memory.episode)
    resume_episode = _episode(Memory.resume_episode)
    start_episode = _hopped(Memory.start_episode)
    log_step = _hopped(Memory.log_step)
    complete_episode = _hopped(Memory.complete_episode)
    record_message = _hopped(Memory.record_message)
    record_messages = _hopped(Memory.record_messages)
    record_interaction = _hopped(Memory.record_interaction)
    record_fact = _hopped(Memory.record_fact)
    set_preference = _hopped(Memory.set_preference)
    get_preference = _hopped(Memory.get_preference)
    record_project = _hopped(Memory.record_project)
    record_conversation = _hopped(Memory.record_conversation)
    record_decision = _hopped(Memory.record_decision)
    update_decision = _hopped(Memory.update_decision)
    record_learning_event = _hopped(Memory.record_learning_event)
    record_solution = _hopped(Memory.record_solution)
    update_solution = _hopped(Memory.update_solution)
    recall = _hopped(Memory.recall)
    context = _hopped(Memory.context)
    feedback = _hopped(Memory.feedback)
    recalls = _hopped(Memory.recalls)
    learn = _iterated(Memory.learn)
    patterns = _hopped(Memory.patterns)
    rules = _hopped(Memory.rules)
    add_rule = _hopped(Memory.add_rule)
    apply_rules = _hopped(Memory.apply_rules)
    remove_rule = _hopped(Memory.remove_rule)
    restore_rule = _hopped(Memory.restore_rule)
    import_rules = _hopped(Memory.import_rules)
    rule_conflicts = _hopped(Memory.rule_conflicts)
    stale_rules = _hopped(Memory.stale_rules)
    rule_merges = _hopped(Memory.rule_merges)
    effects = _hopped(Memory.effects)
    why = _hopped(Memory.why)
    advise = _hopped(Memory.advise)
    playbook = _hopped(Memory.playbook)
    timeline = _hopped(Memory.timeline)
    distill = _iterated(Memory.distill)
    fade = _hopped(Memory.fade)
    analyze = _hopped(Memory.analyze)
    snapshots = _hopped(Memory.snapshots)
    trend = _hopped(Memory.trend)
    targets = _hopped(Memory.targets)
    set_target = _hopped(Memory.set_target)
    find_bottlenecks = _hopped(Memory.find_bottlenecks)
    bottlenecks = _hopped(Memory.bottlenecks)
    forecasts = _hopped(Memory.forecasts)
    forecast_scores = _hopped(Memory.forecast_scores)
    standing = _hopped(Memory.standing)
    set_policy = _hopped(Memory.set_policy)
    add_case = _hopped(Memory.add_case)
    cases = _hopped(Memory.cases)
    probe = _hopped(Memory.probe)
    propose = _hopped(Memory.propose)
    improvements = _hopped(Memory.improvements)
    try_improvement = _hopped(Memory.try_improvement)
    apply_improvement = _hopped(Memory.apply_improvement)
    rollback = _hopped(Memory.rollback)
    watch = _hopped(Memory.watch)
    trials = _hopped(Memory.trials)
    applications = _hopped(Memory.applications)
    ledger = _hopped(Memory.ledger)
    fingerprint = _hopped(Memory.fingerprint)
    improve = _iterated(Memory.improve)
    get = _hopped(Memory.get)
    items = _hopped(Memory.items)
    open_episodes = _hopped(Memory.open_episodes)
    forget = _hopped(Memory.forget)
    stats = _hopped(Memory.stats)
    unembedded = _hopped(Memory.unembedded)
    export = _iterated(Memory.export)
    import_file = _iterated(Memory.import_file)
    index_folder = _iterated(Memory.index_folder)
    backup = _hopped(Memory.backup)
    check = _iterated(Memory.check)
    jobs = _hopped(Memory.jobs)
    revive_jobs = _hopped(Memory.revive_jobs)
    work = _iterated(Memory.work)
    flush = _hopped(Memory.flush)
    reembed = _iterated(Memory.reembed)
    close = _hopped(Memory.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._inner.close)
