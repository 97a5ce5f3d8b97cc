"""Text and JSON at the edge: mended or refused, never stored as it came."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.errors import InvalidInput, TacitError, TooLarge
from tacit.logic.limits import JSON_DEPTH
from tacit.logic.text import checked, checked_json, clean, loads
from tacit.logic.tokens import estimate_tokens

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
WORDS = st.text(max_size=10).map(clean).map(lambda text: text.replace("\0", ""))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=10,
)  # fmt: skip


@given(ANY_TEXT)
def test_what_was_cleaned_can_be_stored_and_stays_as_it_is(text: str) -> None:
    mended = clean(text)
    assert mended.encode("utf-8").decode("utf-8") == mended
    assert "\0" not in mended
    assert unicodedata.is_normalized("NFC", mended)
    assert clean(mended) == mended


@given(ANY_TEXT)
def test_checking_refuses_what_cleaning_mends_and_gives_the_rest_the_same_form(text: str) -> None:
    try:
        assert checked(text, "text", 10_000) == clean(text)
    except InvalidInput:
        assert any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)


def test_composed_and_decomposed_words_become_the_same() -> None:
    assert clean("cafe\u0301") == checked("café", "text", 10) == "caf\u00e9"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "of type NoneType"),
        (b"bytes", "of type bytes"),
        ("a\0b", "NUL character at position 1"),
        ("ok \ud83d", "lone surrogate (U+D83D) at position 3"),
    ],
)
def test_a_text_that_cannot_be_stored_is_refused_with_what_and_where(value: object, told: str) -> None:
    with pytest.raises(InvalidInput, match=r"note") as caught:
        checked(value, "note", 100)
    assert told in caught.value.cause


def test_a_text_over_its_bound_is_refused_with_both_numbers() -> None:
    with pytest.raises(TooLarge) as caught:
        checked("x" * 11, "note", 10)
    assert caught.value.cause == "it has 11 characters, the bound is 10"
    with pytest.raises(TooLarge):
        checked("\ufb2c" * 9, "note", 10)  # 9 characters, 27 once composed as NFC wants it


@given(JSON)
def test_a_json_value_is_kept(value: object) -> None:
    kept = checked_json(value, "value", 1_000_000)
    assert loads(json.dumps(kept)) == kept
    assert checked_json(kept, "value", 1_000_000) == kept


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        {"a": [float("inf")]},
        {1: "a"},
        {"a": object()},
        {"a": {1, 2}},
        b"bytes",
        2**64,
        -(2**63) - 1,
        {"\u00e9": 1, "e\u0301": 2},
        ["\0"],
        {"\ud800": 1},
        nested(JSON_DEPTH + 1),
        nested(100_000),
    ],
)
def test_what_json_does_not_have_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        checked_json(value, "value", 1_000_000)


def test_a_large_json_value_is_refused_before_it_is_copied() -> None:
    with pytest.raises(TooLarge):
        checked_json(["x" * 100] * 100_000, "value", 1000)
    with pytest.raises(TooLarge):
        checked_json([0] * 1_000_000, "value", 1000)
    with pytest.raises(TooLarge):
        checked_json("é" * 900, "value", 1000)  # 1,802 bytes


@given(JSON)
def test_json_is_parsed_as_the_standard_library_does(value: object) -> None:
    assert loads(json.dumps(value)) == json.loads(json.dumps(value))
    assert loads(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a": 1, "a": 2}',
        b'{"x": {"a": 1, "a": 1}}',
        b"NaN",
        b"[-Infinity]",
        b"[1e999]",
        b"[1" + b"0" * 5000 + b"]",
        b"\xff\xfe",
        b'"\x80"',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 65 + b"]" * 65,
        b"1 2",
        b'"' + b'\\"' * 500_000,
    ],
)
def test_bad_json_is_a_typed_error(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        loads(data)


def test_big_integers_brackets_in_strings_and_a_byte_order_mark_are_read() -> None:
    assert loads(b"[123456789012345678901234567890]") == [123456789012345678901234567890]
    assert loads(json.dumps({"code": "[" * 1000 + '\\"' + "{" * 1000})) == {"code": "[" * 1000 + '\\"' + "{" * 1000}
    assert loads(b'\xef\xbb\xbf{"a": "\\ud800"}') == {"a": "\ud800"}


@given(st.binary())
def test_any_bytes_give_a_value_or_a_typed_error(data: bytes) -> None:
    try:
        loads(data)
    except TacitError as error:
        assert error.remedy


@given(st.text(), st.text())
def test_an_estimate_of_tokens_grows_with_the_text(one: str, other: str) -> None:
    assert estimate_tokens(one + other) >= max(estimate_tokens(one), estimate_tokens(other))
    assert (estimate_tokens(one) == 0) == (one == "")


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("The quick brown fox jumps over the lazy dog. " * 20, 180, 260), ("我们明天去东京看樱花" * 20, 150, 260),
     ("Съешь же ещё этих мягких французских булок " * 20, 200, 520)],
)  # fmt: skip
def test_an_estimate_is_near_what_tokenizers_say_of_prose(text: str, least: int, most: int) -> None:
    assert least <= estimate_tokens(text) <= most
