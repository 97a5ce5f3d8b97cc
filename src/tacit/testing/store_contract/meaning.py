"""Vectors: kept by model, searched exactly.

Floor 6. Below: base. Above: contract.
"""
# ruff: noqa: S101 - these are tests: they assert

from typing import Any

import numpy as np
import pytest

from tacit.changes import Delete, ForgetVectors, PutVectors
from tacit.errors import InvalidInput
from tacit.logic.passages import passage_id, saying
from tacit.ports import Backend
from tacit.testing.store_contract.base import MODEL, NAMESPACE, OTHER, Contract, axis, embed, fact, ids_of, put
from tacit.types import Filter, Item

__all__ = ["Meaning"]

ROW = np.eye(4, dtype=np.float32)[:1]
BAD: dict[str, tuple[tuple[int, ...], Any]] = {
    "one row, two passages": ((1, 2), ROW),
    "no matrix": ((1,), ROW[0]),
    "too deep": ((1,), ROW[None]),
    "not unit": ((1,), ROW * 2),
    "zero": ((1,), ROW * 0),
    "nan": ((1,), ROW * np.float32("nan")),
    "infinite": ((1,), np.array([[np.inf, 0, 0, 0]], dtype=np.float32)),
    "integers": ((1,), np.eye(4, dtype=np.int64)[:1]),
    "no columns": ((1,), np.zeros((1, 0), dtype=np.float32)),
    "another dimension": ((1,), np.eye(3, dtype=np.float32)[:1]),
}


class Meaning(Contract):
    """Cosines, best first. Two models are never compared."""

    def test_vectors_of_what_an_item_no_longer_says_are_passed_over(self, store: Backend) -> None:
        """They would keep it from ever getting the right ones."""
        first = put(store, fact("1", "old words"), fact("2", "other words")).items
        said = {item.sequence: saying(item.text, item.context) for item in first}
        put(store, fact("1", "new words"), on_conflict="replace")
        passages = tuple(passage_id(item.sequence, 0) for item in first)
        late = PutVectors(model=MODEL, passages=passages, matrix=np.stack([axis(0), axis(1)]), made_from=said)
        store.write(NAMESPACE, [late])
        assert store.records(NAMESPACE).unembedded(MODEL) == [first[0].sequence]

    def test_the_nearest_come_first_with_their_cosines(self, store: Backend) -> None:
        """float32 scores, int64 passages; half precision is enough."""
        items = put(store, fact("1"), fact("2"), fact("3")).items
        for item, angle in zip(items, (0.9, 0.1, 0.5), strict=True):
            embed(store, item, _at(angle))
        hits = store.nearest(NAMESPACE, MODEL, axis(0), Filter(), 2)
        assert ids_of(store, hits) == ["2", "3"]
        np.testing.assert_allclose(hits.scores, np.cos([0.1, 0.5]), atol=1e-3)
        assert hits.passages.dtype == np.int64
        assert hits.scores.dtype == np.float32

    def test_equal_cosines_come_oldest_first_also_at_the_limit(self, store: Backend) -> None:
        """So that an answer is the same every time."""
        items = put(store, *[fact(str(number)) for number in range(30)]).items
        for item in reversed(items):
            embed(store, item, axis(0))
        assert ids_of(store, store.nearest(NAMESPACE, MODEL, axis(0), Filter(), 3)) == ["0", "1", "2"]

    def test_each_passage_has_its_vector(self, store: Backend) -> None:
        """A hit names item and passage."""
        item = put(store, fact("1", "A sentence of a long text. " * 100)).items[0]
        embed(store, item, axis(0), axis(1), axis(2))
        hits = store.nearest(NAMESPACE, MODEL, axis(1), Filter(), 1)
        assert hits.passages.tolist() == [passage_id(item.sequence, 1)]
        assert store.records(NAMESPACE).stats().vectors == {MODEL: 1}

    def test_vectors_are_given_in_the_order_asked_for_with_zeros_where_there_is_none(self, store: Backend) -> None:
        """(n, 0) where the model has none at all."""
        one, two = put(store, fact("1"), fact("2")).items
        wanted = [passage_id(one.sequence, 0), passage_id(one.sequence, 1), passage_id(two.sequence, 0)]
        assert store.vectors(NAMESPACE, MODEL, wanted).shape == (3, 0)
        embed(store, one, axis(0))
        embed(store, two, axis(1))
        expected = np.stack([axis(1), axis(0) * 0, axis(0), axis(1)])
        vectors = store.vectors(NAMESPACE, MODEL, [wanted[2], wanted[1], wanted[0], wanted[2]])
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(vectors, expected, atol=1e-3)

    def test_a_vector_written_again_takes_the_place_of_the_old_one(self, store: Backend) -> None:
        """Also within one change."""
        item = put(store, fact("1")).items[0]
        passage = passage_id(item.sequence, 0)
        embed(store, item, axis(0))
        embed(store, item, axis(1))
        assert store.nearest(NAMESPACE, MODEL, axis(0), Filter(), 5).scores.tolist() == [0.0]
        both = PutVectors(model=MODEL, passages=(passage, passage), matrix=np.stack([axis(2), axis(3)]))
        store.write(NAMESPACE, [both])
        assert store.vectors(NAMESPACE, MODEL, [passage]).tolist() == [axis(3).tolist()]
        assert store.records(NAMESPACE).stats().vectors == {MODEL: 1}

    def test_passages_of_items_that_are_gone_are_passed_over(self, store: Backend) -> None:
        """An embedding that comes late brings nothing back, nor does one of another namespace."""
        gone, kept = put(store, fact("gone"), fact("kept")).items
        foreign = put(store, fact("foreign"), namespace=OTHER).items[0]
        store.write(NAMESPACE, [Delete(ids=("gone",))])
        late = tuple(passage_id(item.sequence, 0) for item in (gone, kept, foreign))
        store.write(NAMESPACE, [PutVectors(model=MODEL, passages=late, matrix=np.stack([axis(0)] * 3))])
        assert ids_of(store, store.nearest(NAMESPACE, MODEL, axis(0), Filter(), 5)) == ["kept"]
        assert store.vectors(NAMESPACE, MODEL, late).any(axis=1).tolist() == [False, True, False]

    def test_what_was_deleted_does_not_take_the_place_of_what_is_there(self, store: Backend) -> None:
        """However many nearer ones are gone, the limit is filled."""
        near: list[Item] = list(put(store, *[fact(f"near{number}") for number in range(40)]).items)
        far: list[Item] = list(put(store, *[fact(f"far{number}") for number in range(5)]).items)
        for item in near:
            embed(store, item, axis(0))
        for item in far:
            embed(store, item, _at(1.0))
        assert len(store.nearest(NAMESPACE, MODEL, axis(0), Filter(), 5).passages) == 5
        store.write(NAMESPACE, [Delete(ids=tuple(item.id for item in near))])
        assert ids_of(store, store.nearest(NAMESPACE, MODEL, axis(0), Filter(), 5)) == [item.id for item in far]

    @pytest.mark.parametrize("name", BAD)
    def test_vectors_that_are_none_are_refused(self, store: Backend, name: str) -> None:
        """And nothing of the transaction is kept."""
        item = put(store, fact("1")).items[0]
        embed(store, item, axis(0))
        numbers, matrix = BAD[name]
        passages = tuple(passage_id(item.sequence, number) for number in numbers)
        with pytest.raises(InvalidInput):
            store.write(NAMESPACE, [PutVectors(model=MODEL, passages=passages, matrix=matrix)])
        assert store.records(NAMESPACE).stats().vectors == {MODEL: 1}

    def test_a_question_that_is_no_vector_of_the_model_is_refused(self, store: Backend) -> None:
        """Another dimension, another length, not finite, not one row."""
        embed(store, put(store, fact("1")).items[0], axis(0))
        for question in (axis(0, 3), axis(0) * 2, axis(0) * np.float32("nan"), axis(0)[None], axis(0) * 0):
            with pytest.raises(InvalidInput):
                store.nearest(NAMESPACE, MODEL, question, Filter(), 5)

    def test_no_vectors_is_a_change_that_does_nothing(self, store: Backend) -> None:
        """(0, dimension) for no passages."""
        store.write(NAMESPACE, [PutVectors(model=MODEL, passages=(), matrix=np.zeros((0, 4), dtype=np.float32))])
        assert store.records(NAMESPACE).stats().vectors == {}

    def test_models_stand_beside_each_other_until_one_is_forgotten(self, store: Backend) -> None:
        """Each with its own dimension, which is free again afterwards."""
        item = put(store, fact("1")).items[0]
        embed(store, item, axis(0))
        embed(store, item, axis(1, 8), model="test:other")
        assert store.records(NAMESPACE).stats().vectors == {MODEL: 1, "test:other": 1}
        store.write(NAMESPACE, [ForgetVectors(model=MODEL), ForgetVectors(model="test:unknown")])
        assert store.records(NAMESPACE).stats().vectors == {"test:other": 1}
        assert len(store.nearest(NAMESPACE, MODEL, axis(0), Filter(), 5).passages) == 0
        embed(store, item, axis(1, 2))
        assert store.nearest(NAMESPACE, MODEL, axis(1, 2), Filter(), 5).scores.tolist() == [1.0]
        assert store.nearest(NAMESPACE, "test:other", axis(1, 8), Filter(), 5).scores.tolist() == [1.0]

    def test_what_has_no_vector_yet_is_listed_ascending(self, store: Backend) -> None:
        """By the first passage of each item, page by page."""
        items = put(store, *[fact(str(number)) for number in range(5)]).items
        embed(store, items[1], axis(0))
        missing = [items[number].sequence for number in (0, 2, 3, 4)]
        records = store.records(NAMESPACE)
        assert records.unembedded(MODEL) == missing
        assert records.unembedded(MODEL, limit=2) == missing[:2]
        assert records.unembedded(MODEL, after=missing[1]) == missing[2:]
        assert records.unembedded("test:other") == [item.sequence for item in items]


def _at(angle: float) -> np.ndarray:
    """The unit vector at an angle from the first axis."""
    return np.array([np.cos(angle), np.sin(angle), 0.0, 0.0], dtype=np.float32)
