"""Samples of steps: how they are written, and which are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.samples import FEATURES, FORMS, added, coded, decoded, lettered, numbered, tally, unlettered


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.floats(1e-3, 0.9), max_size=20))
def test_what_is_coded_is_read_back_to_a_tenth(features: dict[str, float]) -> None:
    ids, variances = decoded(coded(features))
    assert ids.tolist() == [numbered(name) for name in features]
    assert variances.tolist() == pytest.approx(list(features.values()), rel=0.1)


@given(st.text(min_size=1))
def test_letters_stand_for_the_number(name: str) -> None:
    assert unlettered(lettered(name)) == numbered(name)


def test_what_paid_is_kept_apart_from_what_did_not() -> None:
    row: dict = {}
    for number in range(500):
        added(row, "open _", [f"{number:04}", 0.0, 0.0], mattered=False, most=(5, 7))
    for number in range(3):
        added(row, "open _", [f"{number:04}", 1.0, 0.0], mattered=True, most=(5, 7))
    assert (len(row["e"]), len(row["p"]), row["n"], tally(row, "open _")) == (3, 7, [3, 500], (503, 3, 0))
    assert min(int(sample[0]) for sample in row["p"]) < 493, "it reaches back further than to the last few"


def test_a_row_is_bounded() -> None:
    row: dict = {}
    for number in range(200):
        added(row, f"form {number}", ["", 0.0, 0.0], mattered=False, most=(1, 1))
    assert len(row["t"]) == FORMS
    assert len(coded({f"f{number}": 0.1 for number in range(500)})) == 4 * FEATURES


def test_a_form_that_was_never_added_was_done_no_time() -> None:
    assert tally({}, "open _") == (0, 0, 0)


def test_failures_are_counted_apart_from_pay() -> None:
    row: dict = {}
    for paid, ended in ((0.5, 0.0), (-0.5, 0.0), (0.0, 1.0), (0.0, 0.0)):
        added(row, "eat _", ["", paid, ended], mattered=bool(paid or ended), most=(9, 9))
    assert tally(row, "eat _") == (4, 2, 1)
