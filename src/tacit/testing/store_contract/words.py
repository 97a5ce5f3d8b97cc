"""Search by words: BM25 over passages, for every script.

Floor 6. Below: base. Above: contract.
"""
# ruff: noqa: S101 - these are tests: they assert

import math

import numpy as np
import pytest

from tacit.logic.passages import item_of, passages
from tacit.logic.words import terms
from tacit.ports import Backend
from tacit.testing.store_contract.base import NAMESPACE, OTHER, Contract, fact, found, put
from tacit.types import Filter, Item

__all__ = ["Words"]

SYNTAX = ('"', "a OR", "NEAR(a b)", "own:fox", "fox*", "^fox", "-fox", "(", "'; DROP TABLE items; --", "{fox}", "+ fox")
SCRIPTS = {
    "東京都の天気": "京都",
    "データベースの大きさ": "データ",
    "проверить размер базы": "размер",
    "한국어 문장입니다": "문장",
    "ภาษาไทยง่ายมาก": "ไทย",
    "Größe der Datenbank": "grosse größe",
    "café crème": "CAFE",
    "हिन्दी में लिखा": "में",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 letters": "unicode",
    "getUserName fails": "user",
    "ꟶ ƿynn 𞤀𞤣𞤤𞤢𞤥": "𞤀𞤣𞤤𞤢𞤥",
    "ς final": "ς",
    "error_code 42": "error_code",
}


class Words(Contract):
    """Terms come from `logic.words.terms`; any of them is enough."""

    def test_words_are_searchable_as_soon_as_they_are_written(self, store: Backend) -> None:
        """In any form that stems to the same."""
        put(store, fact("1", "Running the tests failed"), fact("2", "bake bread"))
        assert found(store, "run a test") == ["1"]
        assert found(store, "nothing of it") == []
        assert found(store, "") == []

    @pytest.mark.parametrize(("text", "asked"), SCRIPTS.items(), ids=map(ascii, SCRIPTS))
    def test_every_script_is_found(self, store: Backend, text: str, asked: str) -> None:
        """Also scripts without spaces, letters that are young, letters that fold."""
        put(store, fact("other", "something else"), fact("1", text))
        assert found(store, asked) == ["1"]

    @pytest.mark.parametrize("asked", SYNTAX)
    def test_what_looks_like_a_query_language_is_text(self, store: Backend, asked: str) -> None:
        """No operator, no error, whether as text or as a term."""
        put(store, fact("1", "the quick fox"))
        store.match(NAMESPACE, [asked], Filter(), 5)
        assert found(store, asked) == (["1"] if "fox" in asked else [])

    def test_scores_are_bm25_as_published(self, store: Backend) -> None:
        """k1 1.2, b 0.75, the words of the passage counting 1 and those of the context 0.5."""
        put(store, fact("1", "fox fox dog"), fact("2", "dog", context=("red fox",)), *[_other(n) for n in range(6)])
        hits = store.match(NAMESPACE, terms("fox"), Filter(), 5)
        total, having, average = 8, 2, (3 + 3 + 6 * 2) / 8
        idf = math.log((total - having + 0.5) / (having + 0.5))

        def bm25(frequency: float, tokens: int) -> float:
            return idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * tokens / average))

        np.testing.assert_allclose(hits.scores, [bm25(2, 3), bm25(0.5, 3)], rtol=1e-5)
        assert hits.scores.dtype == np.float32
        assert hits.passages.dtype == np.int64

    def test_the_ceiling_is_what_bm25_could_give_at_most(self, store: Backend) -> None:
        """Over distinct terms, those that never occur included; no hit is above it."""
        put(store, fact("1", "fox " * 50), *[_other(number) for number in range(9)])
        hits = store.match(NAMESPACE, terms("fox fox unheard"), Filter(), 5)
        idf = [math.log((10 - having + 0.5) / (having + 0.5)) for having in (1, 0)]
        assert hits.ceiling == pytest.approx(2.2 * sum(idf))
        alone = store.match(NAMESPACE, terms("fox"), Filter(), 5)
        assert alone.scores[0] <= alone.ceiling

    def test_asking_for_a_term_twice_is_asking_once(self, store: Backend) -> None:
        """The same hits, the same scores."""
        put(store, fact("1", "fox and dog"), fact("2", "dog"), *[_other(number) for number in range(5)])
        once = store.match(NAMESPACE, ["fox", "dog"], Filter(), 5)
        twice = store.match(NAMESPACE, ["fox", "dog", "fox"], Filter(), 5)
        assert once.passages.tolist() == twice.passages.tolist()
        np.testing.assert_allclose(once.scores, twice.scores)

    def test_a_long_text_is_found_by_its_passages(self, store: Backend) -> None:
        """Each hit names item and passage; a rare word stands in one of them."""
        text = "\n".join(f"Section {number} says something long. " * 12 for number in range(8)) + "\nThe zebra."
        item = put(store, fact("1", text)).items[0]
        cut = passages(text)
        assert len(cut) > 3
        hits = store.match(NAMESPACE, terms("zebra"), Filter(), 50)
        assert [item_of(int(passage)) for passage in hits.passages] == [(item.sequence, len(cut) - 1)]
        every = store.match(NAMESPACE, terms("section"), Filter(), 50)
        assert sorted(item_of(int(passage))[1] for passage in every.passages) == [
            number for number, piece in enumerate(cut) if "section" in terms(piece)
        ]

    def test_equal_scores_come_oldest_first_also_at_the_limit(self, store: Backend) -> None:
        """So that an answer is the same every time."""
        put(store, *[fact(str(number), "same words") for number in range(8)], *[_other(number) for number in range(9)])
        assert found(store, "same", limit=8) == [str(number) for number in range(8)]
        assert found(store, "same", limit=3) == ["0", "1", "2"]

    def test_scores_are_of_one_namespace(self, store: Backend) -> None:
        """What others write changes none of them."""
        put(store, fact("1", "fox"), *[_other(number) for number in range(5)])
        before = store.match(NAMESPACE, ["fox"], Filter(), 5)
        put(store, *[fact(str(number), "fox fox") for number in range(20)], namespace=OTHER)
        after = store.match(NAMESPACE, ["fox"], Filter(), 5)
        assert (before.scores.tolist(), before.ceiling) == (after.scores.tolist(), after.ceiling)

    def test_a_filter_does_not_change_scores(self, store: Backend) -> None:
        """It only leaves out."""
        put(store, fact("1", "fox", author="ann"), fact("2", "fox fox"), *[_other(number) for number in range(5)])
        whole = store.match(NAMESPACE, ["fox"], Filter(), 5)
        part = store.match(NAMESPACE, ["fox"], Filter(authors=("ann",)), 5)
        scores = dict(zip(whole.passages.tolist(), whole.scores.tolist(), strict=True))
        assert part.scores.tolist() == [scores[passage] for passage in part.passages.tolist()]

    def test_where_nothing_was_written_nothing_is_found(self, store: Backend) -> None:
        """Empty arrays of the same types."""
        hits = store.match("never/written", ["fox"], Filter(), 5)
        assert hits.passages.shape == hits.scores.shape == (0,)
        assert hits.passages.dtype == np.int64
        assert hits.scores.dtype == np.float32


def _other(number: int) -> Item:
    return fact(f"other{number}", f"filler{number} text")
