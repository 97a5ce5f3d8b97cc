"""What it costs, and gives, to score less than everything: the evidence of docs/decisions/0007.

Passages are made of runs of words as they stand in the recall sets, so that words are as common as people use them. A
question is six words of one passage in any order; the measure is at which place that passage comes back. Everything is
scored once as the reference. Not measured: questions in other words than the passage's, other languages.
"""

import random
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.common import arguments, machine, report, say
from bench.sets import beam, locomo
from tacit.changes import Put
from tacit.clock import new_id
from tacit.logic import lexical
from tacit.logic.passages import item_of
from tacit.logic.words import terms
from tacit.stores.sqlite import SqliteStore
from tacit.types import Filter, Item, Message

NAMESPACE = "bench"
PAGE = 2_000
ASKED = 6
QUESTIONS = 150
NEVER = 10**9


def main() -> None:
    """Run from the command line."""
    given = arguments(__doc__ or "", data=True).parse_args()
    started = time.time()
    sizes = (20_000,) if given.quick else (100_000, 500_000)
    words = [word for text in _texts(given.data) for word in text.split()]
    result: dict[str, Any] = {"quick": given.quick, "questions": QUESTIONS, "passages": {}}
    for size in sizes:
        say(f"{size:,} passages")
        result["passages"][str(size)] = _measured(words, size, random.Random(given.seed))
    report(result | {"machine": machine(started)}, as_json=given.json, table=_table)


def _texts(data: Path) -> list[str]:
    return [said.text for conversation in (*locomo(data), *beam(data)) for said in conversation.said]


def _measured(words: list[str], size: int, rng: random.Random) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "words.db")
        for _ in range(0, size, PAGE):
            store.write(NAMESPACE, [Put(item=_item(words, rng)) for _ in range(PAGE)])
        questions = []
        for item in store.load(NAMESPACE, rng.sample(range(1, size), QUESTIONS)):
            found = item.text.split()
            questions.append((item.sequence, terms(" ".join(rng.sample(found, min(ASKED, len(found)))))))
        ways = {name: _asked(store, questions, way) for name, way in WAYS.items()}
        store.close()
    return ways


def _item(words: list[str], rng: random.Random) -> Item:
    length, one, other = rng.randint(5, 25), rng.randrange(len(words) - 25), rng.randrange(len(words) - 25)
    text = " ".join(words[one : one + length] + words[other : other + length])
    return Item(id=new_id(), kind="message", text=text, payload=Message())


def _asked(store: SqliteStore, questions: list[tuple[int, list[str]]], dials: Mapping[str, int]) -> dict[str, float]:
    """Processor time of a search, and how often the passage is among the first."""
    kept = {name: getattr(lexical, name) for name in dials}
    for name, value in dials.items():
        setattr(lexical, name, value)
    try:
        took, places = [], []
        for sequence, asked in questions:
            store.match(NAMESPACE, asked, Filter(), 1)  # counts of common words are remembered
            begun = time.thread_time()
            hits = store.match(NAMESPACE, asked, Filter(), 200)
            took.append((time.thread_time() - begun) * 1e3)
            order = [item_of(int(passage))[0] for passage in hits.passages]
            places.append(order.index(sequence) if sequence in order else NEVER)
    finally:
        for name, value in kept.items():
            setattr(lexical, name, value)
    first: Callable[[int], float] = lambda count: round(float(np.mean([place < count for place in places])), 3)  # noqa: E731
    p50, p99 = np.percentile(took, [50, 99])
    return {"ms_p50": round(p50, 1), "ms_p99": round(p99, 1)} | {
        f"r{count}": first(count) for count in (1, 10, 50, 200)
    }


def _rarest(budget: int) -> dict[str, int]:
    """Terms from the rarest on until the budget is spent choose, and no other counts."""
    return {"WHOLE": budget, "CHOOSING": budget, "WIDE": budget, "COUNTING": 0}


def _division(choosing: int, counting: int) -> dict[str, int]:
    return {"CHOOSING": choosing, "COUNTING": counting}


WAYS: dict[str, dict[str, int]] = {
    "everything": {"WHOLE": NEVER},
    "rarest 10,000": _rarest(10_000),
    "rarest 30,000": _rarest(30_000),
    "choose 500, count 30,000": _division(500, 30_000),
    "choose 500, count 100,000": _division(500, 100_000),
    "choose 500, count 200,000": _division(500, 200_000),
    "choose 2,000, count 100,000": _division(2_000, 100_000),
}


def _table(result: Mapping[str, Any]) -> None:
    for size, ways in result["passages"].items():
        print(f"\n{int(size):,} passages{'':21}" + "".join(f"{name:>8}" for name in next(iter(ways.values()))))
        for name, figures in ways.items():
            print(f"{name:34}" + "".join(f"{value:8}" for value in figures.values()))


if __name__ == "__main__":
    main()
