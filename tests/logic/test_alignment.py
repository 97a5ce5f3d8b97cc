"""Aligning texts: what is common stays, what differs becomes a placeholder of its kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.alignment import Lexeme, aligned, lexemes


@pytest.mark.parametrize(
    ("texts", "template"),
    [
        (["cat a.txt", "cat a.txt"], "cat a.txt"),
        (["tail -n 5 /var/log/a", "tail -n 20 /tmp/b"], "tail -n <number> <path>"),
        (["git push origin main", "git push upstream dev"], "git push <name> <name>"),
        (["get https://a.example/x", "get http://b.example/y"], "get <url>"),
        (["ls", "ls -l"], "ls [<option>]"),
        (["click[Buy Now]", "click[red]"], "click[<text>]"),
        (["grep -r 'one'", "grep -r 'two'"], "grep -r <text>"),
        (["wc -l <path>", "wc -l /tmp/a"], "wc -l <path>"),
        (["東京 へ 行く", "大阪 へ 行く"], "<name> へ 行く"),
        (["", "a b"], "[<text>]"),
        ([], ""),
    ],
)
def test_what_differs_becomes_a_placeholder(texts: list[str], template: str):
    assert str(aligned(texts)) == template


def test_a_third_text_widens_the_places_that_the_first_two_left_open():
    assert str(aligned(["cp a/b c/d", "cp a/b e/f", "cp 7 e/f"])) == "cp <text> <path>"


def test_how_much_is_common_is_told():
    some = aligned(["find /a -type f | sort", "find /b -type d | sort"])
    assert some.common == ("find", "-type", "sort")
    assert (some.open, round(some.share, 2)) == (2, 0.6)


TEXT = st.text(st.sampled_from("ab1 /-\"'`[].<>\u3042"), max_size=40)


@given(TEXT)
def test_a_text_with_itself_has_no_slots(text: str):
    both = aligned([text, text])
    assert all(isinstance(part, Lexeme) for part in both.parts)
    assert both.share == 1.0


@given(st.lists(TEXT, min_size=1, max_size=5))
def test_what_is_common_is_in_every_text_in_order(texts: list[str]):
    common = aligned(texts).common
    for text in texts:
        rest = iter(one.text for one in lexemes(text))
        assert all(word in rest for word in common)


@given(st.lists(TEXT, min_size=1, max_size=5))
def test_the_same_texts_give_the_same_template(texts: list[str]):
    assert aligned(texts) == aligned(list(texts))
