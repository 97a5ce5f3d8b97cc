"""Kill -9 at random moments, power cuts at random writes, many writers at once.

Children come from a fork server: one process a victim, with everything imported already.
"""

import multiprocessing
import random
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import numpy as np

from bench.common import say
from bench.durability_work import Book, everything, missing, opened, problems, token, unsearchable, work
from tacit.errors import TacitError
from tacit.stores.sqlite import SqliteStore
from tacit.testing.vfs import PowerCutVFS

KILLS_A_FILE = 5
"""A file is killed so often, one after the other: what survived once must survive again."""
EARLY = 0.04
LATE = 1.0
"""Seconds: a fifth of the kills fall into opening and migration, the others anywhere."""


def context() -> ForkServerContext:
    """Where children come from."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["bench.durability_crash"])
    return found


def kills(runs: int, seed: int) -> dict[str, Any]:
    """Kill a child that writes; look at what it had acknowledged."""
    rng = random.Random(seed)
    wrong: list[str] = []
    acknowledged = clean = 0
    with tempfile.TemporaryDirectory() as folder:
        for run in range(runs):
            if run % KILLS_A_FILE == 0:
                path, book = Path(folder) / f"{run}.db", Book()
            first = run % KILLS_A_FILE == 0
            delay = rng.uniform(0, EARLY if first else LATE)
            _kill_one(path, rng.randrange(2**32), delay, book, at_work=not first)
            found = _inspect(path, book)
            clean += not any(one.startswith("reopen") for one in found)
            wrong += [f"run {run}: {one}" for one in found]
            acknowledged += book.acknowledged
            book.acknowledged = 0
            _progress("kill -9", run, runs, wrong)
    return {"runs": runs, "lost": len(wrong), "reopen_clean": clean, "acknowledged": acknowledged, "wrong": wrong[:5]}


def _kill_one(path: Path, seed: int, delay: float, book: Book, *, at_work: bool) -> None:
    """Start a child, kill it `delay` seconds after it begins (`at_work`: after its first acknowledged write, be the
    machine as busy as it may), enter all that it told until then."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    victim = context().Process(target=victim_of_kill, args=(path, seed, theirs))
    victim.start()
    theirs.close()
    with suppress(EOFError, OSError):
        ours.recv()
        if at_work:
            book.tell(ours.recv())
        deadline = time.monotonic() + delay
        while (left := deadline - time.monotonic()) > 0:
            if ours.poll(left):
                book.tell(ours.recv())
    victim.kill()
    with suppress(EOFError, OSError):
        while True:
            book.tell(ours.recv())
    victim.join()


def victim_of_kill(path: Path, seed: int, connection: Connection) -> None:
    """Open, write, close, again and again, with the embedding worker in the background."""
    rng = random.Random(seed)
    connection.send("ready")
    for turn in range(1000):
        with opened(path) as memory:
            work(memory, f"k{seed}x{turn}", rng.randint(5, 40), rng, connection.send)


def _inspect(path: Path, book: Book) -> list[str]:
    """Reopen and compare with the book; then take over what is there."""
    try:
        with opened(path, worker=False) as memory:
            wrong = [f"reopen: {one}" for one in problems(memory)]
            wrong += missing(memory, book)
            book.settle(memory)
        return wrong + unsearchable(path)
    except TacitError as error:
        return [f"reopen: {error}"]


def power_cuts(runs: int, seed: int, *, deaf: tuple[str, ...] = ()) -> dict[str, Any]:
    """Cut the power at random writes of a workload. `deaf`: as `PowerCutVFS`, the control."""
    rng = random.Random(seed)
    wrong: list[str] = []
    hurt = done = acknowledged = operations = 0
    while done < runs:
        with tempfile.TemporaryDirectory() as folder:
            cuts = _cuts(Path(folder), rng, deaf)
            for place, book in cuts[: runs - done]:
                found = _inspect(place / "cut.db", book)
                hurt += bool(found)
                wrong += [f"cut {done}: {one}" for one in found]
                acknowledged += book.acknowledged
                done += 1
            operations += 1
        _progress("control" if deaf else "power cut", done - 1, runs, [] if deaf else wrong)
    return {"runs": runs, "lost": len(wrong), "cuts_with_loss": hurt, "acknowledged": acknowledged, "wrong": wrong[:5]}


def _cuts(folder: Path, rng: random.Random, deaf: tuple[str, ...]) -> list[tuple[Path, Book]]:
    """One workload on a disk that is cut some ten times as it goes on: (what is left, what was acknowledged)."""
    book, cuts = Book(), []
    name = f"cut-{uuid.uuid4().hex}"
    vfs = PowerCutVFS(name, deaf=deaf)
    wanted = {rng.randint(1, 60), *rng.sample(range(1, 2500), 12)}

    def cut(number: int) -> None:
        if number in wanted:
            place = folder / f"cut{number}"
            place.mkdir()
            vfs.cut(place, rng)
            cuts.append((place, book.copy()))

    vfs.before = cut
    with memory_on(folder / "cut.db", name) as memory:
        work(memory, f"c{rng.randrange(2**32)}", 60, rng, book.tell)
    vfs.before = lambda _: None
    return cuts


@contextmanager
def memory_on(path: Path, vfs: str) -> Iterator[Any]:
    """A memory on a VFS of its own; no worker thread, so that the book knows what is under way."""
    from bench.durability_work import EMBEDDER
    from tacit.clock import new_id, system_clock
    from tacit.memory import Memory
    from tacit.models.open import OpenOptions, open_embedder
    from tacit.operations.recall import Models
    from tacit.ports import Scope

    store = SqliteStore(path, vfs=vfs)
    scope = Scope(store=store, namespace="default", clock=system_clock, new_id=new_id)
    embedder = open_embedder(EMBEDDER, OpenOptions()).embedder
    with Memory(store, scope, Models(embedder=embedder), file=store, background=False) as memory:
        yield memory


def writers(processes: int, transactions: int, seed: int) -> dict[str, Any]:
    """Processes that open one new file together and write without pause."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.db"
        children = []
        barrier = context().Barrier(processes)
        for number in range(processes):
            ours, theirs = multiprocessing.Pipe(duplex=False)
            child = context().Process(target=one_writer, args=(path, number, transactions, seed, barrier, theirs))
            child.start()
            theirs.close()
            children.append((child, ours))
        told = []
        for child, ours in children:
            try:
                told.append(ours.recv())
            except EOFError:
                told.append({"errors": ["died"], "ids": [], "waits": []})
            child.join()
        return _written(path, told, transactions)


def one_writer(path: Path, number: int, transactions: int, seed: int, barrier: Any, connection: Connection) -> None:
    """`transactions` of mixed kinds; tells ids in their order, waits in ms and errors."""
    errors: list[str] = []
    ids: list[str] = []
    waits: list[float] = []
    barrier.wait()
    try:
        with opened(path, worker=number % 8 == 0) as memory:
            for turn in range(transactions):
                started = time.perf_counter()
                ids.append(_write(memory, f"w{seed}x{number}", turn).id)
                waits.append((time.perf_counter() - started) * 1000)
    except Exception as error:  # noqa: BLE001  reported
        errors.append(f"{type(error).__name__}: {error}")
    connection.send({"errors": errors, "ids": ids, "waits": waits})


def _write(memory: Any, label: str, turn: int) -> Any:
    text = f"{token(label, turn)} {label} says {turn}"
    match turn % 4:
        case 0:
            return memory.record_fact(text, key=f"{label}-{turn}")
        case 1:
            return memory.record_interaction(text, "yes")
        case 2:
            return memory.record_message(text, session=label)
        case _:
            episode = memory.episode(text)
            episode.step("shell", action="ls", result="success")
            return episode.success()


def _written(path: Path, told: Sequence[dict[str, Any]], transactions: int) -> dict[str, Any]:
    errors = [error for one in told for error in one["errors"]]
    with opened(path, worker=False) as memory:
        place = {item.id: item.sequence for item in everything(memory)}
        errors += problems(memory)
    for one in told:
        sequences = [place.get(which, -1) for which in one["ids"]]
        if -1 in sequences or sequences != sorted(sequences) or len(sequences) != transactions:
            errors.append("a writer's rows are missing or out of order")
    errors += unsearchable(path) if len(told) < 20 else []
    waits = np.array([wait for one in told for wait in one["waits"]] or [0.0])
    return {
        "processes": len(told),
        "errors": len(errors),
        "transactions": sum(len(one["ids"]) for one in told),
        "wait_ms": {
            "p50": round(float(np.percentile(waits, 50)), 1),
            "p99": round(float(np.percentile(waits, 99)), 1),
            "max": round(float(waits.max()), 1),
        },
        "wrong": errors[:5],
    }


def _progress(what: str, run: int, runs: int, wrong: Sequence[str]) -> None:
    if (run + 1) % 25 == 0 or run + 1 == runs:
        say(f"{what}: {run + 1}/{runs}, wrong {len(wrong)}")
