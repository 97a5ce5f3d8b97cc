"""A worker killed at every boundary of its work: what another one finishes must be there once.

The failpoints are not in the product: the worker runs on a wrapper of the store that ends its process before or after
the n-th call, or on a disk (a VFS) that ends it before the n-th write, in the middle of a transaction.
"""

import logging
import os
import random
import shutil
import signal
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import apsw

from bench.common import say
from bench.durability_crash import context
from bench.durability_work import EMBEDDER, LATER, everything, opened, problems
from tacit.changes import ATTEMPTS, Enqueue, Job, Put
from tacit.clock import new_id, system_clock
from tacit.errors import StorageError
from tacit.logic.extractors import EXTRACTORS
from tacit.memory import Memory
from tacit.models.hashing import HashingEmbedder
from tacit.operations.embedding import embed_handler
from tacit.operations.learn import learn_handler
from tacit.operations.worker import Worker
from tacit.policy import Policy
from tacit.ports import Clock, Transactions
from tacit.stores.sqlite import SqliteStore
from tacit.testing.vfs import PowerCutVFS
from tacit.types import Fact, Item

NAMESPACE = "default"
ITEMS = 300
"""Three batches of embedding, so that there are transactions between claim and completion."""
EPISODES = 30
"""Learned from in two batches with a review between them: each transaction must count once."""
EFFECTS = 5
"""Jobs whose effect shows when it is applied twice: each writes a new item."""
BOUNDARIES = ("claim", "extend", "write", "finish", "fail")


class Failing:
    """A store that calls `fails` before and after each call that a worker's progress depends on."""

    def __init__(self, inner: SqliteStore, fails: Callable[[int], None]) -> None:
        self._inner = inner
        self._fails = fails
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._counted(found) if name in BOUNDARIES else found

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*values: Any, **named: Any) -> Any:
            self._step()
            result = call(*values, **named)
            self._step()
            return result

        return counted

    def _step(self) -> None:
        self.calls += 1
        self._fails(self.calls)


def jobs(seed: int, *, every: int = 1, writes: int = 60) -> dict[str, Any]:
    """Kill at each `every`-th failpoint between calls, and at `writes` failpoints within them."""
    totals: Counter[str] = Counter()
    said: list[str] = []
    rng = random.Random(seed)
    logging.getLogger("tacit.worker").setLevel(logging.CRITICAL)  # it tells of each failure that is made here
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fresh = _prepared(folder / "fresh.db")
        calls, operations = _counted(folder, fresh)
        with opened(folder / "counted.db", worker=False) as memory:
            whole = _learned(memory)
        within = sorted(rng.sample(range(1, operations + 1), min(writes, operations)))
        points = [("call", number) for number in range(1, calls + 1, every)] + [("write", one) for one in within]
        for turn, (kind, number) in enumerate(points):
            path = _copy(fresh, folder / "killed.db")
            child = context().Process(target=victim, args=(path, kind, number))
            child.start()
            child.join()
            if child.exitcode != -signal.SIGKILL:
                said.append(f"{kind} {number}: the worker ended with {child.exitcode}")
            said += [f"{kind} {number}: {one}" for one in _finished(path, totals, whole)]
            if (turn + 1) % 25 == 0:
                say(f"jobs: {turn + 1}/{len(points)} failpoints, wrong {len(said)}")
        for number in range(1, calls + 1, every):
            path = _copy(fresh, folder / "raised.db")
            _work(path, _raise_at(number))
            said += [f"error at {number}: {one}" for one in _finished(path, totals, whole)]
        said += _lost_lease(_copy(fresh, folder / "lease.db"), totals, whole)
        said += _poison(folder / "poison.db")
    return {
        "doubled": totals["doubled"],
        "lost": totals["lost"],
        "stuck": totals["stuck"],
        "failpoints": len(points),
        "between_calls": len(points) - len(within),
        "within_transactions": len(within),
        "errors_raised": len(range(1, calls + 1, every)),
        "ok": not said,
        "wrong": said[:5],
    }


def victim(path: Path, kind: str, number: int) -> None:
    """Work the queue off, and die at a failpoint."""

    def die_at(turn: int) -> None:
        if turn == number:
            os.kill(os.getpid(), signal.SIGKILL)

    if kind == "call":
        _work(path, die_at)
    else:
        _work_on_disk(path, die_at)


def _prepared(path: Path) -> Path:
    """Items that wait for their vectors, and jobs whose effect can be counted."""
    with opened(path, worker=False) as memory:
        memory.record_messages((f"message {number} waits for its vector", "user", {}) for number in range(ITEMS))
        for number in range(EPISODES):
            with memory.episode(f"build part {number % 4}", domain="work") as episode:
                episode.step("make", arguments="make all", observation="no rule", result="error")
                episode.step("make", arguments="make -C src all", observation="ok", result="success")
                episode.success() if number % 3 else episode.failure("it does not run")
    with closing(SqliteStore(path)) as store:
        store.write(NAMESPACE, [Enqueue(stage="effect", key=f"effect-{number}") for number in range(EFFECTS)])
    return path


def _counted(folder: Path, fresh: Path) -> tuple[int, int]:
    """How many failpoints a whole run has: calls, and operations of the disk."""
    seen = [0, 0]

    def call(number: int) -> None:
        seen[0] = number

    def operation(number: int) -> None:
        seen[1] = number

    _work(_copy(fresh, folder / "counted.db"), call)
    _work_on_disk(_copy(fresh, folder / "counted2.db"), operation)
    return seen[0], seen[1]


def _work(path: Path, fails: Callable[[int], None], clock: Clock = system_clock) -> None:
    with closing(SqliteStore(path, clock=clock)) as store:
        _drain(Failing(store, fails), clock)


def _work_on_disk(path: Path, fails: Callable[[int], None]) -> None:
    name = f"job-{uuid.uuid4().hex}"
    vfs = PowerCutVFS(name)
    with closing(SqliteStore(path, vfs=name)) as store:
        vfs.operations, vfs.before = 0, fails
        _drain(store, system_clock)
        vfs.before = lambda _: None


def _drain(store: Any, clock: Clock) -> None:
    embedder = HashingEmbedder(int(EMBEDDER.partition(":")[2]))
    learning = learn_handler(store, new_id=new_id, policy=Policy(), extractors=EXTRACTORS)
    handlers = {"learn": learning, "embed": embed_handler(store, embedder), "effect": _effect}
    worker = Worker(store, clock, handlers)
    with suppress(StorageError):
        for _ in worker.drain():
            pass


def _effect(namespace: str, jobs: Sequence[Job]) -> Transactions:
    """A new item for each job: doing it twice would leave two."""
    del namespace
    return [Put(item=_of(job)) for job in jobs]
    yield []


def _of(job: Job) -> Item:
    return Item(id=new_id(), kind="fact", text=f"effect of {job.key}", payload=Fact(statement=job.key))


def _finished(path: Path, totals: Counter[str], whole: Counter[str]) -> list[str]:
    """Another worker takes over when the leases have run out; then everything is there once."""
    later = _later
    _work(path, lambda _: None, later)
    _work(path, lambda _: None, lambda: later() + LATER * 10)
    with opened(path, worker=False) as memory:
        effects = Counter(item.text for item in everything(memory) if item.text.startswith("effect of"))
        learned = _learned(memory)
        passages = ITEMS + len(effects) + sum(item.kind in ("episode", "pattern") for item in everything(memory))
        doubled = sum(count - 1 for count in effects.values()) + _vectors_beyond(path, passages)
        doubled += sum((learned - whole).values())
        lost = EFFECTS - len(effects) + _without_vector(path) + sum((whole - learned).values())
        stuck = sum(job.stage != "distill" for job in memory.jobs(states=("queued", "leased", "dead")))
        wrong = problems(memory)
    totals.update({"doubled": doubled, "lost": lost, "stuck": stuck})
    if doubled or lost or stuck:
        wrong.append(f"doubled {doubled}, lost {lost}, stuck {stuck}")
    return wrong


def _learned(memory: Memory) -> Counter[str]:
    """How often each pattern was seen, and how many learned rows there are of each space."""
    found = Counter({str(one.key): one.payload.count for one in memory.patterns(limit=1_000)})
    return found + Counter(memory.stats().learned)


def _without_vector(path: Path) -> int:
    """Messages without a vector; the effects are items that nobody asked to embed."""
    with closing(SqliteStore(path)) as store:
        missing = store.records(NAMESPACE).unembedded(EMBEDDER)
        return sum(not item.text.startswith("effect of") for item in store.load(NAMESPACE, missing))


def _vectors_beyond(path: Path, most: int) -> int:
    """More vectors than passages."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    rows, passages = connection.execute("SELECT count(*), count(DISTINCT passage) FROM vectors").fetchall()[0]
    connection.close()
    return int(rows - passages) + max(0, int(rows) - most)


def _later() -> int:
    return system_clock() + LATER


def _raise_at(number: int) -> Callable[[int], None]:
    def fail(turn: int) -> None:
        if turn == number:
            raise StorageError("the disk was pulled out", cause="this failpoint", remedy="put it back")

    return fail


def _lost_lease(path: Path, totals: Counter[str], whole: Counter[str]) -> list[str]:
    """A worker that slept through its lease: its completion is refused, and the other's effects stand once."""
    with closing(SqliteStore(path)) as store, closing(SqliteStore(path, clock=_later)) as other:
        slept = store.claim(["effect"], limit=EFFECTS)
        taken = other.claim(["effect"], limit=EFFECTS)
        said = [] if len(taken) == len(slept) == EFFECTS else ["a lease that ran out was not taken over"]
        if store.extend(slept):
            said.append("a heartbeat brought a lost lease back")
        if store.finish(slept, [Put(item=_of(job)) for job in slept]):
            said.append("a completion without lease was accepted")
        if not other.finish(taken, [Put(item=_of(job)) for job in taken]):
            said.append("the completion of the new holder was refused")
    return said + _finished(path, totals, whole)


def _poison(path: Path) -> list[str]:
    """A job that always fails is dead after its last attempt, keeps its reason, and can be revived."""
    now = [system_clock()]

    def clock() -> int:
        return now[0]

    with closing(SqliteStore(path, clock=clock)) as store:
        store.write(NAMESPACE, [Enqueue(stage="effect", key="poison")])
        attempts = 0

        def fail(namespace: str, jobs: Sequence[Job]) -> Transactions:
            nonlocal attempts
            del namespace, jobs
            attempts += 1
            raise StorageError("it cannot be done", cause="it never could", remedy="give up")
            yield []

        worker = Worker(store, clock, {"effect": fail})
        for _ in range(2 * ATTEMPTS):
            list(worker.drain())
            now[0] += LATER * 10
        said = _dead(store.jobs(NAMESPACE), attempts)
        if store.revive(NAMESPACE) != 1:
            said.append("it was not revived")
        list(Worker(store, clock, {"effect": _effect}).drain())
        return said + ([] if [job.state for job in store.jobs(NAMESPACE)] == ["done"] else ["revived, it was not done"])


def _dead(found: Sequence[Job], attempts: int) -> list[str]:
    states = [(job.state, job.attempts, "it cannot be done" in job.error) for job in found]
    if states != [("dead", ATTEMPTS, True)] or attempts != ATTEMPTS:
        return [f"a poison job is {states} after {attempts} attempts"]
    return []


def _copy(fresh: Path, path: Path) -> Path:
    for companion in ("-wal", "-shm"):
        path.with_name(path.name + companion).unlink(missing_ok=True)
    shutil.copyfile(fresh, path)
    return path
