"""Where words are common, the rare ones choose what is scored and the common ones count in it: alike in both stores.

The thresholds are in the tens of thousands; here they are made so small that ten passages are many.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.changes import Put
from tacit.logic import lexical
from tacit.ports import Backend
from tacit.stores.memory import MemoryStore
from tacit.stores.sqlite import SqliteStore
from tacit.stores.sqlite import lexical as search
from tacit.types import Fact, Filter, Item

NAMESPACE = "acme/support-bot"
WORDS = list("abcdefgh")
texts = st.lists(st.lists(st.sampled_from([*WORDS, "a", "a", "b"]), max_size=6).map(" ".join), max_size=12)


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"WHOLE": 3, "CHOOSING": 2, "WIDE": 6, "COUNTING": 9}.items():
            patch.setattr(lexical, name, value)
        patch.setattr(search, "SMALL", 0)
        yield


def fact(number: int, text: str, author: str = "") -> Item:
    return Item(id=f"{number}", kind="fact", text=text, author=author, payload=Fact(statement=text))


def put(store: Backend, written: list[str]) -> None:
    who = ("ann", "bob")
    store.write(NAMESPACE, [Put(item=fact(number, text, who[number % 2])) for number, text in enumerate(written)])


@given(
    written=texts,
    asked=st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    filter=st.sampled_from([Filter(), Filter(authors=("ann",))]),
    limit=st.integers(1, 9),
)
def test_both_stores_choose_and_count_alike(
    tmp_path_factory: pytest.TempPathFactory, written: list[str], asked: list[str], filter: Filter, limit: int
) -> None:
    model, file = MemoryStore(), SqliteStore(tmp_path_factory.mktemp("words") / "memory.tacit")
    try:
        put(model, written)
        put(file, written)
        expected, found = (store.match(NAMESPACE, asked, filter, limit) for store in (model, file))
    finally:
        file.close()
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)
    np.testing.assert_allclose(found.ceiling, expected.ceiling, rtol=1e-5)
    assert found.passages.tolist() == expected.passages.tolist()


def test_a_common_word_counts_in_the_score_of_what_a_rare_one_chose(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "memory.tacit")
    filler = [f"x{number}" for number in range(20)]
    put(store, ["rare only", "rare common", "rare nothing", "common x", "common y", "common z", "common v", *filler])
    hits = store.match(NAMESPACE, ["rare", "common"], Filter(), 3)
    assert [store.load(NAMESPACE, [int(hits.passages[0]) // 4096])[0].text] == ["rare common"]
    alone = store.match(NAMESPACE, ["rare"], Filter(), 3)
    assert alone.scores.tolist() == pytest.approx(sorted(alone.scores.tolist(), reverse=True))
    assert hits.scores[0] > alone.scores[0]
    assert hits.scores[1:].tolist() == pytest.approx(alone.scores[1:].tolist())
    store.close()


def test_a_word_that_was_asked_for_in_vain_is_found_once_it_is_written(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "memory.tacit")
    put(store, [f"filler {number}" for number in range(40)])
    assert not len(store.match(NAMESPACE, ["zebra"], Filter(), 5).passages)
    store.write(NAMESPACE, [Put(item=fact(99, "zebra"))])
    assert len(store.match(NAMESPACE, ["zebra"], Filter(), 5).passages) == 1
    store.close()
