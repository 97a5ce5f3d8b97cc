"""What was applied, among live recalls: regressions that are found and taken back, harmless ones that stay, kill -9.

    python -m bench.improve_live --data DIR [--json] [--quick]

A LoCoMo conversation is recalled from as its owner would, with feedback by its labels. An improvement is applied that
was approved by force, although it does harm: its policy finds worse, or takes several times as long. Nothing is
simulated: the policies answer, the times are theirs. Harmless ones change a dial that nothing here depends on. `watch`
looks after every fourth recall; the window is the shipped one, and goes on while harm is suspected. Then a process that
applies and rolls back is killed before and after each call of the store, and in the middle of transactions. Not
covered: harm that shows in outcomes of episodes only.
"""

import os
import random
import shutil
import signal
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import tacit
from bench import sets
from bench.common import absent, arguments, machine, report, say
from bench.durability_jobs import Failing
from tacit.clock import new_id, system_clock
from tacit.improvement import IMPROVEMENTS, Alteration, Improvement
from tacit.logic.improving.shelf import put_rows
from tacit.logic.improving.vigil import LONGEST, WINDOW
from tacit.memory import Memory
from tacit.operations.recall import Models
from tacit.ports import Scope
from tacit.stores.sqlite import SqliteStore
from tacit.testing.vfs import PowerCutVFS

__all__ = ["kills", "live", "main"]

HARMFUL: dict[str, dict[str, Any]] = {
    "finds worse": {"words": 0.0, "session": 3.0, "recency": 1.0},
    "is slow": {"candidates": 3000, "kept": 2000, "dated_kept": 400},
}
HARMLESS: dict[str, Any] = {"exploration": 0.9}
"""Of learned items, of which there are none here."""
BEFORE = 300
"""Recalls under the old policy."""
EVERY = 4
SHARES = (1.0, 0.5)
FULL = {"runs": 100, "kills": 40}
QUICK = {"runs": 8, "kills": 6}


@dataclass(frozen=True)
class Ended:
    """One run."""

    harm: str
    share: float
    rolled_back: bool
    after: int
    """Live recalls."""
    metric: str
    same: bool
    """The state is what it was before."""
    held: float
    """On harm, at the end."""


def live(data: Path, *, runs: int, workers: int = 2) -> dict[str, Any]:
    """Half of the runs with harm, and as many without."""
    with tempfile.TemporaryDirectory() as name:
        template = Path(name) / "before.db"
        asked = _prepared(template, sets.locomo(data)[0])
        plans = [(str(template), asked, seed, harm) for harm in (True, False) for seed in range(runs)]
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            ended = []
            for one in pool.map(_lived, plans):
                ended.append(one)
                if len(ended) % 20 == 0:
                    say(f"live: {len(ended)}/{len(plans)} runs")
    harmed, fine = ended[:runs], ended[runs:]
    return {
        "rolled_back": round(sum(one.rolled_back and one.same for one in harmed) / runs, 4),
        "false_rollbacks": round(sum(one.rolled_back for one in fine) / runs, 4),
        "live": {
            "runs": runs,
            "window": WINDOW,
            "later": [one.after for one in ended if one.after > WINDOW],
            "recalls_to_rollback": {
                f"{harm}, share {share}": _median(
                    [one.after for one in harmed if one.rolled_back and (one.harm, one.share) == (harm, share)]
                )
                for harm in HARMFUL
                for share in SHARES
            },
            "missed": [f"{one.harm}, share {one.share}" for one in harmed if not one.rolled_back],
            "held_on_harmless": max((one.held for one in fine if not one.rolled_back), default=None),
            "held_on_missed": [one.held for one in harmed if not one.rolled_back],
            "state_differs": sum(not one.same for one in ended),
            "falsely": [f"{one.metric}, share {one.share}" for one in fine if one.rolled_back],
        },
    }


def kills(*, points: int, every: int = 1, seed: int = 0) -> dict[str, Any]:
    """Kill a process that applies and rolls back, before or after each `every`-th call of the store and at `points`
    places within transactions; what is left must be one of the states between its steps."""
    said: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name) / "fresh.db"
        with _opened(fresh) as memory:
            _approved(memory, {"words": 0.5})
        states, calls, operations = _steps(_copy(fresh, Path(name) / "counted.db"))
        within = sorted(random.Random(seed).sample(range(1, operations + 1), min(points, operations)))
        reached = 0
        places = [("call", one) for one in range(1, calls + 1, every)] + [("write", one) for one in within]
        for kind, number in places:
            path = _copy(fresh, Path(name) / "killed.db")
            child = get_context("spawn").Process(target=victim, args=(str(path), kind, number))
            child.start()
            child.join()
            if child.exitcode == 0:
                continue  # it came to its end before: how often the disk is written to varies a little
            reached += 1
            if child.exitcode != -signal.SIGKILL:
                said.append(f"{kind} {number}: ended with {child.exitcode}")
            with _opened(path) as memory:
                if _state(memory) not in states:
                    said.append(f"{kind} {number}: {_state(memory)}")
                list(_courses(memory))  # and one can go on from there
                if _state(memory) != states[-1]:
                    said.append(f"{kind} {number}: cannot go on")
    wrong = len({one.partition(":")[0] for one in said})
    return {"failpoints": reached, "consistent": round(1 - wrong / max(1, reached), 4), "wrong": said[:5]}


def victim(path: str, kind: str, number: int) -> None:
    """Apply and roll back, and die at a failpoint."""

    def die(turn: int) -> None:
        if turn == number:
            os.kill(os.getpid(), signal.SIGKILL)

    with _opened(Path(path), **{"on_call" if kind == "call" else "on_write": die}) as memory:
        list(_courses(memory))


def _lived(plan: tuple[str, Sequence[tuple[str, list[str]]], int, bool]) -> Ended:
    template, asked, seed, harmful = plan
    rng = random.Random(seed)
    harm = list(HARMFUL)[seed % len(HARMFUL)] if harmful else ""
    share = SHARES[seed // len(HARMFUL) % len(SHARES)]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "live.db"
        shutil.copy(template, path)
        with tacit.open(path, worker=False, reranker="none") as memory:
            improvement = _approved(memory, HARMFUL[harm] if harm else HARMLESS)
            before = memory.fingerprint()
            memory.apply_improvement(improvement, share=share)
            watched = None
            for number in range(1, LONGEST * WINDOW + 1):
                _asked(memory, rng, asked)
                if number % EVERY == 0:
                    watched = memory.watch()
                    if watched is not None and watched.state != "watching":
                        break
            state = watched.state if watched else ""
            same = memory.fingerprint() == before if state == "degraded" else True
            metric = watched.metric if watched else ""
            held = watched.figures["evidence"] if watched else 1.0
            return Ended(harm, share, state == "degraded", number, metric, same, held)


def _prepared(path: Path, conversation: sets.Conversation) -> list[tuple[str, list[str]]]:
    """A memory of the conversation, recalled from for a while; -> its questions with what answers them."""
    rng = random.Random(0)
    with tacit.open(path, worker=False, reranker="none") as memory:
        items = memory.record_messages(
            (one.text, "", {"author": one.author, "key": one.id, "at": one.at, "session": one.session})
            for one in conversation.said
        )
        ids = {one.id: item.id for one, item in zip(conversation.said, items, strict=True)}
        asked = [
            (question.text, [ids[one] for one in question.gold])
            for question in conversation.questions
            if question.answerable
        ]
        for _ in memory.work():
            pass
        for _ in range(BEFORE):
            _asked(memory, rng, asked)
    return asked


def _asked(memory: Memory, rng: random.Random, asked: Sequence[tuple[str, list[str]]]) -> None:
    """A recall, and what its owner says: how early the first right item came."""
    question, right = rng.choice(asked)
    answer = memory.recall(question, k=10)
    ranks = [rank for rank, one in enumerate(answer.results) if one.item.id in right]
    score = 1.0 - 0.1 * ranks[0] if ranks else -1.0
    named = [answer.results[rank].item.id for rank in ranks]
    memory.feedback(answer.id, score, items=named)


def _approved(memory: Memory, dials: dict[str, Any]) -> str:
    """An improvement as if a trial had found it better: by force."""
    one = Improvement(
        id=new_id(),
        metric="query_time_ms",
        description=f"forced: {dials}",
        change=Alteration(policy=dials),
        status="approved",
        origin="owner",
        timestamp=system_clock(),
        parent=memory.standing().candidate or memory.standing().policy,
    )
    memory._backend.write(memory.namespace, [put_rows(IMPROVEMENTS, one)])
    return one.id


def _courses(memory: Memory) -> Iterator[None]:
    """Apply, take back, apply to half, take back; from wherever it stands."""
    if memory.standing().application:
        memory.rollback()
    for share in (1.0, 0.5):
        memory.apply_improvement(_approved(memory, {"words": 0.5}), share=share)
        yield
        memory.rollback()
        yield


def _state(memory: Memory) -> tuple[Any, ...]:
    """What is comparable between runs: ids differ."""
    standing = memory.standing()
    watched = [one for one in memory.applications() if one.state == "watched"]
    named = standing.candidate or standing.policy
    dials = tuple(sorted(memory._policies.row(named).dials.items()))
    return bool(standing.policy), bool(standing.candidate), standing.share, len(watched), dials, memory.policy.words


def _steps(path: Path) -> tuple[list[tuple[Any, ...]], int, int]:
    """States between the steps; how many failpoints there are: calls, and operations of the disk."""
    seen = [0, 0]

    def called(turn: int) -> None:
        seen[0] = turn

    def wrote(turn: int) -> None:
        seen[1] = turn

    with _opened(path, on_call=called) as memory:
        states = [_state(memory), *(_state(memory) for _ in _courses(memory))]
    with _opened(path, on_write=wrote) as memory:
        list(_courses(memory))
    return states, seen[0], seen[1]


@contextmanager
def _opened(
    path: Path, *, on_call: Callable[[int], None] | None = None, on_write: Callable[[int], None] | None = None
) -> Iterator[Memory]:
    name = f"loop-{uuid.uuid4().hex}"
    vfs = PowerCutVFS(name)
    store = SqliteStore(path, vfs=name)  # always: a file whose pages carry checksums could not be gone on with
    backend: Any = Failing(store, on_call) if on_call else store
    scope = Scope(store=backend, namespace="default", clock=system_clock, new_id=new_id, source="bench")
    with Memory(backend, scope, Models(), file=store, background=False) as memory:
        vfs.operations, vfs.before = 0, on_write or (lambda _: None)
        yield memory
        vfs.before = lambda _: None


def _copy(fresh: Path, path: Path) -> Path:
    for companion in ("-wal", "-shm"):
        path.with_name(path.name + companion).unlink(missing_ok=True)
    shutil.copyfile(fresh, path)
    return path


def _median(values: Sequence[int]) -> float | None:
    return median(values) if values else None


def main(argv: Sequence[str] | None = None) -> int:
    """Print one JSON object, or a table; -> exit status."""
    options, started = arguments(__doc__ or "", data=True).parse_args(argv), time.time()
    if not sets.locomo(options.data):
        return absent("locomo*.json", options.data)
    sizes = QUICK if options.quick else FULL
    found = live(options.data, runs=sizes["runs"])
    found["kills"] = kills(points=sizes["kills"])
    report(found | {"quick": options.quick, "machine": machine(started)}, as_json=options.json, table=_table)
    return 0


def _table(found: Mapping[str, Any]) -> None:
    lived = found["live"]
    print(f"harmful ones taken back     {found['rolled_back']:.1%} of {lived['runs']} within {lived['window']} recalls")
    for name, after in lived["recalls_to_rollback"].items():
        print(f"  {name:24}  after {after} recalls (median)")
    print(f"harmless ones taken back    {found['false_rollbacks']:.1%} of {lived['runs']}")
    print(
        f"killed                      {found['kills']['consistent']:.1%} of {found['kills']['failpoints']} consistent"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
