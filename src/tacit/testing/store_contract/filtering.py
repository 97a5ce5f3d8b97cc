"""Filters and pages.

Floor 6. Below: base. Above: contract.
"""
# ruff: noqa: S101 - these are tests: they assert

import msgspec
import pytest

from tacit.changes import TuneIndex
from tacit.errors import InvalidInput
from tacit.ports import Backend
from tacit.testing.store_contract.base import MODEL, NAMESPACE, Contract, axis, embed, fact, found, ids_of, put
from tacit.types import Filter

__all__ = ["Filtering"]

FORBIDDEN = ("x') OR '1'='1", "", "a b", "1a", "a\0", 'a"b', "$.a", "a" * 65, "ключ", "a\n")


class Filtering(Contract):
    """The fields restrict together; an empty one does not restrict."""

    def test_each_field_restricts_to_its_values(self, store: Backend) -> None:
        """Any of the values of a field."""
        named = {"type": "a", "domain": "b", "language": "c", "author": "d", "session": "e", "source": "f", "key": "g"}
        put(store, fact("plain"), fact("full", kind="message", **named))
        for field, value in [*named.items(), ("kind", "message")]:
            assert _selected(store, _only(field, value, "other")) == ["full"]
            assert _selected(store, _only(field, "chunk")) == []
        assert _selected(store, Filter()) == ["plain", "full"]
        assert _selected(store, Filter(types=("a",), domains=("other",))) == []

    def test_an_index_changes_no_answer(self, store: Backend) -> None:
        """It may be made twice, and dropped twice; no other column can be named."""
        put(store, fact("1", domain="a"), fact("2", domain="b"))
        for present in (True, True, False, False):
            store.write(NAMESPACE, [TuneIndex(column="domain", present=present)])
            assert _selected(store, Filter(domains=("a",))) == ["1"]
        for column in ("text", "x') --", ""):
            with pytest.raises(InvalidInput):
                store.write(NAMESPACE, [TuneIndex(column=column)])

    def test_tags_must_all_be_there(self, store: Backend) -> None:
        """As whole tags, not as pieces of them."""
        put(store, fact("1", tags=("x", "y")), fact("2", tags=("x",)), fact("3", tags=("xy",)))
        assert _selected(store, Filter(tags=("x",))) == ["1", "2"]
        assert _selected(store, Filter(tags=("y", "x"))) == ["1"]
        assert _selected(store, Filter(tags=("%",))) == []

    def test_metadata_is_equal_by_value_and_type(self, store: Backend) -> None:
        """true is not 1, null is not an absent key, "1" is not 1; 1.0 is 1."""
        values = {
            "one": 1,
            "real": 1.0,
            "true": True,
            "false": False,
            "zero": 0,
            "text": "1",
            "null": None,
            "half": 0.5,
        }
        put(store, *[fact(name, metadata={"a": value}) for name, value in values.items()], fact("absent"))

        def equal(value: str | float | bool | None) -> list[str]:
            return _selected(store, Filter(metadata={"a": value}))

        assert equal(1) == equal(1.0) == ["one", "real"]
        assert equal(True) == ["true"]
        assert equal(False) == ["false"]
        assert equal(0) == ["zero"]
        assert equal("1") == ["text"]
        assert equal(None) == ["null"]
        assert equal(0.5) == ["half"]
        assert equal("true") == equal("null") == []

    def test_metadata_keys_are_whole_names(self, store: Backend) -> None:
        """A dot in a key does not reach into anything; all of several must fit."""
        put(store, fact("1", metadata={"a.b": 1, "c-d": "it's"}), fact("2", metadata={"a": 1}))
        assert _selected(store, Filter(metadata={"a.b": 1})) == ["1"]
        assert _selected(store, Filter(metadata={"a.b": 1, "c-d": "it's"})) == ["1"]
        assert _selected(store, Filter(metadata={"a.b": 1, "c-d": "its"})) == []

    @pytest.mark.parametrize("key", FORBIDDEN, ids=ascii)
    def test_a_metadata_key_that_is_no_name_is_refused(self, store: Backend, key: str) -> None:
        """By every call that takes a filter, also where nothing was ever written."""
        bad = Filter(metadata={key: 1})
        for namespace in (NAMESPACE, "never/written"):
            with pytest.raises(InvalidInput):
                store.select(namespace, bad)
            with pytest.raises(InvalidInput):
                store.match(namespace, ["a"], bad, 1)
            with pytest.raises(InvalidInput):
                store.nearest(namespace, MODEL, axis(0), bad, 1)
            put(store, fact("1"), on_conflict="ignore")

    def test_since_is_inclusive_and_until_exclusive(self, store: Backend) -> None:
        """Of created_at."""
        put(store, fact("1", created_at=1), fact("2", created_at=2), fact("3", created_at=3))
        assert _selected(store, Filter(since=2)) == ["2", "3"]
        assert _selected(store, Filter(until=2)) == ["1"]
        assert _selected(store, Filter(since=2, until=3)) == ["2"]

    def test_validity_holds_from_its_beginning_to_just_before_its_end(self, store: Backend) -> None:
        """Unknown bounds are open."""
        put(
            store,
            fact("open"),
            fact("from", valid_from=5),
            fact("to", valid_to=5),
            fact("in", valid_from=4, valid_to=6),
        )
        assert _selected(store, Filter(valid_at=4)) == ["open", "to", "in"]
        assert _selected(store, Filter(valid_at=5)) == ["open", "from", "in"]
        assert _selected(store, Filter(valid_at=6)) == ["open", "from"]

    def test_current_leaves_out_what_was_superseded(self, store: Backend) -> None:
        """Which is there otherwise."""
        put(store, fact("1", key="k"))
        put(store, fact("2", key="k"), on_conflict="supersede")
        assert _selected(store, Filter()) == ["1", "2"]
        assert _selected(store, Filter(current=True)) == ["2"]

    def test_derived_from_finds_what_was_made_from_any_of_them(self, store: Backend) -> None:
        """As it stands after a replacement."""
        put(store, fact("1"), fact("2", derived_from=("1", "0")), fact("3", derived_from=("0",)), fact("4"))
        assert _selected(store, Filter(derived_from=("0",))) == ["2", "3"]
        assert _selected(store, Filter(derived_from=("1", "none"))) == ["2"]
        put(store, fact("3", derived_from=("1",), revision=1), on_conflict="replace")
        assert _selected(store, Filter(derived_from=("0",))) == ["2"]
        assert _selected(store, Filter(derived_from=("1",))) == ["2", "3"]

    def test_searches_are_filtered_as_selections_are(self, store: Backend) -> None:
        """By words and by meaning; the limit counts what is left."""
        items = put(store, *[fact(str(n), "blue words", author="ann" if n > 7 else "bob") for n in range(10)]).items
        for item in items:
            embed(store, item, axis(0))
        ann = Filter(authors=("ann",))
        assert found(store, "blue", ann, limit=2) == ["8", "9"]
        assert ids_of(store, store.nearest(NAMESPACE, MODEL, axis(0), ann, 2)) == ["8", "9"]

    def test_pages_go_up_from_a_sequence_or_down_to_the_beginning(self, store: Backend) -> None:
        """`after` is where the last page ended; 0 begins at the end for the newest first."""
        items = put(store, *[fact(str(number)) for number in range(7)]).items
        place = items[2].sequence

        def page(after: int, *, newest_first: bool = False) -> list[str]:
            got = store.select(NAMESPACE, Filter(), after=after, limit=3, newest_first=newest_first)
            return [item.id for item in got]

        assert page(0) == ["0", "1", "2"]
        assert page(place) == ["3", "4", "5"]
        assert page(items[6].sequence) == []
        assert page(0, newest_first=True) == ["6", "5", "4"]
        assert page(items[4].sequence, newest_first=True) == ["3", "2", "1"]
        assert page(items[0].sequence, newest_first=True) == []

    @pytest.mark.parametrize("limit", [0, -1])
    def test_a_limit_below_one_gives_nothing(self, store: Backend, limit: int) -> None:
        """It is no way to ask for everything."""
        item = put(store, fact("1", "words")).items[0]
        embed(store, item, axis(0))
        assert store.select(NAMESPACE, Filter(), limit=limit) == []
        assert found(store, "words", limit=limit) == []
        assert len(store.nearest(NAMESPACE, MODEL, axis(0), Filter(), limit).passages) == 0
        assert store.records(NAMESPACE).unembedded("test:none", limit=limit) == []
        assert store.records(NAMESPACE).recalls(limit=limit) == []


def _only(field: str, *values: str) -> Filter:
    """The filter that names these values of a field of items."""
    return msgspec.structs.replace(Filter(), **{field + "s": values})


def _selected(store: Backend, filter: Filter) -> list[str]:
    return [item.id for item in store.select(NAMESPACE, filter)]
