"""`tacit import` and `tacit index`: what they take in, what they leave out, and that a second time adds nothing."""

import json

import pytest

RUN = {
    "id": "r1",
    "task": "Count the lines of a file",
    "steps": [{"tool": "bash", "args": "wc -l notes.txt", "obs": "12 notes.txt", "ok": True}],
    "success": True,
}
CLAUDE = [
    {"type": "user", "uuid": "u1", "sessionId": "s", "message": {"role": "user", "content": "Which port?"}},
    {
        "type": "assistant",
        "uuid": "a1",
        "sessionId": "s",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "It is 8080."}]},
    },
]


def lines(*values):
    return "".join(json.dumps(value) + "\n" for value in values)


@pytest.fixture
def runs(cli):
    """A folder with two runs, a transcript, and a file of something else."""
    folder = cli.folder / "past"
    (folder / "deeper").mkdir(parents=True)
    (folder / "runs.jsonl").write_text(lines(RUN, {**RUN, "id": "r2", "task": "Find a port"}) + '{"cut')
    (folder / "deeper" / "session.jsonl").write_text(lines(*CLAUDE))
    (folder / "other.json").write_text('{"name": "package"}')
    return folder


def test_a_folder_is_read_and_what_is_something_else_is_skipped_and_said(cli, runs):
    told = cli.done("import", str(runs))
    assert sorted(one["format"] for one in told["files"]) == ["claude_code", "runs"]
    assert (told["totals"]["episodes"], told["totals"]["interactions"]) == (2, 1)
    assert told["totals"]["malformed"] == 1
    assert [one["path"] for one in told["skipped"]] == [str(runs / "other.json")]
    assert told["unembedded"] == 0
    shown = cli("import", str(runs)).out
    assert "nothing new from 2 files" in shown
    assert "skipped" in shown
    counted = cli.done("stats")["items"]
    assert (counted["episode"], counted["interaction"]) == (2, 1)


def test_a_dry_run_counts_and_makes_nothing_not_even_a_file(cli, runs):
    told = cli.done("import", str(runs), "--dry-run")
    assert (told["totals"]["episodes"], told["dry_run"]) == (2, True)
    assert not cli.db.exists()
    assert "would import 2 episodes, 1 interaction from 2 files" in cli("import", str(runs), "--dry-run").out


def test_a_file_that_was_named_and_cannot_be_read_ends_it_before_anything_is_written(cli, runs):
    cli.done("init", "--no-model")
    ended = cli("import", str(runs / "runs.jsonl"), str(runs / "other.json"), "--json")
    assert (ended.code, ended.error["error"]) == (2, "InvalidInput")
    assert cli.done("stats")["items"] == {}


def test_without_embedding_the_next_recall_does_it(cli, runs):
    told = cli.done("import", str(runs), "--no-embed")
    assert told["unembedded"] is None
    assert cli.done("stats")["vectors"] == {}
    answer = cli.done("recall", "count lines", "--kind", "episode")
    assert answer["unembedded"] == 0
    assert "Count the lines" in answer["results"][0]["item"]["text"]
    assert cli.done("stats")["vectors"]


def test_a_folder_of_documents_and_code_is_indexed_once(cli):
    folder = cli.folder / "project"
    folder.mkdir()
    (folder / "guide.md").write_text("# Ports\n\nThe staging API listens on port 8080.\n")
    (folder / "code.py").write_text('def port():\n    """The port."""\n    return 8080\n')
    (folder / ".gitignore").write_text("secret.md\n")
    (folder / "secret.md").write_text("# Hidden\n\nnot to be found\n")
    first = cli.done("index", "project")
    assert (first["added"], first["finished"]) == (3, True)  # the third is .gitignore
    assert "indexed 3 files into 0 chunks" in cli("index", "project").out
    answer = cli.done("recall", "which port does the staging API listen on", "--kind", "chunk")
    assert "8080" in answer["results"][0]["item"]["text"]
    assert "not to be found" not in cli("list").out
    assert cli.done("index", "project", "--all")["added"] == 1
    (folder / "code.py").unlink()
    assert cli.done("index", "project", "--all")["deleted"] == 1


def test_indexing_nothing_into_nothing_makes_no_file(cli):
    (cli.folder / "project").mkdir()
    (cli.folder / "project" / "a.md").write_text("# A\n\ntext\n")
    assert cli.done("index", "project", "--dry-run")["added"] == 1
    assert not cli.db.exists()
