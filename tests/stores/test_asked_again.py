"""What one search leaves to the next one changes no answer."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tacit.changes import Hits, Put, PutVectors
from tacit.logic.passages import passage_id
from tacit.stores.sqlite import SqliteStore
from tacit.types import Filter, Item, Kind

COUNT = 6_000
TERMS = ("rare", "common", "frequent")
FACTS = Filter(kinds=("fact",))


def made(number: int) -> Item:
    words = ["rare"] * (number % 8 == 0) + ["common"] * (number % 2) + ["frequent"] * (number % 3 > 0) + [f"n{number}"]
    kind: Kind = "message" if number % 9 else "fact"
    return Item(id=f"i{number}", kind=kind, text=" ".join(words), created_at=0)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("again") / "a.db"
    store = SqliteStore(path)
    items = store.write("n", [Put(item=made(number)) for number in range(COUNT)]).items
    matrix = np.random.default_rng(0).standard_normal((COUNT, 8))
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    passages = tuple(passage_id(item.sequence, 0) for item in items)
    store.write("n", [PutVectors(model="m", passages=passages, matrix=matrix.astype(np.float32))])
    store.close()
    return path


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()


def told(hits: Hits) -> list[tuple[int, float]]:
    return list(zip(hits.passages.tolist(), hits.scores.tolist(), strict=True))


def test_asked_again_of_some_kinds_the_words_give_the_same(store: SqliteStore, path: Path) -> None:
    store.match("n", TERMS, Filter(), 200)
    again = store.match("n", TERMS, FACTS, 50)
    alone = SqliteStore(path)
    assert told(again) == told(alone.match("n", TERMS, FACTS, 50))
    assert len(again.passages) == 50
    alone.close()


def test_what_was_written_meanwhile_is_found(store: SqliteStore) -> None:
    store.match("n", TERMS, Filter(), 200)
    (item,) = store.write("n", [Put(item=Item(id="new", kind="fact", text="rare common", created_at=0))]).items
    assert passage_id(item.sequence, 0) in store.match("n", TERMS, FACTS, 50).passages.tolist()


def test_of_a_ninth_of_the_vectors_the_nearest_are_those_that_comparing_all_gives(store: SqliteStore) -> None:
    question = np.eye(1, 8, dtype=np.float32)[0]
    passages = [passage_id(number + 1, 0) for number in range(0, COUNT, 9)]
    scores = store.vectors("n", "m", passages) @ question
    nearest = [passages[place] for place in np.lexsort((passages, -scores))[:100]]
    assert store.nearest("n", "m", question, FACTS, 100).passages.tolist() == nearest
