"""What can be done to rules: add, update, remove, merge, reinforce, weaken, each one function in a table.

Floor 2. Below: logic.rules. Above: operations.rules, which finds the rules that are meant and writes what comes out.

An operation gives the rules as they shall stand, or raises `InvalidInput` and changes nothing. A rule is meant by its
id or by its text, and by nothing that only resembles it. What is removed, merged or replaced stays where it was,
retired and with its history: so nothing adds or earns it again unseen.
A CORE_RULE is changed by people only, also by becoming one or ceasing to be one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from tacit.errors import Conflict, InvalidInput, NotFound
from tacit.logic.lowest_trust import lowest
from tacit.logic.recalled import without_recalled
from tacit.logic.redaction import redact
from tacit.logic.rules.changing import changed, ended, restored
from tacit.logic.rules.reading import INSIGHT, Action, Asked
from tacit.logic.rules.safety import forged, unsafe
from tacit.logic.rules.text import RULE_BYTES, Told, key_of, parsed
from tacit.logic.text import checked
from tacit.ports import NewId
from tacit.types import Item, Rule, RuleType, Trust

__all__ = ["OPERATIONS", "PRIOR", "Actor", "Book", "meant", "operate", "wording"]

By = Literal["person", "teacher"]
PRIOR: dict[By, float] = {"person": 0.9, "teacher": 0.5}
"""Confidence of a rule whose text tells none."""
STEP = 0.2
"""Share of the way to 1 that reinforcing goes, and of the way to 0 that weakening goes."""
FAINT = 0.1
"""A rule weakened below this is retired."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who changes rules, when, with which words about new ones."""

    by: By
    trust: Trust
    """Of what he says; a teacher's is medium at most."""
    now: int
    new_id: NewId
    like: Item | None = None
    """Its domain, language, tags, metadata, author, session and source are those of new rules."""

    def __post_init__(self) -> None:
        """Only people vouch highly."""
        if self.by == "teacher":
            object.__setattr__(self, "trust", lowest([self.trust, "medium"]))


@dataclass
class Book:
    """The rules that operations may mean, by id and by key. What is done is entered at once."""

    items: dict[str, Item] = field(default_factory=dict)
    _ids: dict[str | None, str] = field(default_factory=dict)

    def enter(self, items: Iterable[Item]) -> None:
        """Let these stand from now on."""
        for item in items:
            self.items[item.id] = item
            self._ids[item.key] = item.id

    def known(self, key: str) -> Item | None:
        """The rule with this key, whatever its state."""
        return self.items[self._ids[key]] if key in self._ids else None

    def find(self, text: str) -> Item:
        """The rule with this id or text. Raises `NotFound`."""
        item = self.items.get(text) or self.known(meant(text))
        if item is None:
            raise NotFound("no such rule", cause=f"none says {ascii(text)[:80]}", remedy="quote it as it stands")
        return item


Operation = Callable[[Asked, Book, Actor], tuple[Item, ...]]
"""-> rules new or changed, the one that it is about first."""


def meant(text: str) -> str:
    """Key of the rule that a text means, whatever its head."""
    return key_of(parsed(text).text)


def wording(text: str, actor: Actor) -> Told:
    """A rule's text as it may be kept: redacted, without what recall had put into it, and nothing in it that must not
    be there. Raises `InvalidInput`, `TooLarge`."""
    said = without_recalled(checked(text, "the rule", RULE_BYTES))
    told = parsed(said, limit=RULE_BYTES if actor.by == "person" else 4 * INSIGHT)
    words = redact(told.text)[0]
    reason = forged(words) if actor.by == "person" else unsafe(words)
    if reason:
        raise InvalidInput("the text may not be a rule", cause=reason, remedy="say it in plain words")
    return msgspec.structs.replace(told, text=words)


def added(asked: Asked, book: Book, actor: Actor) -> tuple[Item, ...]:
    """A new rule. The same text again changes nothing; said by a person, it takes what he says of it over."""
    told = wording(asked.insight, actor)
    _no_core(actor, told.rule_type)
    known = book.known(key_of(told.text))
    if known is not None:
        return (_again(known, told, actor),)
    rule = Rule(
        rule_type=told.rule_type or "GENERAL_LEARNING",
        rule=told.text,
        confidence=PRIOR[actor.by] if told.confidence is None else told.confidence,
        origin=actor.by,
    )
    return (_new(rule, "add", actor, trust=actor.trust),)


def updated(asked: Asked, book: Book, actor: Actor) -> tuple[Item, ...]:
    """A rule with another text, type or confidence. With another text it is a new item, with the old one's history."""
    old, was = _one(asked.old, book, actor)
    told = wording(asked.insight, actor)
    _no_core(actor, told.rule_type)
    rule = _reworded(was, told, actor)
    trust = _trusted([old], actor)
    if key_of(told.text) == old.key:
        if (rule.rule_type, rule.rule, rule.confidence) == (was.rule_type, was.rule, was.confidence):
            raise _unchanged(was)
        same = changed(old, rule, "update", now=actor.now, by=actor.by)
        return (msgspec.structs.replace(same, trust=trust),)
    other = book.known(key_of(told.text))
    if other is not None:
        raise Conflict("another rule says that", cause=f"it is {other.id}", remedy="merge the two")
    new = _new(rule, "update", actor, trust=trust, olds=[old])
    return new, ended(old, "remove", now=actor.now, by=actor.by, reason=f"replaced by {new.id}")


def removed(asked: Asked, book: Book, actor: Actor) -> tuple[Item, ...]:
    """Rules retired."""
    meaning = asked.old or ((asked.insight,) if asked.insight else ())
    if not meaning:
        raise _unnamed()
    found = {item.id: item for item, _ in (_active(text, book, actor) for text in meaning)}
    reason = f"removed by a {actor.by}"
    return tuple(ended(item, "remove", now=actor.now, by=actor.by, reason=reason) for item in found.values())


def merged(asked: Asked, book: Book, actor: Actor) -> tuple[Item, ...]:
    """Several rules become one, as sure as the surest of them and trusted as the least."""
    olds = {item.id: item for item, _ in (_active(text, book, actor) for text in asked.old)}
    if len(olds) < 2:
        raise InvalidInput(
            "nothing to merge",
            cause=f"{len(olds)} rules are named",
            remedy="name two or more in old_insight_to_replace",
        )
    told = wording(asked.insight, actor)
    rules = [item.payload for item in olds.values() if isinstance(item.payload, Rule)]
    kinds = {rule.rule_type for rule in rules}
    kind = told.rule_type or (kinds.pop() if len(kinds) == 1 else "GENERAL_LEARNING")
    _no_core(actor, kind)
    sure = max(rule.confidence for rule in rules) if told.confidence is None else told.confidence
    trust = _trusted(list(olds.values()), actor)
    known = book.known(key_of(told.text))
    if known is not None and known.id not in olds:
        raise Conflict("another rule says that", cause=f"it is {known.id}", remedy="merge it, too")
    if known is not None and isinstance(known.payload, Rule):
        rule = msgspec.structs.replace(known.payload, rule_type=kind, rule=told.text, confidence=sure, origin=actor.by)
        one = changed(known, rule, "merge", now=actor.now, by=actor.by, reason=_of(olds))
        one = msgspec.structs.replace(one, trust=trust, derived_from=_sources(olds.values(), without=known.id))
    else:
        rule = Rule(rule_type=kind, rule=told.text, confidence=sure, origin=actor.by)
        one = _new(rule, "merge", actor, trust=trust, olds=list(olds.values()))
    gone = [
        ended(item, "merge", now=actor.now, by=actor.by, reason=f"merged into {one.id}")
        for item in olds.values()
        if item.id != one.id
    ]
    return one, *gone


def reinforced(asked: Asked, book: Book, actor: Actor) -> tuple[Item, ...]:
    """A rule that proved right: a fifth of the way to certainty."""
    item, was = _one(asked.old or (asked.insight,), book, actor)
    surer = msgspec.structs.replace(was, confidence=round(was.confidence + STEP * (1 - was.confidence), 2))
    return (changed(item, surer, "reinforce", now=actor.now, by=actor.by),)


def weakened(asked: Asked, book: Book, actor: Actor) -> tuple[Item, ...]:
    """A rule that proved wrong: a fifth of its confidence less; below a tenth it is retired."""
    item, was = _one(asked.old or (asked.insight,), book, actor)
    fainter = msgspec.structs.replace(was, confidence=round(was.confidence * (1 - STEP), 2))
    weaker = changed(item, fainter, "weaken", now=actor.now, by=actor.by)
    if fainter.confidence < FAINT:
        weaker = ended(weaker, "retire", now=actor.now, by=actor.by, reason="weakened until nothing was left of it")
    return (weaker,)


OPERATIONS: dict[Action, Operation] = {
    "add": added,
    "update": updated,
    "remove": removed,
    "merge": merged,
    "reinforce": reinforced,
    "weaken": weakened,
}


def operate(asked: Asked, book: Book, actor: Actor) -> tuple[Item, ...]:
    """Do one operation; -> the rules that it makes or changes, as they shall stand.

    Raises `InvalidInput`, first of all where the actor's words rest on low trust: untrusted text never becomes a rule,
    and never changes one.
    """
    if actor.trust == "low":
        raise InvalidInput(
            "untrusted text never becomes a rule", cause="it rests on what tools or pages said", remedy="ask a person"
        )
    return OPERATIONS[asked.action](asked, book, actor)


def _again(known: Item, told: Told, actor: Actor) -> Item:
    """What becomes of a rule that is said once more."""
    was = known.payload
    if not isinstance(was, Rule):
        raise InvalidInput("no rule", cause=f"{known.id} was read without it", remedy="read it whole")
    if actor.by == "teacher":
        if was.state == "active":
            raise _unchanged(was)
        if was.state != "retired" or was.history[-1:] == () or was.history[-1].by != "teacher":
            raise InvalidInput(
                f"the rule is {was.state}", cause=was.reason or "somebody decided so", remedy="a person may restore it"
            )
        return restored(known, now=actor.now, by=actor.by, reason="said again")
    rule = msgspec.structs.replace(_reworded(was, told, actor), rule=was.rule, origin="person")
    back = known if was.state == "active" else restored(known, now=actor.now, by=actor.by, reason="said again")
    now = back.payload
    if isinstance(now, Rule):
        rule = msgspec.structs.replace(rule, state="active", reason="", history=now.history)
        if (rule, actor.trust) == (now, back.trust):
            return back
    endorsed = changed(back, rule, "update", now=actor.now, by=actor.by, reason="said by a person, too")
    return msgspec.structs.replace(endorsed, trust=actor.trust)


def _reworded(was: Rule, told: Told, actor: Actor) -> Rule:
    return msgspec.structs.replace(
        was,
        rule=told.text,
        rule_type=told.rule_type or was.rule_type,
        confidence=was.confidence if told.confidence is None else told.confidence,
        origin=actor.by,
    )


def _new(rule: Rule, operation: Literal["add", "update", "merge"], actor: Actor, *, trust: Trust,
         olds: Sequence[Item] = ()) -> Item:  # fmt: skip
    like = actor.like or (olds[0] if olds else None)
    item = Item(
        id=actor.new_id(),
        kind="rule",
        text=rule.rule,
        payload=olds[0].payload if len(olds) == 1 else rule,
        key=key_of(rule.rule),
        author="" if like is None else like.author,
        session="" if like is None else like.session,
        domain="" if like is None else like.domain,
        language="" if like is None else like.language,
        tags=() if like is None else like.tags,
        metadata={} if like is None else like.metadata,
        source="" if like is None else like.source,
        trust=trust,
        derived_from=(*(() if like is None or like in olds else like.derived_from), *_sources(olds)),
        created_at=actor.now,
    )
    return changed(item, rule, operation, now=actor.now, by=actor.by, reason=_of({old.id: old for old in olds}))


def _of(olds: dict[str, Item]) -> str:
    return f"of {', '.join(olds)}" if olds else ""


def _sources(olds: Iterable[Item], without: str = "") -> tuple[str, ...]:
    """Forgetting what a rule was made from forgets the rule."""
    named = [one for old in olds for one in (*old.derived_from, old.id)]
    return tuple(one for one in dict.fromkeys(named) if one != without)


def _trusted(olds: Sequence[Item], actor: Actor) -> Trust:
    """A person vouches for what he says now; anybody else's word is worth no more than what it stands on."""
    return actor.trust if actor.by == "person" else lowest([actor.trust, *(old.trust for old in olds)])


def _one(meaning: Sequence[str], book: Book, actor: Actor) -> tuple[Item, Rule]:
    named = [text for text in meaning if text]
    if not named:
        raise _unnamed()
    if len(named) > 1:
        raise InvalidInput("one rule at a time", cause=f"{len(named)} are named", remedy="merge them, or name one")
    return _active(named[0], book, actor)


def _active(text: str, book: Book, actor: Actor) -> tuple[Item, Rule]:
    """The active rule that a text means, if the actor may change it."""
    item = book.find(text)
    rule = item.payload
    if not isinstance(rule, Rule) or rule.state != "active":
        state = rule.state if isinstance(rule, Rule) else "unknown"
        raise InvalidInput(f"the rule is {state}", cause=f"{item.id} is not active", remedy="a person may restore it")
    _no_core(actor, rule.rule_type)
    return item, rule


def _no_core(actor: Actor, kind: RuleType | None) -> None:
    if kind == "CORE_RULE" and actor.by != "person":
        raise InvalidInput("a CORE_RULE is changed by people only", cause=f"a {actor.by} asks", remedy="ask a person")


def _unnamed() -> InvalidInput:
    return InvalidInput(
        "no rule is named", cause="old_insight_to_replace is empty", remedy="quote the rule that is meant, or its id"
    )


def _unchanged(was: Rule) -> Conflict:
    return Conflict("the rule is known", cause=f"it stands with {was.confidence:.2f}", remedy="reinforce it")
