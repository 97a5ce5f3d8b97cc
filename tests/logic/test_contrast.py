"""Contrasts: exact, by strata, and no more false discoveries than said."""

from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.logic.runs import episode, step

from tacit.logic import contrast, exact
from tacit.logic.contrast import adjusted, contrasted, counted, reviewed
from tacit.logic.exact import Table, p_value
from tacit.logic.strata import forget, held_back
from tacit.types import Item, Pattern


def by_enumeration(trials: int, successes: int, others: int, other_successes: int) -> Fraction:
    """The mid-p value from all ways in which the successes may fall on the episodes."""
    places = range(trials + others)
    ways = [sum(place < trials for place in taken) for taken in combinations(places, successes + other_successes)]
    equal = Fraction(sum(one == successes for one in ways), 2)
    below, above = (sum(one < successes for one in ways), sum(one > successes for one in ways))
    return min(Fraction(1), 2 * min(below + equal, above + equal) / len(ways))


@pytest.mark.parametrize("table", [(3, 3, 5, 1), (4, 0, 6, 5), (5, 3, 5, 3), (1, 1, 9, 0), (2, 0, 7, 0), (6, 6, 4, 4)])
def test_the_test_agrees_with_enumerating_all_ways(table: tuple[int, int, int, int]) -> None:
    assert p_value([Table(*table)]) == pytest.approx(float(by_enumeration(*table)))


def test_strata_are_convolved_not_pooled() -> None:
    easy, hard = Table(40, 38, 5, 5), Table(5, 0, 40, 3)  # pooled: 38 of 45 against 8 of 45
    assert p_value([Table(45, 38, 45, 8)]) < 0.001
    assert p_value([easy, hard]) > 0.3
    ways = {}
    for one in range(3):
        for other in range(3):
            chance = exact.hypergeometric(2, 2, 4)[1][one] * exact.hypergeometric(2, 2, 5)[1][other]
            ways[one + other] = ways.get(one + other, 0.0) + chance
    expected = 2 * min(ways[4] / 2, 1.0)
    assert p_value([Table(2, 2, 2, 0), Table(2, 2, 3, 0)]) == pytest.approx(expected)


def test_with_many_episodes_the_sum_is_taken_as_normal() -> None:
    large = Table(400, 240, 4_000, 1_900)
    chances = exact.hypergeometric(400, 2_140, 4_400)[1]
    wanted = 2 * (sum(chances[241:]) + chances[240] / 2)
    assert p_value([large]) == pytest.approx(wanted, rel=0.2)
    assert p_value([Table(400, 400, 400, 400)]) == 1


@given(st.lists(st.tuples(*[st.integers(1, 30)] * 2, *[st.floats(0, 1)] * 2), min_size=1, max_size=4))
def test_a_p_value_is_a_probability(rows: list[tuple[int, int, float, float]]) -> None:
    tables = [Table(trials, trials * one, others, others * other) for trials, others, one, other in rows]
    assert 0 <= p_value(tables) <= 1


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    # The fifteen p-values of their paper (1995, table 1): at 0.05 the four smallest are discoveries.
    told = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    found = adjusted(told)
    assert [one <= 0.05 for one in found] == [True] * 4 + [False] * 11
    assert found == sorted(found)
    assert adjusted(list(reversed(told))) == list(reversed(found))
    assert adjusted([]) == []


def one_of(*, held: bool, success: bool | None = True) -> Item:
    """An episode that is held back, or is not."""
    several = (episode(step("a"), task=f"task {n}", success=success) for n in range(100))
    return next(one for one in several if held_back(one) is held)


def stream(length: int, *, helps: bool) -> tuple[dict[str, Any], list[Item]]:
    """Half of the episodes show `good`; they succeed always (or as often as the others)."""
    page: dict[str, Any] = {}
    episodes = []
    for number in range(length):
        shows = number % 2 == 0
        success = shows if helps else number % 4 < 2
        one = episode(step("a"), task=f"task {number}", success=success)
        counted(page, one, ["good"] if shows else [])
        episodes.append(one)
    return page, episodes


def test_a_pattern_of_success_is_told_from_chance() -> None:
    helps, _ = stream(80, helps=True)
    result = contrasted("good", helps)
    assert result is not None
    assert result.lift == 1
    assert result.p_value < 1e-9
    chance, _ = stream(80, helps=False)
    result = contrasted("good", chance)
    assert result is not None
    assert result.p_value > 0.2


def test_there_is_no_contrast_before_both_were_seen() -> None:
    page: dict[str, Any] = {}
    assert contrasted("x", page) is None
    counted(page, one_of(held=False), ["x"])
    assert contrasted("x", page) is None


def test_held_back_episodes_and_those_without_an_outcome_do_not_count() -> None:
    page: dict[str, Any] = {}
    counted(page, one_of(held=True), ["x"])
    counted(page, one_of(held=False, success=None), ["x"])
    assert page == {}


def test_a_review_gives_back_what_has_changed_and_only_that() -> None:
    page, _ = stream(80, helps=True)
    pattern = Pattern(pattern_type="heuristic", extractor="e")
    good = Item(id="1", kind="pattern", text="good", key="good", payload=pattern)
    unseen = Item(id="2", kind="pattern", text="other", key="other", payload=pattern)
    (changed,) = reviewed([good, unseen], page)
    assert isinstance(changed.payload, Pattern)
    assert changed.payload.lift == 1
    assert changed.payload.q_value is not None
    assert changed.payload.q_value < 1e-9
    assert list(reviewed([changed, unseen], page)) == []


def test_of_many_patterns_without_any_effect_hardly_one_is_called_significant() -> None:
    page: dict[str, Any] = {}
    names = [f"p{n}" for n in range(100)]
    for number in range(400):
        one = episode(step("a"), task=f"task {number}", success=(number * 7919) % 3 == 0)
        counted(page, one, [name for at, name in enumerate(names) if (number * 31 + at * 17 + number * at) % 5 == 0])
    items = [
        Item(id=name, kind="pattern", text=name, key=name, payload=Pattern(pattern_type="custom", extractor="e"))
        for name in names
    ]
    found = [one.payload.q_value for one in reviewed(items, page) if isinstance(one.payload, Pattern)]
    assert sum(one is not None and one <= 0.05 for one in found) <= 2


def test_rows_of_what_was_dropped_can_be_forgotten() -> None:
    page, _ = stream(10, helps=True)
    forget(page, ["good", "never seen"])
    assert not any(key.startswith("one:") for key in page)
    assert contrast.contrasted("good", page) is None
