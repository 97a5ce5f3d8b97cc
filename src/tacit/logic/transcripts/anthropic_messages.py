"""Message logs of Anthropic's messages API.

Floor 2. Below: messages. Above: the importing verb. System prompts are left out: they are no
experience.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from tacit.logic.transcripts.messages import conversation, read
from tacit.logic.transcripts.records import Entry, Tally, Turn
from tacit.logic.transcripts.turns import Turns
from tacit.logic.transcripts.values import arguments, joined, obj, text
from tacit.types import Step, StepResult

__all__ = ["is_anthropic", "turns"]

BLOCKS = frozenset({"tool_use", "tool_result", "thinking", "server_tool_use"})


def is_anthropic(value: object) -> bool:
    """Whether a value has messages, and these have blocks or a request round them that only this API has."""
    messages = conversation(value)
    if not messages:
        return False
    found = obj(value)
    around = [found, obj(found.get("request") or found.get("body"))]
    if any("system" in one or text(one.get("model")).startswith("claude") for one in around):
        return not any("tool_calls" in message for message in messages)
    blocks = (block for message in messages for block in _blocks(message))
    return any(text(block.get("type")) in BLOCKS for block in blocks)


def turns(
    entries: Iterable[Entry], tally: Tally, *, state: dict[str, str] | None = None, sidechains: bool = False
) -> Iterator[Turn]:
    """Turns of all conversations."""
    del state, sidechains
    return read(entries, tally, _tell)


def _tell(found: Turns, message: dict[str, Any], at: int | None) -> str:
    words = joined(message.get("content"))
    if message["role"] == "assistant":
        found.answered("main", words, at, agent=text(message.get("model")))
        for block in _blocks(message):
            if block.get("type") == "tool_use":
                step = Step(tool=text(block.get("name")) or "unknown", arguments=arguments(block.get("input")))
                found.called("main", text(block.get("id")), step, at)
        return ""
    if message["role"] != "user":
        return ""
    results = [block for block in _blocks(message) if block.get("type") == "tool_result"]
    for block in results:
        result: StepResult = "error" if block.get("is_error") is True else "success"
        found.returned(text(block.get("tool_use_id")), joined(block.get("content")), result, at)
    return "" if results else words


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content")
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
