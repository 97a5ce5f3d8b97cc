"""Worth: what ranking knows of a learned item beside its relevance: its evidence and its effect.

Floor 2, pure. Below: effect, withholding. Above: found, scoring (which adds the two terms), the context verb.

Of two equally relevant items the one that helped more stands first, and what is unproven never before what helps. An
effect is not taken at its mean but drawn from what is believed of it (Thompson 1933), so that what is little known gets
its turns; the draw follows from the recall's id. Both terms are bounded by the policy: relevance yields by that much,
and no more.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

from tacit.lessons import Verdict
from tacit.logic.effect import LEARNED, Row, pool_key, posterior, verdict
from tacit.logic.evidence import wilson_low
from tacit.logic.validation import compatible
from tacit.logic.withholding import drawn, propensity
from tacit.policy import Policy
from tacit.types import Item, Knowledge, Pattern, Rule

__all__ = ["LEARNED", "Worth", "recommended", "state_of", "utility", "worth_keys", "worths"]

FULL = 0.2
"""An effect from which the term is at its bound: 20 points of success."""
LIKED = 0.05
"""What unanimous feedback adds to the effect that is believed, in ranking alone; two feedbacks make half of it."""
ORIGINS = {"person": "told by a person", "teacher": "told by a teacher", "earned": "earned by evidence"}
NORMAL = NormalDist()


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What is known of one learned item."""

    confidence: float
    """In [0, 1]."""
    mean: float
    """Of the effect, pooled over similar items, and what was said of it."""
    spread: float
    """Its standard deviation."""
    verdict: Verdict
    propensity: float
    """Probability with which a context pack shows it."""
    evidence: str
    """In words."""


def state_of(item: Item) -> Literal["active", "retired", "quarantined"]:
    """Whether an item may be recommended; read with its payload."""
    return item.payload.state if isinstance(item.payload, Pattern | Rule) else "active"


def recommended(item: Item, tools: Collection[str], policy: Policy) -> bool:
    """Whether an item may be told to an agent with these tools (none: not told which).

    A pattern is what worked before only if it did: it came with success, more often than what is like it went without,
    or at least half of the time where nothing is like it; and what it does is not too often followed by errors.
    """
    match item.payload:
        case Pattern(lift=lift) as pattern:
            worked = pattern.successes >= pattern.failures if lift is None else lift >= 0.0
            return (
                pattern.state == "active"
                and pattern.successes > 0.0
                and worked
                and pattern.risk <= policy.risk_most
                and compatible(item, tools)
            )
        case _:
            return state_of(item) == "active"


def worth_keys(items: Iterable[Item]) -> list[str]:
    """The keys of the space "worth" that `worths` needs."""
    keys = [key for item in items for key in (item.id, pool_key(item))]
    return list(dict.fromkeys(keys))


def worths(items: Iterable[Item], rows: Mapping[str, Any], policy: Policy) -> dict[str, Worth]:
    """The worth of learned items, by id; `rows` of the space "worth"."""
    return {item.id: _worth(item, rows.get(item.id), rows.get(pool_key(item)), policy) for item in items}


def utility(recall: str, item: str, worth: Worth, policy: Policy) -> float:
    """What an item gains in ranking for its effect: what helps from half the bound up, what is unproven 0 at most."""
    chance = NORMAL.inv_cdf(min(1.0 - 1e-12, max(1e-12, drawn(recall, f"{item}/effect"))))
    believed = worth.mean + policy.exploration * chance * worth.spread
    gained = policy.effect * min(1.0, max(-1.0, believed / FULL))
    if worth.verdict == "helps":
        return max(gained, policy.effect / 2)
    return -policy.effect if worth.verdict == "hurts" else min(gained, 0.0)


def _worth(item: Item, row: Row | None, pool: list[float] | None, policy: Policy) -> Worth:
    mean, spread = posterior(row, pool)
    said = verdict(row, policy)
    confidence, evidence = _evidence(item)
    return Worth(
        confidence=confidence,
        mean=mean + _liking(row),
        spread=spread,
        verdict=said,
        propensity=propensity(row, policy, pool),
        evidence=f"{evidence}; {_told(row, mean, spread, said)}",
    )


def _liking(row: Row | None) -> float:
    count, score = row["fed"] if row else (0, 0.0)
    return LIKED * score / (count + 2)


def _evidence(item: Item) -> tuple[float, str]:
    match item.payload:
        case Pattern(successes=successes, failures=failures, count=count):
            trials = successes + failures
            told = f"seen in {count} episodes" + (f", success {successes:g} of {trials:g}" if trials else "")
            return wilson_low(successes, trials), told
        case Rule(confidence=confidence, origin=origin):
            return confidence, f"{ORIGINS[origin]}, confidence {confidence:.2f}"
        case Knowledge(confidence=confidence, source_count=sources):
            return confidence, f"from {sources} patterns, confidence {confidence:.2f}"
        case _:
            return 0.0, "no evidence"


def _told(row: Row | None, mean: float, spread: float, said: Verdict) -> str:
    tried = sum(row["n"]) if row else 0
    if not tried:
        return "effect unproven: not tried yet"
    return f"effect {said}: {mean:+.2f} (standard error {spread:.2f}) in {tried} episodes"
