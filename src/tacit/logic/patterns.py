"""Patterns: what is seen in an episode becomes an item, or is merged into the item that it already is.

Floor 2. Below: logic.extractors, logic.evidence. Above: `logic.lesson`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from tacit.logic.evidence import success_of
from tacit.logic.extractors.seen import Seen
from tacit.types import Episode, Item, Pattern, Trust

__all__ = ["MOST_NEW", "chosen", "merged"]

MOST_NEW = 10
"""New patterns an episode."""
FIRST, LATEST = 3, 2
"""Examples that are kept. Of the first ones words are quoted in the text."""
ORDER: tuple[Trust, ...] = ("low", "medium", "high")


def chosen(
    seen: Iterable[Seen], known: Callable[[str], bool] | Mapping[str, Any], *, most: int = MOST_NEW
) -> list[Seen]:
    """Those that count: all that are known (by fingerprint), and the best `most` of the others, in the order given."""
    is_known = known if callable(known) else known.__contains__
    all_seen = list(seen)
    new = [one for one in all_seen if not is_known(one.fingerprint)]
    kept = {one.fingerprint for one in sorted(new, key=lambda one: (-one.weight, one.fingerprint))[:most]}
    return [one for one in all_seen if one.fingerprint in kept or is_known(one.fingerprint)]


def merged(old: Item | None, seen: Seen, episode: Item, *, id: str, now: int) -> Item:
    """The pattern with one more episode. `id` is that of a new item, `now` when it was learned (microseconds)."""
    before = old.payload if old is not None and isinstance(old.payload, Pattern) else None
    told = episode.payload if isinstance(episode.payload, Episode) else None
    success = None if told is None else success_of(told.outcome)
    pattern = before or Pattern(
        pattern_type=seen.pattern_type,
        extractor=seen.extractor,
        condition=seen.condition,
        action=seen.action,
        tools=seen.tools,
        steps=seen.steps,
        first_seen=episode.created_at,
    )
    counted = msgspec.structs.replace(
        pattern,
        count=pattern.count + 1,
        successes=pattern.successes + (success or 0.0),
        failures=pattern.failures + (0.0 if success is None else 1.0 - success),
        examples=_examples(pattern.examples, episode.id),
        last_seen=episode.created_at,
    )
    trust = _lowest(episode.trust, "low" if seen.quotes_output else "high")
    if old is not None:
        return msgspec.structs.replace(old, payload=counted, trust=_lowest(old.trust, trust))
    return Item(
        id=id,
        kind="pattern",
        text=f"{seen.condition}: {seen.action}" if seen.condition else seen.action,
        payload=counted,
        key=seen.fingerprint,
        type=seen.pattern_type,
        domain=episode.domain,
        language=episode.language,
        source="learn",
        trust=trust,
        derived_from=(episode.id,),
        created_at=now,
    )


def _examples(kept: tuple[str, ...], id: str) -> tuple[str, ...]:
    if len(kept) < FIRST + LATEST:
        return (*kept, id)
    return (*kept[:FIRST], *kept[FIRST + 1 :], id)


def _lowest(*trusts: Trust) -> Trust:
    return min(trusts, key=ORDER.index)
