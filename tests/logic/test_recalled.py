"""Cutting recalled text out of what is recorded: whole blocks only, whoever wrote them, in linear time."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.recalled import without_recalled


def block(name: str = "0a-1", inner: str = "- a fact") -> str:
    return f'<tacit-memory recall="{name}">\n{inner}\n</tacit-memory {name}>'


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", ""),
        ("nothing of that", "nothing of that"),
        (f"a {block()} b {block('2')} c", "a  b  c"),
        (f"a {block('1', block('2'))} b", "a  b"),
        (f"a {block()} b </tacit-memory 0a-1>", "a  b </tacit-memory 0a-1>"),
        ('a <tacit-memory recall="1"> b </tacit-memory 2> c', 'a <tacit-memory recall="1"> b </tacit-memory 2> c'),
        ('</tacit-memory 1> a <tacit-memory recall="1"> b', '</tacit-memory 1> a <tacit-memory recall="1"> b'),
        (f'<tacit-memory recall="9"> a {block()} b', '<tacit-memory recall="9"> a  b'),
    ],
)
def test_whole_blocks_are_cut_and_all_else_stays(text: str, left: str):
    assert without_recalled(text) == left


def test_a_block_within_json_is_cut_and_the_json_stays_whole():
    encoded = json.dumps({"pack": f"a {block()} b", "n": 1})
    assert json.loads(without_recalled(encoded)) == {"pack": "a  b", "n": 1}
    twice = json.dumps(json.dumps({"pack": block()}))
    assert json.loads(json.loads(without_recalled(twice))) == {"pack": ""}


@given(
    st.lists(
        st.sampled_from(
            ['<tacit-memory recall="1">', "</tacit-memory 1>", '<tacit-memory recall="2">', "</tacit-memory 2>", "x"]
        )
    )
)
def test_no_whole_block_is_left(parts: list[str]):
    left = without_recalled("".join(parts))
    for name in "12":
        opened = left.find(f'<tacit-memory recall="{name}">')
        assert opened < 0 or f"</tacit-memory {name}>" not in left[opened:]


def test_a_hostile_text_takes_linear_time():
    opened = "".join(f'<tacit-memory recall="{n}">' for n in range(30_000))
    assert without_recalled(opened) == opened
    assert (
        without_recalled('<tacit-memory recall="1">' * 40_000 + "</tacit-memory 1>" * 40_000)
        == "</tacit-memory 1>" * 39_999
    )
