"""Times within ids: a UUIDv7 begins with its milliseconds (RFC 9562, 5.7), so that rows under ids are read by time.

Floor 2. Above: the verbs that keep series in time.
"""

__all__ = ["since", "stamped"]

TIME = 13
"""Characters of an id that hold its time: 48 bits as 12 hexadecimal digits and a hyphen."""


def stamped(id: str, at: int) -> str:
    """The id with its time set to `at` (microseconds): a row's key then agrees with the clock that its row is of.

    >>> stamped("01890000-0000-7abc-8def-0123456789ab", 1_700_000_000_000_000)
    '018bcfe5-6800-7abc-8def-0123456789ab'
    """
    return since(at) + id[TIME:]


def since(at: int) -> str:
    """What all ids from `at` (microseconds) on are over, and all of a millisecond before it under.

    >>> since(1_700_000_000_000_000)
    '018bcfe5-6800'
    """
    milliseconds = f"{max(0, at) // 1000:012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}"
