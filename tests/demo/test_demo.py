"""The demo as a newcomer runs it: figures are counted, memory makes the difference, the next steps work."""

import io
import json
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

import tacit
from tacit.demo.agent import cure
from tacit.demo.program import Options, main, run
from tacit.demo.report import as_json
from tacit.demo.screen import Screen, next_steps
from tacit.demo.shell import Shell
from tacit.demo.tasks import deal
from tacit.demo.trial import LIVED, WITH, WITHOUT, Recalling, live
from tacit.types import Success

QUIET = Screen(quiet=True)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One demo by words alone; with two programs that start fast, since every worker of the tests makes its own."""
    folder = tmp_path_factory.mktemp("demo")
    options = Options(database=folder / "demo.db", embedder="none", seed=1, tools=("git", "tar"), rounds=0)
    return run(options, QUIET)


def counted(database, namespace):
    with tacit.open(database, namespace=namespace, embedder="none") as memory:
        episodes = [item.payload for item in memory.items(kinds=("episode",), limit=1000)]
    return {
        "tasks": len(episodes),
        "done": sum(isinstance(one.outcome, Success) for one in episodes),
        "commands": sum(len(one.steps) for one in episodes),
    }


def remedies(done):
    """What was done beside what was asked."""
    steps = dict.fromkeys(step.action for step in done.episode.steps)
    return [one for one in steps if one != done.task.brief.asked.says]


def test_with_memory_the_agent_does_more_tasks_in_fewer_steps(demo):
    said = as_json(demo)
    assert said["memory"]["success"] > said["none"]["success"]
    assert said["memory"]["steps"] < said["none"]["steps"]


@pytest.mark.parametrize(("seed", "tools"), [(2, ("make", "sh")), (3, ("python",))])
def test_that_holds_for_other_seeds_and_some_of_the_programs(seed, tools, tmp_path):
    options = Options(database=tmp_path / "demo.db", embedder="hashing:384", seed=seed, tools=tools, rounds=0)
    said = as_json(run(options, QUIET))
    assert said["memory"]["success"] >= said["none"]["success"]
    assert said["memory"]["steps"] < said["none"]["steps"]


def test_the_figures_are_those_of_the_episodes_in_the_database(demo):
    said = as_json(demo)
    for part, namespace in (("lived", LIVED), ("none", WITHOUT), ("memory", WITH)):
        assert counted(demo.database, namespace) == {key: said[part][key] for key in ("tasks", "done", "commands")}


def test_both_runs_do_the_same_tasks(demo):
    assert [one.task for one in demo.without] == [one.task for one in demo.recalled]


def test_with_an_empty_memory_the_two_runs_are_equal(tmp_path):
    """Recall is what makes the difference: where it has nothing to give, there is none."""
    tasks = deal(5, ("tar", "sh")).new
    with Shell() as shell, tacit.open(tmp_path / "empty.db", embedder="none") as empty:
        runs = []
        for phase, adviser in (("without", None), ("with", Recalling(empty))):
            with tacit.open(tmp_path / "runs.db", namespace=phase, embedder="none") as record:
                done = list(live(shell, tasks, record, phase=phase, seed=5, adviser=adviser))
            runs.append([[step.action for step in one.episode.steps] for one in done])
    assert runs[0] == runs[1]


def test_every_episode_has_what_really_happened(demo):
    with tacit.open(demo.database, embedder="none") as memory:
        episodes = [item.payload for item in memory.items(kinds=("episode",), limit=1000)]
    steps = [step for one in episodes for step in one.steps]
    assert {step.tool for step in steps} == {"git", "tar"}
    assert all(step.latency_ms > 0 and step.arguments and step.result in ("success", "error") for step in steps)
    assert all(step.observation for step in steps if step.result == "error" and step.tool != "sh")


def test_the_outcome_of_a_task_is_feedback_on_what_was_recalled_for_it(demo):
    with tacit.open(demo.database, embedder="none") as memory:
        assert memory.stats().feedback == len(demo.recall_ms)


def test_the_feedback_names_the_episodes_that_told_what_did_it(demo):
    """These are the cases that the loop judges by."""
    did = {steps[-1] for one in demo.recalled if one.ok and (steps := remedies(one))}
    with tacit.open(demo.database, embedder="none") as memory:
        cases = memory.cases()
        assert len(cases) > len(demo.recall_ms) / 2
        for case in cases:
            told = {cure(item.payload).says for item in memory.get(*case.relevant)}
            assert len(told) == 1
            assert told <= did


def test_a_recall_without_what_did_it_was_of_no_use(demo):
    with tacit.open(demo.database, embedder="none") as memory:
        right = {case.id for case in memory.cases()}
        said = {one.recall: one.score for one in memory._backend.records(LIVED).feedback()}
    assert said == {recall: 1.0 if recall in right else -1.0 for recall in said}


def test_the_three_next_steps_work_when_they_are_pasted(demo, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TACIT_EMBEDDER", "none")
    monkeypatch.chdir(tmp_path)
    for _, command in next_steps(demo.database):
        ran = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stderr
        assert "push" in ran.stdout or "import" in command
        assert ran.stdout.strip()


def test_the_transcripts_that_are_there_are_offered(demo, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "episodes.jsonl" in next_steps(demo.database)[1][1]
    (tmp_path / ".codex" / "sessions").mkdir(parents=True)
    assert "~/.codex/sessions" in next_steps(demo.database)[1][1]


def test_json_is_one_object_and_the_database_stays(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):  # the second run makes its file anew
        assert main(["--json", "--seed", "4", "--embedder", "none", "--tools", "make,tar", "--short"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said["seeds"] == [4]
        assert said["tasks"] == said["memory"]["tasks"] == said["none"]["tasks"] == 7
        assert counted(Path(said["database"]), LIVED)["tasks"] == 14


def test_a_file_of_somebody_else_is_not_overwritten(tmp_path, capsys):
    mine = tmp_path / "mine.db"
    mine.write_text("precious")
    assert main(["--db", str(mine)]) == 1
    assert mine.read_text() == "precious"
    assert str(mine) in capsys.readouterr().err


def test_an_unknown_tool_is_refused_with_the_ones_there_are(tmp_path, capsys):
    assert main(["--db", str(tmp_path / "x.db"), "--tools", "cobol"]) == 1
    assert "git, make, tar" in capsys.readouterr().err


def test_missing_programs_are_left_out_and_said(demo, tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("env", "tar", "gzip", "mkdir", "rm", "cat", "dirname"):
        found = subprocess.run(["/bin/sh", "-c", f"command -v {name}"], capture_output=True, text=True, check=True)
        (folder / name).symlink_to(found.stdout.strip())
    monkeypatch.setenv("PATH", str(folder))
    report = run(Options(database=tmp_path / "demo.db", embedder="none", tools=("git", "tar"), rounds=0), QUIET)
    assert report.skipped == ("git",)
    assert report.lived.tasks == 8


def test_what_is_shown_is_what_was_counted(demo):
    console = Console(width=100, record=True, file=io.StringIO())
    Screen(console=console).report(demo)
    text = console.export_text()
    for part in (demo.none, demo.memory):
        assert f"{part.done} of {part.tasks}" in text
        assert f"{part.mean_steps:.1f}" in text
    for _, command in next_steps(demo.database):
        assert command.split()[-1][:20] in text
    assert "tacit-memory" in text
