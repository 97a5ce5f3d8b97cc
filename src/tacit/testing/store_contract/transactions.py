"""Writing and reading items: whole transactions, order, deleting, closing, threads.

Floor 6. Below: base. Above: contract.
"""
# ruff: noqa: S101 - these are tests: they assert

from concurrent.futures import ThreadPoolExecutor

import pytest

from tacit.changes import Change, Delete, Enqueue, LogFeedback, Put, SetNote, Supersede
from tacit.changes import Feedback as Said
from tacit.errors import Conflict, InvalidInput, NotFound, StorageError
from tacit.ports import Backend
from tacit.testing.store_contract.base import MODEL, NAMESPACE, OTHER, Contract, axis, embed, fact, found, put
from tacit.types import Filter, Item, Preference

__all__ = ["Transactions"]


class Transactions(Contract):
    """All or nothing, in order, of one namespace alone."""

    def test_a_written_item_is_read_back_whole(self, store: Backend) -> None:
        """Every field, with sequence and revision filled in."""
        written = fact(
            "1",
            "the server is at 10.0.0.1",
            key="server",
            type="address",
            author="ann",
            session="s",
            context=("where is it?", "say"),
            domain="ops",
            language="en",
            tags=("x", "y"),
            metadata={"a": 1, "b": 1.5, "c": True, "d": None, "e": "text"},
            source="cli",
            trust="high",
            derived_from=("0",),
            created_at=5,
            valid_from=3,
            valid_to=9,
        )
        receipt = put(store, written)
        assert receipt.created == (True,)
        assert receipt.items[0].sequence > 0
        assert receipt.items[0].revision == 1
        assert store.read(NAMESPACE, ["1"]) == list(receipt.items)

    def test_a_read_item_shares_nothing_with_the_store(self, store: Backend) -> None:
        """Whoever changes what he was given changes his copy."""
        value = {"tabs": [2]}
        put(store, Item(id="1", kind="preference", text="tabs", payload=_liked(value), metadata={"a": 1}))
        value["tabs"].append(4)
        first = store.read(NAMESPACE, ["1"])[0]
        first.metadata["a"] = 2
        again = store.read(NAMESPACE, ["1"])[0]
        assert again.payload == _liked({"tabs": [2]})
        assert again.metadata == {"a": 1}

    def test_reading_keeps_the_order_asked_for_and_leaves_out_what_is_not_there(self, store: Backend) -> None:
        """By id with payloads, by sequence without."""
        one, two, three = put(store, fact("1"), fact("2"), fact("3")).items
        assert [item.id for item in store.read(NAMESPACE, ["3", "none", "1"])] == ["3", "1"]
        loaded = store.load(NAMESPACE, [two.sequence, three.sequence + 100, one.sequence])
        assert [item.id for item in loaded] == ["2", "1"]
        assert [item.payload for item in loaded] == [None, None]
        assert loaded[0].text == "2"

    def test_sequences_ascend_over_all_namespaces_and_are_never_given_twice(self, store: Backend) -> None:
        """Order comes from them, so a deleted one does not come back."""
        given = [put(store, fact("1")).items[0].sequence]
        given.append(put(store, fact("1"), namespace=OTHER).items[0].sequence)
        store.write(NAMESPACE, [Delete(ids=("1",))])
        given.append(put(store, fact("1")).items[0].sequence)
        assert given == sorted(set(given))

    def test_changes_apply_in_order(self, store: Backend) -> None:
        """A later change sees an earlier one of its transaction."""
        changes: list[Change] = [Put(item=fact("1")), Put(item=fact("2")), Delete(ids=("1",)), Put(item=fact("1", "x"))]
        receipt = store.write(NAMESPACE, changes)
        assert [item.id for item in receipt.items] == ["1", "2", "1"]
        assert receipt.deleted == 1
        assert [item.text for item in store.select(NAMESPACE, Filter())] == ["2", "x"]

    def test_a_failing_change_leaves_nothing_of_its_transaction(self, store: Backend) -> None:
        """Not an item, a word, a vector, a job, a note; and what was there stays as it was."""
        kept = put(store, fact("kept", "old words", key="k")).items[0]
        embed(store, kept, axis(0))
        failing: list[Change] = [
            Put(item=fact("new", "new words", key="k"), on_conflict="supersede"),
            Delete(ids=("kept",)),
            Enqueue(stage="embed", key="1"),
            SetNote(key="n", value=1),
            LogFeedback(feedback=Said(id="f", recall="nowhere", score=1.0)),
        ]
        before = store.records(NAMESPACE).stats()
        with pytest.raises(NotFound):
            store.write(NAMESPACE, failing)
        assert store.select(NAMESPACE, Filter()) == [kept]
        assert found(store, "words") == ["kept"]
        assert store.vectors(NAMESPACE, MODEL, [kept.sequence * 4096]).tolist() == [axis(0).tolist()]
        assert store.records(NAMESPACE).note("n") is None
        assert store.jobs(NAMESPACE) == []
        after = store.records(NAMESPACE).stats()
        assert (after.items, after.superseded, after.vectors) == (before.items, before.superseded, before.vectors)

    def test_an_item_needs_an_id(self, store: Backend) -> None:
        """The empty one is refused."""
        with pytest.raises(InvalidInput):
            put(store, fact("", "text"))
        assert store.select(NAMESPACE, Filter()) == []

    def test_a_namespace_is_checked_wherever_one_is_named(self, store: Backend) -> None:
        """A name that is none is an error, not an empty answer."""
        for name in ("", "a//b", "../a", "a b", "a\0", "x" * 300):
            for call in (
                lambda name=name: store.write(name, []),
                lambda name=name: store.read(name, []),
                lambda name=name: store.load(name, []),
                lambda name=name: store.select(name, Filter()),
                lambda name=name: store.match(name, ["a"], Filter(), 1),
                lambda name=name: store.nearest(name, MODEL, axis(0), Filter(), 1),
                lambda name=name: store.vectors(name, MODEL, []),
                lambda name=name: store.records(name),
                lambda name=name: store.jobs(name),
                lambda name=name: store.revive(name),
            ):
                with pytest.raises(InvalidInput):
                    call()

    def test_one_namespace_never_sees_another(self, store: Backend) -> None:
        """Not by id, sequence, filter, word, vector or count."""
        mine = put(store, fact("1", "a secret", key="k", derived_from=("0",))).items[0]
        embed(store, mine, axis(0))
        assert store.read(OTHER, ["1"]) == []
        assert store.load(OTHER, [mine.sequence]) == []
        assert store.select(OTHER, Filter(derived_from=("0",))) == []
        assert found(store, "secret", namespace=OTHER) == []
        assert len(store.nearest(OTHER, MODEL, axis(0), Filter(), 5).passages) == 0
        assert not store.vectors(OTHER, MODEL, [mine.sequence * 4096]).any()
        stats = store.records(OTHER).stats()
        assert (stats.items, stats.vectors, stats.jobs) == ({}, {}, {})
        put(store, fact("1", "mine", key="k"), namespace=OTHER)
        store.write(OTHER, [Delete(ids=("1",))])
        assert store.read(NAMESPACE, ["1"]) == [mine]

    def test_deleting_takes_words_and_vectors_along_and_passes_over_unknown_ids(self, store: Backend) -> None:
        """An id named twice counts once."""
        one, two = put(store, fact("1", "blue words"), fact("2", "blue words")).items
        embed(store, one, axis(0))
        embed(store, two, axis(0))
        assert store.write(NAMESPACE, [Delete(ids=("1", "none", "1"))]).deleted == 1
        assert store.select(NAMESPACE, Filter()) == [two]
        assert found(store, "blue") == ["2"]
        assert store.nearest(NAMESPACE, MODEL, axis(0), Filter(), 5).passages.tolist() == [two.sequence * 4096]
        assert not store.vectors(NAMESPACE, MODEL, [one.sequence * 4096]).any()

    def test_superseding_needs_two_items_that_are_there(self, store: Backend) -> None:
        """And says until when the old one held."""
        put(store, fact("old"), fact("new"))
        receipt = store.write(NAMESPACE, [Supersede(old="old", new="new", at=7)])
        old = store.read(NAMESPACE, ["old"])[0]
        assert (old.superseded_by, old.valid_to, old.revision) == ("new", 7, 2)
        assert receipt.items == ()
        for pair in (("old", "none"), ("none", "new"), ("new", "new")):
            with pytest.raises(NotFound):
                store.write(NAMESPACE, [Supersede(old=pair[0], new=pair[1], at=8)])

    def test_many_threads_write_and_nothing_is_lost_or_mixed(self, store: Backend) -> None:
        """Each transaction has its own receipt; a key is won once."""

        def write(number: int) -> bool:
            receipt = store.write(NAMESPACE, [Put(item=fact(f"{number}-a")), Put(item=fact(f"{number}-b"))])
            assert [item.id for item in receipt.items] == [f"{number}-a", f"{number}-b"]
            try:
                put(store, fact(f"{number}-key", key="won once"))
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(write, range(40)))
        assert sum(won) == 1
        items = store.select(NAMESPACE, Filter(), limit=1000)
        assert len(items) == len({item.sequence for item in items}) == 81

    def test_a_closed_store_says_so(self, store: Backend) -> None:
        """Closing twice is allowed; anything else is a `StorageError`."""
        records = store.records(NAMESPACE)
        store.close()
        store.close()
        with pytest.raises(StorageError, match="closed"):
            put(store, fact("1"))
        with pytest.raises(StorageError, match="closed"):
            store.select(NAMESPACE, Filter())
        with pytest.raises(StorageError, match="closed"):
            store.claim(["embed"])
        with pytest.raises(StorageError, match="closed"):
            records.stats()


def _liked(value: object) -> Preference:
    return Preference(key="k", value=value)
