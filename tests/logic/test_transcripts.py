"""Transcripts of other programs become turns; what cannot be read is counted, never a failure."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.errors import InvalidInput
from tacit.logic.transcripts import FORMATS, Format, detect, reader
from tacit.logic.transcripts.items import Maker
from tacit.logic.transcripts.lines import document, entries, numbered
from tacit.logic.transcripts.records import Tally, Turn
from tacit.types import Failure, Step, Success


def read(format: Format, lines: Iterable[object], **options: Any) -> tuple[list[Turn], Tally]:
    """Values (or raw bytes) as the lines of a file."""
    tally = Tally()
    raw = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    offset = 0
    pairs = []
    for line in raw.splitlines(keepends=True):
        pairs.append((offset, line))
        offset += len(line)
    return list(reader(format)(entries(pairs, tally), tally, **options)), tally


# Runs

RUN = {
    "id": "r/1", "task": "List the files", "agent": "a", "domain": "bash", "success": True, "reward": 1.0,
    "split": "dev",
    "steps": [
        {"tool": "ls", "args": "ls /x", "obs": "no such file", "ok": False, "reward": 0.0},
        {"tool": "sql", "args": {"q": 1}, "obs": None, "ok": None, "reward": None},
    ],
}  # fmt: skip


def test_a_run_becomes_a_turn_with_its_outcome() -> None:
    (turn,), tally = read("runs", [RUN])
    assert turn.id == "r/1"
    assert turn.outcome == Success(verdict="reward 1")
    assert turn.metadata == {"success": True, "reward": 1.0, "split": "dev"}
    assert turn.steps == (
        Step(tool="ls", arguments="ls /x", observation="no such file", result="error", reward=0.0),
        Step(tool="sql", arguments='{"q": 1}', result="unknown"),
    )
    assert tally == Tally()


def test_a_run_says_how_it_ended_or_nothing_is_known() -> None:
    turns, _ = read("runs", [{**RUN, "success": False, "reward": 0.67}, {**RUN, "success": None}])
    assert [turn.outcome for turn in turns] == [Failure(reason="reward 0.67"), None]


def test_a_run_without_an_id_has_the_same_one_whenever_it_is_read() -> None:
    bare = {"task": "t", "steps": []}
    (one, other), _ = read("runs", [bare, bare])
    assert one.id == other.id != ""


# Claude Code

AT = "2026-01-01T00:00:0"


def line(kind: str, content: object, uuid: str, **more: object) -> dict[str, object]:
    message = {"role": kind, "content": content, **({"model": "m-1"} if kind == "assistant" else {})}
    return {"type": kind, "uuid": uuid, "sessionId": "s1", "cwd": "/p", "message": message, **more}


CLAUDE: list[dict[str, object]] = [
    {"type": "summary", "summary": "x", "leafUuid": "u9"},
    {"type": "file-history-snapshot", "messageId": "m", "snapshot": {}},
    line("user", "Caveat: The messages below were generated", "u0", isMeta=True),
    line("user", "<command-name>/clear</command-name>", "u00"),
    line("user", "Run the tests<system-reminder>be kind</system-reminder>", "u1", timestamp=AT + "0Z"),
    line("assistant", [{"type": "thinking", "thinking": "hm"}], "a0"),
    line("assistant", [{"type": "text", "text": "Let me look."}], "a1", timestamp=AT + "1Z"),
    line("assistant", [{"type": "tool_use", "id": "t1", "name": "Bash",
                        "input": {"command": "pytest", "description": "run tests"}}], "a2", timestamp=AT + "2Z"),
    line("assistant", [{"type": "tool_use", "id": "t2", "name": "Read", "input": {"file_path": "/p/x"}}], "a3"),
    line("user", [{"type": "tool_result", "tool_use_id": "t2", "content": [{"type": "text", "text": "the file"}]}],
         "u2"),
    line("user", [{"type": "tool_result", "tool_use_id": "t1", "content": "1 failed", "is_error": True}], "u3",
         timestamp=AT + "4Z", toolUseResult={"stdout": "1 failed"}),
    line("assistant", [{"type": "text", "text": "It fails."}], "a4", timestamp=AT + "5Z"),
    line("assistant", "sub-agent at work", "side1", isSidechain=True),
    line("user", "Thanks", "u4", timestamp=AT + "6Z"),
    line("assistant", [{"type": "text", "text": "Welcome."}], "a5", timestamp=AT + "7Z"),
]  # fmt: skip


def test_a_claude_code_session_becomes_turns_with_matched_results() -> None:
    (first, second), tally = read("claude_code", CLAUDE)
    assert first.id == "u1"
    assert (first.question, first.answer, first.session, first.agent) == ("Run the tests", "It fails.", "s1", "m-1")
    assert first.metadata == {"cwd": "/p"}
    bash, file = first.steps
    assert (bash.tool, bash.action, bash.arguments, bash.observation) == ("Bash", "run tests", "pytest", "1 failed")
    assert (bash.result, bash.latency_ms) == ("error", 2000.0)
    assert (file.tool, file.arguments, file.observation) == ("Read", '{"file_path": "/p/x"}', "the file")
    assert file.result == "success"
    assert first.outcome is None
    assert not first.open
    assert (second.question, second.answer, second.open) == ("Thanks", "Welcome.", True)
    assert (tally.sidechains, tally.unknown, tally.malformed) == (1, 0, 0)


def test_repeated_lines_unknown_types_and_a_broken_last_line_are_counted() -> None:
    turns, tally = read("claude_code", [*CLAUDE, *CLAUDE[4:], {"type": "new-thing"}, [1], b'{"type": "user", "mess'])
    assert len(turns) == 2
    assert (tally.duplicates, tally.unknown, tally.malformed) == (10, 2, 1)
    assert tally.problems[0].startswith("byte ")


def test_sub_agents_are_read_when_asked_for_without_mixing_with_the_main_line() -> None:
    side = [
        line("user", "Search the code", "s1u", isSidechain=True, agentId="x"),
        line("assistant", [{"type": "text", "text": "Found it."}], "s1a", isSidechain=True, agentId="x"),
    ]
    turns, tally = read("claude_code", [*CLAUDE[:8], *side, *CLAUDE[8:]], sidechains=True)
    assert [(turn.question, turn.answer) for turn in turns if turn.metadata.get("sidechain")] == [
        ("Search the code", "Found it.")
    ]
    assert [turn.question for turn in turns if not turn.metadata.get("sidechain")] == ["Run the tests", "Thanks"]
    assert tally.sidechains == 0


def test_reading_goes_on_from_the_offset_that_a_turn_names() -> None:
    raw = b"".join(json.dumps(one).encode() + b"\n" for one in CLAUDE)
    first, second = read("claude_code", [raw])[0]
    again, _ = read("claude_code", [raw[first.resume :]])
    assert [turn.question for turn in again] == ["Thanks"]
    assert second.resume == first.resume  # it may grow


# Codex


def item(kind: str, **payload: object) -> dict[str, object]:
    return {"timestamp": AT + "0Z", "type": "response_item", "payload": {"type": kind, **payload}}


def said(role: str, words: str) -> dict[str, object]:
    kind = "output_text" if role == "assistant" else "input_text"
    return item("message", role=role, content=[{"type": kind, "text": words}])


CODEX: list[dict[str, object]] = [
    {"timestamp": AT + "0Z", "type": "session_meta", "payload": {"id": "c1", "cwd": "/p", "cli_version": "0.6"}},
    said("developer", "rules"),
    said("user", "<environment_context>cwd</environment_context>"),
    {"timestamp": AT + "0Z", "type": "turn_context", "payload": {"model": "g-5"}},
    said("user", "Fix the build"),
    {"timestamp": AT + "0Z", "type": "event_msg", "payload": {"type": "user_message", "message": "Fix the build"}},
    item("reasoning", summary=[], encrypted_content="x"),
    item("function_call", name="shell", call_id="1", arguments='{"command": ["bash", "-lc", "make"]}'),
    item("function_call_output", call_id="1", output='{"output": "make: error", "metadata": {"exit_code": 2}}'),
    item("local_shell_call", call_id="2", status="completed", action={"type": "exec", "command": ["git", "diff"]}),
    item("function_call_output", call_id="2", output="Exit code: 0\nWall time: 1s\nOutput:\nok"),
    item("custom_tool_call", call_id="3", name="apply_patch", input="*** Begin Patch"),
    item("custom_tool_call_output", call_id="3", output="done"),
    said("assistant", "Fixed."),
]


def test_a_codex_rollout_becomes_turns() -> None:
    (turn,), tally = read("codex", CODEX)
    assert (turn.question, turn.answer, turn.session, turn.agent) == ("Fix the build", "Fixed.", "c1", "g-5")
    assert [(step.tool, step.arguments, step.observation, step.result) for step in turn.steps] == [
        ("shell", "make", "make: error", "error"),
        ("shell", "git diff", "Exit code: 0\nWall time: 1s\nOutput:\nok", "success"),
        ("apply_patch", "*** Begin Patch", "done", "unknown"),
    ]
    assert tally == Tally()


def test_an_older_rollout_without_wrappers_is_read_and_state_carries_the_session_over_a_pause() -> None:
    bare = [{"id": "c1", "timestamp": AT + "0Z", "instructions": None}, {"record_type": "state"}]
    bare += [one["payload"] for one in CODEX if one["type"] == "response_item"]  # type: ignore[misc]
    (turn,), tally = read("codex", bare)
    assert (turn.question, turn.session, len(turn.steps)) == ("Fix the build", "c1", 3)
    assert tally.unknown == 0
    (later,), _ = read("codex", CODEX[4:], state=turn.state)
    assert later.session == "c1"


# Message logs

OPENAI = [
    {"role": "system", "content": "You are kind"},
    {"role": "user", "content": "Weather in Oslo?"},
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "k1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}]},
    {"role": "tool", "tool_call_id": "k1", "content": "rain"},
    {"role": "assistant", "content": "It rains."},
    {"role": "user", "content": [{"type": "text", "text": "And Bergen?"}, {"type": "image_url", "image_url": {}}]},
    {"role": "assistant", "content": "It rains, too."},
]  # fmt: skip
ANTHROPIC: dict[str, Any] = {
    "model": "claude-x",
    "system": "You are kind",
    "messages": [
        {"role": "user", "content": "Weather in Oslo?"},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "k1", "name": "weather", "input": {"city": "Oslo"}}],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "k1", "content": "rain", "is_error": False}],
        },
    ],
    "response": {"role": "assistant", "model": "claude-x", "content": [{"type": "text", "text": "It rains."}]},
}


def test_an_openai_conversation_becomes_turns_without_its_system_prompt() -> None:
    first, second = list(reader("openai_messages")(document(json.dumps(OPENAI).encode()), Tally()))
    assert (first.question, first.answer) == ("Weather in Oslo?", "It rains.")
    assert first.steps == (Step(tool="weather", arguments='{"city": "Oslo"}', observation="rain", result="unknown"),)
    assert (second.question, second.answer) == ("And Bergen?\n[image]", "It rains, too.")
    assert first.session == second.session != ""


def test_logged_requests_that_repeat_the_conversation_give_each_turn_once_and_whole() -> None:
    log = [{"model": "g", "messages": OPENAI[:end]} for end in (2, 4, 5, 7)]
    other = {"model": "g", "messages": [{"role": "user", "content": "Hi"}]}
    turns, tally = read("openai_messages", [log[0], other, *log[1:]])
    assert sorted(turn.question for turn in turns) == ["And Bergen?\n[image]", "Hi", "Weather in Oslo?"]
    whole = next(turn for turn in turns if turn.question == "Weather in Oslo?")
    assert (whole.answer, len(whole.steps), whole.agent) == ("It rains.", 1, "g")
    assert tally.duplicates == 3


def test_an_anthropic_request_with_its_response_becomes_a_turn() -> None:
    (turn,), _ = read("anthropic_messages", [ANTHROPIC])
    assert (turn.question, turn.answer, turn.agent) == ("Weather in Oslo?", "It rains.", "claude-x")
    assert turn.steps == (Step(tool="weather", arguments='{"city": "Oslo"}', observation="rain", result="success"),)


# Memories of ILEARN

MEMORY = {
    "user_input": "How do I sort?", "bot_response": "Use sorted.", "timestamp": "2026-01-02T03:04:05Z",
    "metrics": {"takeaway": "sorted() copies", "score": 0.8, "odd key": 1, "deep": {"a": 1}},
}  # fmt: skip


def test_a_memory_becomes_an_exchange_with_its_takeaway() -> None:
    (turn,), tally = read("ilearn", [MEMORY])
    assert (turn.question, turn.answer, turn.takeaway) == ("How do I sort?", "Use sorted.", "sorted() copies")
    assert (turn.metadata, turn.started_at, turn.exchange) == ({"score": 0.8}, 1_767_323_045_000_000, True)
    (item,) = Maker("ilearn", lambda: "id", lambda: 0).items(turn)
    assert item.text == "Q: How do I sort?\nA: Use sorted.\nTakeaway: sorted() copies"
    assert (item.kind, item.trust, item.source) == ("interaction", "medium", "import:ilearn")
    assert tally == Tally()


def test_a_memory_is_the_same_whenever_it_is_read_and_another_one_at_another_time() -> None:
    turns, tally = read("ilearn", [MEMORY, MEMORY, {**MEMORY, "timestamp": 5}, {"user_input": " ", "metrics": {}}, 7])
    assert [turns[0].id == turn.id for turn in turns] == [True, True, False]
    assert tally.unknown == 2


# All of them


@pytest.mark.parametrize(
    ("format", "values"),
    [("runs", [RUN]), ("claude_code", CLAUDE), ("codex", CODEX), ("openai_messages", [OPENAI]),
     ("openai_messages", [{"messages": OPENAI}]), ("anthropic_messages", [ANTHROPIC]), ("ilearn", [MEMORY]),
     (None, [{"a": 1}, 2, []])],
)  # fmt: skip
def test_a_format_is_recognised_by_its_first_values(format: Format | None, values: list[object]) -> None:
    assert detect(values) == format


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="claude_code"):
        reader("zip")  # type: ignore[arg-type]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
NAMES = st.sampled_from(
    [
        "type",
        "message",
        "content",
        "role",
        "uuid",
        "payload",
        "id",
        "name",
        "input",
        "arguments",
        "call_id",
        "output",
        "steps",
        "task",
        "messages",
        "text",
        "tool_use_id",
        "timestamp",
        "isSidechain",
        "tool_calls",
        "function",
        "choices",
        "response",
        "is_error",
        "user_input",
        "bot_response",
        "metrics",
        "takeaway",
    ]
)
KINDS = st.sampled_from(
    [
        "user",
        "assistant",
        "tool_use",
        "tool_result",
        "text",
        "message",
        "response_item",
        "session_meta",
        "function_call",
        "local_shell_call",
        "tool",
        "function_call_output",
        "system",
        "u1",
    ]
)
ODD = st.recursive(SCALARS | KINDS, lambda one: st.lists(one, max_size=4) | st.dictionaries(NAMES, one, max_size=6),
                   max_leaves=25)  # fmt: skip


@given(st.sampled_from(FORMATS), st.lists(ODD, max_size=6))
def test_values_of_any_shape_are_read_or_counted(format: Format, values: list[object]) -> None:
    turns, _ = read(format, values, sidechains=True)
    maker = Maker(format, lambda: "id", lambda: 0)
    for turn in turns:
        for made in maker.items(turn):
            made.text.encode()
            assert made.key is not None
            assert len(made.key) <= 500
    detect(values)


@given(st.sampled_from(FORMATS), st.data())
def test_a_transcript_that_is_cut_or_damaged_anywhere_is_read(format: Format, data: st.DataObject) -> None:
    whole = {"runs": [RUN], "claude_code": CLAUDE, "codex": CODEX, "openai_messages": [{"messages": OPENAI}],
             "anthropic_messages": [ANTHROPIC], "ilearn": [MEMORY]}[format]  # fmt: skip
    raw = bytearray(b"".join(json.dumps(one).encode() + b"\n" for one in whole))
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=8)):
        raw[place] = data.draw(st.integers(0, 255))
    read(format, [bytes(raw[: data.draw(st.integers(0, len(raw)))])])


def test_offsets_count_bytes_also_of_lines_without_an_end() -> None:
    from io import BytesIO

    assert list(numbered(BytesIO(b"ab\nc\n\xc3\xa9").readline, 10)) == [(10, b"ab\n"), (13, b"c\n"), (15, b"\xc3\xa9")]
