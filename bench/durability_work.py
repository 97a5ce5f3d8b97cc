"""What is written while everything fails, and the book that says what must be there afterwards.

Above: kill, power cut, writers, disk full. A workload says what it is about to do, does it through the library, and
says that it is done; the book holds the first as possible and the second as certain.
"""

import random
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

import tacit
from tacit.changes import Job
from tacit.clock import system_clock
from tacit.logic.passages import item_of, passages
from tacit.logic.words import terms
from tacit.memory import Memory
from tacit.stores.sqlite import SqliteStore
from tacit.types import Episode, Filter, Item, Success

EMBEDDER = "hashing:384"
LEARNED = ("pattern", "rule", "knowledge")
"""Kinds that nobody writes: the worker makes them of episodes."""
LATER = 120_000_000
"""Microseconds: after them every lease has run out."""
Tell = Callable[[dict[str, Any]], None]
WORDS = (
    "memory",
    "agent",
    "disk",
    "power",
    "cable",
    "torn",
    "page",
    "writer",
    "lease",
    "queue",
    "vector",
    "index",
    "proof",
)


def opened(path: Path, **more: Any) -> Memory:
    """The memory under test."""
    return tacit.open(path, embedder=EMBEDDER, reranker="none", **more)


def digest(item: Item) -> int:
    """Of what never changes in an item once it is written: all but what learning adds to an episode."""
    payload = item.payload
    if isinstance(payload, Episode):
        payload = msgspec.structs.replace(payload, reward=None, reflection=None)
    return zlib.crc32(msgspec.json.encode((item.id, item.kind, item.text, item.key, item.tags, payload)))


def token(label: str, number: int, part: int = 0) -> str:
    """A word that only this write has."""
    return f"zq{label}n{number}p{part}"


def work(memory: Memory, label: str, count: int, rng: random.Random, tell: Tell) -> None:
    """`count` operations of all kinds; each is told before and after."""
    mine: list[tuple[str, str]] = []
    for number in range(count):
        kind = rng.choice(KINDS)
        if kind == "forget":
            if not mine:
                continue
            known, what = mine.pop(rng.randrange(len(mine)))
            tell({"about": "forget", "ids": [known], "number": number})
            memory.forget(known)
            tell({"done": "forget", "ids": [known], "what": what})
            continue
        written = _one(memory, kind, label, number, rng, tell)
        if kind in ("interaction", "message", "episode", "fact"):
            mine += [(item.id, kind) for item in written]


KINDS = ("fact", "fact", "interaction", "message", "batch", "preference", "episode", "forget", "flush")


def _sentence(rng: random.Random, label: str, number: int, part: int = 0) -> str:
    return f"{token(label, number, part)} {' '.join(rng.choices(WORDS, k=rng.randint(5, 60)))}"


def _one(memory: Memory, kind: str, label: str, number: int, rng: random.Random, tell: Tell) -> list[Item]:
    text = _sentence(rng, label, number)
    texts = [_sentence(rng, label, number, part) for part in range(5)] if kind == "batch" else [text]
    if kind == "episode":
        return [_episode(memory, text, label, number, rng, tell)]
    key = f"{kind}{number % 6}"
    tell({"about": kind, "key": key, "texts": texts, "number": number})
    if kind == "fact":
        items = [memory.record_fact(text, key=key)]
    elif kind == "interaction":
        items = [memory.record_interaction(text, "because of " + text, session=f"s{number % 3}")]
    elif kind == "message":
        items = [memory.record_message(text, author="ada", session=f"s{number % 3}")]
    elif kind == "batch":
        items = memory.record_messages([(one, "user", {"session": "batch"}) for one in texts])
    elif kind == "preference":
        items = [memory.set_preference(key, {"text": text, "number": number})]
    else:
        memory.flush(timeout=5)
        items = []
    tell({"done": kind, "key": key, "ids": [one.id for one in items], "digests": [digest(one) for one in items]})
    return items


def _episode(memory: Memory, text: str, label: str, number: int, rng: random.Random, tell: Tell) -> Item:
    steps = rng.choice((3, 10, 55))
    tell({"about": "start", "texts": [text], "number": number})
    episode = memory.episode(text)
    tell({"done": "start", "ids": [episode.id], "steps": 0})
    for step in range(steps):
        episode.step("shell", action=f"step {step} {token(label, number, step)}", result="success")
    tell({"about": "steps", "ids": [episode.id], "steps": steps})
    episode.flush()
    tell({"done": "steps", "ids": [episode.id], "steps": steps})
    tell({"about": "episode", "ids": [episode.id], "texts": [text], "steps": steps, "number": number})
    item = episode.complete(Success(verdict="done"))
    tell({"done": "episode", "ids": [item.id], "digests": [digest(item)], "steps": steps})
    return item


@dataclass
class Book:
    """What was acknowledged, and what was under way when the end came."""

    items: dict[str, int] = field(default_factory=dict)
    """id -> digest."""
    gone: set[str] = field(default_factory=set)
    drafts: dict[str, int] = field(default_factory=dict)
    """id -> steps that must be there at least."""
    chains: dict[str, list[str]] = field(default_factory=dict)
    """key -> ids of its facts, oldest first: the last one holds."""
    under_way: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: int = 0

    def tell(self, told: dict[str, Any]) -> None:
        """Enter what a workload says."""
        if "about" in told:
            self.under_way.append(told)
            return
        self.under_way.clear()
        self.acknowledged += 1
        kind = told["done"]
        if kind == "forget":
            for one in told["ids"]:
                self._forgotten(one)
        elif kind in ("start", "steps"):
            self.drafts[told["ids"][0]] = told["steps"]
        else:
            self.items.update(zip(told["ids"], told["digests"], strict=True))
            for one in told["ids"]:
                self.drafts.pop(one, None)
            if kind == "fact":
                self.chains.setdefault(told["key"], []).append(told["ids"][0])

    def copy(self) -> "Book":
        """As it stands now."""
        return msgspec.convert(msgspec.to_builtins(self), Book)

    def settle(self, memory: Memory) -> None:
        """Take over what is there as what must be there from now on."""
        found = [item for item in everything(memory) if item.kind not in LEARNED]
        self.items = {item.id: digest(item) for item in found}
        self.drafts = {draft.id: len(_episode_of(draft).steps) for draft in memory.open_episodes()}
        self.chains = {}
        for item in found:
            if item.kind == "fact" and item.key:
                self.chains.setdefault(item.key, []).append(item.id)
        self.under_way = []

    def _forgotten(self, id: str) -> None:
        self.items.pop(id, None)
        self.gone.add(id)
        for chain in self.chains.values():
            if id in chain:
                chain.remove(id)


def everything(memory: Memory) -> Iterator[Item]:
    """All items, page by page."""
    after = 0
    while page := memory.items(after=after, limit=500):
        yield from page
        after = page[-1].sequence


def missing(memory: Memory, book: Book) -> list[str]:
    """In words, whatever is not as the book says: lost, half there, or back from the dead."""
    found = {item.id: item for item in everything(memory) if item.kind not in LEARNED}
    wrong = _lost(found, book)
    wrong += _unexpected(found, book)
    wrong += _drafts(memory, book)
    wrong += _current(found, book)
    return wrong


def _lost(found: dict[str, Item], book: Book) -> list[str]:
    wrong = []
    may_go = {one for told in book.under_way if told["about"] == "forget" for one in told["ids"]}
    may_change = [text for told in book.under_way if told["about"] == "preference" for text in told["texts"]]
    for which, known in book.items.items():
        if which not in found:
            if which not in may_go:
                wrong.append(f"lost: {which}")
        elif digest(found[which]) != known and not any(text in found[which].text for text in may_change):
            wrong.append(f"changed: {which} {found[which].kind}")
    return wrong + [f"back: {which}" for which in book.gone & found.keys()]


def _unexpected(found: dict[str, Item], book: Book) -> list[str]:
    """What nobody acknowledged may be there if it was under way, and then whole."""
    extra = [item for which, item in found.items() if which not in book.items and which not in book.gone]
    wrong = []
    for told in book.under_way:
        texts = told.get("texts", [])
        mine = [item for item in extra if any(text in item.text for text in texts)]
        extra = [item for item in extra if item not in mine]
        if mine and len(mine) != len(texts):
            wrong.append(f"half a transaction: {len(mine)} of {len(texts)} of {told['about']}")
        wrong += [
            f"half an episode: {item.id}"
            for item in mine
            if told["about"] == "episode" and len(_episode_of(item).steps) != told["steps"]
        ]
    return wrong + [f"unexpected: {item.id} {item.kind}" for item in extra]


def _drafts(memory: Memory, book: Book) -> list[str]:
    drafts = {draft.id: len(_episode_of(draft).steps) for draft in memory.open_episodes()}
    ending = {one for told in book.under_way if told["about"] == "episode" for one in told["ids"]}
    wrong = [
        f"draft {which} has {drafts.get(which)} of {steps} steps"
        for which, steps in book.drafts.items()
        if which not in ending and drafts.get(which, -1) < steps
    ]
    starting = sum(told["about"] == "start" for told in book.under_way)
    more = drafts.keys() - book.drafts.keys()
    return wrong + [f"unexpected draft {which}" for which in sorted(more)[starting:]]


def _current(found: dict[str, Item], book: Book) -> list[str]:
    """Of the facts with a key one holds, the last that was acknowledged or one under way."""
    under_way = {text for told in book.under_way for text in told.get("texts", [])}
    going = {one for told in book.under_way if told["about"] == "forget" for one in told["ids"]}
    wrong = []
    for key, chain in book.chains.items():
        current = [item for item in found.values() if item.key == key and item.superseded_by is None]
        left = [which for which in chain if which not in going]
        allowed = {*chain[-1:], *left[-1:]}
        held = [item.id for item in current]
        whole = (len(held) == 1 and (held[0] in allowed or current[0].text in under_way)) or not (held or left)
        if not whole:
            wrong.append(f"{key}: {held} hold, not {chain[-1:]}")
    return wrong


def unsearchable(path: Path) -> list[str]:
    """Items that words do not find, and items without a vector that no job will give one; after the queue ran, any."""
    wrong = []
    with (
        opened(path, worker=False, clock=lambda: system_clock() + LATER) as memory,
        closing(SqliteStore(path)) as store,
    ):
        missing_vectors = memory.unembedded()
        if missing_vectors and not memory.jobs(states=("queued", "leased")):
            wrong.append(f"{missing_vectors} items without vector and without job")
        if not memory.flush(timeout=60) or memory.unembedded():
            wrong.append(f"the queue does not end: {memory.jobs(states=('queued', 'leased'))[:2]}")
        for item in everything(memory):
            first = terms(passages(item.text)[0])
            unique = next((one for one in first if one.startswith("zq")), None)
            if unique is None:
                continue
            hits = store.match(memory.namespace, [unique], Filter(), 1000)
            if item.sequence not in {item_of(int(passage))[0] for passage in hits.passages}:
                wrong.append(f"not found by its words: {item.id}")
    return wrong


def problems(memory: Memory) -> list[str]:
    """What `check` finds."""
    return [problem for _, _, problem in memory.check() if problem]


def unfinished(jobs: list[Job]) -> list[Job]:
    """Those that are neither done nor dead."""
    return [job for job in jobs if job.state in ("queued", "leased")]


def _episode_of(item: Item) -> Episode:
    assert isinstance(item.payload, Episode)
    return item.payload
