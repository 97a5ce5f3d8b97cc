"""Transcripts of Claude Code: `~/.claude/projects/<project>/<session>.jsonl`.

Floor 2. Below: turns, values. Above: the importing verb.

Each line is an event `{type, uuid, parentUuid, sessionId, timestamp, cwd, isSidechain, message: {role, content}}`. A
person's message and a tool's result are both of type `user`; one answer of the model is spread over several lines.
Resumed sessions repeat lines, so that they are told apart by `uuid`. Lines of sub-agents have `isSidechain`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from tacit.logic.transcripts.records import Entry, Tally, Turn
from tacit.logic.transcripts.turns import Turns
from tacit.logic.transcripts.values import arguments, joined, obj, text, time, without_blocks
from tacit.types import Step, StepResult

__all__ = ["is_claude_code", "turns"]

SEEN = 100_000
"""Ids of lines that are remembered to find repetitions: some 15 MB. The keys of turns catch what is farther apart."""
TYPES = frozenset({"user", "assistant"})
OTHERS = frozenset({"summary", "system", "file-history-snapshot", "queue-operation", "turn_end", "progress"})
NOT_ASKED = (
    "<command-name>", "<command-message>", "<local-command-stdout>", "<local-command-stderr>", "<bash-stdout>",
    "<bash-stderr>", "<bash-input>", "<task-notification>", "Caveat: The messages below", "[Request interrupted",
)  # fmt: skip
"""How lines begin that the program, not the person, put in the person's place."""
REMINDER = "system-reminder"


def is_claude_code(value: object) -> bool:
    """Whether a value looks like a line of one."""
    found = obj(value)
    if text(found.get("type")) in TYPES:
        return isinstance(found.get("message"), dict) and ("sessionId" in found or "uuid" in found)
    return text(found.get("type")) in OTHERS and any(
        name in found for name in ("sessionId", "leafUuid", "messageId", "uuid", "operation")
    )


def turns(
    entries: Iterable[Entry], tally: Tally, *, state: dict[str, str] | None = None, sidechains: bool = False
) -> Iterator[Turn]:
    """Turns of the main line, and with `sidechains` of the sub-agents, too."""
    del state  # every line names its session
    found = Turns()
    seen: dict[str, None] = {}
    for entry in entries:
        line = obj(entry.value)
        if text(line.get("type")) not in TYPES or not isinstance(line.get("message"), dict):
            tally.unknown += text(line.get("type")) not in OTHERS
            continue
        if line.get("isSidechain") is True and not sidechains:
            tally.sidechains += 1
            continue
        uuid = text(line.get("uuid"))
        if uuid and uuid in seen:
            tally.duplicates += 1
            continue
        seen[uuid] = None
        if len(seen) > SEEN:
            del seen[next(iter(seen))]
        if line["type"] == "user":
            yield from _user(found, line, entry.start)
        else:
            _assistant(found, line)
    yield from found.close()


def _thread(line: dict[str, Any]) -> str:
    return f"side/{text(line.get('agentId'))}" if line.get("isSidechain") is True else "main"


def _user(found: Turns, line: dict[str, Any], start: int) -> Iterator[Turn]:
    content = line["message"].get("content")
    at = time(line.get("timestamp"))
    results = [block for block in content if obj(block).get("type") == "tool_result"] if _is_list(content) else []
    for block in results:
        found.returned(text(block.get("tool_use_id")), _observation(block), _result(block, line), at)
    if results or line.get("isMeta") is True or line.get("isCompactSummary") is True:
        return
    question = without_blocks(joined(content), REMINDER)
    if not question or question.startswith(NOT_ASKED):
        return
    folder = text(line.get("cwd"))
    branch = text(line.get("gitBranch"))
    yield from found.asked(
        _thread(line),
        text(line.get("uuid")) or f"{text(line.get('sessionId'))}/{start}",
        question,
        start=start,
        at=at,
        session=text(line.get("sessionId")),
        metadata={
            **({"cwd": folder} if folder else {}),
            **({"branch": branch} if branch else {}),
            **({"sidechain": True} if line.get("isSidechain") is True else {}),
        },
    )


def _assistant(found: Turns, line: dict[str, Any]) -> None:
    if line.get("isApiErrorMessage") is True:
        return
    message = line["message"]
    at = time(line.get("timestamp"))
    thread = _thread(line)
    content = message.get("content")
    found.answered(thread, joined(content), at, agent=text(message.get("model")))
    for block in content if _is_list(content) else []:
        if obj(block).get("type") == "tool_use":
            found.called(thread, text(block.get("id")), _step(block), at)


def _step(block: dict[str, Any]) -> Step:
    given = block.get("input")
    return Step(
        tool=text(block.get("name")) or "unknown",
        action=text(obj(given).get("description")),
        arguments=arguments(given),
    )


def _observation(block: dict[str, Any]) -> str:
    words = without_blocks(joined(block.get("content")), REMINDER)
    return words.removeprefix("<tool_use_error>").removesuffix("</tool_use_error>")


def _result(block: dict[str, Any], line: dict[str, Any]) -> StepResult:
    """A result without `is_error` is a success; the program says so only of some tools."""
    interrupted = obj(line.get("toolUseResult")).get("interrupted") is True
    return "error" if block.get("is_error") is True or interrupted else "success"


def _is_list(content: object) -> bool:
    return isinstance(content, list)
