"""Record: everything but episodes, each as one item in one transaction with its embedding job.

Floor 4. Below: the store, logic.about (checks), logic.redaction. Above: memory.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, Literal, Unpack, cast

import msgspec

from tacit.changes import Change, Enqueue, OnConflict, Put
from tacit.errors import Conflict, InvalidInput, NotFound
from tacit.logic.about import About, described
from tacit.logic.limits import DESCRIPTION, LABEL, TEXT, VALUE_BYTES
from tacit.logic.passages import short
from tacit.logic.recalled import without_recalled
from tacit.logic.redaction import redact
from tacit.logic.text import checked, checked_json
from tacit.logic.trust import vouched
from tacit.ports import Scope
from tacit.types import (
    Conversation,
    Decision,
    Fact,
    Filter,
    Interaction,
    Item,
    Kind,
    LearningEvent,
    Message,
    Payload,
    Preference,
    Project,
    Solution,
)

__all__ = [
    "conversation",
    "decision",
    "decision_outcome",
    "fact",
    "interaction",
    "learning_event",
    "message",
    "messages",
    "preference",
    "preference_value",
    "project",
    "solution",
    "solution_outcome",
]

CONTEXT = 2
"""Utterances before a message that it is found by; one costs 2 points of R@10 on LoCoMo, four are no better."""
ROLES = frozenset({"user", "assistant", "system", "tool"})
"""Authors that are no names: naming them in the text would help nobody to find it."""
RETRIES = 20
"""Of a read-modify-write that another process overtook; each retry means that somebody else got through."""


def message(scope: Scope, text: str, *, role: str = "", **about: Unpack[About]) -> Item:
    """Record one utterance; within a session it is found by the words said just before it, too.

    A named author's name becomes part of the text (`Ada: ...`)."""
    return messages(scope, [(text, role, about)])[0]


def messages(scope: Scope, said: Iterable[tuple[str, str, About]]) -> list[Item]:
    """Record utterances (text, role, about) in their order, in one transaction."""
    items = [_message(scope, text, role, about) for text, role, about in said]
    before: dict[str, list[str]] = {}
    linked = []
    for item in items:
        if item.session and item.session not in before:
            before[item.session] = _said_before(scope, item.session)
        linked.append(_in_context(item, before.get(item.session, [])))
        before.setdefault(item.session, []).append(item.text)
    return _put(scope, [Put(item=item, on_conflict=_conflict(item)) for item in linked])


def interaction(scope: Scope, question: str, answer: str = "", takeaway: str = "", **about: Unpack[About]) -> Item:
    """Record one exchange. The text that is searched names its parts (`Q: .. A: .. Takeaway: ..`)."""
    payload = Interaction(
        question=_said(question, "question"),
        answer=_said(answer, "answer", empty=True),
        takeaway=_said(takeaway, "takeaway", empty=True),
    )
    parts = [f"Q: {payload.question}"]
    if payload.answer:
        parts.append(f"A: {payload.answer}")
    if payload.takeaway:
        parts.append(f"Takeaway: {payload.takeaway}")
    item = _item(scope, payload, "\n".join(parts), "", about)
    if item.session:
        item = _in_context(item, _said_before(scope, item.session))
    return _put(scope, [Put(item=item, on_conflict=_conflict(item))])[0]


def fact(scope: Scope, statement: str, **about: Unpack[About]) -> Item:
    """Record a statement. With a key, it supersedes the current fact of that key from its valid_from on.

    One that ended (`valid_to`) before the current one began is history: the current one goes on holding."""
    text = _said(statement, "statement")
    item = _item(scope, Fact(statement=text), text, "", about)
    if item.key and item.valid_from is None and (item.valid_to is None or item.valid_to > item.created_at):
        item = msgspec.structs.replace(item, valid_from=item.created_at)
    if item.key and item.valid_to is not None:
        item = msgspec.structs.replace(item, superseded_by=_holding_after(scope, item.key, item.valid_to))
    return _put(scope, [Put(item=item, on_conflict="supersede" if item.key else "error")])[0]


def preference(scope: Scope, key: str, /, value: Any, category: str = "general", **about: Unpack[About]) -> Item:
    """Set a preference: key -> any JSON value. A second call with the same key replaces the value."""
    key = checked(key, "key", LABEL)
    value = _redacted_json(checked_json(value, "value", VALUE_BYTES))
    payload = Preference(key=key, value=value, category=checked(category, "category", LABEL))
    shown = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return _replace(scope, payload, f"{key}: {shown}"[:TEXT], payload.category, _keyed(about, key))


def preference_value(scope: Scope, key: str, default: Any = None) -> Any:
    """The value of a preference, or the default."""
    key = checked(key, "key", LABEL)
    known = scope.store.select(scope.namespace, Filter(kinds=("preference",), keys=(key,), current=True), limit=1)
    return cast("Preference", known[0].payload).value if known else default


def project(scope: Scope, name: str, *, details: Project | None = None, **about: Unpack[About]) -> Item:
    """Record a project, or replace what was known of it; `details` carries the fields beyond the name."""
    name = checked(name, "name", LABEL)
    given = details or Project(name=name)
    payload = Project(
        name=name,
        path=checked(given.path, "path", DESCRIPTION),
        description=_said(given.description, "description", empty=True),
        tech_stack=tuple(checked(part, "tech_stack", LABEL) for part in given.tech_stack),
        status=checked(given.status, "status", LABEL),
    )
    text = " ".join(filter(None, [f"Project {name}.", payload.description, ", ".join(payload.tech_stack)]))
    return _replace(scope, payload, text, payload.status, _keyed(about, name))


def conversation(
    scope: Scope, summary: str, *, key_decisions: Sequence[str] = (), user_feedback: str = "", **about: Unpack[About]
) -> Item:
    """Record the summary of a conversation."""
    payload = Conversation(
        summary=_said(summary, "summary"),
        key_decisions=_texts(key_decisions, "key_decisions"),
        user_feedback=_said(user_feedback, "user_feedback", empty=True),
    )
    text = "\n".join(filter(None, [payload.summary, *payload.key_decisions, payload.user_feedback]))
    item = _item(scope, payload, text, "", about)
    return _put(scope, [Put(item=item, on_conflict=_conflict(item))])[0]


def decision(scope: Scope, made: Decision, **about: Unpack[About]) -> Item:
    """Record a choice among options; its outcome comes later by `decision_outcome`."""
    payload = Decision(
        agent_type=checked(made.agent_type, "agent_type", LABEL),
        context=_said(made.context, "context"),
        options=_texts(made.options, "options"),
        chosen=_said(made.chosen, "chosen"),
        reasoning=_said(made.reasoning, "reasoning", empty=True),
        outcome=_said(made.outcome, "outcome", empty=True),
        reward=_reward(made.reward),
    )
    item = _item(scope, payload, _decision_text(payload), payload.agent_type, about)
    return _put(scope, [Put(item=item, on_conflict=_conflict(item))])[0]


def decision_outcome(scope: Scope, id: str, outcome: str, reward: float) -> Item:
    """Say how a decision turned out. Raises `NotFound` where this namespace has no such decision."""
    outcome = _said(outcome, "outcome")
    checked_reward = _reward(reward)

    def told(item: Item) -> Item:
        if not isinstance(item.payload, Decision):
            raise NotFound(f"no decision {id}", cause=f"it is of kind {item.kind}", remedy="pass the id of a decision")
        payload = msgspec.structs.replace(item.payload, outcome=outcome, reward=checked_reward)
        return msgspec.structs.replace(item, payload=payload, text=_decision_text(payload))

    return _rewrite(scope, id, told)


def learning_event(
    scope: Scope,
    event_type: Literal["success", "failure", "feedback"],
    task: str,
    *,
    outcome: str = "",
    reward: float = 0.0,
    **about: Unpack[About],
) -> Item:
    """Record a success, a failure or feedback with a reward in [-1, 1]."""
    if event_type not in ("success", "failure", "feedback"):
        raise InvalidInput(
            "unknown event_type", cause=f"{ascii(event_type)[:80]}", remedy="use success, failure or feedback"
        )
    payload = LearningEvent(
        event_type=event_type,
        task=_said(task, "task"),
        outcome=_said(outcome, "outcome", empty=True),
        reward=_reward(reward) or 0.0,
    )
    item = _item(scope, payload, " - ".join(filter(None, [payload.task, payload.outcome])), event_type, about)
    return _put(scope, [Put(item=item, on_conflict=_conflict(item))])[0]


def solution(
    scope: Scope,
    solution_type: Literal["error_fix", "feature", "optimization"],
    context: str,
    solved_by: str,
    **about: Unpack[About],
) -> Item:
    """Record what solved a problem. The same solution of the same problem adds to its count of successes."""
    if solution_type not in ("error_fix", "feature", "optimization"):
        raise InvalidInput(
            "unknown solution_type",
            cause=f"{ascii(solution_type)[:80]}",
            remedy="use error_fix, feature or optimization",
        )
    problem = _said(context, "context")
    cure = _said(solved_by, "solution")
    payload = Solution(solution_type=solution_type, context=problem, solution=cure)
    key = about.get("key") or _problem_key(solution_type, problem, cure)

    def counted(item: Item) -> Item:
        known = cast("Solution", item.payload)
        again = msgspec.structs.replace(known, successes=known.successes + 1)
        return msgspec.structs.replace(item, payload=again)

    for _ in range(RETRIES):
        known = scope.store.select(scope.namespace, Filter(kinds=("solution",), keys=(key,), current=True), limit=1)
        if known:
            return _rewrite(scope, known[0].id, counted)
        item = _item(scope, payload, f"{problem}\nSolution: {cure}", solution_type, _keyed(about, key))
        try:
            return _put(scope, [Put(item=item)])[0]
        except Conflict:
            continue
    raise _overtaken(key)


def solution_outcome(scope: Scope, id: str, *, worked: bool) -> Item:
    """Count one more success or failure of a solution."""

    def counted(item: Item) -> Item:
        known = item.payload
        if not isinstance(known, Solution):
            raise NotFound(f"no solution {id}", cause=f"it is of kind {item.kind}", remedy="pass the id of a solution")
        counts = {"successes": known.successes + 1} if worked else {"failures": known.failures + 1}
        return msgspec.structs.replace(item, payload=msgspec.structs.replace(known, **counts))

    return _rewrite(scope, id, counted)


def _message(scope: Scope, text: str, role: str, about: About) -> Item:
    said = _said(text, "text")
    payload = Message(role=checked(role, "role", LABEL))
    item = _item(scope, payload, said, payload.role, about)
    named = item.author and item.author.lower() not in ROLES
    return msgspec.structs.replace(item, text=f"{item.author}: {said}") if named else item


def _item(scope: Scope, payload: Payload, text: str, type: str, about: About) -> Item:
    fields = described(about, now=scope.clock(), source=scope.source)
    kind = cast("Kind", payload.__struct_config__.tag)
    return Item(id=scope.new_id(), kind=kind, text=text, payload=payload, type=type, **fields)


def _put(scope: Scope, puts: Sequence[Put]) -> list[Item]:
    changes: list[Change] = [msgspec.structs.replace(put, item=vouched(put.item)) for put in puts]
    if puts:
        changes.append(Enqueue(stage="embed", key=scope.new_id()))
    return list(scope.store.write(scope.namespace, changes).items)


def _keyed(about: About, key: str) -> About:
    keyed = about.copy()
    keyed["key"] = key
    return keyed


def _conflict(item: Item) -> OnConflict:
    """A key on something that happened means idempotence: recording it twice keeps the first."""
    return "ignore" if item.key else "error"


def _replace(scope: Scope, payload: Payload, text: str, type: str, about: About) -> Item:
    """Write under a key, over what is there, whoever else writes at the same time."""
    item = _item(scope, payload, text, type, about)
    for _ in range(RETRIES):
        known = scope.store.select(
            scope.namespace, Filter(kinds=(item.kind,), keys=(str(item.key),), current=True), limit=1
        )
        if known:
            item = msgspec.structs.replace(item, id=known[0].id, revision=known[0].revision)
        try:
            return _put(scope, [Put(item=item, on_conflict="replace" if known else "error")])[0]
        except Conflict:
            continue
    raise _overtaken(str(item.key))


def _rewrite(scope: Scope, id: str, change: Any) -> Item:
    """Read, change, write back; again where somebody was faster."""
    for _ in range(RETRIES):
        found = scope.store.read(scope.namespace, [id])
        if not found:
            raise NotFound(f"no item {id[:80]}", cause="this namespace has none with that id", remedy="list the items")
        try:
            return _put(scope, [Put(item=change(found[0]), on_conflict="replace")])[0]
        except Conflict:
            continue
    raise _overtaken(id)


def _overtaken(key: str) -> Conflict:
    return Conflict(
        f"could not write {key[:80]!r}", cause=f"other writers changed it {RETRIES} times in a row", remedy="try again"
    )


def _said_before(scope: Scope, session: str) -> list[str]:
    """The latest texts of a session, the latest last."""
    latest = scope.store.select(
        scope.namespace, Filter(kinds=("message", "interaction"), sessions=(session,)), limit=CONTEXT, newest_first=True
    )
    return [item.text for item in reversed(latest)]


def _in_context(item: Item, before: Sequence[str]) -> Item:
    """A short item is found by what was said just before it, too; long texts would drown it, or it them."""
    if not item.session or not short(item.text):
        return item
    return msgspec.structs.replace(item, context=tuple(text for text in before[-CONTEXT:] if short(text)))


def _said(text: str, field: str, *, empty: bool = False) -> str:
    """Checked, without what recall had put into it, redacted; an empty text only where it may be missing."""
    said = without_recalled(checked(text, field, TEXT))
    if not empty and not said.strip():
        raise InvalidInput(f"{field} is empty", cause="there is nothing to remember in it", remedy=f"pass a {field}")
    return redact(said)[0]


def _texts(values: Iterable[str], field: str) -> tuple[str, ...]:
    if isinstance(values, str):
        raise InvalidInput(f"{field} is not a list", cause="it is one text", remedy="pass a list of texts")
    return tuple(_said(value, field) for value in values)


def _redacted_json(value: Any) -> Any:
    if isinstance(value, str):
        return redact(without_recalled(value))[0]
    if isinstance(value, dict):
        return {key: _redacted_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted_json(inner) for inner in value]
    return value


def _holding_after(scope: Scope, key: str, ended: int) -> str | None:
    """Id of the current fact of this key, if it began at that time or later."""
    known = scope.store.select(scope.namespace, Filter(kinds=("fact",), keys=(key,), current=True), limit=1)
    holds = next((one for one in known if (one.valid_from or one.created_at) >= ended), None)
    return None if holds is None else holds.id


def _reward(reward: float | None) -> float | None:
    if reward is None:
        return None
    if isinstance(reward, bool) or not isinstance(reward, int | float) or not -1 <= reward <= 1:
        raise InvalidInput(
            "the reward is out of bounds", cause=f"{ascii(reward)[:80]}", remedy="pass a number in [-1, 1]"
        )
    return float(reward)


def _decision_text(made: Decision) -> str:
    parts = [made.context, f"Chosen: {made.chosen}", made.reasoning, made.outcome and f"Outcome: {made.outcome}"]
    return "\n".join(filter(None, parts))


def _problem_key(solution_type: str, problem: str, cure: str) -> str:
    """The same words in the same order, whatever the case and the blanks, are the same problem and cure."""
    words = [" ".join(part.casefold().split()) for part in (solution_type, problem, cure)]
    return blake2b(msgspec.json.encode(words), digest_size=16).hexdigest()
