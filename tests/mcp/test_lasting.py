"""Servers end, crash and share: nothing that was acknowledged is lost, nobody waits for ever."""

import json
import signal
import subprocess
import sys

import anyio
import pytest
from tests.mcp.served import Raw, call, client, environment

import tacit
from tacit.doors.mcp.stdin import mended


@pytest.mark.parametrize("acknowledged", [1, 60])
def test_killing_the_server_loses_no_acknowledged_step(tmp_path, acknowledged):
    with Raw(tmp_path / "agent.db") as server:
        episode = server.call("episode_start", task="a long task")["episode_id"]
        for number in range(acknowledged):
            server.call("episode_step", episode_id=episode, tool="bash", arguments=f"step {number}")
        server.request(
            "tools/call", {"name": "episode_step", "arguments": {"episode_id": episode, "tool": "not-acknowledged"}}
        )
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    with Raw(tmp_path / "agent.db") as after:
        steps = after.call("episode_step", episode_id=episode, tool="bash", arguments="after the crash")["steps"]
        assert steps in (acknowledged + 1, acknowledged + 2)
        after.call("episode_end", episode_id=episode, status="success")
    with tacit.open(tmp_path / "agent.db", embedder="none") as memory:
        recorded = [step.arguments for step in memory.get(episode)[0].payload.steps if step.tool == "bash"]
        assert recorded == [*(f"step {number}" for number in range(acknowledged)), "after the crash"]


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly_though_the_client_is_silent(tmp_path, told):
    with Raw(tmp_path / "agent.db") as server:
        server.call("memory_add", text="kept")
        server.process.send_signal(told)
        assert server.process.wait(timeout=30) == 0
        assert server.process.stderr.read() == b""


def test_the_end_of_the_input_ends_the_server_cleanly_and_nothing_but_messages_was_said(tmp_path):
    with Raw(tmp_path / "agent.db") as server:
        server.call("memory_add", text="kept")
        server.process.stdin.close()
        assert server.process.wait(timeout=30) == 0
        assert (server.process.stdout.read(), server.process.stderr.read()) == (b"", b"")


def test_two_servers_on_one_file_see_each_other_and_lose_nothing(tmp_path):
    async def writes(session, name):
        for number in range(20):
            await call(session, "memory_add", text=f"{name} number{number}", kind="message", session=name)

    async def story() -> None:
        db = tmp_path / "agent.db"
        async with client(db, mode="legacy") as one, client(db) as two, anyio.create_task_group() as group:
            group.start_soon(writes, one, "first")
            group.start_soon(writes, two, "second")
        async with client(db) as one, client(db) as two:
            await call(one, "memory_add", text="The gate code is 4711")
            seen = await call(two, "memory_search", query="gate code")
            assert seen["results"][0]["text"] == "The gate code is 4711"

    anyio.run(story)
    with tacit.open(tmp_path / "agent.db", embedder="none") as memory:
        assert len(memory.items(limit=1000)) == 41


def test_two_servers_can_log_steps_of_one_episode(tmp_path):
    with Raw(tmp_path / "agent.db") as one, Raw(tmp_path / "agent.db") as two:
        episode = one.call("episode_start", task="shared")["episode_id"]
        counts = [
            server.call("episode_step", episode_id=episode, tool=tool)["steps"]
            for server, tool in [(one, "a"), (two, "b"), (one, "c"), (one, "d"), (two, "e")]
        ]
        assert counts == [1, 2, 3, 4, 5]
        assert one.call("episode_end", episode_id=episode, status="success")["steps"] == 5
        late = two.ask("tools/call", {"name": "episode_step", "arguments": {"episode_id": episode, "tool": "late"}})
        assert late["isError"]
        assert "no open episode" in late["content"][0]["text"]
    with tacit.open(tmp_path / "agent.db", embedder="none") as memory:
        assert [step.tool for step in memory.get(episode)[0].payload.steps] == ["a", "b", "c", "d", "e"]


def test_two_servers_that_race_for_one_episode_lose_no_step(tmp_path):
    async def logs(session, episode, name):
        for number in range(15):
            await call(session, "episode_step", episode_id=episode, tool=name, arguments=str(number))

    async def story() -> None:
        db = tmp_path / "agent.db"
        async with client(db) as one, client(db) as two:
            episode = (await call(one, "episode_start", task="raced for"))["episode_id"]
            async with anyio.create_task_group() as group:
                group.start_soon(logs, one, episode, "first")
                group.start_soon(logs, two, episode, "second")
            ended = await call(two, "episode_end", episode_id=episode, status="abstained", summary="only a race")
            assert ended["steps"] == 30

    anyio.run(story)
    with tacit.open(tmp_path / "agent.db", embedder="none") as memory:
        steps = memory.items()[0].payload.steps
    for name in ("first", "second"):
        assert [step.arguments for step in steps if step.tool == name] == [str(number) for number in range(15)]


def test_calls_run_side_by_side(tmp_path):
    with Raw(tmp_path / "agent.db") as server:
        waiting = [
            server.request("tools/call", {"name": "memory_add", "arguments": {"text": f"fact {number}"}})
            for number in range(50)
        ]
        waiting.append(server.request("ping", {}))
        seen = {}
        for line in server.process.stdout:
            message = json.loads(line)
            seen[message["id"]] = message
            if len(seen) == len(waiting):
                break
        assert sorted(seen) == sorted(waiting)
        assert not [one for one in seen.values() if one.get("result", {}).get("isError")]


def run(folder, code, *flags):
    return subprocess.run(
        [sys.executable, "-c", code, *flags],
        env={**environment(folder), "PATH": "/usr/bin:/bin"},
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_without_the_extra_the_error_names_it(tmp_path):
    code = (
        "import sys; sys.modules['mcp'] = None\n"
        "from tacit.doors.mcp import main\nfrom tacit.errors import MissingExtra\n"
        "try: main(path='x.db')\nexcept MissingExtra as error: print(error)"
    )
    done = run(tmp_path, code)
    assert "install tacit[mcp]" in done.stdout, done.stderr
    assert not (tmp_path / "x.db").exists()


@pytest.mark.parametrize(
    ("flags", "code", "hint"), [(["--namespace", "../x"], 2, "namespace"), (["--embedder", "nobody:x"], 5, "embedder")]
)
def test_a_setting_that_cannot_be_used_ends_the_start_with_a_reason_on_standard_error(tmp_path, flags, code, hint):
    done = run(tmp_path, "import sys; from tacit.doors.mcp.__main__ import run; sys.exit(run())", *flags)
    assert (done.returncode, done.stdout) == (code, "")
    assert hint in done.stderr
    assert "To mend it: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r'"\ud83d\ude00"', r'"\ud83d\ude00"'),
        (r'"\ud83d"', r'"\ufffd"'),
        (r'"\ude00\ud83d"', r'"\ufffd\ufffd"'),
        (r'"\ud83d\ud83d\ude00"', r'"\ufffd\ud83d\ude00"'),
        (r'"C:\\ud83d"', r'"C:\\ud83d"'),
        (r'"\u00e9\n\\\uD83D"', r'"\u00e9\n\\\ufffd"'),
    ],
)
def test_only_halves_of_pairs_are_mended(sent, read):
    assert mended(sent) == read
