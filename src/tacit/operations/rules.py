"""Rules: add, change as a teacher asks, remove, restore, list, import.

Floor 4. Below: the store, logic.rules. Above: memory.

A call is one transaction. What two writers do at the same time is done again by the slower one, on what the faster one
left. Rules that were removed, merged or replaced stay, retired: `restore` brings them back.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, Unpack, get_args

from tacit.changes import Change, Enqueue, Put
from tacit.errors import Conflict, InvalidInput, NotFound, StorageError, TooLarge
from tacit.logic.about import About, described, listed, whole
from tacit.logic.limits import LABEL
from tacit.logic.pages import every
from tacit.logic.rules.changing import restored
from tacit.logic.rules.operations import Actor, Book, meant, operate, wording
from tacit.logic.rules.reading import Asked, Reading, Unread, read, read_list
from tacit.logic.rules.text import RULE_BYTES, RULE_TYPES, RuleState, checked_confidence, checked_type, rendered
from tacit.logic.text import checked
from tacit.ports import Scope
from tacit.types import Filter, Item, Rule, RuleChange, RuleType, Trust, Value

__all__ = [
    "Applied",
    "Report",
    "RuleState",
    "add",
    "apply",
    "history",
    "import_file",
    "remove",
    "restore",
    "rules",
]

By = Literal["person", "teacher"]

PAGE = 500
RETRIES = 20
"""Of a read-modify-write that another process overtook."""
FILE_BYTES = 10_000_000
"""Of a file of rules."""


class Applied(Value, frozen=True, kw_only=True):
    """What became of one operation."""

    number: int
    """Its place in the reply, from 1."""
    action: str = ""
    """Empty where it could not be read."""
    status: Literal["applied", "refused", "unread"]
    reason: str = ""
    """Why it was not applied."""
    rules: tuple[str, ...] = ()
    """Ids of the rules that it made or changed, the one that it is about first."""
    text: str = ""
    """That one as it stands now, `[TYPE|confidence] text`."""


class Report(Value, frozen=True, kw_only=True):
    """What became of a reply, or of a file of rules."""

    operations: tuple[Applied, ...] = ()
    reason: str = ""
    """Why nothing was read at all."""
    dry_run: bool = False

    @property
    def applied(self) -> int:
        """How many operations were."""
        return sum(one.status == "applied" for one in self.operations)


def add(
    scope: Scope,
    text: str,
    *,
    rule_type: RuleType | None = None,
    confidence: float | None = None,
    by: By = "person",
    **about: Unpack[About],
) -> Item:
    """Add a rule, with or without its head `[TYPE|confidence]`; the arguments win over the head.

    The same text again (but for case, blanks, quotes and the final stop) is the same rule: a person's word changes its
    type and confidence, and brings it back where it was retired. Of a person the trust is high unless `about` says
    less, of a teacher medium at most. Raises `InvalidInput`, `TooLarge`, and `Conflict` where a teacher adds what is
    known.
    """
    kind = None if rule_type is None else checked_type(rule_type)
    sure = None if confidence is None else checked_confidence(confidence)
    actor = _actor(scope, by, about)
    told = wording(text, actor)
    kind = kind or told.rule_type or "GENERAL_LEARNING"
    sure = told.confidence if sure is None else sure
    head = f"[{kind}]" if sure is None else f"[{kind}|{sure:.2f}]"
    asked = Asked(number=1, action="add", insight=f"{head} {told.text}")
    applied = _done(scope, Reading(found=(asked,)), actor, strict=True)
    return scope.store.read(scope.namespace, applied.operations[0].rules[:1])[0]


def apply(
    scope: Scope,
    reply: str | Sequence[Mapping[str, Any]],
    *,
    by: By = "teacher",
    dry_run: bool = False,
    **about: Unpack[About],
) -> Report:
    """Do what the reply of a teacher asks for: JSON or XML, or a list of `{action, insight, old_insight_to_replace}`.

    `trust` (in `about`) is that of what the reply rests on: where tools or pages had a say in it, it is low, and every
    operation is refused. An operation that cannot be read, or may not be done, is reported and changes nothing; the
    others are done, in their order, in one transaction. Raises `InvalidInput` for what is neither a text nor a list.
    """
    return _done(scope, _read(reply), _actor(scope, by, about), dry_run=dry_run)


def remove(scope: Scope, *meaning: str, by: By = "person") -> list[Item]:
    """Retire rules, by their ids or texts; -> as they stand now. All or none. Raises `NotFound`, `InvalidInput`."""
    named = tuple(checked(one, "the rule", RULE_BYTES) for one in meaning)
    asked = Asked(number=1, action="remove", old=named)
    report = _done(scope, Reading(found=(asked,)), _actor(scope, by, About()), strict=True)
    return scope.store.read(scope.namespace, report.operations[0].rules)


def restore(scope: Scope, id: str, *, by: Literal["person"] = "person", reason: str = "") -> Item:
    """Bring a retired or quarantined rule back; people only. It is not retired again by itself. Raises `NotFound`."""
    if by != "person":
        raise InvalidInput("rules are restored by people only", cause=f"a {by} asks", remedy="ask a person")
    reason = checked(reason, "reason", LABEL)
    for _ in range(RETRIES):
        item = _rule(scope, id)
        if isinstance(item.payload, Rule) and item.payload.state == "active":
            return item
        back = restored(item, now=scope.clock(), by=by, reason=reason)
        try:
            return scope.store.write(scope.namespace, [Put(item=back, on_conflict="replace")]).items[0]
        except Conflict:
            continue
    raise _overtaken()


def rules(
    scope: Scope, *, states: Sequence[RuleState] = ("active",), types: Sequence[RuleType] = (), limit: int | None = None
) -> list[Item]:
    """Rules in these states (none named: all) and of these types, the surest first, then the oldest.

    Raises `InvalidInput`.
    """
    wanted, among = listed(types, "type", RULE_TYPES), listed(states, "state", get_args(RuleState))
    most = None if limit is None else whole(limit, "limit")
    some = Filter(kinds=("rule",), types=wanted)
    found = [item for item in every(scope.store, scope.namespace, some) if _in(item, among)]
    found.sort(key=lambda item: (-_sure(item), item.sequence))
    return found[:most]


def history(scope: Scope, id: str) -> tuple[RuleChange, ...]:
    """The latest fifty changes of a rule, oldest first. Raises `NotFound`."""
    payload = _rule(scope, id).payload
    return payload.history if isinstance(payload, Rule) else ()


def import_file(scope: Scope, path: str | Path, *, by: By = "person", dry_run: bool = False) -> Report:
    """Add the rules of a file, separated by `---` lines, each with or without its head.

    What is there already is passed over, so that reading a file twice changes nothing; what cannot be a rule is
    reported. Raises `NotFound`, `InvalidInput`, `TooLarge`, `StorageError`.
    """
    if not isinstance(path, str | Path):
        raise InvalidInput("the path cannot be used", cause=f"it is a {type(path).__name__}", remedy="pass a path")
    parts = groupby(_lines(Path(path)), key=lambda line: line == "---")
    texts = ["\n".join(lines) for separating, lines in parts if not separating]
    asked = [Asked(number=number, action="add", insight=text) for number, text in enumerate(texts, 1) if text.strip()]
    if not asked:
        raise InvalidInput("the file has no rules", cause="it is empty", remedy="separate rules by lines of ---")
    return _done(scope, Reading(found=tuple(asked)), _actor(scope, by, About()), dry_run=dry_run)


def _done(scope: Scope, reading: Reading, actor: Actor, *, dry_run: bool = False, strict: bool = False) -> Report:
    """Do the operations in one transaction; `strict`: let the refusal of one be an error."""
    for _ in range(RETRIES):
        book = _book(scope, [one for one in reading.found if isinstance(one, Asked)])
        before = dict(book.items)
        done = tuple(_one(one, book, actor, strict=strict) for one in reading.found)
        changes: list[Change] = [
            Put(item=item, on_conflict="replace" if item.id in before else "error")
            for item in book.items.values()
            if item is not before.get(item.id)
        ]
        report = Report(operations=done, reason=reading.reason, dry_run=dry_run)
        if not changes or dry_run:
            return report
        try:
            scope.store.write(scope.namespace, [*changes, Enqueue(stage="embed", key=scope.new_id())])
        except Conflict:
            continue
        return report
    raise _overtaken()


def _one(asked: Asked | Unread, book: Book, actor: Actor, *, strict: bool) -> Applied:
    if isinstance(asked, Unread):
        return Applied(number=asked.number, status="unread", reason=asked.reason)
    try:
        items = operate(asked, book, actor)
    except InvalidInput as error:
        if strict:
            raise
        reason = f"{error.what}: {error.cause}"
        return Applied(number=asked.number, action=asked.action, status="refused", reason=reason)
    book.enter(items)
    first = items[0].payload
    text = rendered(first) if isinstance(first, Rule) else ""
    ids = tuple(item.id for item in items)
    return Applied(number=asked.number, action=asked.action, status="applied", rules=ids, text=text)


def _book(scope: Scope, asked: Sequence[Asked]) -> Book:
    """The rules that operations mean, by id or by text."""
    texts = {text for one in asked for text in (one.insight, *one.old) if text}
    keys = sorted({key for text in texts if (key := _key(text))})
    book = Book()
    for start in range(0, len(keys), PAGE):
        some = Filter(kinds=("rule",), keys=tuple(keys[start : start + PAGE]), current=True)
        book.enter(every(scope.store, scope.namespace, some))
    ids = [text for text in texts if len(text) <= LABEL and " " not in text]
    book.enter(item for item in scope.store.read(scope.namespace, ids) if item.kind == "rule")
    return book


def _key(text: str) -> str | None:
    """None for what cannot be a rule: the operation itself will say why."""
    try:
        return meant(text)
    except InvalidInput:
        return None


def _read(reply: object) -> Reading:
    if isinstance(reply, str):
        return read(reply)
    if isinstance(reply, Sequence) and not isinstance(reply, bytes | bytearray):
        return read_list(list(reply))
    raise InvalidInput(
        "the reply is no text",
        cause=f"it is of type {type(reply).__name__}",
        remedy="pass a text, or a list of objects",
    )


def _actor(scope: Scope, by: By, about: About) -> Actor:
    if by not in ("person", "teacher"):
        raise InvalidInput("unknown author of rules", cause=ascii(by)[:80], remedy="use person or teacher")
    fields = described(about, now=scope.clock(), source=scope.source)
    fields.pop("key", None)  # a rule's key is its text
    trust: Trust = fields.pop("trust", "high" if by == "person" else "medium")
    like = Item(id="", kind="rule", text="", **fields)
    return Actor(by=by, trust=trust, now=like.created_at, new_id=scope.new_id, like=like)


def _lines(path: Path) -> list[str]:
    """Lines of a file of text, trimmed at their ends, so that a separator is `---` alone."""
    try:
        if not path.is_file():
            raise NotFound(
                f"no file {ascii(str(path))[:200]}", cause="nothing is at this path", remedy="check the path"
            )
        if path.stat().st_size > FILE_BYTES:
            raise TooLarge(f"{path.name} is too large", cause=f"over {FILE_BYTES} bytes", remedy="split it")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} is no text", cause=str(error)[:200], remedy="write it in UTF-8") from error
    except ValueError as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput("the path cannot be used", cause=str(error)[:200], remedy="pass a path") from error
    except OSError as error:
        raise StorageError(f"cannot read {path.name}", cause=str(error), remedy="look at its rights") from error
    return [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]


def _rule(scope: Scope, id: str) -> Item:
    found = scope.store.read(scope.namespace, [checked(id, "id", LABEL)])
    if not found or found[0].kind != "rule":
        raise NotFound(
            f"no rule {ascii(id)[:80]}", cause="this namespace has none with that id", remedy="list the rules"
        )
    return found[0]


def _in(item: Item, states: Sequence[str]) -> bool:
    return isinstance(item.payload, Rule) and (not states or item.payload.state in states)


def _sure(item: Item) -> float:
    return item.payload.confidence if isinstance(item.payload, Rule) else 0.0


def _overtaken() -> Conflict:
    return Conflict(
        "could not write the rules", cause=f"other writers changed them {RETRIES} times in a row", remedy="try again"
    )
