"""The loop at the command line: improved by trials, told as tables and as a notebook, taken back; once or hourly."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.improving.harness import MISLED, approved, asked, furnished

import tacit
from tacit.doors.cli.every import duration
from tacit.errors import InvalidInput

FLAGS = ("--embedder", "hashing:384", "--reranker", "none")


@pytest.fixture(scope="module")
def misled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory under a policy that shows the wrong things; each test works on a copy."""
    path = tmp_path_factory.mktemp("misled") / "memory.db"
    with furnished(path, cases=30) as memory:
        memory.set_policy(MISLED)
        memory.set_target("recall_quality", 0.95)
        memory.set_target("query_time_ms", 1e6)
    return path


@pytest.fixture
def run(cli: Any, misled: Path) -> Callable[..., Any]:
    """The command line on such a memory."""
    shutil.copy(misled, cli.db)
    return lambda *given, **more: cli.bare("--db", str(cli.db), *FLAGS, *given, **more)


def opened(path: Path) -> tacit.Memory:
    return tacit.open(path, embedder="hashing:384", reranker="none", worker=False)


def test_a_night_of_trials_is_told_as_tables_as_a_notebook_and_as_json(run, cli):
    ended = run("improve", "--trials", "2", "--no-apply", "--json")
    assert (ended.code, ended.err) == (0, "")
    told = ended.json
    assert sorted(told) == ["applied", "bottlenecks", "cases", "ended", "improvements", "snapshot", "trials"]
    assert (told["cases"], told["applied"], len(told["trials"])) == (30, [], 2)
    assert [one["metric_name"] for one in told["bottlenecks"]] == ["recall_quality"]
    for trial, improvement in zip(told["trials"], told["improvements"], strict=True):
        assert trial["improvement"] == improvement["id"]
        assert trial["success"], trial["errors"]
        assert trial["judgement"]["cases"] == 30

    listed = run("trials", "--json").json["trials"]
    assert [one["id"] for one in listed] == [one["id"] for one in reversed(told["trials"])]
    assert [one["description"] for one in listed] == [one["description"] for one in reversed(told["improvements"])]
    people = run("trials").out
    assert "with 95 %" in people
    assert listed[0]["id"] in people
    assert len(run("-q", "trials").out.splitlines()) == 2

    one = listed[0]
    detail = run("trials", one["id"], "--json").json
    assert (detail["id"], detail["tried"]["id"]) == (one["id"], one["improvement"])
    assert run("trials", one["improvement"], "--json").json == detail
    shown = run("trials", one["id"]).out
    assert "guard milliseconds" in shown
    assert " ".join(one["judgement"]["reason"].split()[:4]) in " ".join(shown.split())

    entries = run("ledger", "--json").json["entries"]
    assert [entry["timestamp"] for entry in entries] == sorted(entry["timestamp"] for entry in entries)
    assert {entry["what"] for entry in entries} >= {"applied", "bottleneck", "proposed", "trial"}
    assert run("ledger", "--limit", "1", "--json").json["entries"] == entries[-1:]
    pages = run("ledger").out
    assert "? proposed" in pages
    assert any(mark in pages for mark in ("✗ rejected", "✓ accepted"))
    assert pages.count("how much common words count") <= 2, "a proposal is told in full only where it is proposed"


def test_the_notebook_is_drawn_as_a_picture_that_loads_nothing(run, cli):
    target = cli.folder / "night.svg"
    assert run("ledger", "--svg", str(target), "--json").json["svg"] == str(target)
    drawn = target.read_text("utf-8")
    assert drawn.startswith("<svg")
    assert "by&#160;hand" in drawn
    assert "url(http" not in drawn
    assert run("ledger", "--svg", str(target)).code == 4
    assert "drawn into" in run("ledger", "--svg", str(target), "--force").out


def test_what_is_better_is_applied_and_can_be_taken_back(run, cli):
    with opened(cli.db) as memory:
        before = memory.fingerprint()
        one = approved(memory, {"words": 0.7})
        memory.apply_improvement(one, share=0.5)
    assert "a candidate answers 50% of recalls" in run("policy").out
    told = run("rollback", "--dry-run", "--json").json
    assert ([each["improvement"] for each in told["applications"]], told["dry_run"]) == ([one], True)
    assert "would take back 1 improvement" in run("rollback", one, "--dry-run").out
    asked_for = run("rollback", "--json")
    assert (asked_for.code, asked_for.error["error"]) == (2, "InvalidInput")
    assert "--yes" in asked_for.error["remedy"]
    done = run("rollback", one, "--reason", "I liked it better before", "--yes", "--json").json
    assert [each["state"] for each in done["applications"]] == ["rolled back"]
    assert run("ledger", "--json").json["entries"][-1]["text"] == "I liked it better before"
    with opened(cli.db) as memory:
        assert memory.fingerprint() == before
    assert run("rollback", one, "--yes").code == 2


def test_a_loop_whose_memory_is_well_says_that_there_is_nothing_to_do(run):
    for metric in ("recall_quality=0", "query_time_ms=1000000", "memory_usage_mb=1000000", "cpu_percent=1000000"):
        assert run("metrics", "--target", metric).code == 0
    told = run("improve", "--trials", "3", "--json").json
    assert (told["trials"], told["bottlenecks"]) == ([], [])
    assert "nothing left to propose" in told["ended"]
    assert "nothing left to propose" in run("improve").out
    assert run("-q", "improve").out == ""


def test_a_dry_run_says_what_could_be_tried_and_tries_nothing(run, cli):
    with opened(cli.db) as memory:
        memory.probe()
    told = run("improve", "--dry-run", "--json").json
    assert sorted(told) == ["bottlenecks", "proposals", "snapshot"]
    assert told["proposals"]
    assert told["proposals"][0]["description"].split(" (")[0] in run("improve", "--dry-run").out
    with opened(cli.db) as memory:
        assert (memory.improvements(), memory.trials()) == ([], [])


def test_cases_come_from_a_file_and_twice_they_are_the_same(run, cli):
    with opened(cli.db) as memory:
        items = memory.items(limit=3)
        before = len(memory.cases())
    lines = [
        {"query": asked()[50][0], "relevant": [items[0].id]},
        {"query": asked()[51][0], "relevant": {items[1].id: 1.0, items[2].id: 0.5}, "k": 5},
        {"query": asked()[52][0], "relevant": [items[0].id], "filters": {"kinds": ["message"]}},
    ]
    text = "\n".join(json.dumps(one) for one in lines) + "\n\n"
    for _ in range(2):
        assert run("improve", "--dry-run", "--cases", "-", "--json", stdin=text).code == 0
    with opened(cli.db) as memory:
        added = memory.cases()[before:]
    assert [(case.query, case.relevant, case.k, case.filter.kinds) for case in added] == [
        (asked()[50][0], {items[0].id: 1.0}, 10, ()),
        (asked()[51][0], {items[1].id: 1.0, items[2].id: 0.5}, 5, ()),
        (asked()[52][0], {items[0].id: 1.0}, 10, ("message",)),
    ]


def test_dials_are_turned_by_hand_one_by_one_and_back(run):
    assert run("policy", "set", "candidates=150", "words=0.5", "--json").json["dials"]["candidates"] == 150
    told = run("policy", "--json").json
    assert (told["turned"]["candidates"], told["turned"]["words"], told["turned"]["recency"]) == (150, 0.5, 5.0)
    assert "candidates=150" in run("-q", "policy").out
    assert "3 dials" in run("policy", "set", "words=0.7").out.replace("4 dials", "3 dials")
    assert "words" not in run("policy", "show", "--json").json["turned"]
    assert run("policy", "reset", "--json").json["dials"] == {}
    assert run("policy", "--json").json["turned"] == {}
    assert "by hand: back to the shipped policy" in run("ledger").out


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_every_hour_goes_on_until_it_is_asked_to_stop(run, cli, ending):
    command = [sys.executable, "-m", "tacit", "--db", str(cli.db), *FLAGS, "improve", "--every", "1h"]
    environment = {**os.environ, "TACIT_NOTIFY": "log"}
    process = subprocess.Popen(
        [*command, "--published", "--no-apply"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    process.send_signal(ending)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "1 trial, " in line
    assert "ended after 1 trial" in out
    assert "critical: Recall finds what is wanted" in errors, "the log is seen where the loop runs"
    with opened(cli.db) as memory:
        assert len(memory.trials()) == 1


def test_the_published_policy_applies_what_is_sure_and_large_and_nothing_else(run, cli, monkeypatch):
    given: list[dict[str, Any]] = []

    def once(self: Any, **terms: Any) -> Any:
        given.append(terms)
        if len(given) == 2:
            raise KeyboardInterrupt
        return iter(())

    monkeypatch.setattr("tacit.memory.Memory.improve", once)
    told = run("improve", "--published", "--json").json
    assert (len(told["rounds"]), told["trials"]) == (0, 0)
    assert given[-1] == {"trials": 1, "share": 1.0, "least_confidence": 0.8, "least_change": 20.0, "apply": True}


@pytest.mark.parametrize(("text", "seconds"), [("1s", 1), ("90s", 90), ("30m", 1800), ("1h30m", 5400), ("7d", 604_800)])
def test_an_interval_is_read(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "1", "1w", "-1h", "1.5h", "0s", "8d", "1h ", "h", "٣s", "1h" * 10_000])
def test_what_is_no_interval_is_refused(text):
    with pytest.raises(InvalidInput):
        duration(text)


@pytest.mark.parametrize("name", ["", "dragon:7", "ollama:"])
def test_a_chat_model_that_there_is_none_of_is_refused_before_anything_is_tried(run: Any, name: str) -> None:
    ended = run("improve", f"--chat={name}", "--json")
    assert (ended.code, ended.error["error"]) == (5, "ConfigurationError")
    assert "no chat model is called" in ended.error["what"]
    assert run("trials", "--json").json["trials"] == []
