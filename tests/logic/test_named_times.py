"""Times that a question names, and what agrees with them."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.named_times import Ints, NamedTime, agreement, named_times
from tacit.logic.times import micros

DAY = 86_400_000_000


def at(*moments: str) -> Ints:
    return np.array([micros(moment) for moment in moments], dtype=np.int64)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Which build broke on 9 November, 2022?", [(2022, 11, 9)]),
        ("Who was on call on December 1,2023?", [(2023, 12, 1)]),
        ("What did Ada ship on 8th December 2023?", [(2023, 12, 8)]),
        ("the log of 2023-06-03T12:00", [(2023, 6, 3)]),
        ("what failed in 2023-06", [(2023, 6, None)]),
        ("2024年3月5日我们决定了什么", [(2024, 3, 5)]),
        ("What changed in Jan. 2024?", [(2024, 1, None)]),
        ("What was planned in May?", [(None, 5, None)]),
        ("between March 11 and March 15, 2023", [(2023, 3, 11), (2023, 3, 15)]),
        ("either 30 December 2022 or 2 January 2023", [(2022, 12, 30), (2023, 1, 2)]),
        ("in June, June and in June again", [(None, 6, None)]),
    ],
)
def test_days_and_months_are_read_as_people_and_programs_write_them(question: str, named: list[tuple[int, int, int]]):
    assert [(one.year, one.month, one.day) for one in named_times(question)] == named


@pytest.mark.parametrize(
    "question",
    [
        "May I march on?",
        "ticket 2023-13-01",
        "12 decisions, 5 marks",
        "version 1.2 augmented",
        "in 2023",
        "last week",
        "since May",
        "from the start until 4 March 2023",
        "",
    ],
)
def test_what_names_no_day_and_no_month_is_left_alone(question: str):
    assert named_times(question) == ()


def test_no_more_than_four_times_are_looked_at():
    assert len(named_times(" ".join(f"{day} June 2023," for day in range(1, 20)))) == 4


def test_agreement_is_whole_within_the_time_fades_in_the_days_after_and_is_none_before():
    moments = at("2023-06-02T23:59:59Z", "2023-06-03T00:00:00Z", "2023-06-03T23:59:59Z", "2023-06-08", "2023-06-20")
    assert agreement(named_times("on 3 June 2023"), moments).tolist() == pytest.approx([0, 1, 1, 0.5, 0])


def test_a_month_without_a_year_is_that_of_any_year():
    moments = at("2021-12-24", "2022-01-04", "2022-06-01", "2023-12-01")
    assert agreement(named_times("in December"), moments).tolist() == pytest.approx([1, 0.625, 0, 1])


def test_a_day_that_no_calendar_has_agrees_with_nothing():
    assert NamedTime(year=2023, month=2, day=30).bounds() is None
    assert NamedTime(month=2).bounds() is None
    assert agreement(named_times("on 30 February 2023"), at("2023-03-01")).tolist() == [0.0]


@given(st.text(max_size=200), st.lists(st.datetimes(timezones=st.just(UTC)), max_size=5))
def test_no_text_and_no_moment_breaks_it(question: str, moments: list[datetime]):
    found = agreement(named_times(question), np.array([micros(one) for one in moments], dtype=np.int64))
    assert len(found) == len(moments)
    assert ((found >= 0) & (found <= 1)).all()


@given(st.dates(min_value=datetime(1900, 1, 1).date(), max_value=datetime(2199, 12, 31).date()))
def test_every_day_is_read_back_from_its_written_forms(day):
    (named,) = named_times(f"what happened on {day.isoformat()}?")
    assert (named.year, named.month, named.day) == (day.year, day.month, day.day)
    assert (
        named_times(f"on {day.day} {day:%B} {day.year:04}")
        == named_times(f"{day:%B} {day.day}, {day.year:04}")
        == (named,)
    )
    bounds = named.bounds()
    assert bounds is not None
    assert bounds[1] - bounds[0] == DAY
