"""Wagers: how sure one may be of the sign and size of an effect, whenever one looks.

Floor 2, pure. Above: effect.

Each randomised observation is a pair (x, q): q = p(1 - p) is known from the propensity p, and x has the mean q times
the effect, whatever the outcomes do meanwhile. A gambler who stakes the share b of what she has on "the effect is over
t" multiplies it by 1 + b(x - qt); where that is false she cannot expect to gain, so that she ever holds 1/a times what
she began with has a probability of a at most (Ville, 1939). That holds at all times together: one may look after every
episode (Waudby-Smith, Ramdas 2024, "Estimating means of bounded random variables by betting").

What she holds depends on all observations; a row keeps fourteen sums of powers instead, from which a lower bound of the
logarithm follows for every stake and every t: log(1 + y) >= y - y^2/2 + y^3/3 - K y^4 for y >= -REACH. The bound loses
next to nothing (a fourth-order term of stakes under .64), and that it bounds from below keeps the guarantee.
"""

import math
from collections.abc import Sequence

__all__ = ["BLANK", "added", "decided", "estimate", "evidence", "highest", "lowest"]

BLANK = (0.0,) * 14
"""Sums of x, q, xx, xq, qq, xxx, xxq, xqq, qqq, and the five of fourth order."""

REACH = 0.8
"""No stake loses more than this share: 1.25, the most that |x - qt| can be, times .64."""
K = (-math.log(1 - REACH) - REACH - REACH**2 / 2 - REACH**3 / 3) / REACH**4
STAKES = (0.16, 0.32, 0.48, 0.64)
"""Held in equal parts, as nobody knows the best one, effect over variance: these are best for effects of 4, 8, 12 and
16 points where the variance is a quarter, and lose 8 % of the speed at 20 points."""
NEAR = 1e-5
"""How exact a bound is."""
COMMON = 0.25
"""The most that an outcome in [0, 1] can vary; counts like one observation at even odds."""


def added(sums: Sequence[float], x: float, q: float) -> list[float]:
    """The sums with one more observation, to ten digits: rows are read by people and written as JSON."""
    xx, xq, qq = x * x, x * q, q * q
    new = (x, q, xx, xq, qq, xx * x, xx * q, x * qq, qq * q, xx * xx, xx * xq, xx * qq, xq * qq, qq * qq)
    return [round(old + more, 10) for old, more in zip(sums, new, strict=True)]


def estimate(sums: Sequence[float]) -> tuple[float, float]:
    """(effect, its variance) from the sums alone; the variance is infinite before there is any."""
    x, q, xx = sums[0], sums[1], sums[2]
    if q <= 0.0:
        return 0.0, math.inf
    spread = (xx + COMMON * COMMON) / (q + COMMON)
    return x / q, spread / q


def evidence(sums: Sequence[float], than: float, side: int) -> float:
    """Logarithm of what a gambler on "the effect is over `than`" (side 1) or under it (-1) holds at least."""
    one, two, three, four = _centred(sums, than)
    one, three = side * one, side * three
    logs = [stake * one - stake**2 / 2 * two + stake**3 / 3 * three - K * stake**4 * four for stake in STAKES]
    top = max(logs)
    return top + math.log(sum(math.exp(log - top) for log in logs) / len(logs))


def decided(sums: Sequence[float], error: float) -> int:
    """1 where the effect is over zero, -1 where it is under it, 0 where that is open; wrong with a probability of
    `error` at most for each side, at all times together."""
    x, needed = sums[0], math.log(1 / error)
    if STAKES[-1] * abs(x) < needed:
        return 0  # no gambler can have gained enough: the logarithm of 1 + y is y at most
    side = 1 if x > 0.0 else -1
    return side if evidence(sums, 0.0, side) >= needed else 0


def lowest(sums: Sequence[float], error: float) -> float:
    """The effect is over this, at all times together but for a probability of `error`; -1 where nothing is known."""
    return _bound(sums, -1.0, math.log(1 / error))


def highest(sums: Sequence[float], error: float) -> float:
    """The effect is under this, at all times together but for a probability of `error`; 1 where nothing is known."""
    return _bound(sums, 1.0, math.log(1 / error))


def _bound(sums: Sequence[float], end: float, needed: float) -> float:
    """Between what is refuted at `end` and the estimate, where the evidence is just enough.

    By regula falsi (Dowell, Jarratt 1971, the Illinois variant); on the refuted side of the root.
    """
    side = -int(end)
    refuted, possible = end, min(1.0, max(-1.0, estimate(sums)[0]))
    over = evidence(sums, refuted, side) - needed
    under = evidence(sums, possible, side) - needed
    if over < 0.0 or under >= 0.0:
        return end if over < 0.0 else possible
    last = 0
    while abs(possible - refuted) > NEAR:
        at = possible - under * (possible - refuted) / (under - over)
        at = at if abs(at - refuted) > NEAR / 2 else refuted + (NEAR / 2 if possible > refuted else -NEAR / 2)
        found = evidence(sums, at, side) - needed
        if found >= 0.0:
            refuted, over, under, last = at, found, under / 2 if last > 0 else under, 1
        else:
            possible, under, over, last = at, found, over / 2 if last < 0 else over, -1
    return refuted


def _centred(sums: Sequence[float], t: float) -> tuple[float, float, float, float]:
    """Sums of the first four powers of x - qt."""
    x, q, xx, xq, qq, xxx, xxq, xqq, qqq, x4, x3q, xxqq, xq3, q4 = sums
    return (
        x - t * q,
        xx - 2 * t * xq + t**2 * qq,
        xxx - 3 * t * xxq + 3 * t**2 * xqq - t**3 * qqq,
        x4 - 4 * t * x3q + 6 * t**2 * xxqq - 4 * t**3 * xq3 + t**4 * q4,
    )
