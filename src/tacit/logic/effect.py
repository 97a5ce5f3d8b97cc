"""Effect: what an item is worth, from the episodes in which a draw decided whether it was shown.

Floor 2, pure. Below: wagers. Above: lesson, which credits; withholding, worth and the list of effects, which read.

Space "worth": item id -> row, and "pool/<kind>/<type>" -> what the items of a kind have in common. A row:
    n        [episodes shown, episodes withheld]
    won      [sum of their success, sum of theirs]
    applied, helped, hindered    episodes in which it was shown and followed; of these, how many succeeded and failed
    fed      [number of feedbacks, sum of their scores]
    sums     of powers, see wagers
A pool: [items, sum of w, of w e, of w e^2, of w^2], with e the estimate of an item and w one over its variance.

One observation is x = (A - p)(Y - m) and q = p(1 - p): A says whether it was shown, p how probable that was, Y is the
success, m the mean success of the item's earlier episodes (known before the draw, it takes out variance and no more).
The mean of x is q times the effect whatever else changes meanwhile, for only A is random. Sum of x over sum of q is
the estimate (Robinson 1988; the overlap weights of Li, Morgan, Zaslavsky 2018): an episode counts as much as its draw
told. An item that is always shown teaches nothing about itself.
"""

import math
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from tacit.lessons import Effect, Verdict
from tacit.logic.wagers import BLANK, added, decided, estimate, highest, lowest
from tacit.policy import Policy
from tacit.types import Item, Pattern, Rule

__all__ = [
    "LEARNED",
    "Pool",
    "Row",
    "credit",
    "credited",
    "effect_of",
    "fed",
    "pool_key",
    "pooled",
    "posterior",
    "retire",
    "verdict",
]

Row = Mapping[str, Any]
Pool = Sequence[float]

LEARNED = ("pattern", "rule", "knowledge")
"""Kinds whose worth is measured: what happened is shown whenever it is relevant, what was learned from it on trial."""
CENTRE = (0.5, 2.0)
"""Success before anything was seen, and how many episodes that counts for."""
ALIKE = (0.05, 0.1)
"""Mean and standard deviation of the effects of items of which nothing is known: there was a reason to tell them."""
ALIKE_COUNTS = 5.0
"""Items that the line above counts for, where a pool says otherwise."""
SPREAD = (0.03, 0.3)
"""Least and most that the effects of a pool are taken to differ: a pool of few says little of that."""
TELLING = 2.0
"""Sum of q from which an item counts in its pool: eight episodes at even odds."""
DIGITS = 10


def pool_key(item: Item) -> str:
    """Under which key of the space the pool of an item is kept: items of one kind and type are taken to be alike."""
    match item.payload:
        case Pattern(pattern_type=kind):
            return f"pool/pattern/{kind}"
        case Rule(rule_type=kind):
            return f"pool/rule/{kind}"
        case _:
            return f"pool/{item.kind}/{item.type}"


def credited(row: Row | None, *, shown: bool, propensity: float, success: float, applied: bool) -> dict[str, Any]:
    """The row after one more episode: `success` in [0, 1], `propensity` of being shown, fixed before the draw.

    `applied`: the agent did what the item says. Call it once for an episode, also where several recalls of it had the
    item (see `withholding.exposures`).
    """
    new = _copied(row)
    arm = 0 if shown else 1
    count, won = sum(new["n"]), sum(new["won"])
    before, weight = CENTRE
    centre = (won + before * weight) / (count + weight)
    q = propensity * (1.0 - propensity)
    if q > 0.0:
        x = ((1.0 if shown else 0.0) - propensity) * (success - centre)
        new["sums"] = added(new["sums"], x, q)
    new["n"][arm] += 1
    new["won"][arm] = round(new["won"][arm] + success, DIGITS)
    if shown and applied:
        new["applied"] += 1
        new["helped"] += success >= 0.5
        new["hindered"] += success < 0.5
    return new


def credit(
    page: MutableMapping[str, Any], item: Item, *, shown: bool, propensity: float, success: float, applied: bool
) -> Row:
    """`credited` in the space "worth", with the pool of the item; -> the item's row as it is now."""
    before, key = page.get(item.id), pool_key(item)
    after = credited(before, shown=shown, propensity=propensity, success=success, applied=applied)
    page[item.id] = after
    page[key] = pooled(page.get(key), before, after)
    return after


def fed(row: Row | None, score: float) -> dict[str, Any]:
    """The row after feedback on the item, in [-1, 1]. It counts in ranking; verdicts rest on outcomes alone."""
    new = _copied(row)
    new["fed"] = [new["fed"][0] + 1, round(new["fed"][1] + score, DIGITS)]
    return new


def pooled(pool: Pool | None, before: Row | None, after: Row) -> list[float]:
    """The pool after one of its items went from one row to another."""
    old, new = _share(before), _share(after)
    return [
        round(value - less + more, DIGITS)
        for value, less, more in zip(pool or (0.0,) * len(old), old, new, strict=True)
    ]


def posterior(row: Row | None, pool: Pool | None) -> tuple[float, float]:
    """(mean, standard deviation) of an item's effect, shrunken to that of its pool (empirical Bayes).

    Useful after tens of episodes; it promises nothing about errors, verdicts do not rest on it.
    """
    middle, spread = _prior(pool)
    found, variance = estimate(row["sums"] if row else BLANK)
    precision = 1.0 / variance
    total = precision + 1.0 / spread**2
    return (found * precision + middle / spread**2) / total, math.sqrt(1.0 / total)


def verdict(row: Row | None, policy: Policy) -> Verdict:
    """Each of "helps" and "hurts" is ever said of an item that does nothing with a probability of
    `policy.effect_error` at most, however often one looks."""
    side = decided(row["sums"], policy.effect_error) if row else 0
    return "helps" if side > 0 else "hurts" if side < 0 else "unproven"


def retire(row: Row | None, policy: Policy) -> bool:
    """What hurts is retired."""
    return verdict(row, policy) == "hurts"


def effect_of(item: str, row: Row | None, policy: Policy, *, pool: Pool | None = None, retired: bool = False) -> Effect:
    """What is known of the item's worth. `low` and `high` hold at all times together, each but for `effect_error`."""
    if row is None:
        return Effect(item=item, retired=retired, reason="no finished episode had it in a context pack")
    low, high = lowest(row["sums"], policy.effect_error), highest(row["sums"], policy.effect_error)
    mean, spread = posterior(row, pool)
    said = verdict(row, policy)
    return Effect(
        item=item,
        verdict=said,
        mean=round(min(high, max(low, mean)), 4),
        uncertainty=round(spread, 4),
        low=round(low, 4),
        high=round(high, 4),
        shown=row["n"][0],
        withheld=row["n"][1],
        helped=row["helped"],
        hindered=row["hindered"],
        retired=retired,
        reason=_reason(row, said, spread),
    )


def _reason(row: Row, said: Verdict, spread: float) -> str:
    (shown, withheld), (with_it, without) = row["n"], row["won"]
    if not withheld:
        return f"it was never withheld in {shown} episodes, so there is nothing to compare"
    rates = f"success {with_it / shown:.2f} in {shown} episodes with it, " if shown else ""
    rates += f"{without / withheld:.2f} in {withheld} without"
    if said == "unproven":
        return f"{rates}; pooled with similar items the estimate is uncertain by {spread:.2f}: not enough for a verdict"
    return rates


def _copied(row: Row | None) -> dict[str, Any]:
    if row is None:
        return {
            "n": [0, 0],
            "won": [0.0, 0.0],
            "applied": 0,
            "helped": 0,
            "hindered": 0,
            "fed": [0, 0.0],
            "sums": list(BLANK),
        }
    return {key: list(value) if isinstance(value, list) else value for key, value in row.items()}


def _share(row: Row | None) -> tuple[float, ...]:
    """What one item adds to its pool; nothing before its draws have told enough."""
    if row is None or row["sums"][1] < TELLING:
        return (0.0,) * 5
    found, variance = estimate(row["sums"])
    weight = 1.0 / variance
    return 1.0, weight, weight * found, weight * found**2, weight**2


def _prior(pool: Pool | None) -> tuple[float, float]:
    """Mean and spread of effects in a pool (DerSimonian, Laird 1986), drawn to what is usual while items are few."""
    middle, spread = ALIKE
    if pool is None or pool[0] < 2:
        return middle, spread
    items, weight, found, squares, weights = pool
    mean = found / weight
    excess = squares - found * mean - (items - 1)
    between = max(0.0, excess / max(weight - weights / weight, 1e-9))
    share = items / (items + ALIKE_COUNTS)
    middle += share * (mean - middle)
    variance = share * between + (1.0 - share) * spread**2
    return middle, min(SPREAD[1], max(SPREAD[0], math.sqrt(variance)))
