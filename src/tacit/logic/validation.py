"""Validation: what patterns predict on episodes held back, whom they suit, and when they go.

Floor 2. Below: logic.strata. Above: `logic.lesson`, recall.

On the held back fifth of the episodes, which takes no part in contrasts, a pattern is read as the prediction that the
episode succeeds.

Space "held": `all:<stratum>` -> [episodes, successes], `one:<fingerprint>` -> {stratum: [episodes, successes]}, of held
back episodes with an outcome.
"""

from collections.abc import Collection, Iterable, Mapping, MutableMapping
from typing import Any

import msgspec

from tacit.logic.calls import runs_commands
from tacit.logic.evidence import wilson_high
from tacit.logic.strata import count, held_back, ratio
from tacit.types import Item, Pattern

__all__ = ["MOST_KEPT", "compatible", "counted", "held_back", "retired", "stale", "validated"]

MOST_KEPT = 5_000
"""Patterns of a namespace from which on stale ones are dropped: recall searches them all, most were seen once."""
TRIALS = 20
"""Episodes with an outcome before evidence may retire a pattern."""
LOST = 0.05
"""q-value up to which a pattern that does worse is retired."""
DIGITS = 4


def counted(page: MutableMapping[str, Any], episode: Item, fingerprints: Iterable[str]) -> None:
    """Count a held back episode (space "held"). To be called once an episode; nothing happens for another one, or
    without an outcome."""
    if held_back(episode):
        count(page, episode, fingerprints)


def validated(pattern: Item, page: Mapping[str, Any]) -> Item:
    """The pattern with precision, coverage and F1 on the held back episodes of its strata, as counted so far."""
    told = pattern.payload
    row = page.get(f"one:{pattern.key}", {})
    if not isinstance(told, Pattern) or not row:
        return pattern
    episodes = sum(one[0] for one in row.values())
    hits = sum(one[1] for one in row.values())
    successes = sum(page.get(f"all:{stratum}", (0, 0.0))[1] for stratum in row)
    precision, coverage = ratio(hits, episodes), ratio(hits, successes)
    both = (precision or 0.0) + (coverage or 0.0)
    f1 = None if precision is None or coverage is None else ratio(2 * precision * coverage, both) or 0.0
    found = tuple(None if one is None else round(one, DIGITS) for one in (precision, coverage, f1))
    if found == (told.precision, told.coverage, told.f1):
        return pattern
    seen = msgspec.structs.replace(told, precision=found[0], coverage=found[1], f1=found[2])
    return msgspec.structs.replace(pattern, payload=seen)


def compatible(pattern: Item, tools: Collection[str]) -> bool:
    """Whether somebody with these tools can do it: each call of it begins with one of them, or is a command and one of
    them runs commands. Without tools nothing is known, so anything may be done.
    """
    told = pattern.payload
    if not tools or not isinstance(told, Pattern) or any(runs_commands(tool) for tool in tools):
        return True
    have = {tool.lower() for tool in tools}
    return all(head.lower() in have or head.lower().split(" ", 1)[0] in have for head in told.tools)


def retired(pattern: Item) -> str:
    """Why evidence speaks against the pattern, in words; "" where it stays. Asked after `contrast.reviewed`."""
    told = pattern.payload
    if not isinstance(told, Pattern) or told.lift is None or told.q_value is None or told.lift >= 0:
        return ""
    trials = told.successes + told.failures
    if trials < TRIALS or told.q_value > LOST:
        return ""
    base = min(1.0, told.successes / trials - told.lift)
    if wilson_high(told.successes, trials) >= base or (told.precision is not None and told.precision >= base):
        return ""
    return (
        f"it does worse than comparable episodes without it: {told.successes / trials:.2f} against {base:.2f}"
        f" in {trials:g} episodes (q = {told.q_value:.2g})"
    )


def stale(patterns: Iterable[Item], *, most: int = MOST_KEPT) -> list[str]:
    """Ids of the patterns to drop so that `most` are left: those seen least often, of these the longest ago."""
    found = [(one.payload.count, one.payload.last_seen, one.id) for one in patterns if isinstance(one.payload, Pattern)]
    return [one for _, _, one in sorted(found)[: max(0, len(found) - most)]]
