"""Contrast: do episodes with a pattern succeed more often than comparable ones without it?

Floor 2. Below: logic.strata, logic.exact. Above: `logic.lesson`, which counts each episode and now and then reviews
all patterns together.

Comparable are episodes of one stratum: of the same domain, else of the same type of task, and with the same occasion
where a pattern answers to one (`logic.occasions`). The strata of a pattern are tested together, conditionally on the
margins of each (`logic.exact`), so that an easy domain does not make a pattern look good. What a contrast shows is an
association, not an effect: see `logic.effect` for that.

Space "totals": `all:<stratum>` -> [episodes, successes], `one:<fingerprint>` -> {stratum: [episodes, successes]}, of
episodes with an outcome that are not held back (`logic.validation`).
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import msgspec

from tacit.logic.exact import Table, p_value
from tacit.logic.strata import count, held_back
from tacit.types import Item, Pattern, Value

__all__ = ["Contrast", "adjusted", "contrasted", "counted", "reviewed"]

DIGITS = 4
"""Of what is written down: a row changes only when something worth telling has."""


class Contrast(Value, frozen=True, kw_only=True):
    """A pattern against its absence."""

    lift: float
    """Rate of success with it minus without it, strata weighed as by Mantel and Haenszel (1959)."""
    p_value: float
    """Two-sided, exact, mid-p."""


def counted(page: MutableMapping[str, Any], episode: Item, fingerprints: Iterable[str]) -> None:
    """Count an episode and the patterns that it shows (space "totals"). To be called once an episode; nothing happens
    for one without an outcome, or held back."""
    if not held_back(episode):
        count(page, episode, fingerprints)


def contrasted(fingerprint: str, page: Mapping[str, Any]) -> Contrast | None:
    """What speaks for or against a pattern; None until there were comparable episodes with it and without it."""
    tables = []
    for stratum, (episodes, successes) in page.get(f"one:{fingerprint}", {}).items():
        everything = page.get(f"all:{stratum}", (0, 0.0))
        without = everything[0] - episodes
        if episodes > 0 and without > 0:
            tables.append(Table(episodes, successes, without, max(0.0, everything[1] - successes)))
    if not tables:
        return None
    weights = [one.trials * one.others / (one.trials + one.others) for one in tables]
    lift = sum(weight * one.difference for weight, one in zip(weights, tables, strict=True)) / sum(weights)
    return Contrast(lift=lift, p_value=p_value(tables))


def adjusted(p_values: Sequence[float]) -> list[float]:
    """q-values in the order given: the share of false discoveries among all that are at least as significant
    (Benjamini, Hochberg 1995).

    >>> adjusted([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    found = [1.0] * len(p_values)
    lowest = 1.0
    ranked = sorted(range(len(p_values)), key=lambda place: p_values[place])
    for rank in range(len(ranked), 0, -1):
        place = ranked[rank - 1]
        lowest = min(lowest, p_values[place] * len(ranked) / rank)
        found[place] = lowest
    return found


def reviewed(patterns: Iterable[Item], page: Mapping[str, Any]) -> Iterator[Item]:
    """All patterns of a namespace -> those whose lift or q-value has changed, as they are now. The q-values are over
    all that were given and can be compared."""
    found = [(one, result) for one in patterns if one.key and (result := contrasted(one.key, page)) is not None]
    q_values = adjusted([result.p_value for _, result in found])
    for (item, result), q_value in zip(found, q_values, strict=True):
        pattern = item.payload
        if not isinstance(pattern, Pattern):
            continue
        lift, q_value = round(result.lift, DIGITS), float(f"{q_value:.{DIGITS}g}")
        if (pattern.lift, pattern.q_value) != (lift, q_value):
            yield msgspec.structs.replace(item, payload=msgspec.structs.replace(pattern, lift=lift, q_value=q_value))
