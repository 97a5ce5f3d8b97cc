"""`tacit init`, `tacit doctor`, and what happens where models and endpoints are missing."""

import stat

import apsw
import pytest


def test_init_makes_the_file_for_its_owner_and_leaves_a_file_that_is_there_alone(cli):
    assert cli.done("init", "--no-model") == {"path": str(cli.db), "created": True, "model": "not installed"}
    assert stat.S_IMODE(cli.db.stat().st_mode) == 0o600
    cli.done("record", "fact", "Alpha")
    assert cli.done("init", "--no-model")["created"] is False
    assert cli.done("stats")["items"] == {"fact": 1}


@pytest.fixture(autouse=True)
def no_model(monkeypatch, tmp_path):
    monkeypatch.setenv("TACIT_MODELS", str(tmp_path / "models"))


def test_the_doctor_of_a_healthy_memory_exits_with_zero(cli):
    cli.done("record", "fact", "Alpha")
    cli.done("queue", "run")
    told = cli.done("doctor")
    assert (told["ok"], told["counts"]["failure"], told["counts"]["warning"]) == (True, 0, 0), told
    assert "All is well" in cli("doctor").out
    assert cli("-q", "doctor").out == ""


def test_the_doctor_of_a_damaged_memory_exits_with_six_and_says_how_to_mend_it(cli):
    cli.done("record", "fact", "Alpha")
    raw = apsw.Connection(str(cli.db))
    raw.execute("UPDATE items SET text = 'Beta'")
    raw.close()
    ended = cli("doctor", "--json")
    assert (ended.code, ended.json["ok"]) == (6, False)
    rows = next(one for one in ended.json["checks"] if one["name"] == "rows")
    assert rows["status"] == "failure"
    people = cli("doctor")
    assert people.code == 6
    assert "✗ rows" in people.out
    assert "→ restore a backup" in people.out
    assert cli("doctor", "--quick").code == 0


def test_the_doctor_of_nothing_exits_with_six_and_makes_nothing(cli):
    ended = cli("doctor", "--json")
    assert ended.code == 6
    assert "tacit init" in ended.json["checks"][1]["remedy"]
    assert not cli.db.exists()


def test_a_dead_endpoint_costs_quality_not_the_answer_and_work_stays_queued(cli, monkeypatch):
    monkeypatch.setenv("TACIT_EMBEDDER_URL", "http://127.0.0.1:9/v1")
    cli.done("record", "fact", "The API listens on port 8080")
    dead = ["--db", str(cli.db), "--embedder", "ollama:nothing", "--json"]
    answer = cli.bare(*dead, "recall", "port of the API")
    assert answer.code == 0
    assert answer.json["results"][0]["item"]["text"] == "The API listens on port 8080"
    assert "words alone" in answer.json["reason"]
    assert answer.json["unembedded"] == 1
    ran = cli.bare(*dead, "queue", "run")
    assert (ran.code, ran.error["error"]) == (7, "ModelError")
    assert cli.done("queue")["jobs"][0]["state"] == "queued"


def test_without_an_embedder_the_queue_cannot_run_and_says_why(cli):
    cli.done("record", "fact", "Alpha")
    ended = cli("queue", "run", "--embedder", "none", "--json")
    assert (ended.code, ended.error["error"]) == (5, "ConfigurationError")
    assert "tacit init --model" in ended.error["remedy"]
    assert "words" in cli("recall", "alpha", "--embedder", "auto").out


def test_the_doctor_says_which_chat_model_is_asked_and_where_its_replies_come_from(cli, monkeypatch):
    def line():
        ended = cli("doctor", "--quick", "--json")
        (found,) = [one for one in ended.json["checks"] if one["name"] == "chat model"]
        return ended.code, found["status"], found["found"]

    cli.done("record", "fact", "Alpha")
    assert line() == (0, "ok", "none: the loop has its own ideas only")
    monkeypatch.setenv("TACIT_CHAT", "ollama:m")
    own = "http://localhost:11434/v1/chat/completions"
    assert line() == (0, "ok", f"ollama:m at {own}, asked by `tacit improve` alone")
    monkeypatch.setenv("TACIT_CHAT", "groq:m")
    code, status, found = line()
    assert (code, status) == (6, "failure")
    assert "neither GROQ_API_KEY nor TACIT_CHAT_KEY is set" in found
