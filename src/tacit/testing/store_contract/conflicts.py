"""What happens when an item is there already: error, ignore, replace, supersede.

Floor 6. Below: base. Above: contract.
"""
# ruff: noqa: S101 - these are tests: they assert

import pytest

from tacit.changes import Delete, OnConflict, Supersede
from tacit.errors import Conflict
from tacit.ports import Backend
from tacit.testing.store_contract.base import MODEL, NAMESPACE, Contract, axis, embed, fact, found, put
from tacit.types import Filter, Item

__all__ = ["Conflicts"]

EVERY: tuple[OnConflict, ...] = ("error", "ignore", "replace", "supersede")


class Conflicts(Contract):
    """An id is unique for good, a key among the current items of its kind."""

    def test_without_a_conflict_every_way_creates(self, store: Backend) -> None:
        """With revision 1, whatever the item said."""
        for on_conflict in EVERY:
            receipt = put(store, fact(on_conflict, key=on_conflict, revision=7), on_conflict=on_conflict)
            assert receipt.created == (True,)
            assert receipt.items[0].revision == 1

    def test_a_key_is_of_its_kind(self, store: Backend) -> None:
        """Two kinds may share one; items without a key never conflict by it."""
        put(store, fact("1", key="k"), fact("2", key="k", kind="message"), fact("3"), fact("4"))
        assert len(store.select(NAMESPACE, Filter())) == 4

    def test_error_refuses_the_same_key_and_the_same_id(self, store: Backend) -> None:
        """Nothing is written."""
        put(store, fact("1", key="k"))
        for other in (fact("2", key="k"), fact("1"), fact("1", kind="message")):
            with pytest.raises(Conflict):
                put(store, other)
        assert _ids(store) == ["1"]

    def test_ignore_answers_with_what_is_there(self, store: Backend) -> None:
        """By key and by id."""
        old = put(store, fact("1", "old", key="k")).items[0]
        for other in (fact("2", "new", key="k"), fact("1", "new")):
            receipt = put(store, other, on_conflict="ignore")
            assert receipt.items == (old,)
            assert receipt.created == (False,)
        assert found(store, "new") == []

    def test_replace_keeps_id_sequence_and_birth_and_counts_the_revision(self, store: Backend) -> None:
        """Everything else is as given, and found by its new words alone."""
        old = put(store, fact("1", "old words", key="k", created_at=5, tags=("x",))).items[0]
        receipt = put(store, fact("2", "new words", key="k", created_at=9, revision=1), on_conflict="replace")
        new = receipt.items[0]
        assert receipt.created == (False,)
        assert (new.id, new.sequence, new.created_at, new.revision) == ("1", old.sequence, 5, 2)
        assert (new.text, new.tags) == ("new words", ())
        assert store.select(NAMESPACE, Filter()) == [new]
        assert found(store, "new") == ["1"]
        assert found(store, "old") == []

    def test_replace_refuses_a_revision_that_is_not_the_stored_one(self, store: Backend) -> None:
        """Whoever read an older state must read again."""
        put(store, fact("1", "first"))
        put(store, fact("1", "second", revision=1), on_conflict="replace")
        for stale in (1, 3):
            with pytest.raises(Conflict):
                put(store, fact("1", "third", revision=stale), on_conflict="replace")
        assert store.read(NAMESPACE, ["1"])[0].text == "second"

    def test_replace_never_takes_the_key_of_another_current_item(self, store: Backend) -> None:
        """Both stay as they are."""
        items = put(store, fact("1", key="a"), fact("2", key="b")).items
        with pytest.raises(Conflict):
            put(store, fact("1", key="b"), on_conflict="replace")
        assert store.select(NAMESPACE, Filter()) == list(items)

    def test_replace_leaves_what_was_superseded_superseded(self, store: Backend) -> None:
        """History may be annotated, also while a newer item has its key."""
        put(store, fact("1", "old", key="k"))
        put(store, fact("2", "new", key="k"), on_conflict="supersede")
        old = store.read(NAMESPACE, ["1"])[0]
        assert old.superseded_by == "2"
        rewritten = fact("1", "old, with a note", key="k", revision=old.revision, superseded_by="2")
        put(store, rewritten, on_conflict="replace")
        assert store.read(NAMESPACE, ["1"])[0].superseded_by == "2"
        assert _current(store) == ["2"]

    def test_replace_drops_vectors_where_the_words_changed(self, store: Backend) -> None:
        """A change beside the words keeps them."""
        item = put(store, fact("1", "same", context=("before",))).items[0]
        passage = item.sequence * 4096
        embed(store, item, axis(1))
        put(store, fact("1", "same", context=("before",), tags=("x",), revision=1), on_conflict="replace")
        assert store.vectors(NAMESPACE, MODEL, [passage]).any()
        put(store, fact("1", "same", context=("else",), revision=2), on_conflict="replace")
        assert not store.vectors(NAMESPACE, MODEL, [passage]).any()
        assert store.records(NAMESPACE).unembedded(MODEL) == [item.sequence]
        embed(store, item, axis(1))
        put(store, fact("1", "other", context=("else",), revision=3), on_conflict="replace")
        assert len(store.nearest(NAMESPACE, MODEL, axis(1), Filter(), 5).passages) == 0

    def test_supersede_keeps_both_and_ends_the_old_one(self, store: Backend) -> None:
        """From the new one's valid_from on, or else from its birth."""
        put(store, fact("1", "first", key="k"))
        receipt = put(store, fact("2", "second", key="k", created_at=5), on_conflict="supersede")
        assert receipt.created == (True,)
        put(store, fact("3", "third", key="k", created_at=9, valid_from=8), on_conflict="supersede")
        one, two, three = store.select(NAMESPACE, Filter())
        assert (one.superseded_by, one.valid_to, one.revision) == ("2", 5, 2)
        assert (two.superseded_by, two.valid_to, two.revision) == ("3", 8, 2)
        assert (three.superseded_by, three.valid_to, three.revision) == (None, None, 1)
        assert found(store, "first second third") == ["1", "2", "3"]

    def test_supersede_does_not_lengthen_a_validity_that_ended_before(self, store: Backend) -> None:
        """The earlier end counts."""
        put(store, fact("1", key="k", valid_to=3))
        put(store, fact("2", key="k", created_at=5), on_conflict="supersede")
        assert store.read(NAMESPACE, ["1"])[0].valid_to == 3

    def test_supersede_refuses_the_same_id(self, store: Backend) -> None:
        """An item does not supersede itself."""
        put(store, fact("1", key="k"))
        with pytest.raises(Conflict):
            put(store, fact("1", key="k"), on_conflict="supersede")
        assert store.read(NAMESPACE, ["1"])[0].superseded_by is None

    def test_an_item_written_as_superseded_conflicts_with_no_key(self, store: Backend) -> None:
        """So history is imported in any order."""
        put(store, fact("new", key="k"))
        for on_conflict in EVERY:
            receipt = put(store, fact(on_conflict, key="k", superseded_by="new"), on_conflict=on_conflict)
            assert receipt.created == (True,)
        assert _current(store) == ["new"]

    def test_deleting_what_superseded_gives_the_old_one_its_place_back(self, store: Backend) -> None:
        """And its validity, where the supersession had ended it; its revision moves on."""
        put(store, fact("1", key="k"))
        put(store, fact("2", key="k", created_at=5), on_conflict="supersede")
        store.write(NAMESPACE, [Delete(ids=("2",))])
        one = store.read(NAMESPACE, ["1"])[0]
        assert (one.superseded_by, one.valid_to, one.revision) == (None, None, 3)
        with pytest.raises(Conflict):
            put(store, fact("3", key="k"))

    def test_what_ended_by_itself_stays_ended_when_its_successor_is_deleted(self, store: Backend) -> None:
        """The end was known before the supersession."""
        put(store, fact("1", key="k", valid_to=3))
        put(store, fact("2", key="k", created_at=5), on_conflict="supersede")
        store.write(NAMESPACE, [Delete(ids=("2",))])
        one = store.read(NAMESPACE, ["1"])[0]
        assert (one.superseded_by, one.valid_to) == (None, 3)

    def test_a_place_that_another_item_has_by_now_is_not_given_back(self, store: Backend) -> None:
        """Deleting from the middle of a history leaves its end current."""
        put(store, fact("1", key="k"))
        put(store, fact("2", key="k"), on_conflict="supersede")
        put(store, fact("3", key="k"), on_conflict="supersede")
        store.write(NAMESPACE, [Delete(ids=("2",))])
        assert _current(store) == ["3"]

    def test_deleting_from_the_middle_links_what_came_before_with_what_came_after(self, store: Backend) -> None:
        """So that deleting the end, later, still gives the place back; validity follows."""
        put(store, fact("1", key="k", created_at=1))
        put(store, fact("2", key="k", created_at=5), on_conflict="supersede")
        put(store, fact("3", key="k", created_at=9), on_conflict="supersede")
        store.write(NAMESPACE, [Delete(ids=("2",))])
        one = store.read(NAMESPACE, ["1"])[0]
        assert (one.superseded_by, one.valid_to) == ("3", 9)
        store.write(NAMESPACE, [Delete(ids=("3",))])
        one = store.read(NAMESPACE, ["1"])[0]
        assert (one.superseded_by, one.valid_to) == (None, None)

    def test_of_several_that_were_superseded_the_latest_gets_the_place_back(self, store: Backend) -> None:
        """A key has one current item."""
        put(store, fact("1", key="k"))
        put(store, fact("2", key="k"), on_conflict="supersede")
        put(store, fact("3", key="k"), on_conflict="supersede")
        store.write(NAMESPACE, [Supersede(old="1", new="3", at=1)])
        store.write(NAMESPACE, [Delete(ids=("3",))])
        assert _current(store) == ["2"]


def _ids(store: Backend) -> list[str]:
    return [item.id for item in store.select(NAMESPACE, Filter())]


def _current(store: Backend) -> list[str]:
    items: list[Item] = store.select(NAMESPACE, Filter(current=True))
    return [item.id for item in items]
