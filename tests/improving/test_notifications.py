"""Critical bottlenecks and rollbacks reach the owner where he wants to be told: once, soon, and without a secret."""

import http.server
import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tacit
from tacit.errors import ConfigurationError
from tacit.improvement import BOTTLENECKS, IMPROVEMENTS, LEDGER, Alteration, Bottleneck, Entry, Improvement
from tacit.logic.improving.shelf import entry, put_rows
from tacit.memory import Memory
from tacit.notices import open_messengers
from tacit.settings import load_settings

SECRET = "T0/very-secret"


class Server:
    """A webhook on this machine; `status` is what it answers with."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.arrived = threading.Event()
        self.status = 200
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                server.arrived.set()
                self.send_response(server.status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.inner = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"http://127.0.0.1:{self.inner.server_port}"
        threading.Thread(target=self.inner.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.inner.shutdown()
    made.inner.server_close()


def opened(path: Path, *targets: str, **flags: Any) -> Memory:
    return tacit.open(path, **{"embedder": "none", "worker": False, "notify": targets, **flags})


def critical(memory: Memory, severity: str = "critical", *, forecast: bool = False) -> Entry:
    """As an analysis opens it; -> its line."""
    scope = memory._scope
    row = Bottleneck(
        id=scope.new_id(),
        metric_name="query_time_ms",
        current_value=300.0,
        target_value=100.0,
        severity=severity,
        impact_score=100.0,
        description="Recalls take 300 ms",
        timestamp=scope.clock(),
        forecast=forecast,
    )
    line = entry(scope, "bottleneck", f"{severity}: {row.description}", refers=[row.id], figures={"value": 300.0})
    memory._backend.write(memory.namespace, [put_rows(BOTTLENECKS, row), line])
    return memory.ledger(limit=1)[0]


def rolled_back(memory: Memory, reason: str = "") -> None:
    """A rollback through the front door."""
    scope = memory._scope
    made = Improvement(
        id=scope.new_id(),
        description="fewer candidates",
        change=Alteration(policy={"candidates": 50}),
        status="approved",
        timestamp=scope.clock(),
    )
    memory._backend.write(memory.namespace, [put_rows(IMPROVEMENTS, made)])
    memory.apply_improvement(made.id)
    memory.rollback(reason=reason)


def notified(memory: Memory) -> list[str]:
    return [line.text for line in memory.ledger() if line.what == "notified"]


def test_a_critical_bottleneck_and_a_rollback_reach_a_webhook_once(tmp_path: Path, server: Server):
    with opened(tmp_path / "memory.db", f"{server.host}/{SECRET}", namespace="acme/bot") as memory:
        memory.record_fact("the launch code is 0000")
        critical(memory, "high")
        critical(memory, forecast=True)
        line = critical(memory)
        rolled_back(memory, "it was worse")
        memory._tick()
        memory._tick()
        (message,) = server.got
        assert message["namespace"] == "acme/bot"
        assert [(one["what"], one["text"]) for one in message["events"]] == [
            ("bottleneck", "critical: Recalls take 300 ms"),
            ("rolled back", "it was worse"),
        ]
        assert message["events"][0] == {
            "id": line.id,
            "what": "bottleneck",
            "text": line.text,
            "timestamp": line.timestamp,
            "figures": {"value": 300.0},
        }
        assert message["text"].splitlines() == [
            "tacit, acme/bot: bottleneck: critical: Recalls take 300 ms",
            "tacit, acme/bot: rolled back: it was worse",
        ]
        assert "0000" not in json.dumps(message)
        assert notified(memory) == [f"{server.host} was told"], "the path of a webhook is a key"
    assert len(server.got) == 1


def test_what_a_command_wrote_is_told_when_its_memory_is_closed(tmp_path: Path, server: Server):
    with opened(tmp_path / "memory.db", server.host) as memory:
        rolled_back(memory)
        assert server.got == []
    assert [one["what"] for one in server.got[0]["events"]] == ["rolled back"]


def test_the_background_worker_tells_by_itself(tmp_path: Path, server: Server):
    with opened(tmp_path / "memory.db", server.host, worker=True) as memory:
        critical(memory)
        memory._worker.wake()
        assert server.arrived.wait(30)
    assert len(server.got) == 1


def test_of_many_processes_one_tells(tmp_path: Path, server: Server):
    memories = [opened(tmp_path / "memory.db", server.host) for _ in range(4)]
    critical(memories[0])
    threads = [threading.Thread(target=memory._tick) for memory in memories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for memory in memories:
        memory.close()
    assert len(server.got) == 1


def test_another_namespace_is_not_told_of(tmp_path: Path, server: Server):
    with opened(tmp_path / "memory.db", namespace="acme/other") as other:
        critical(other)
    with opened(tmp_path / "memory.db", server.host, namespace="acme/mine") as mine:
        mine._tick()
    assert server.got == []


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_webhook_that_fails_is_in_the_ledger_and_nothing_else_happens(tmp_path: Path, server: Server, status: int):
    server.status = status
    with opened(tmp_path / "memory.db", f"{server.host}/{SECRET}") as memory:
        critical(memory)
        memory._tick()
        memory._tick()
        assert notified(memory) == [f"{server.host} could not be told: it answered with status {status}"]
        assert SECRET not in str(memory.ledger())
    assert len(server.got) == 1, "it may have arrived: nobody is told twice"


def test_nobody_listens(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with opened(tmp_path / "memory.db", f"http://127.0.0.1:1/{SECRET}", "log") as memory:
        critical(memory)
        memory._tick()
        assert notified(memory) == ["http://127.0.0.1:1 could not be told: ConnectionRefusedError; log was told"]
    assert "critical: Recalls take 300 ms" in caplog.text
    assert SECRET not in caplog.text
    assert {record.name for record in caplog.records} == {"tacit.notices"}


def test_a_command_gets_the_message_on_its_standard_input(tmp_path: Path):
    told = tmp_path / "told.json"
    with opened(tmp_path / "memory.db", f"tee {told}") as memory:
        critical(memory)
        memory._tick()
        assert notified(memory) == ["tee was told"]
    assert json.loads(told.read_text())["events"][0]["what"] == "bottleneck"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("sh -c 'exit 3'", "sh could not be told: it ended with 3"),
        ("no-such-program --now", "no-such-program could not be told: No such file or directory"),
        ("true", "true was told"),
    ],
)
def test_a_command_that_fails_is_in_the_ledger(tmp_path: Path, command: str, said: str):
    with opened(tmp_path / "memory.db", command) as memory:
        critical(memory)
        memory._tick()
        assert notified(memory) == [said]


def test_a_command_that_hangs_is_ended_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr("tacit.notices.TIMEOUT", 0.2)
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with opened(tmp_path / "memory.db", f"sh -c 'sleep 60 > {tmp_path / 'pipe'}'") as memory:
        critical(memory)
        memory._tick()
        (said,) = notified(memory)
    assert said.startswith("sh could not be told: it did not end")
    os.set_blocking(reading, True)
    assert os.read(reading, 1) == b"", "its end comes when nobody holds the pipe any more"
    os.close(reading)
    assert caplog.records[0].levelno == logging.WARNING


def test_old_lines_are_history(tmp_path: Path, server: Server):
    with opened(tmp_path / "memory.db", server.host) as memory:
        old = Entry(id="01800000-0000-7000-8000-000000000000", timestamp=1, what="rolled back", text="long ago")
        memory._backend.write(memory.namespace, [put_rows(LEDGER, old)])
        memory._tick()
    assert server.got == []


def test_where_nobody_is_named_nothing_is_read_or_written(tmp_path: Path):
    with opened(tmp_path / "memory.db") as memory:
        critical(memory)
        memory._tick()
        assert notified(memory) == []
        assert memory._scope.store.records(memory.namespace).note("told") is None


@pytest.mark.parametrize(
    "target",
    ["", " ", "ftp://host/x", "http://", "https://user:password@host/", "http://host:0/", "http://a b/", "'", "x\0y",
     "http://h\u00f6st/"],
)  # fmt: skip
def test_a_target_that_cannot_be_meant_is_refused_before_anything_is_made(tmp_path: Path, target: str):
    with pytest.raises(ConfigurationError) as refused:
        opened(tmp_path / "memory.db", target)
    assert "password" not in str(refused.value).replace("a user or a password", "")
    assert list(tmp_path.iterdir()) == []


def test_only_so_many_are_told():
    with pytest.raises(ConfigurationError):
        open_messengers([f"echo {number}" for number in range(9)])


@pytest.mark.parametrize(("said", "read"), [("log", ("log",)), ('["log", "mail -s x me"]', ("log", "mail -s x me"))])
def test_the_environment_names_one_target_or_a_list(monkeypatch: pytest.MonkeyPatch, said: str, read: tuple[str, ...]):
    monkeypatch.setenv("TACIT_NOTIFY", said)
    assert load_settings().notify == read


@pytest.mark.parametrize(
    ("file", "text"), [("tacit.toml", 'notify = ["touch owned"]\n'), (".env", "TACIT_NOTIFY=touch owned\n")]
)
def test_a_file_in_the_folder_at_hand_starts_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / file).write_text(text)
    with pytest.raises(ConfigurationError) as refused:
        tacit.open("memory.db", embedder="none", worker=False)
    assert "TACIT_NOTIFY" in refused.value.cause
    assert [path.name for path in tmp_path.iterdir()] == [file]
