"""Passages: pieces that hold the whole text, each small enough for an embedder."""

from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.passages import MOST, SIZE, WHOLE, item_of, passage_id, passages, passages_in, short

TEXT = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=900), max_size=8).map("\n".join)


@given(TEXT)
def test_every_word_of_a_text_is_in_some_passage_in_its_order(text: str):
    assert "".join("".join(passages(text)).split()) == "".join(text.split())


@given(TEXT)
def test_no_passage_is_empty_or_longer_than_a_whole_text_may_be(text: str):
    found = passages(text)
    assert found
    assert all(len(piece) <= WHOLE for piece in found)
    assert text == "" or len(found) == 1 or all(piece.strip() for piece in found)


def test_a_short_text_stays_as_it_is():
    for text in ("", "  \n", "word\n\nword", "x" * WHOLE):
        assert passages(text) == [text]
        assert short(text)
    assert not short("x" * (WHOLE + 1))


def test_a_long_text_is_cut_at_lines_then_at_sentences():
    sentence = "This sentence says a little about nothing much at all. "
    assert all(piece.endswith("all.") for piece in passages(sentence * 40))
    assert passages("a" * 500 + "\n" + "b" * 500) == ["a" * 500, "b" * 500]
    assert [len(piece) for piece in passages("東京。" * 300)] == [599, 599]
    assert [len(piece) for piece in passages("x" * 1500)] == [SIZE, SIZE, 300]


def test_a_huge_text_ends_at_the_last_passage_that_an_id_can_name():
    assert len(passages("x" * SIZE * (MOST + 10))) == MOST


def test_blank_lines_alone_are_one_passage():
    assert passages("\n" * 5000) == ["\n" * WHOLE]


@given(st.integers(1, 2**50), st.integers(0, MOST - 1))
def test_an_id_says_its_item_and_its_number(sequence: int, number: int):
    assert item_of(passage_id(sequence, number)) == (sequence, number)


def test_the_estimate_of_their_number_is_near_enough_for_its_logarithm():
    for length in (10, WHOLE, WHOLE + 1, 5_000, 50_000):
        text = ("Some words of a sentence. " * (length // 20 + 1))[:length]
        assert 0.5 <= passages_in(length) / len(passages(text)) <= 2
