"""Search terms: the same from every script, form and case, so that question and text meet."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.words import LONGEST, terms, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Running, ran; runs!", ["running", "ran", "runs"]),
        ("snake_case and camelCase", ["snake_case", "snake", "case", "and", "camelcase", "camel", "case"]),
        ("HTTPServer v2beta", ["httpserver", "http", "server", "v2beta"]),
        ("don't", ["don", "t"]),
        ("Ｃａｆé", ["cafe"]),
        ("東京都", ["東京", "京都"]),
        ("京", ["京"]),
        ("서버 오류", ["서버", "오류"]),
        ("カタカナ", ["カタ", "タカ", "カナ"]),
        ("api設計", ["api", "設計"]),
        ("ошибка Ёж", ["ошибка", "еж"]),
        ("!?… 🙂", []),
        ("", []),
    ],
)
def test_tokens_of_many_scripts(text: str, expected: list[str]):
    assert tokens(text) == expected


def test_inflected_forms_share_a_term():
    assert set(terms("test tests tested testing")) == {"test"}


@given(st.text())
def test_terms_depend_neither_on_the_form_nor_on_what_stands_around(text: str):
    plain = tokens(unicodedata.normalize("NFC", text))
    assert tokens(unicodedata.normalize("NFD", text)) == plain
    assert tokens(f" {text} ") == tokens(text)


@given(st.text())
def test_terms_are_words_that_no_index_takes_for_syntax(text: str):
    for token in tokens(text):
        assert token
        assert len(token) <= LONGEST
        assert not set(token) & set("\"'()*:^+- \t\n\0")


@given(st.text(), st.text())
def test_a_text_has_the_terms_of_its_parts(one: str, other: str):
    assert tokens(f"{one} \n {other}") == tokens(one) + tokens(other)
