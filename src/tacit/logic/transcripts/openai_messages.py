"""Message logs of OpenAI's chat completions, and of everything that speaks them.

Floor 2. Below: messages. Above: the importing verb. System prompts are left out: they are no
experience.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from tacit.logic.transcripts.messages import conversation, read
from tacit.logic.transcripts.records import Entry, Tally, Turn
from tacit.logic.transcripts.turns import Turns
from tacit.logic.transcripts.values import arguments, joined, obj, text
from tacit.types import Step

__all__ = ["is_openai", "turns"]


def is_openai(value: object) -> bool:
    """Whether a value has messages that this reads."""
    return bool(conversation(value))


def turns(
    entries: Iterable[Entry], tally: Tally, *, state: dict[str, str] | None = None, sidechains: bool = False
) -> Iterator[Turn]:
    """Turns of all conversations."""
    del state, sidechains
    return read(entries, tally, _tell)


def _tell(found: Turns, message: dict[str, Any], at: int | None) -> str:
    role = message["role"]
    words = joined(message.get("content"))
    if role == "user":
        return words
    if role == "assistant":
        found.answered("main", words, at, agent=text(message.get("model")))
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else []:
            _called(found, text(obj(call).get("id")), obj(obj(call).get("function")), at)
        if isinstance(message.get("function_call"), dict):
            _called(found, text(message["function_call"].get("name")), message["function_call"], at)
    elif role in ("tool", "function"):
        found.returned(text(message.get("tool_call_id")) or text(message.get("name")), words, "unknown", at)
    return ""


def _called(found: Turns, call: str, function: dict[str, Any], at: int | None) -> None:
    step = Step(tool=text(function.get("name")) or "unknown", arguments=arguments(function.get("arguments")))
    found.called("main", call, step, at)
