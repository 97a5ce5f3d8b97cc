"""A clock that stands still until it is moved. Floor 6."""

__all__ = ["FrozenClock"]


class FrozenClock:
    """A `ports.Clock` for tests.

    >>> clock = FrozenClock(1_000)
    >>> clock.advance(5)
    >>> clock()
    1005
    """

    def __init__(self, now: int = 1_700_000_000_000_000) -> None:
        """`now`: microseconds since 1970-01-01 UTC; the default is in November 2023."""
        self.now = now

    def __call__(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return self.now

    def advance(self, microseconds: int) -> None:
        """Let so much time pass."""
        self.now += microseconds
