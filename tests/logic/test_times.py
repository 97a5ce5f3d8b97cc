"""Times: datetimes, ISO 8601 and seconds come in, microseconds UTC are kept."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.errors import InvalidInput
from tacit.logic.times import EARLIEST, LATEST, iso, micros


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (0, 0),
        (1.5, 1_500_000),
        (-1, -1_000_000),
        ("1970-01-02", 86_400_000_000),
        (" 1970-01-01T00:00:01Z ", 1_000_000),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:00.000001", 1),
        ("19700101", 0),
        (datetime(1970, 1, 1, 0, 0, 1), 1_000_000),
        (datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), 0),
    ],
)
def test_times_of_every_form_are_microseconds_in_utc(time: Any, expected: int):
    assert micros(time) == expected


@pytest.mark.parametrize(
    "time",
    ["", "soon", "2026-13-01", "12:30", True, float("nan"), float("inf"), 1e300, 10**30, None, [], b"2026",
     "0000-01-01", datetime.max.replace(tzinfo=timezone(timedelta(hours=-23))), 253_402_300_800],
)  # fmt: skip
def test_what_is_no_time_is_refused_by_the_name_of_its_field(time: Any):
    with pytest.raises(InvalidInput, match="since is not a time"):
        micros(time, "since")


@given(st.integers(EARLIEST, LATEST))
def test_what_is_shown_is_read_back_as_the_same_time(time: int):
    assert micros(iso(time)) == time


@given(st.datetimes(timezones=st.just(UTC)))
def test_datetimes_keep_their_order(time: datetime):
    assert micros(time) <= micros(
        min(time, datetime.max.replace(tzinfo=UTC) - timedelta(seconds=1)) + timedelta(seconds=1)
    )
