"""Rollouts of the Codex command line: `~/.codex/sessions/<year>/<month>/<day>/rollout-*.jsonl`.

Floor 2. Below: turns, values. Above: the importing verb.

Each line is `{timestamp, type, payload}`; what was said and called are payloads of type `response_item`, repeated for
the screen as `event_msg`. Older files have the items without the wrapper, after a first line `{id, timestamp, ...}`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tacit.errors import InvalidInput
from tacit.logic.text import loads
from tacit.logic.transcripts.records import Entry, Tally, Turn
from tacit.logic.transcripts.turns import Turns
from tacit.logic.transcripts.values import arguments, command, joined, obj, text, time
from tacit.types import Step, StepResult

__all__ = ["is_codex", "turns"]

WRAPPERS = frozenset({"session_meta", "response_item", "event_msg", "turn_context", "compacted"})
ITEMS = frozenset(
    {
        "message", "reasoning", "local_shell_call", "function_call", "function_call_output", "custom_tool_call",
        "custom_tool_call_output", "web_search_call",
    }
)  # fmt: skip
OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output"})
CALLS = frozenset({"function_call", "custom_tool_call", "local_shell_call", "web_search_call"})
NOT_ASKED = (
    "<environment_context>", "<user_instructions>", "<permissions instructions>", "<turn_aborted>", "<INSTRUCTIONS>",
    "# AGENTS.md instructions", "<user_shell_command>", "<skill>", "<subagent_notification>",
)  # fmt: skip
"""How messages begin that the program, not the person, put in the person's place."""
EXIT = re.compile(r"(?:Exit code|Process exited with code):? (-?\d{1,10})\b")
HEAD = 400
"""Characters in which a shell's answer says how it ended."""


def is_codex(value: object) -> bool:
    """Whether a value looks like a line of one."""
    found = obj(value)
    if text(found.get("type")) in WRAPPERS:
        return isinstance(found.get("payload"), dict)
    if text(found.get("type")) in ITEMS:
        return "call_id" in found or "content" in found or "summary" in found or "action" in found
    return "record_type" in found or {"id", "timestamp", "instructions"} <= found.keys()


def turns(
    entries: Iterable[Entry], tally: Tally, *, state: dict[str, str] | None = None, sidechains: bool = False
) -> Iterator[Turn]:
    """Turns of one session; `state` is what an earlier reading had learned from the lines before the offset."""
    del sidechains  # a sub-agent has a file of its own
    found = Turns()
    found.state.update(state or {})
    for entry in entries:
        line = obj(entry.value)
        kind = text(line.get("type"))
        at = time(line.get("timestamp"))
        if kind == "response_item":
            item = obj(line.get("payload"))
        elif kind in ITEMS:
            item = line
        else:
            tally.unknown += not is_codex(line)
            _learn(found.state, obj(line.get("payload")) if kind in WRAPPERS else line, kind)
            continue
        yield from _item(found, item, at, entry.start)
    yield from found.close()


def _learn(state: dict[str, str], payload: dict[str, Any], kind: str) -> None:
    """The session from the first line, the model from each turn's."""
    if kind in ("session_meta", "") and payload.get("id"):
        state["session"] = text(payload["id"])
    for name in ("cwd", "model"):
        if text(payload.get(name)):
            state[name] = payload[name]


def _item(found: Turns, item: dict[str, Any], at: int | None, start: int) -> Iterator[Turn]:
    kind = text(item.get("type"))
    if kind == "message":
        yield from _message(found, item, at, start)
    elif kind in CALLS:
        found.called("main", text(item.get("call_id")) or text(item.get("id")), _step(item), at)
    elif kind in OUTPUTS:
        observation, result = _output(item.get("output"))
        found.returned(text(item.get("call_id")), observation, result, at)


def _message(found: Turns, item: dict[str, Any], at: int | None, start: int) -> Iterator[Turn]:
    words = joined(item.get("content"))
    if item.get("role") == "assistant":
        found.answered("main", words, at, agent=found.state.get("model", ""))
    if item.get("role") != "user" or not words.strip() or words.lstrip().startswith(NOT_ASKED):
        return
    session = found.state.get("session", "")
    folder = found.state.get("cwd")
    yield from found.asked(
        "main",
        f"{session}/{start}",
        words.strip(),
        start=start,
        at=at,
        session=session,
        agent=found.state.get("model", ""),
        metadata={"cwd": folder} if folder else {},
    )


def _step(item: dict[str, Any]) -> Step:
    kind = text(item.get("type"))
    if kind == "local_shell_call":
        return Step(tool="shell", arguments=command(obj(item.get("action")).get("command")))
    if kind == "web_search_call":
        return Step(tool="web_search", arguments=text(obj(item.get("action")).get("query")))
    given = item.get("arguments") if kind == "function_call" else item.get("input")
    return Step(tool=text(item.get("name")) or "unknown", arguments=arguments(_json(given)))


def _output(output: object) -> tuple[str, StepResult]:
    """(what the tool answered, how it ended), from a text, a text that is JSON, or an object."""
    found = _json(output)
    if isinstance(found, dict):
        words = text(found.get("output")) or joined(found.get("content")) or text(output)
        ended = obj(found.get("metadata")).get("exit_code")
        if isinstance(ended, int):
            return words, "success" if ended == 0 else "error"
        if isinstance(found.get("success"), bool):
            return words, "success" if found["success"] else "error"
        return words, "unknown"
    words = joined(output)
    told = EXIT.search(words[:HEAD])
    if told is None:
        return words, "unknown"
    return words, "success" if told.group(1) == "0" else "error"


def _json(value: object) -> object:
    """A text that holds a JSON object, as that object; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        return loads(value)
    except InvalidInput:
        return value
