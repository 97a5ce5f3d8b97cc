"""What is said about any item: checked once, at the edge; refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.errors import InvalidInput, TooLarge
from tacit.logic.about import described, filtered
from tacit.logic.filters import admits
from tacit.types import Filter, Item


def test_everything_that_can_be_said_becomes_a_field():
    assert described(
        {
            "at": 5,
            "author": "Ada",
            "session": "s",
            "domain": "d",
            "language": "en",
            "tags": ["b", "a", "b"],
            "metadata": {"n": 1, "t": "x", "z": None},
            "source": "tests",
            "trust": "low",
            "key": "k",
            "valid_from": "1970-01-01",
            "valid_to": "1970-01-01T00:00:01Z",
            "derived_from": ["i1"],
        },
        now=7,
        source="python",
    ) == {
        "created_at": 5_000_000,
        "author": "Ada",
        "session": "s",
        "domain": "d",
        "language": "en",
        "tags": ("b", "a"),
        "metadata": {"n": 1, "t": "x", "z": None},
        "source": "tests",
        "trust": "low",
        "key": "k",
        "valid_from": 0,
        "valid_to": 1_000_000,
        "derived_from": ("i1",),
    }


def test_what_is_not_said_has_its_default_and_none_is_not_said():
    nothing: Any = dict.fromkeys(["author", "tags", "metadata", "at", "trust", "key", "valid_from", "derived_from"])
    assert described({}, now=7, source="cli") == {"created_at": 7, "source": "cli"}
    assert described(nothing, now=7, source="cli") == {"created_at": 7, "source": "cli"}


BAD: list[tuple[dict[str, Any], type[InvalidInput], str]] = [
    ({"colour": "red"}, InvalidInput, "unknown field 'colour'"),
    ({"author": 7}, InvalidInput, "author is not a text"),
    ({"author": "x" * 501}, TooLarge, "author is too large"),
    ({"session": "a\0b"}, InvalidInput, "session cannot be stored"),
    ({"domain": "\ud800"}, InvalidInput, "domain cannot be stored"),
    ({"tags": "one"}, InvalidInput, "tags is not a list"),
    ({"tags": [1]}, InvalidInput, "tags is not a text"),
    ({"tags": [str(n) for n in range(65)]}, TooLarge, "too many tags"),
    ({"metadata": [1]}, InvalidInput, "metadata is not an object"),
    ({"metadata": {"x') OR '1'='1": 1}}, InvalidInput, "metadata key is not allowed"),
    ({"metadata": {"": 1}}, InvalidInput, "metadata key is not allowed"),
    ({"metadata": {"k" * 65: 1}}, InvalidInput, "metadata key is not allowed"),
    ({"metadata": {"k\n": 1}}, InvalidInput, "metadata key is not allowed"),
    ({"metadata": {"k": [1]}}, InvalidInput, "metadata k has a value"),
    ({"metadata": {"k": float("nan")}}, InvalidInput, "metadata k has a value"),
    ({"metadata": {"k": 2**63}}, InvalidInput, "metadata k has a value"),
    ({"metadata": {"k": "x" * 2001}}, TooLarge, "metadata k is too large"),
    ({"metadata": {f"k{n}": 1 for n in range(65)}}, TooLarge, "too much metadata"),
    ({"trust": "total"}, InvalidInput, "unknown trust"),
    ({"at": "yesterday"}, InvalidInput, "at is not a time"),
    ({"valid_from": "2025-01-01", "valid_to": "2024-01-01"}, InvalidInput, "validity is empty"),
    ({"derived_from": "i1"}, InvalidInput, "derived_from is not a list"),
]


@pytest.mark.parametrize(("about", "error", "told"), BAD, ids=[told for *_, told in BAD])
def test_what_cannot_be_kept_is_refused_by_name(about: Any, error: type[InvalidInput], told: str):
    with pytest.raises(error, match=told):
        described(about, now=7, source="cli")


def test_secrets_in_metadata_are_redacted_as_they_are_kept_and_not_as_they_are_asked_for():
    secret = "sk-proj-" + "a1B2c3D4e5F6g7H8i9J0" * 2
    assert secret not in str(described({"metadata": {"note": secret}}, now=0, source=""))
    assert filtered({"metadata": {"note": secret}}).metadata == {"note": secret}


def test_a_filter_says_what_was_asked_for_and_no_more():
    assert filtered({}) == Filter()
    assert filtered(
        {"kinds": ["fact"], "tags": ["a", "a"], "since": 1, "valid_at": "1970-01-01", "current": True}
    ) == Filter(kinds=("fact",), tags=("a",), since=1_000_000, valid_at=0, current=True)
    assert filtered({"kinds": [], "since": None, "metadata": {}}) == Filter()


@pytest.mark.parametrize(
    "where", [{"kinds": ["dragon"]}, {"kinds": "fact"}, {"colour": "red"}, {"metadata": {"a b": 1}}, {"since": "soon"}]
)
def test_a_filter_that_means_nothing_is_refused(where: Any):
    with pytest.raises(InvalidInput):
        filtered(where)


@given(
    st.sets(st.sampled_from(["a", "b", "c"])),
    st.sets(st.sampled_from(["a", "b", "c"])),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_fields_of_a_filter_restrict_together(asked: set[str], has: set[str], since: int, at: int):
    item = Item(id="1", kind="fact", text="x", tags=tuple(has), created_at=at * 1_000_000)
    assert admits(filtered({"tags": asked, "since": since}), item) == (asked <= has and at >= since)
