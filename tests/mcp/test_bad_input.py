"""Whatever a client sends: an error that says what to do, nothing changed, and a server that goes on."""

import json

import anyio
from tests.mcp.served import Raw, call, client, told

import tacit
from mcp import Client
from tacit.clock import new_id, system_clock
from tacit.doors.mcp.server import build
from tacit.errors import DiskFull
from tacit.memory import Memory
from tacit.operations.recall import Models
from tacit.ports import Scope
from tacit.stores.sqlite import SqliteStore

LONG = "x" * 10_001
DEEP = json.loads("[" * 70 + "]" * 70)
BAD = [
    ("memory_search", {}, "query"),
    ("memory_search", {"query": ""}, "query"),
    ("memory_search", {"query": None}, "query"),
    ("memory_search", {"query": " "}, "query"),
    ("memory_search", {"query": LONG}, "query"),
    ("memory_search", {"query": "a\0b"}, "NUL"),
    ("memory_search", {"query": "a", "k": 0}, "k"),
    ("memory_search", {"query": "a", "k": 101}, "k"),
    ("memory_search", {"query": "a", "k": "many"}, "k"),
    ("memory_search", {"query": "a", "kinds": ["wisdom"]}, "kinds"),
    ("memory_search", {"query": "a", "since": "yesterday"}, "ISO 8601"),
    ("memory_search", {"qery": "a", "query": "a"}, "qery"),
    ("memory_context", {"task": "a", "budget": 1}, "budget"),
    ("memory_context", {"task": 7}, "task"),
    ("memory_add", {"text": ""}, "text"),
    ("memory_add", {"text": "a", "kind": "wisdom"}, "kind"),
    ("memory_add", {"text": "a", "trust": "high"}, "trust"),
    ("memory_add", {"text": "a", "kind": "preference"}, "key"),
    ("memory_add", {"text": "a", "kind": "solution"}, "answer"),
    ("memory_add", {"text": "a", "answer": "b"}, "answer"),
    ("memory_add", {"text": "a", "tags": ["t"] * 65}, "tags"),
    ("memory_add", {"text": "a", "valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "valid_to"),
    ("memory_add", {"text": "a", "key": "k" * 501}, "key"),
    ("episode_start", {"task": LONG}, "task"),
    ("episode_start", {"task": "a", "complexity": "hard"}, "complexity"),
    ("episode_step", {"episode_id": "nobody", "tool": "bash"}, "nobody"),
    ("episode_step", {"episode_id": "../../etc/passwd", "tool": "bash"}, "no open episode"),
    ("episode_step", {"episode_id": "{id}", "tool": ""}, "tool"),
    ("episode_step", {"episode_id": "{id}", "tool": "bash", "observation": LONG}, "observation"),
    ("episode_step", {"episode_id": "{id}", "tool": "bash", "arguments": {"a": "x" * 1_000_001}}, "arguments"),
    ("episode_step", {"episode_id": "{id}", "tool": "bash", "arguments": DEEP}, "arguments"),
    ("episode_step", {"episode_id": "{id}", "tool": "bash", "result": "maybe"}, "result"),
    ("episode_step", {"episode_id": "{id}", "tool": "bash", "latency_ms": -1}, "latency_ms"),
    ("episode_step", {"episode_id": "{id}", "tool": "bash", "tokens": 2**70}, "tokens"),
    ("episode_end", {"episode_id": "{id}", "status": "done"}, "status"),
    ("episode_end", {"episode_id": "{id}", "status": "failure"}, "summary"),
    ("episode_end", {"episode_id": "{id}", "status": "partial"}, "completed"),
    ("episode_end", {"episode_id": "{id}", "status": "success", "details": "d"}, "details"),
    ("episode_end", {"episode_id": "{id}", "status": "success", "recall_ids": ["nobody"]}, "recall"),
    ("episode_end", {"episode_id": "nobody", "status": "success"}, "nobody"),
    ("memory_forget", {}, "memory_search"),
]


def test_each_bad_input_is_answered_with_what_to_do_and_changes_nothing(tmp_path):
    db = tmp_path / "agent.db"

    async def story() -> None:
        async with client(db) as session:
            episode = (await call(session, "episode_start", task="a real task"))["episode_id"]
            await call(session, "episode_step", episode_id=episode, tool="bash", arguments="ls")
            before = snapshot(db)
            for tool, arguments, hint in BAD:
                filled = {name: episode if value == "{id}" else value for name, value in arguments.items()}
                answer = await session.call_tool(tool, filled)
                text = told(answer)
                assert answer.is_error, (tool, arguments)
                assert "To mend it: " in text, text
                assert hint in text, text
                assert "Traceback" not in text
                assert len(text) < 1500, text
            assert snapshot(db) == before
            await call(session, "episode_end", episode_id=episode, status="success")
            second = await session.call_tool("episode_end", {"episode_id": episode, "status": "success"})
            assert second.is_error
            assert "episode" in told(second)
            assert [item.kind for item in snapshot(db)[0] if item.kind == "episode"] == ["episode"]

    anyio.run(story)
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def snapshot(db):
    with tacit.open(db, embedder="none", worker=False) as memory:
        return memory.items(), memory.open_episodes(), memory.stats().feedback


def test_half_an_emoji_and_lines_that_are_no_messages_do_not_stop_the_server(tmp_path):
    with Raw(tmp_path / "agent.db") as server:
        for junk in (b"", b"not json", b'{"jsonrpc": "2.0"}', b"\xff\xfe", b"[" * 100_000, b'{"id": NaN}'):
            server.line(junk)
        params = '{"name":"memory_add","arguments":{"text":"cut \\ud83d"}}'
        server.line(f'{{"jsonrpc":"2.0","id":"cut","method":"tools/call","params":{params}}}'.encode())
        assert server.answer("cut")["structuredContent"]["kind"] == "fact"
        found = server.call("memory_search", query="cut")
        assert [one["text"] for one in found["results"]] == ["cut \ufffd"]


def test_a_null_counts_as_not_given_and_lists_may_come_as_json_text(tmp_path):
    with Raw(tmp_path / "agent.db") as server:
        server.call("memory_add", text="the sky is blue", kind=None, key=None, tags='["sky"]', domain=None)
        found = server.call("memory_search", query="sky", kinds='["fact"]', since=None)
        assert [one["tags"] for one in found["results"]] == [["sky"]]


def test_a_step_that_finds_the_disk_full_is_not_acknowledged_and_not_lost(tmp_path):
    store = Full(SqliteStore(tmp_path / "agent.db", clock=system_clock))
    scope = Scope(store=store, namespace="default", clock=system_clock, new_id=new_id)

    async def story() -> None:
        with Memory(store, scope, Models(), background=False) as memory:
            async with Client(build(memory)) as session:
                episode = (await call(session, "episode_start", task="a task"))["episode_id"]
                store.full = True
                answer = await session.call_tool("episode_step", {"episode_id": episode, "tool": "bash"})
                assert answer.is_error
                assert "free some space" in told(answer)
                assert "Do not send this step again" in told(answer)
                store.full = False
                ended = await call(session, "episode_end", episode_id=episode, status="success")
                assert ended["steps"] == 1

    anyio.run(story)


class Full:
    """A store on a disk that fills up."""

    def __init__(self, inner):
        self.inner = inner
        self.full = False

    def write(self, namespace, changes):
        if self.full:
            raise DiskFull("nothing was written", cause="no space is left", remedy="free some space")
        return self.inner.write(namespace, changes)

    def __getattr__(self, name):
        return getattr(self.inner, name)


def test_secrets_are_redacted_before_they_are_stored(tmp_path):
    secret = "ghp_" + "a1B2c3D4" * 5
    with Raw(tmp_path / "agent.db") as server:
        server.call("memory_add", text=f"The token is {secret}")
        episode = server.call("episode_start", task="push")["episode_id"]
        server.call("episode_step", episode_id=episode, tool="git", arguments=f"git push https://{secret}@host/x")
        server.call("episode_end", episode_id=episode, status="success")
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert secret.encode() not in written
