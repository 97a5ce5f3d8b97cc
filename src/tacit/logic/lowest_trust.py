"""The lowest of several trusts: what is derived deserves no more than the least of its sources.

Floor 2. Above: patterns, distillation, playbooks and rules, which derive.
"""

from collections.abc import Iterable

from tacit.types import Trust

__all__ = ["lowest"]

ORDER: tuple[Trust, ...] = ("low", "medium", "high")


def lowest(trusts: Iterable[Trust]) -> Trust:
    """The lowest of them; medium of none.

    >>> lowest(["high", "medium"])
    'medium'
    """
    return min(trusts, key=ORDER.index, default="medium")
