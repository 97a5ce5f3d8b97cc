"""What is printed: one JSON object or text for people, and never anything that steers a terminal."""

import json

import pytest

from tacit.doors.cli.output import json_text, one_line, safe

HOSTILE = "\x1b]0;pwned\x07 \x1b[2J\x9b31m red \r\x08 \u202etxt\u2066 [bold]no markup[/bold] :smile:"


def controls(text: str) -> list[str]:
    return [c for c in text if c != "\n" and (ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066")]


def test_recalled_text_cannot_steer_the_terminal(cli):
    cli.done("record", "fact", HOSTILE, "--key", "\x1b[31mkey", "--author", "\x1b[1mann", "--tag", "\x1b[1mtag")
    fact = cli.done("list")["items"][0]
    for command in (["recall", "red txt", "--why"], ["list"], ["show", fact["id"]], ["context", "red txt"], ["stats"]):
        ended = cli(*command)
        assert ended.code == 0
        assert controls(ended.out) == [], command
        as_json = cli(*command, "--json")
        assert controls(as_json.out) == [], command
    shown = cli("show", fact["id"]).out
    assert r"\x1b]0;pwned\x07" in shown
    assert "[bold]no markup[/bold] :smile:" in shown


def test_an_error_that_repeats_hostile_input_is_harmless(cli):
    cli.done("init", "--no-model")
    for arguments in (
        ["show", "\x1b[31m"],
        ["recall", "x", "--kind", "\x1b[31m"],
        ["\x1b[31m"],
        ["list", "--\x1b[31m"],
    ):
        assert controls(cli(*arguments).err) == []
        assert controls(cli(*arguments, "--json").err) == []


def test_escapes_are_readable_and_json_stays_equal():
    assert safe("a\x1b[31m\r\nb\tc\u202e\udcff") == "a\\x1b[31m\nb\tc\\u202e\\udcff"
    assert one_line("a\n\n b" + "c" * 100, 10) == "a bcccccc…"
    value = {"text": HOSTILE, "half": "\udcff", "emoji": "🙂"}
    assert json.loads(json_text(value)) == value
    assert json_text(value).isprintable()


def test_every_field_is_in_the_json_also_where_it_holds_its_default(cli):
    item = cli.done("record", "fact", "Alpha")
    assert item["key"] is None
    assert item["tags"] == []
    assert item["payload"] == {"kind": "fact", "statement": "Alpha"}
    answer = cli.done("recall", "alpha")
    assert {
        *("id", "query", "results", "sessions", "known", "abstained", "reason", "milliseconds"),
        *("cpu_milliseconds", "unembedded"),
    } == set(answer)
    assert set(answer["results"][0]) == {"item", "score", "why"}


COMMANDS = [
    ["init", "--no-model"],
    ["record", "message", "m"],
    ["record", "interaction", "q", "a"],
    ["record", "fact", "f"],
    ["record", "preference", "k", "v"],
    ["record", "project", "p"],
    ["record", "conversation", "s"],
    ["record", "decision", "c", "--chosen", "a"],
    ["record", "event", "feedback", "t", "--reward", "-1"],
    ["record", "solution", "error_fix", "p", "s"],
    ["episode", "start", "t"],
    ["recall", "alpha"],
    ["context", "alpha"],
    ["list"],
    ["list", "--open"],
    ["learn"],
    ["patterns"],
    ["rules"],
    ["rules", "list"],
    ["rules", "add", "Ask first"],
    ["rules", "export"],
    ["rules", "review"],
    ["effect"],
    ["playbook", "alpha"],
    ["advise", "alpha", "--option", "make all"],
    ["timeline"],
    ["distill"],
    ["fade", "--max-episodes", "1"],
    ["forget", "--kind", "chunk", "--dry-run"],
    ["export", "out.jsonl"],
    ["backup", "copy.db"],
    ["stats"],
    ["queue"],
    ["queue", "list"],
    ["queue", "run"],
    ["queue", "revive"],
    ["reembed"],
    ["doctor"],
    ["config", "show"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_speaks_json_and_text(command, cli):
    cli.done("record", "fact", "Alpha")
    ended = cli(*command, "--json")
    assert (ended.code, ended.err) == (0, "")
    assert isinstance(ended.json, dict)
    for file in ("out.jsonl", "copy.db"):
        (cli.folder / file).unlink(missing_ok=True)
    people = cli(*command)
    assert people.code == 0
    assert people.out
    for file in ("out.jsonl", "copy.db"):
        (cli.folder / file).unlink(missing_ok=True)
    quiet = cli("--quiet", *command)
    assert (quiet.code, quiet.err) == (0, "")


def test_global_options_stand_before_or_after_the_command(cli):
    cli.done("record", "fact", "Alpha", "--namespace", "one")
    before = cli("-n", "one", "--json", "stats").json
    after = cli("stats", "-n", "one", "--json").json
    assert before == after
    assert before["items"] == {"fact": 1}
    assert cli("-n", "two", "stats", "-n", "one", "--json").json == after
    assert cli("queue", "--json", "list", "-n", "one").json["jobs"]


def test_help_lists_every_command_and_the_version_is_told(cli):
    shown = cli.bare("--help")
    assert shown.code == 0
    listed = [
        "init", "demo", "record", "import", "index", "recall", "show", "list", "feedback", "learn", "patterns", "rules",
        "effect", "why", "playbook", "advise", "timeline", "distill", "fade", "forget", "export", "backup", "restore",
        "stats", "queue", "reembed", "doctor", "config", "mcp",
    ]  # fmt: skip
    assert [name for name in listed if f" {name} " not in shown.out] == []
    assert cli.bare().out == shown.out
    assert cli.bare("--version").out == "tacit 0.1.0\n"
    assert cli.bare("record").code == 0
