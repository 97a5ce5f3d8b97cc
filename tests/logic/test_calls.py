"""Calls: many calls share a head, and what may be shown of one is masked."""

import pytest

from tacit.logic.calls import call_of, told_of


@pytest.mark.parametrize(
    ("tool", "arguments", "head", "line"),
    [
        ("git", "git push origin main", "git push", "git push …"),
        ("git", "git -c user.name=x commit -m 'a b'", "git commit", "git commit -c -m …"),
        ("Bash", '{"command": "cd /w && FOO=1 git push -u origin x", "timeout": 3}', "git push", "git push -u …"),
        ("shell", '{"command": ["bash", "-lc", "ls -la /tmp"]}', "ls", "ls -la …"),
        ("shell", "/bin/bash -lc 'npx jest --runInBand'", "npx jest", "npx jest --runInBand"),
        ("execute", "execute[SHOW TABLES]", "show tables", "show tables"),
        ("select", "SELECT name FROM singer", "select", "select …"),
        ("describe", "DESCRIBE singer", "describe", "describe …"),
        ("search", "search[a jewelry box with 10 slots]", "search", "search …"),
        ("click", "click[Buy Now]", "click", "click Buy Now"),
        ("Read", '{"file_path": "/a/b.py"}', "Read", "Read"),
        ("finish", "", "finish", "finish"),
        ("odd", "{not json", "odd", "odd"),
    ],
)
def test_a_call_has_a_head_and_a_line(tool: str, arguments: str, head: str, line: str) -> None:
    call = call_of(tool, told_of(tool, arguments))
    assert (call.head, call.line) == (head, line)


def test_a_word_that_names_a_thing_is_no_subcommand() -> None:
    assert call_of("describe", told_of("describe", "describe singer"), {"singer"}).head == "describe"


def test_a_line_is_bounded_whatever_was_called() -> None:
    long = "run " + " ".join(f"--option-{index}=/secret/path{index}" for index in range(5_000))
    call = call_of("run", told_of("run", long))
    assert len(call.line) <= 66
    assert "secret" not in call.line
