"""Dials: one place, one value, everything else as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.errors import InvalidInput
from tacit.logic.refactoring.dials import Dial, neighbours, turned, value_of

TEXT = "# é\nSIZE = 32  # bytes\nNAME: str = 'a'\n\n\ndef f():\n    SIZE = 1\n    return SIZE\n"
SIZE = Dial(name="size", file="a.py", constant="SIZE", values=(1, 2, 32))


def test_a_constant_is_read_and_turned() -> None:
    assert value_of(SIZE, TEXT) == 32
    assert turned(SIZE, TEXT, 64) == TEXT.replace("SIZE = 32", "SIZE = 64")


def test_a_pattern_is_read_and_turned() -> None:
    dial = Dial(name="workers", file="app.ini", pattern=r"workers *= *(\d+)", low=1, high=64, scale="log")
    text = "[a]\nworkers = 4\nother = 5\n"
    assert value_of(dial, text) == 4
    assert turned(dial, text, 8) == "[a]\nworkers = 8\nother = 5\n"


def test_a_word_is_a_word() -> None:
    dial = Dial(name="mode", file="a.ini", pattern=r"mode=(\w+)", values=("fast", "slow"))
    assert value_of(dial, "mode=slow\n") == "slow"
    assert turned(dial, "mode=slow\n", "fast") == "mode=fast\n"
    name = Dial(name="name", file="a.py", constant="NAME", values=("a", "b"))
    assert turned(name, TEXT, "b") == TEXT.replace("'a'", "'b'")


@given(st.integers(1, 10_000), st.sampled_from(["linear", "log"]))
def test_neighbours_stay_within_the_range_and_differ(value: int, scale: str) -> None:
    dial = Dial(name="n", file="f", constant="N", low=1, high=10_000, scale=scale)  # type: ignore[arg-type]
    found = neighbours(dial, value)
    assert value not in found
    assert len(found) == len(set(found))
    assert all(1 <= one <= 10_000 for one in found)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("dial", "text"),
    [
        (SIZE, "x = 1\n"),
        (SIZE, "SIZE = 1\nSIZE = 2\n"),
        (SIZE, "SIZE = f()\n"),
        (SIZE, "SIZE = [1]\n"),
        (SIZE, "def ("),
        (Dial(name="n", file="f", pattern="(", low=1, high=2), "x"),
        (Dial(name="n", file="f", pattern="x", low=1, high=2), "x"),
        (Dial(name="n", file="f", pattern="(x)", low=1, high=2), "x x"),
    ],
)
def test_what_is_not_in_one_place_is_refused(dial: Dial, text: str) -> None:
    with pytest.raises(InvalidInput):
        value_of(dial, text)
