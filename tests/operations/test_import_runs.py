"""Import: streaming, resumable, idempotent; secrets never get in; bad files change nothing."""

import gzip
import itertools
import json
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tacit.errors import InvalidInput, NotFound, TacitError, TooLarge
from tacit.logic import limits
from tacit.operations import import_runs
from tacit.operations.import_runs import Imported, import_file
from tacit.ports import Scope
from tacit.stores.memory import MemoryStore
from tacit.stores.sqlite import SqliteStore
from tacit.types import Episode, Filter, Interaction, Item

NAMESPACE = "acme/bot"


@pytest.fixture(params=["memory", "sqlite"])
def scope(request, tmp_path_factory) -> Iterator[Scope]:
    ids = itertools.count()
    clock = lambda: 0  # noqa: E731
    file = tmp_path_factory.mktemp("store") / "memory.db"
    store = MemoryStore(clock=clock) if request.param == "memory" else SqliteStore(file, clock=clock)
    yield Scope(store=store, namespace=NAMESPACE, clock=lambda: 1_000, new_id=lambda: f"id-{next(ids):08}")
    store.close()


def run(number: int, **more: object) -> dict[str, object]:
    step = {"tool": "ls", "args": f"ls /{number}", "obs": "ok", "ok": True, "reward": None}
    return {"id": f"r/{number}", "task": f"Task {number}", "steps": [step], "success": True, "reward": 1, **more}


def written(path: Path, values: list[object]) -> Path:
    path.write_bytes(b"".join(json.dumps(value).encode() + b"\n" for value in values))
    return path


def finished(scope: Scope, path: Path, **options: object) -> Imported:
    *_, last = import_file(scope, path, **options)  # type: ignore[arg-type]
    assert last.done
    return last


def stored(scope: Scope) -> list[Item]:
    return scope.store.select(NAMESPACE, Filter(), limit=10_000)


def test_runs_are_imported_with_outcome_words_and_an_embedding_job(scope, tmp_path) -> None:
    told = finished(scope, written(tmp_path / "runs.jsonl", [run(1, agent="a", domain="d", split="dev")]))
    assert (told.format, told.episodes, told.interactions, told.bytes) == ("runs", 1, 0, told.total)
    (item,) = stored(scope)
    assert isinstance(item.payload, Episode)
    assert (item.kind, item.key, item.source, item.author) == ("episode", "runs:r/1", "import:runs", "a")
    assert (item.domain, item.metadata["split"]) == ("d", "dev")
    assert item.text == "Task 1\nOutcome: success, reward 1\nSteps: ls /1"
    assert [job.stage for job in scope.store.jobs(NAMESPACE)] == ["learn", "embed"]


def test_memories_of_ilearn_become_interactions(scope, tmp_path) -> None:
    memory = {"user_input": "How?", "bot_response": "So.", "metrics": {"takeaway": "Thus"}, "timestamp": "2026-01-02"}
    path = written(tmp_path / "memories.jsonl", [memory, {**memory, "user_input": "Why?"}, memory])
    told = finished(scope, path)
    assert (told.format, told.interactions, told.known) == ("ilearn", 2, 1)
    assert [item.payload for item in stored(scope)] == [
        Interaction(question=asked, answer="So.", takeaway="Thus") for asked in ("How?", "Why?")
    ]
    assert finished(scope, path, restart=True).interactions == 0


def test_importing_again_adds_nothing_and_need_not_read_again(scope, tmp_path) -> None:
    path = written(tmp_path / "runs.jsonl", [run(number) for number in range(5)])
    finished(scope, path)
    again = finished(scope, path)
    assert (again.episodes, again.known, again.resumed_at) == (0, 0, again.total)
    anew = finished(scope, path, restart=True)
    assert (anew.episodes, anew.known, anew.resumed_at) == (0, 5, 0)
    copy = written(tmp_path / "copy.jsonl", [run(number) for number in range(3, 7)])
    assert (lambda told: (told.episodes, told.known))(finished(scope, copy)) == (2, 2)
    assert len(stored(scope)) == 7


def test_an_import_that_is_killed_goes_on_at_the_last_transaction(scope, tmp_path) -> None:
    path = written(tmp_path / "runs.jsonl", [run(number) for number in range(1000)])
    progress = list(islice(import_file(scope, path), 3))  # the beginning, and two batches
    assert [told.episodes for told in progress] == [0, 200, 400]
    rest = finished(scope, path)
    assert rest.resumed_at > 0
    assert rest.episodes == 600
    assert len(stored(scope)) == 1000


def test_a_dry_run_reads_everything_and_writes_nothing(scope, tmp_path) -> None:
    path = written(tmp_path / "runs.jsonl", [run(1), run(2)])
    finished(scope, written(tmp_path / "one.jsonl", [run(1)]))
    told = finished(scope, path, dry_run=True)
    assert (told.episodes, told.known, told.dry_run) == (1, 1, True)
    assert len(stored(scope)) == 1
    assert len(scope.store.jobs(NAMESPACE)) == 2
    assert finished(scope, path).episodes == 1


def test_secrets_are_taken_out_texts_mended_and_cut(scope, tmp_path) -> None:
    key = "ghp_" + "a1B2" * 9
    step = {"tool": "sh", "args": f"export T={key}", "obs": "x" * 20_000 + key, "ok": True}
    odd = run(1, task=f"Use {key} \0 \ud800 cafe\u0301", steps=[step] * 1_200, agent=key)
    told = finished(scope, written(tmp_path / "runs.jsonl", [odd]))
    (item,) = stored(scope)
    assert isinstance(item.payload, Episode)
    assert item.payload.task == "Use [redacted:github-token] \ufffd \ufffd café"
    assert len(item.payload.steps) <= limits.STEPS
    assert len(item.payload.steps[0].observation) == limits.OBSERVATION
    assert key not in repr(item)
    assert told.redacted > 1
    assert told.cut > 0


CLAUDE = [
    {"type": "user", "uuid": "u1", "sessionId": "s", "timestamp": "2026-01-01T00:00:00Z",
     "message": {"role": "user", "content": "Which port?"}},
    {"type": "assistant", "uuid": "a1", "sessionId": "s", "message": {"role": "assistant", "model": "m", "content": [
        {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "grep port x"}}]}},
    {"type": "user", "uuid": "u2", "sessionId": "s",
     "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "8080"}]}},
    {"type": "assistant", "uuid": "a2", "sessionId": "s", "message": {"role": "assistant", "model": "m", "content": [
        {"type": "text", "text": "It is 8080."}]}},
]  # fmt: skip


def test_a_turn_with_tools_is_an_episode_of_unknown_outcome_and_an_interaction(scope, tmp_path) -> None:
    told = finished(scope, written(tmp_path / "s.jsonl", CLAUDE))
    assert (told.format, told.episodes, told.interactions) == ("claude_code", 1, 1)
    episode, said = stored(scope)
    assert isinstance(episode.payload, Episode)
    assert episode.payload.outcome is None
    assert said.payload == Interaction(question="Which port?", answer="It is 8080.")
    assert (said.text, said.session, said.trust) == ("Q: Which port?\nA: It is 8080.", "s", "medium")
    assert episode.created_at == said.created_at == 1_767_225_600_000_000


def test_a_transcript_that_has_grown_is_read_on_and_its_unfinished_turn_replaced(scope, tmp_path) -> None:
    path = written(tmp_path / "s.jsonl", CLAUDE[:2])
    with path.open("ab") as stream:
        stream.write(b'{"type": "user", "uu')  # in the middle of being written
    first = finished(scope, path)
    assert (first.episodes, first.malformed) == (1, 1)
    more = [*CLAUDE, {**CLAUDE[0], "uuid": "u3", "message": {"role": "user", "content": "Thanks"}}]
    second = finished(scope, written(path, more))
    assert (second.episodes, second.interactions, second.replaced) == (0, 1, 2)
    texts = [item.text for item in stored(scope) if item.kind == "interaction"]
    assert texts == ["Q: Which port?\nA: It is 8080.", "Q: Thanks"]
    third = finished(scope, path)
    assert (third.episodes, third.interactions, third.replaced, third.known) == (0, 0, 0, 1)


def test_a_file_that_was_rewritten_is_read_from_its_beginning(scope, tmp_path) -> None:
    path = written(tmp_path / "runs.jsonl", [run(1), run(2)])
    finished(scope, path)
    told = finished(scope, written(path, [run(1), run(9), run(3), run(4)]))
    assert (told.resumed_at, told.episodes, told.known) == (0, 3, 1)


@pytest.mark.parametrize("pretty", [None, 2])
def test_one_json_document_is_read_as_well_as_lines(scope, tmp_path, pretty) -> None:
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    path = tmp_path / "log.json"
    path.write_text(json.dumps(talk, indent=pretty))
    assert (finished(scope, path).format, finished(scope, path).known) == ("openai_messages", 1)
    (tmp_path / "one.json").write_text(json.dumps({"messages": talk}, indent=pretty))
    (tmp_path / "runs.json").write_text(json.dumps([run(1), run(2)], indent=pretty))
    assert finished(scope, tmp_path / "one.json").interactions + finished(scope, tmp_path / "one.json").known > 0
    assert finished(scope, tmp_path / "runs.json").episodes == 2


def bad_files(folder: Path) -> dict[str, tuple[type[TacitError], Path]]:
    files = {
        "empty": b"",
        "blank": b"\n \n",
        "zipped": gzip.compress(b"{}" * 1000),
        "archive": b"PK\x03\x04" + b"\0" * 100,
        "binary": b"\x7fELF\0\0\0",
        "utf16": json.dumps(run(1)).encode("utf-16"),
        "prose": b"Dear diary,\ntoday I wrote no JSON.\n",
        "other": b'{"a": 1}\n{"b": 2}\n',
        "twice": b'{"task": "t", "task": "u", "steps": []}\n',
        "nan": b'{"task": "t", "steps": [], "reward": NaN}\n',
        "deep": b'{"task": "t", "steps": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
        "open list": b'[{"role": "user", "content": "x"}',
        "number": b"42\n",
        "surrogate": b'"\xed\xa0\x80"\n',
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return {name: (InvalidInput, folder / name) for name in files}


def test_a_bad_file_is_a_typed_error_and_changes_nothing(scope, tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    cases = bad_files(tmp_path) | {
        "missing": (NotFound, tmp_path / "nothing"),
        "folder": (InvalidInput, tmp_path),
        "pipe": (InvalidInput, tmp_path / "pipe"),
        "nul": (InvalidInput, Path("a\0b")),
        "long": (InvalidInput, Path("x" * 5000)),
    }
    for name, (error, path) in cases.items():
        with pytest.raises(error) as caught:
            finished(scope, path)
        assert caught.value.cause, name
        assert caught.value.remedy, name
    assert stored(scope) == []
    assert scope.store.jobs(NAMESPACE) == []


def test_a_named_format_that_is_not_the_files_is_refused(scope, tmp_path) -> None:
    path = written(tmp_path / "runs.jsonl", [run(1)])
    with pytest.raises(InvalidInput, match="no known format"):
        finished(scope, path, format="codex")
    with pytest.raises(InvalidInput, match="unknown format"):
        finished(scope, path, format="../../etc")
    assert stored(scope) == []


def test_what_is_too_long_for_memory_is_refused_or_passed_over(scope, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tacit.logic.transcripts.lines.LINE_BYTES", 1000)
    path = tmp_path / "runs.jsonl"
    lines = [run(1), run(2, task="x" * 5000), run(3)]
    told = finished(scope, written(path, lines))
    assert (told.episodes, told.malformed) == (2, 1)
    path.write_text(json.dumps(lines))
    with pytest.raises(TooLarge, match="too large"):
        finished(scope, path)


def test_the_recorded_runs_are_imported_whole(scope, data) -> None:
    told = finished(scope, data / "runs" / "react_webshop.jsonl")
    assert (told.episodes, told.malformed, told.unknown, told.cut) == (401, 0, 0, 0)
    assert import_runs.BATCH < 401 <= len(stored(scope))
