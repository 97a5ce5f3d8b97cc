"""Times as people and programs write them <-> microseconds since 1970-01-01 UTC.

Floor 2. Above: every edge that takes or shows a time.
"""

import math
from datetime import UTC, datetime, timedelta

from tacit.errors import InvalidInput

__all__ = ["Time", "iso", "micros"]

Time = datetime | str | int | float
"""A datetime (naive means UTC), ISO 8601 text, or seconds since 1970 UTC."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = -62_135_596_800_000_000  # 0001-01-01, the first that datetime can show
LATEST = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999, the last


def micros(time: Time, field: str = "time") -> int:
    """-> microseconds. Raises `InvalidInput` for anything that is no time between the years 1 and 9999.

    >>> micros("1970-01-01T00:00:01Z")
    1000000
    """
    found = _micros(time)
    if found is None or not EARLIEST <= found <= LATEST:
        shown = repr(time)[:80]
        raise InvalidInput(
            f"{field} is not a time",
            cause=f"{shown} is neither a datetime, nor ISO 8601, nor seconds since 1970 within the years 1 to 9999",
            remedy="write it like 2026-11-21T09:30:00Z",
        )
    return found


def _micros(time: object) -> int | None:
    if isinstance(time, bool):
        return None
    if isinstance(time, int | float):
        return round(time * 1_000_000) if math.isfinite(time) and abs(time) < 1e12 else None
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time.strip())
        except ValueError:
            return None
    if isinstance(time, datetime):
        aware = time if time.tzinfo else time.replace(tzinfo=UTC)
        try:
            return (aware - EPOCH) // timedelta(microseconds=1)
        except OverflowError:
            return None
    return None


def iso(time: int) -> str:
    """Microseconds -> ISO 8601 in UTC, without a fraction where there is none.

    >>> iso(1000000)
    '1970-01-01T00:00:01Z'
    """
    return (EPOCH + timedelta(microseconds=time)).isoformat().replace("+00:00", "Z")
