"""Damaged files and damaged indexes: what is answered must be what was written, or an error must say otherwise."""

# ruff: noqa: ARG001 - all damages have one signature

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from bench.common import say
from bench.durability_work import Book, everything, opened, work
from tacit.errors import TacitError
from tacit.improvement import SAMPLES
from tacit.memory import Memory
from tacit.stores.sqlite import SqliteStore
from tacit.testing.clock import FrozenClock
from tacit.types import Filter

PAGE = 4096
BLOCK = 512
QUESTIONS = ("power of the disk", "a torn page", "the writer's lease", "queue of vectors", "proof by ledger", "zq")
Damage = Callable[[bytearray, bytes, random.Random], None]


def corruption(files: int, seed: int) -> dict[str, Any]:
    """Damage copies of a database, and of its log; ask everything of each."""
    rng = random.Random(seed)
    verdicts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old, new = _databases(folder, rng)
        with opened(new, worker=False) as memory:
            known = [item.id for item in everything(memory)][::5]
        truth = answers(new, known)
        for number in range(files):
            kind = list(DAMAGES)[number % len(DAMAGES)]
            content = bytearray(new.read_bytes())
            DAMAGES[kind](content, old, rng)
            verdict, detail = _verdict(folder, bytes(content), truth, known)
            verdicts[verdict] += 1
            kinds[f"{kind}: {verdict}"] += 1
            if verdict in ("wrong", "untyped"):
                wrong.append(f"{kind}: {detail}")
            if (number + 1) % 50 == 0:
                say(f"corruption: {number + 1}/{files}, wrong {len(wrong)}")
        log = _log(folder, files // 5, rng)
    return {
        "files": files,
        "wrong_reads": verdicts["wrong"],
        "detected": verdicts["raised"] + verdicts["reported"],
        "by_error": verdicts["raised"],
        "by_check": verdicts["reported"],
        "untyped": verdicts["untyped"],
        "harmless": verdicts["same"],
        "kinds": dict(sorted(kinds.items())),
        "log": log,
        "wrong": wrong[:5],
    }


def _databases(folder: Path, rng: random.Random) -> tuple[bytes, Path]:
    """An older state of a database, and the database, both closed cleanly."""
    path = folder / "whole.db"
    old = b""
    for turn in range(2):
        with opened(path, worker=False) as memory:
            work(memory, f"d{turn}", 120, rng, Book().tell)
            memory.feedback(memory.recall(QUESTIONS[0]).id, 0.5)
            memory.flush()
        old = old or path.read_bytes()
    with opened(path, worker=False) as memory:
        memory.record_message("zqlast the last thing that was said waits for its vector")
        for item in memory.items(kinds=["preference"]):
            memory.set_preference(item.key or "", {"changed": "at the very end"})
    return old, path


def _flip(content: bytearray, old: bytes, rng: random.Random) -> None:
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def _flip_in_page_1(content: bytearray, old: bytes, rng: random.Random) -> None:
    content[rng.randrange(100)] ^= 1 << rng.randrange(8)


def _zero_block(content: bytearray, old: bytes, rng: random.Random) -> None:
    start = rng.randrange(len(content) // BLOCK) * BLOCK
    content[start : start + BLOCK] = bytes(BLOCK)


def _random_block(content: bytearray, old: bytes, rng: random.Random) -> None:
    start = rng.randrange(len(content) // BLOCK) * BLOCK
    content[start : start + BLOCK] = rng.randbytes(BLOCK)


def _zero_page(content: bytearray, old: bytes, rng: random.Random) -> None:
    start = rng.randrange(len(content) // PAGE) * PAGE
    content[start : start + PAGE] = bytes(PAGE)


def _swap_pages(content: bytearray, old: bytes, rng: random.Random) -> None:
    a, b = (page * PAGE for page in rng.sample(range(len(content) // PAGE), 2))
    content[a : a + PAGE], content[b : b + PAGE] = content[b : b + PAGE], content[a : a + PAGE]


def _stale_page(content: bytearray, old: bytes, rng: random.Random) -> None:
    """A write that the disk acknowledged and never did."""
    changed = [p for p in range(0, len(old), PAGE) if old[p : p + PAGE] != content[p : p + PAGE]]
    start = rng.choice(changed)
    content[start : start + PAGE] = old[start : start + PAGE]


def _double_page(content: bytearray, old: bytes, rng: random.Random) -> None:
    """A write that went to the wrong place."""
    a, b = (page * PAGE for page in rng.sample(range(len(content) // PAGE), 2))
    content[a : a + PAGE] = content[b : b + PAGE]


def _truncate(content: bytearray, old: bytes, rng: random.Random) -> None:
    del content[rng.randrange(len(content)) :]


def _append(content: bytearray, old: bytes, rng: random.Random) -> None:
    content += rng.randbytes(rng.choice((1, BLOCK, 3 * PAGE)))


DAMAGES: dict[str, Damage] = {
    "bit": _flip,
    "stale page": _stale_page,
    "zeroed block": _zero_block,
    "swapped pages": _swap_pages,
    "random block": _random_block,
    "stale page again": _stale_page,
    "zeroed page": _zero_page,
    "header bit": _flip_in_page_1,
    "page written elsewhere": _double_page,
    "truncated": _truncate,
    "appended": _append,
}


def answers(path: Path, known: Sequence[str], *, each: bool = False) -> dict[str, Any]:
    """Everything that can be asked; with `each`, an error is the answer of that question alone."""
    told: dict[str, Any] = {}

    def ask(name: str, question: Callable[[], Any]) -> None:
        try:
            told[name] = msgspec.to_builtins(question())
        except TacitError as error:
            if not each:
                raise
            told[name] = error
        except Exception as error:  # noqa: BLE001  an error without a type is no answer, and no way to say it
            told[name] = f"untyped: {type(error).__name__}: {error}"

    clock = FrozenClock()
    with opened(path, worker=False, clock=clock) as memory, closing(SqliteStore(path)) as store:
        records = store.records(memory.namespace)
        ask("stats", lambda: _counts(memory))
        for turn, asked in enumerate(QUESTIONS):
            ask(f"words {turn}", lambda asked=asked: _hits(store, memory, asked))
            ask(f"recall {turn}", lambda asked=asked: _recalled(memory, asked))
            ask(f"meaning {turn}", lambda asked=asked: _near(store, memory, asked))
        ask("pages", lambda: list(everything(memory)))
        ask("export", lambda: [line for line in memory.export() if b'"id"' in line])
        ask("drafts", memory.open_episodes)
        ask("feedback", records.feedback)
        ask("note", lambda: records.note("embedder"))
        ask("jobs", lambda: memory.jobs(limit=10_000))
        ask("preferences", lambda: [memory.get_preference(f"preference{number}") for number in range(6)])
        for item in known:
            ask(f"get {item}", lambda item=item: memory.get(item))
    return told


def _counts(memory: Memory) -> Any:
    """Without what asking adds to: recalls, and the samples of the process that asks."""
    stats = memory.stats()
    learned = {space: rows for space, rows in stats.learned.items() if space != SAMPLES}
    return msgspec.structs.replace(stats, bytes=0, recalls=0, learned=learned)


def _recalled(memory: Memory, asked: str) -> Any:
    return [(one.item, round(one.score, 6)) for one in memory.recall(asked).results]


def _hits(store: SqliteStore, memory: Memory, asked: str) -> Any:
    hits = store.match(memory.namespace, asked.split(), Filter(), 50)
    return [hits.passages.tolist(), [round(score, 4) for score in hits.scores.tolist()]]


def _near(store: SqliteStore, memory: Memory, asked: str) -> Any:
    assert memory.embedder is not None
    vector = memory.embedder.embed([asked], "query")[0]
    hits = store.nearest(memory.namespace, memory.embedder.name, vector, Filter(), 20)
    return [hits.passages.tolist(), [round(score, 4) for score in hits.scores.tolist()]]


def _verdict(folder: Path, content: bytes, truth: dict[str, Any], known: Sequence[str]) -> tuple[str, str]:
    """raised: an answer was an error; same: all answers are right; reported: one is not, and the check says so;
    untyped: an error that is none of ours."""
    path = folder / "damaged.db"
    for left in folder.glob("damaged.db*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    path.write_bytes(content)
    try:
        found = answers(path, known, each=True)
    except TacitError:
        return "raised", ""
    untyped = [one for one in found.values() if isinstance(one, str) and one.startswith("untyped")]
    if untyped:
        return "untyped", untyped[0]
    silent = [name for name in truth if not isinstance(found[name], TacitError) and found[name] != truth[name]]
    failed = any(isinstance(one, TacitError) for one in found.values())
    if not silent:
        return ("raised" if failed else "same"), ""
    return ("reported", "") if _checked(path) else ("wrong", ", ".join(silent))


def _checked(path: Path) -> bool:
    """Whether the check finds anything."""
    try:
        with opened(path, worker=False) as memory:
            return any(problem for _, _, problem in memory.check())
    except TacitError:
        return True


def _log(folder: Path, files: int, rng: random.Random) -> dict[str, Any]:
    """Damage the log of a database that was not closed. Its lost tail looks like a crash, and SQLite takes it for one:
    what is read must be a state that once was; nothing can tell that it is not the last."""
    path, states = folder / "logged.db", []
    live = opened(path, worker=False)
    for number in range(30):
        live.record_fact(f"zqlog{number} written to the log", key=f"k{number % 5}")
        states.append(_state(live))
    kept = {name: (folder / name).read_bytes() for name in ("logged.db", "logged.db-wal")}
    live.close()
    verdicts: Counter[str] = Counter()
    for number in range(files):
        content = bytearray(kept["logged.db-wal"])
        list(DAMAGES.values())[number % len(DAMAGES)](content, bytes(content[::-1]), rng)
        place = folder / f"log{number}"
        place.mkdir()
        (place / "logged.db").write_bytes(kept["logged.db"])
        (place / "logged.db-wal").write_bytes(content)
        try:
            with opened(place / "logged.db", worker=False) as memory:
                state = _state(memory)
                clean = not any(problem for _, _, problem in memory.check())
        except TacitError:
            verdicts["detected"] += 1
            continue
        if state == states[-1]:
            verdicts["harmless"] += 1
        elif state in states or not state:
            verdicts["earlier_state"] += 1
        else:
            verdicts["wrong_reads" if clean else "detected"] += 1
    return {"files": files, "wrong_reads": 0, **verdicts}


def _state(memory: Memory) -> list[Any]:
    return [msgspec.to_builtins(item) for item in everything(memory)]
