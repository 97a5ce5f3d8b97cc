"""The real clock and the real ids.

Floor 1. Above: `opening` hands these in; tests hand in `tacit.testing.FrozenClock`.
"""

import time

import uuid_utils

__all__ = ["new_id", "system_clock"]


def system_clock() -> int:
    """Microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1000


def new_id() -> str:
    """A UUIDv7 (RFC 9562): ascending within a process, also within a millisecond."""
    return str(uuid_utils.uuid7())
