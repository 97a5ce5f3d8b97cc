"""Patterns: what is seen in an episode becomes an item, or is merged into the item that it already is.

Floor 2. Below: logic.extractors, logic.evidence. Above: `logic.lesson`.

Texts are made of the first episodes and then stay: what is searched and shown does not depend on which episodes came
together in a batch, and an item whose text stays is not embedded again. Counts go on, exactly.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from tacit.logic.evidence import success_of
from tacit.logic.extractors.seen import Seen
from tacit.logic.lowest_trust import lowest
from tacit.types import Episode, Item, Pattern

__all__ = ["MOST_NEW", "chosen", "merged"]

MOST_NEW = 10
"""New patterns an episode."""
FIRST, LATEST = 3, 2
"""Examples that are kept. The first ones are those whose words the text quotes."""
QUOTED = 10
"""Words of their tasks."""
WORD = 40
TASKS = " Tasks: "
LONGEST = 900
"""Characters of a text before the words of the tasks: a custom extractor may say anything."""
PARTS, PART = 24, 200
"""Tools and steps of a pattern, and the characters of one."""
TROUBLE = 0.5
"""Risk of what came with an error that nothing got past, in an episode that succeeded all the same."""


def chosen(
    seen: Iterable[Seen], known: Callable[[str], bool] | Mapping[str, Any], *, most: int = MOST_NEW
) -> list[Seen]:
    """Those that count: all that are known (by fingerprint), and the best `most` of the others, in the order given.

    The best are those with the most weight; of equals the first by fingerprint, so that nothing depends on chance.
    """
    is_known = known if callable(known) else known.__contains__
    all_seen = [(one, is_known(one.fingerprint)) for one in seen]
    new = sorted(
        (one for one, old in all_seen if not old and one.begins), key=lambda one: (-one.weight, one.fingerprint)
    )
    kept = {one.fingerprint for one in new[:most]}
    return [one for one, old in all_seen if old or one.fingerprint in kept]


def merged(old: Item | None, seen: Seen, episode: Item, *, id: str, now: int) -> Item:
    """The pattern with one more episode. `id` is that of a new item, `now` when it was learned (microseconds).

    Its trust is the lowest of the episodes that its text was made from, and low where it quotes what a tool said. It is
    derived from those: forgetting one of them forgets it; the later ones only count.
    """
    before = old.payload if old is not None else None
    pattern = _counted(before if isinstance(before, Pattern) else _begun(seen, episode), seen, episode)
    if old is None:
        trust = lowest((episode.trust, "low" if seen.quotes_output else "high"))
        return Item(
            id=id,
            kind="pattern",
            text=_text(pattern, seen.words),
            payload=pattern,
            key=seen.fingerprint,
            type=pattern.pattern_type,
            domain=episode.domain,
            language=episode.language,
            source="learn",
            trust=trust,
            derived_from=(episode.id,),
            created_at=now,
        )
    quoted = pattern.count <= FIRST
    return msgspec.structs.replace(
        old,
        payload=pattern,
        text=_text(pattern, (*_words(old.text), *seen.words)) if quoted else old.text,
        domain=old.domain if old.domain == episode.domain else "",
        language=old.language if old.language == episode.language else "",
        trust=lowest((old.trust, episode.trust)) if quoted else old.trust,
        derived_from=(*old.derived_from, episode.id) if quoted else old.derived_from,
    )


def _begun(seen: Seen, episode: Item) -> Pattern:
    return Pattern(
        pattern_type=seen.pattern_type,
        extractor=seen.extractor,
        condition=seen.condition[:LONGEST],
        action=seen.action[:LONGEST],
        tools=_bounded(seen.tools),
        steps=_bounded(seen.steps),
        first_seen=episode.created_at,
    )


def _bounded(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(part[:PART] for part in tuple(parts)[:PARTS])


def _counted(pattern: Pattern, seen: Seen, episode: Item) -> Pattern:
    told = episode.payload if isinstance(episode.payload, Episode) else None
    success = None if told is None else success_of(told.outcome)
    trials = pattern.successes + pattern.failures
    value = told.reward.value if told is not None and told.reward is not None else None
    harm = max(0.0 if success is None else 1.0 - success, TROUBLE if seen.troubled else 0.0)
    return msgspec.structs.replace(
        pattern,
        count=pattern.count + 1,
        successes=pattern.successes + (success or 0.0),
        failures=pattern.failures + (0.0 if success is None else 1.0 - success),
        reward=pattern.reward if value is None else pattern.reward + (value - pattern.reward) / (trials + 1),
        examples=_examples(pattern.examples, episode.id),
        last_seen=max(pattern.last_seen, episode.created_at),
        risk=pattern.risk + (harm - pattern.risk) / (pattern.count + 1),
    )


def _examples(kept: tuple[str, ...], id: str) -> tuple[str, ...]:
    return (*kept, id) if len(kept) < FIRST + LATEST else (*kept[:FIRST], *kept[FIRST + 1 :], id)


def _text(pattern: Pattern, words: Iterable[str]) -> str:
    told = f"When {pattern.condition}: {pattern.action}" if pattern.condition else pattern.action
    telling = tuple(dict.fromkeys(word[:WORD] for word in words))[:QUOTED]
    return f"{told}.{TASKS}{', '.join(telling)}" if telling else f"{told}."


def _words(text: str) -> list[str]:
    """Those that the text already names."""
    _, found, words = text.rpartition(TASKS)
    return words.split(", ") if found else []
