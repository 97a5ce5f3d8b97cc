"""A first day at the command line: make, record, ask, rate, forget."""

import json


def test_a_newcomer_records_and_gets_it_back(cli):
    made = cli("init", "--no-model")
    assert made.code == 0
    assert "made" in made.out
    assert "tacit recall" in made.out
    cli.done("record", "fact", "The staging API listens on port 8080", "--key", "api/port")
    cli.done("record", "message", "Lunch is at noon", "--author", "ann", "--session", "s1")
    answer = cli("recall", "which port does the staging API use")
    assert answer.code == 0
    assert "The staging API listens on port 8080" in answer.out
    assert "noon" not in answer.out.partition("8080")[0]


def test_a_newer_fact_of_the_same_key_is_shown_first_and_the_older_one_is_marked(cli):
    cli.done("record", "fact", "The API listens on port 8080", "--key", "api/port", "--valid-from", "2026-01-01")
    cli.done("record", "fact", "The API listens on port 9090", "--key", "api/port", "--valid-from", "2026-06-01")
    shown = cli("recall", "which port does the API listen on").out
    assert shown.index("9090") < shown.index("8080")
    assert "(superseded)" in shown
    current = cli.done("recall", "which port does the API listen on", "--current")
    assert [one["item"]["text"][-4:] for one in current["results"]] == ["9090"]
    then = cli.done("recall", "which port does the API listen on", "--valid-at", "2026-03-01")
    assert [one["item"]["text"][-4:] for one in then["results"]] == ["8080"]


def test_an_empty_answer_says_why_and_is_no_error(cli):
    cli.done("init", "--no-model")
    empty = cli("recall", "anything")
    assert empty.code == 0
    assert "Nothing found" in empty.out
    assert "nothing has been recorded" in empty.out
    cli.done("record", "fact", "Water is wet")
    filtered = cli.done("recall", "water", "--kind", "episode")
    assert filtered["results"] == []
    assert filtered["reason"] == "the filter leaves nothing over"


def test_why_shows_the_reasons(cli):
    cli.done("record", "fact", "The staging API listens on port 8080")
    shown = cli("recall", "staging port", "--why").out
    assert "why: words" in shown
    assert "cosine" in shown


def test_feedback_attaches_to_a_recall_and_its_items(cli):
    fact = cli.done("record", "fact", "The staging API listens on port 8080")
    recall = cli.done("recall", "staging port")
    given = cli.done("feedback", recall["id"], "-0.5", "--item", fact["id"], "--note", "outdated")
    assert (given["score"], given["items"], given["note"]) == (-0.5, [fact["id"]], "outdated")
    assert cli.done("stats")["feedback"] == 1


def test_an_episode_is_recorded_step_by_step_over_many_processes(cli):
    started = cli("-q", "episode", "start", "Fix the failing import", "--type", "debugging", "--domain", "python")
    one = started.out.strip()
    assert cli("-q", "list", "--open").out.strip() == one
    cli.done(
        "episode",
        "step",
        one,
        "pytest",
        "--arguments",
        "pytest -q",
        "--result",
        "error",
        "--observation",
        "-",
        stdin=b"no module\n",
    )
    assert (
        cli.done("episode", "step", one, "bash", "--arguments", "pip install -e .", "--result", "success")["steps"] == 2
    )
    recall = cli.done("recall", "failing import")
    ended = cli.done("episode", "end", one, "success", "--verdict", "green", "--recall", recall["id"])
    assert [step["observation"] for step in ended["payload"]["steps"]] == ["no module", ""]
    assert ended["payload"]["outcome"] == {"status": "success", "verdict": "green", "artifacts": []}
    assert cli.done("stats")["drafts"] == 0
    shown = cli("show", one).out
    assert "pip install -e ." in shown
    assert "error" in shown


def test_a_whole_episode_comes_as_json(cli):
    steps = [{"tool": "make", "arguments": ["test"]}]
    told = {"task": "Fix the build", "tags": ["ci"], "steps": steps, "outcome": "success"}
    recorded = cli.done("record", "episode", "-", "--domain", "python", stdin=json.dumps(told))
    assert (recorded["tags"], recorded["domain"]) == (["ci"], "python")
    assert recorded["payload"]["steps"][0]["arguments"] == '["test"]'


def test_a_context_pack_is_a_block_of_text(cli):
    cli.done("record", "fact", "The staging API listens on port 8080")
    pack = cli("context", "which port does the staging API listen on", "--budget", "400")
    assert "The staging API listens on port 8080" in pack.out
    assert pack.out.startswith("<tacit")
    assert cli("-q", "context", "which port does the staging API listen on").out.count("8080") == 1


def test_forgetting_takes_what_was_derived_with_it(cli):
    first = cli.done("record", "fact", "Alpha")
    second = cli.done("record", "fact", "Beta", "--derived-from", first["id"])
    planned = cli.done("forget", first["id"], "--dry-run")
    assert (set(planned["ids"]), planned["derived"], planned["dry_run"]) == ({first["id"], second["id"]}, 1, True)
    assert cli.done("stats")["items"] == {"fact": 2}
    assert cli("forget", first["id"], "--yes").out == "✓ forgot 2 items (2 fact)\n"
    assert cli.done("stats")["items"] == {}


def test_an_export_reads_back_into_another_file(cli):
    cli.done("record", "fact", "Alpha", "--key", "a", "--tag", "x", "--meta", "port=8080")
    cli.done("record", "preference", "editor/tabs", "false")
    written = cli.done("export", "memory.jsonl")
    assert written["items"] == 2
    assert (cli.folder / "memory.jsonl").stat().st_mode & 0o077 == 0
    assert cli("export").out.encode() == (cli.folder / "memory.jsonl").read_bytes()
    other = ["--db", "other.db", "--embedder", "none"]
    assert cli.bare(*other, "import", "memory.jsonl").code == 0
    assert cli.bare(*other, "export").out == cli("export").out


def test_a_backup_is_restored_elsewhere_and_over_the_database(cli):
    cli.done("record", "fact", "Alpha")
    cli.done("backup", "copy.db")
    cli.done("record", "fact", "Beta")
    cli.done("restore", "copy.db", "--to", "else.db")
    assert cli.bare("--db", "else.db", "stats", "--json").json["items"] == {"fact": 1}
    cli.done("restore", "copy.db", "--yes")
    assert cli.done("stats")["items"] == {"fact": 1}
    assert cli.bare("--db", "memory.db.replaced", "stats", "--json").json["items"] == {"fact": 2}


def test_pages_of_a_list_follow_each_other(cli):
    for number in range(5):
        cli.done("record", "fact", f"Fact {number}")
    seen, after = [], 0
    while True:
        page = cli.done("list", "--limit", "2", "--after", str(after))
        seen += [item["text"] for item in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == [f"Fact {number}" for number in (4, 3, 2, 1, 0)]
    assert [item["text"] for item in cli.done("list", "--oldest", "--limit", "1")["items"]] == ["Fact 0"]


def test_the_queue_is_worked_off_and_another_embedder_takes_over(cli):
    cli.done("record", "fact", "Alpha")
    assert [job["stage"] for job in cli.done("queue")["jobs"]] == ["embed"]
    assert cli.done("queue", "run") == {"unembedded": 0}
    assert cli.done("queue", "list")["jobs"] == []
    refused = cli("recall", "alpha", "--embedder", "hashing:128", "--json")
    assert (refused.code, refused.error["error"]) == (5, "ModelMismatch")
    assert "tacit reembed --embedder hashing:128" in refused.error["remedy"]
    assert cli.done("reembed", "--embedder", "hashing:128")["done"] == 1
    assert cli.done("recall", "alpha", "--embedder", "hashing:128")["results"]


def test_namespaces_are_apart(cli):
    cli.done("record", "fact", "Alpha", "-n", "one")
    assert cli.done("recall", "alpha", "-n", "two")["results"] == []
    assert cli.done("stats", "--namespace", "one")["items"] == {"fact": 1}


def test_a_zero_that_was_given_is_not_nothing(cli):
    made = cli.done("record", "decision", "Which cache", "--chosen", "none", "--reward", "0", "--option", "redis")
    assert (made["payload"]["reward"], made["payload"]["options"]) == (0.0, ["redis"])
    assert cli.done("record", "decision", "Which queue", "--chosen", "none")["payload"]["reward"] is None
    started = cli.done("episode", "start", "Fix it")["id"]
    cli.done("episode", "step", started, "make", "--latency-ms", "0", "--tokens", "0", "--arguments", '{"a": 1}')
    (draft,) = cli.done("show", started)["items"]
    step = draft["payload"]["steps"][0]
    assert (step["latency_ms"], step["tokens"], step["reward"], step["arguments"]) == (0.0, 0, None, '{"a": 1}')
    ended = cli.done("episode", "end", started, "abstained", "--reason", "no time", "--at-step", "0")
    assert ended["payload"]["outcome"] == {"status": "abstained", "reason": "no time", "at_step": 0}


def test_a_preference_is_json_or_text(cli):
    given = {"true": True, '{"a": [1]}': {"a": [1]}, "8080": 8080, "vim": "vim", "2026-01-01": "2026-01-01", '"8"': "8"}
    for text, value in given.items():
        assert cli.done("record", "preference", "k", text)["payload"]["value"] == value
    assert cli.done("record", "preference", "k", "8080", "--text")["payload"]["value"] == "8080"
    assert cli.done("stats")["items"] == {"preference": 1}


def test_what_a_payload_says_beyond_its_text_is_shown(cli):
    made = cli.done("record", "decision", "Which cache", "--chosen", "none", "--option", "redis", "--option", "none")
    assert "redis, none" in cli("show", made["id"]).out
    fixed = cli.done("record", "solution", "error_fix", "no module named x", "pip install x")
    cli.done("record", "solution", "error_fix", "No module  named x", "pip install x")
    assert cli.done("show", fixed["id"])["items"][0]["payload"]["successes"] == 2
