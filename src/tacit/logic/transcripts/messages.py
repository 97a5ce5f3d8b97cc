"""Message logs of chat APIs: lists of messages, alone or in logged requests -> turns.

Floor 2. Below: turns, values. Above: openai_messages and anthropic_messages say how their messages are read.

A logged request repeats the whole conversation before it. So the last few conversations wait, and one that goes on
where another ended takes its place: each turn comes out once, whole.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Any

import msgspec

from tacit.logic.transcripts.records import Entry, Tally, Turn
from tacit.logic.transcripts.turns import Turns
from tacit.logic.transcripts.values import obj, text, time

__all__ = ["Tell", "conversation", "read"]

WAITING = 16
"""Conversations that may be logged interleaved."""
NAMES = ("conversation_id", "session_id", "thread_id", "chat_id")
Tell = Callable[[Turns, dict[str, Any], int | None], str]
"""Tells a message that is not a question to the turns; -> the question, where it is one."""


class _Waiting(msgspec.Struct):
    """One conversation, as far as it has been seen."""

    start: int
    end: int
    messages: list[dict[str, Any]]
    session: str
    at: int | None
    model: str


def conversation(value: object) -> list[dict[str, Any]] | None:
    """The messages of a list, a request, or a logged request with its response; None if there are none."""
    if isinstance(value, list):
        messages: object = value
    else:
        found = obj(value)
        messages = found.get("messages") or obj(found.get("request") or found.get("body")).get("messages")
    if not isinstance(messages, list):
        return None
    said = [one for one in messages if isinstance(one, dict) and isinstance(one.get("role"), str)]
    return said + _replies(obj(value)) if said else None


def _replies(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer that was logged with a request, of either vendor."""
    response = obj(value.get("response") or value.get("completion"))
    choices = response.get("choices") or value.get("choices")
    if isinstance(choices, list) and choices:
        message = obj(obj(choices[0]).get("message"))
        return [message] if message.get("role") == "assistant" else []
    if response.get("role") == "assistant" and "content" in response:
        return [response]
    return []


def read(entries: Iterable[Entry], tally: Tally, tell: Tell) -> Iterator[Turn]:
    """Turns of all conversations, in the order in which these end."""
    waiting: dict[str, _Waiting] = {}
    for entry in entries:
        messages = conversation(entry.value)
        if messages is None:
            tally.unknown += 1
            continue
        name = _digest(messages[:2])
        known = waiting.pop(name, None)
        now = _waiting(entry, messages)
        if known is not None:
            shorter, longer = sorted((known, now), key=lambda one: len(one.messages))
            if longer.messages[: len(shorter.messages)] == shorter.messages:
                tally.duplicates += 1
                now = msgspec.structs.replace(longer, start=known.start, end=now.end)
            else:
                yield from _turns(known, tell, _oldest(waiting, now.start))
        waiting[name] = now
        if len(waiting) > WAITING:
            done = waiting.pop(next(iter(waiting)))
            yield from _turns(done, tell, _oldest(waiting, done.end))
    for name in list(waiting):
        done = waiting.pop(name)
        yield from _turns(done, tell, _oldest(waiting, done.start), last=True)


def _oldest(waiting: dict[str, _Waiting], otherwise: int) -> int:
    return min((one.start for one in waiting.values()), default=otherwise)


def _waiting(entry: Entry, messages: list[dict[str, Any]]) -> _Waiting:
    value = obj(entry.value)
    request = obj(value.get("request") or value.get("body"))
    named = [text(source.get(name)) for name in NAMES for source in (value, request, obj(value.get("metadata")))]
    return _Waiting(
        start=entry.start,
        end=entry.end,
        messages=messages,
        session=next(filter(None, named), ""),
        at=time(value.get("timestamp") or value.get("created_at") or value.get("created")),
        model=text(value.get("model")) or text(request.get("model")),
    )


def _turns(done: _Waiting, tell: Tell, resume: int, *, last: bool = False) -> Iterator[Turn]:
    """A turn's id is the digest of the conversation up to its question: the same however the log continues."""
    found = Turns()
    digest = blake2b(done.session.encode("utf-8", "surrogatepass"), digest_size=16)
    session = done.session or _digest(done.messages[:2])
    ready: list[Turn] = []
    for message in done.messages:
        digest.update(repr((message.get("role"), message.get("content"))).encode("utf-8", "surrogatepass"))
        at = time(message.get("timestamp") or message.get("created_at")) or done.at
        question = tell(found, message, at)
        if question.strip():
            about = {"session": session, "agent": done.model}
            ready += found.asked("main", digest.hexdigest(), question.strip(), start=0, at=at, **about)
    for turn in [*ready, *found.close()]:
        yield msgspec.structs.replace(turn, resume=resume, open=last and turn.open)


def _digest(messages: list[dict[str, Any]]) -> str:
    said = [(one.get("role"), one.get("content")) for one in messages]
    return blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
