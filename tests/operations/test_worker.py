"""The worker: works in the background by itself, gives back what failed, and hands out each job to one only."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tacit
from tacit.changes import Enqueue, SetNote
from tacit.clock import new_id
from tacit.memory import Memory
from tacit.operations.recall import Models
from tacit.operations.worker import Worker
from tacit.ports import Backend, Scope, Transactions
from tacit.stores.memory import MemoryStore
from tacit.stores.sqlite import SqliteStore
from tacit.testing.clock import FrozenClock
from tacit.testing.embedders import CountingEmbedder, FlakyEmbedder


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(params=["file", "in-memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[Backend]:
    made: Backend = SqliteStore(tmp_path / "a.db", clock=clock) if request.param == "file" else MemoryStore(clock=clock)
    yield made
    made.close()


def worker_of(store: Backend, clock: FrozenClock, handler: object, tick: object = lambda: None) -> Worker:
    return Worker(store, clock, {"count": handler}, namespace="default", tick=tick)  # type: ignore[dict-item,arg-type]


def enqueue(store: Backend, *keys: str) -> None:
    store.write("default", [Enqueue(stage="count", key=key) for key in keys])


def states(store: Backend) -> list[tuple[str, int]]:
    return [(job.state, job.attempts) for job in store.jobs("default")]


def test_the_background_worker_embeds_by_itself(tmp_path: Path):
    with tacit.open(tmp_path / "a.db", embedder="hashing:384") as memory:
        memory.record_messages([(f"build {number}", "user", {}) for number in range(300)])
        assert memory.flush()
        assert (memory.unembedded(), memory.stats().vectors) == (0, {"hashing:384": 300})
        assert {job.state for job in memory.jobs()} == {"done"}


def test_closing_in_the_middle_leaves_the_rest_queued_and_the_next_one_does_it(tmp_path: Path):
    with tacit.open(tmp_path / "a.db", embedder="hashing:384", worker=False) as memory:
        memory.record_messages([(f"build {number}", "user", {}) for number in range(300)])
        work = memory.work()
        next(work)
        work.close()  # type: ignore[attr-defined]
    with tacit.open(tmp_path / "a.db", embedder="hashing:384") as memory:
        assert memory.unembedded() < 300
        memory.record_message("one more")
        assert memory.flush(timeout=0.5) or memory.jobs(states=["leased"]), "another one's lease runs for a minute"
        assert memory.unembedded() == 0


def test_a_program_that_ends_without_closing_loses_no_buffered_step(tmp_path: Path):
    script = (
        "import sys, tacit\n"
        "memory = tacit.open(sys.argv[1], embedder='hashing:384')\n"
        "memory.log_step(memory.start_episode('left open'), 'bash', arguments='make')\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "a.db")], check=True)
    with tacit.open(tmp_path / "a.db", embedder="none", worker=False) as memory:
        assert [step.arguments for step in memory.open_episodes()[0].payload.steps] == ["make"]


def test_one_claim_does_all_that_waits_and_the_last_changes_end_the_jobs(store: Backend, clock: FrozenClock):
    claimed: list[int] = []

    def handler(namespace: str, jobs: list[object]) -> Transactions:
        claimed.append(len(jobs))
        yield [SetNote(key="n", value=1)]
        assert store.records("default").note("n") == 1, "what was yielded is there before the handler goes on"
        return [SetNote(key="n", value=2), SetNote(key="m", value=3)]

    enqueue(store, "a", "b", "c")
    assert list(worker_of(store, clock, handler).drain()) == [1, 2]
    assert (claimed, store.records("default").note("n")) == ([3], 2)
    assert states(store) == [("done", 1)] * 3


def test_what_fails_is_given_back_with_a_growing_wait_and_dies_in_the_end(store: Backend, clock: FrozenClock):
    def handler(namespace: str, jobs: object) -> Transactions:
        yield [SetNote(key="harmless", value=1)]
        raise ZeroDivisionError("a fault of the handler")

    enqueue(store, "a")
    worker = worker_of(store, clock, handler)
    waits = []
    for _ in range(8):
        list(worker.drain())
        (job,) = store.jobs("default")
        waits.append((job.not_before - clock()) / 1_000_000)
        assert list(worker.drain()) == [], "not before it is due"
        clock.now = max(clock.now, job.not_before)
    assert waits[:7] == [2, 4, 8, 16, 32, 64, 128]
    clock.advance(1_000_000_000)
    list(worker.drain())
    (job,) = store.jobs("default")
    assert (job.state, job.attempts) == ("dead", 8)
    assert job.error == "ZeroDivisionError: a fault of the handler"
    assert store.revive("default") == 1


def test_a_worker_that_lost_its_lease_writes_nothing_at_the_end(store: Backend, clock: FrozenClock):
    def handler(namespace: str, jobs: object) -> Transactions:
        clock.advance(61_000_000)
        (taken,) = store.claim(["count"], namespace="default")
        assert store.finish([taken], [SetNote(key="who", value="the other one")])
        return [SetNote(key="who", value="me")]
        yield

    enqueue(store, "a")
    list(worker_of(store, clock, handler).drain())
    assert store.records("default").note("who") == "the other one"


def test_many_workers_do_each_job_once(store: Backend, clock: FrozenClock):
    done: list[str] = []

    def handler(namespace: str, jobs: list[object]) -> Transactions:
        done.extend(job.key for job in jobs)  # type: ignore[attr-defined]
        return []
        yield

    def work(number: int) -> None:
        enqueue(store, *(f"{number}/{part}" for part in range(10)))
        list(worker_of(store, clock, handler).drain())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    list(worker_of(store, clock, handler).drain())
    assert sorted(done) == sorted(f"{number}/{part}" for number in range(8) for part in range(10))


def test_recording_goes_on_while_the_embedder_is_dead_and_all_is_embedded_once_it_lives(tmp_path: Path):
    clock = FrozenClock()
    store = SqliteStore(tmp_path / "a.db", clock=clock)
    flaky = FlakyEmbedder(CountingEmbedder(), failures=5)
    scope = Scope(store=store, namespace="default", clock=clock, new_id=new_id)
    with Memory(store, scope, Models(embedder=flaky), file=store, background=False) as memory:
        for number in range(5):
            memory.record_message(f"build {number}")
            assert not memory.flush(timeout=1)
        assert memory.unembedded() == 5
        clock.advance(600_000_000)
        assert memory.flush()
        assert (memory.unembedded(), {job.state for job in memory.jobs()}) == (0, {"done"})


def test_flush_says_that_without_an_embedder_not_all_is_done(tmp_path: Path):
    with tacit.open(tmp_path / "a.db", embedder="none", worker=False) as memory:
        assert memory.flush(), "nothing waits"
        memory.record_message("words alone")
        assert not memory.flush()
        assert [job.state for job in memory.jobs()] == ["queued"]
    with tacit.open(tmp_path / "a.db", embedder="hashing:384", worker=False) as memory:
        assert memory.flush(), "an embedder that comes later finds the work queued"
        assert memory.stats().vectors == {"hashing:384": 1}
