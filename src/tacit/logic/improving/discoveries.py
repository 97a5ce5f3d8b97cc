"""Discoveries: which level a look must reach, so that few of all that were ever accepted were luck.

Floor 2, pure. Above: judge.

A loop that looks again and again finds something by luck in the end: of 200 trials of nothing, ten are better at 5 %.
LORD++ (Ramdas, Yang, Wainwright, Jordan 2017, "Online control of the false discovery rate with decaying memory") gives
each look a level out of a budget: a share of it at first, more after each discovery, less the longer there was none. Of
what is accepted, 5 % at most is expected to be false at any time; before anything real is found, that is also the
probability that anything false is ever accepted (half of it here, the first discovery earns the other half).

It keeps no state: the level of the next look follows from the looks before it.
"""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["RATE", "Look", "level"]

RATE = 0.05
"""Share of the accepted that may be false, on average over histories."""
START = RATE / 2.0
"""What the looks before the first discovery may spend together; nine tenths found no more."""
FADING = 1.3
"""The part of look j after a discovery falls with j ** -1.3. In 40 trials it finds as much as 1.6 (.62 of gains of 3.5
standard errors; the published sequence .51), in 200 more (.50 and .48 of rare ones)."""
TOTAL = 3.931949211809709
"""Sum of these over all j: the Riemann zeta function of 1.3."""


class Look(NamedTuple):
    """One test that was made."""

    p_value: float
    accepted: bool
    """For being better: what is accepted for being equal is no discovery."""


def level(looks: Sequence[Look]) -> float:
    """What the p-value of the look after these must be at or under."""
    now = len(looks) + 1
    found = [number for number, look in enumerate(looks, 1) if look.accepted]
    spent = START * _part(now)
    if found:
        spent += (RATE - START) * _part(now - found[0])
    return spent + RATE * sum(_part(now - number) for number in found[1:])


def _part(after: int) -> float:
    """Of what is to be spent, the part of the look so many after."""
    return float(after**-FADING) / TOTAL
