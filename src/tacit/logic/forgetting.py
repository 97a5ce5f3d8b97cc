"""Forgetting: what goes with what is forgotten, and what must be told to whoever is at work meanwhile.

Floor 2. Below: the nouns. Above: operations.forget, operations.fade; they hand over how to read the store.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tacit.changes import Advance, Change, Enqueue, SetNote
from tacit.logic.notes import FORGOTTEN, LEARNING
from tacit.ports import NewId
from tacit.types import Filter, Item, Kind, Pattern, Rule

__all__ = ["Select", "cascade", "counted", "guards", "lasting", "uncounted", "unlinked", "without_words_of"]

Select = Callable[[Filter, int], Iterable[Item]]
"""(filter, sequence) -> all items that pass it, after the sequence."""

PAGE = 500
SAID: tuple[Kind, ...] = ("message", "interaction")
"""What is found by the words before it, too."""


def cascade(found: dict[str, Item], select: Select, *, keep: Callable[[Item], bool] | None = None) -> list[Item]:
    """Add to `found` (id -> item) what was derived from what is in it, and so on, but for those to keep; -> these."""
    edge = list(found)
    kept: dict[str, Item] = {}
    while edge:
        new: dict[str, Item] = {}
        for start in range(0, len(edge), PAGE):
            for child in select(Filter(derived_from=tuple(edge[start : start + PAGE])), 0):
                if child.id not in found:
                    (kept if keep is not None and keep(child) else new)[child.id] = child
        found.update(new)
        edge = list(new)
    return list(kept.values())


def lasting(item: Item) -> bool:
    """Whether a person has said it and nothing but a person takes it away: facts, preferences, projects, rules. A
    CORE_RULE is a person's, whoever wrote it down."""
    match item.payload:
        case Rule(rule_type=kind, origin=origin):
            return kind == "CORE_RULE" or origin == "person"
        case _:
            return item.kind in ("preference", "project") or (item.kind == "fact" and item.trust == "high")


def without_words_of(found: Mapping[str, Item], select: Select) -> list[Item]:
    """What was said after a forgotten item in its session, without its words in the context.

    The whole rest of the session is read: other writers may have come between a message and what it follows."""
    first: dict[str, int] = {}
    texts: dict[str, set[str]] = {}
    for gone in found.values():
        if gone.session:
            first[gone.session] = min(gone.sequence, first.get(gone.session, gone.sequence))
            texts.setdefault(gone.session, set()).add(gone.text)
    kept: list[Item] = []
    for session, after in first.items():
        for item in select(Filter(kinds=SAID, sessions=(session,)), after):
            context = tuple(text for text in item.context if text not in texts[session])
            if item.id not in found and context != item.context:
                kept.append(msgspec.structs.replace(item, context=context))
    return kept


def counted(found: Mapping[str, Item], cursor: object) -> bool:
    """Whether learned counts contain any of these: an episode among them was learned from. `cursor` is the note."""
    learned = cursor.get("sequence", 0) if isinstance(cursor, dict) else 0
    return any(item.kind == "episode" and item.sequence <= learned for item in found.values())


def guards(cursor: object, new_id: NewId, *, relearn: bool) -> list[Change]:
    """What goes into the transaction that forgets: learning and distilling that has read what is forgotten is refused
    when it is written, and begins anew. `cursor` is the note of learning; `Conflict` where it moved since.

    Without this, whoever writes an item that it had read before would bring it back.
    """
    was: dict[str, Any] | None = cursor if isinstance(cursor, dict) else None
    token = new_id()
    changes: list[Change] = [
        Advance(key=LEARNING, before=was, after={**(was or {}), "token": token}),
        SetNote(key=FORGOTTEN, value=token),
    ]
    if relearn:
        changes.append(Enqueue(stage="relearn", key=token))
    return changes


def unlinked(item: Item, gone: frozenset[str] | set[str]) -> Item:
    """An item that names none of these ids any more, as its source or as an example; itself where it did not."""
    payload, derived = item.payload, item.derived_from
    if isinstance(payload, Pattern) and not gone.isdisjoint(payload.examples):
        payload = msgspec.structs.replace(payload, examples=_without(payload.examples, gone))
    if not gone.isdisjoint(derived):
        derived = _without(derived, gone)
    if payload is item.payload and derived is item.derived_from:
        return item
    return msgspec.structs.replace(item, payload=payload, derived_from=derived)


def uncounted(item: Item) -> Item:
    """A pattern as if it had been seen in no episode yet; itself where it is no pattern, or is so already.

    What it quotes stays, and so does its trust: it can only have been higher. A retirement by effect stays, one by
    evidence is decided anew.
    """
    seen = item.payload
    if not isinstance(seen, Pattern) or not seen.count:
        return item
    by_effect = seen.state == "retired" and seen.reason.startswith("showing it hurts")
    blank = Pattern(
        pattern_type=seen.pattern_type,
        extractor=seen.extractor,
        condition=seen.condition,
        action=seen.action,
        tools=seen.tools,
        steps=seen.steps,
        first_seen=seen.first_seen,
        state=seen.state if by_effect else "active",
        reason=seen.reason if by_effect else "",
    )
    return msgspec.structs.replace(item, payload=blank)


def _without(ids: Sequence[str], gone: frozenset[str] | set[str]) -> tuple[str, ...]:
    return tuple(one for one in ids if one not in gone)
