"""Fingerprints: the same error at another time, path or number is the same; another error is another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.fingerprints import fingerprint, label
from tacit.logic.masking import MASK, template

SAME = [
    ("cat: /tmp/a1.txt: No such file or directory", "cat: /srv/eve/x.csv: No such file or directory"),
    ("KeyError: 'name'", "KeyError: 'colour_of_hair'"),
    ("error[E0382]: borrow of moved value: `v`", "error[E0382]: borrow of moved value: `other_v`"),
    ("Connection to 10.0.0.7:5432 refused", "Connection to 192.168.4.11:5433 refused"),
    (
        "request 7d9f2c11-88aa-4d2b-9d3e-000011112222 timed out",
        "request 00000000-aaaa-bbbb-cccc-1234567890ab timed out",
    ),
    ("started at Tue Jan 5 10:00:01 2021", "started at Fri Dec 24 23:59:59 2027"),
    ("no space left on device (12 MB wanted)", "no space left on device (7 GB wanted)"),
    ("mail to eve@example.org bounced", "mail to bob.b@mail.example.net bounced"),
    ("cannot reach https://example.org/a?b=1", "cannot reach http://other.example/x/y"),
    ("pid=17 uid=0 exited with code=3", "pid=99 uid=1000 exited with code=255"),
    ("Failed password for invalid user eve from 1.2.3.4", "Failed password for invalid user bob2 from 4.3.2.1"),
    ("package left-pad@1.3.0 not found", "package right-pad@2.0.1 not found"),
    ("link 00:1a:2b:3c:4d:5e is down", "link ff:ee:dd:cc:bb:aa is down"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_changes_from_one_time_to_the_next_is_masked(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)
    assert MASK in fingerprint(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cat: /a: No such file or directory", "cat: /a: Permission denied"),
        ("Table 'a.b' doesn't exist", "Unknown column 'a' in 'field list'"),
        ("Unknown column 'a' in 'field list'", "Unknown column 'a' in 'where clause'"),
        ("bash: rg: command not found", "bash: fd: command not found"),
        ("login = ok", "login failed"),
    ],
)
def test_the_telling_words_stay(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_the_line_that_says_it_is_taken_out_of_many() -> None:
    python = "Traceback (most recent call last):\n  File '/a/b.py', line 3, in f\n    g()\nValueError: bad day: 7\n"
    rust = "   Compiling x v0.1.0 (/w/x)\nerror[E0308]: mismatched types\n  --> src/a.rs:7:3\n"
    node = '{"output": "> jest\\n\\nTypeError: x is not a function\\n    at f (/a/b.js:1:2)", "exit_code": 1}'
    assert fingerprint(python) == "ValueError: bad day: <*>"
    assert fingerprint(rust) == "error[<*>]: mismatched types"
    assert fingerprint(node) == "TypeError: x is not a function"


def test_the_reason_stands_with_the_line_that_sums_it_up() -> None:
    said = " ! [{} rejected] main -> main ({})\nerror: failed to push some refs to 'git@host:a/b'"
    behind, forbidden = said.format("remote", "fetch first"), said.format("remote", "protected branch hook declined")
    assert fingerprint(behind) == "! [remote rejected] <*> (fetch first); error: failed to push some refs to <*>"
    assert fingerprint(behind) == fingerprint(behind.replace("main", "topic-7"))
    assert fingerprint(behind) != fingerprint(forbidden)


def test_what_the_agent_had_said_is_masked_where_it_is_echoed() -> None:
    assert fingerprint("cat: notes: No such file", ["cat", "notes"]) == fingerprint("cat: todo: No such file", ["todo"])
    assert fingerprint("find: missing argument", ["find"]) == "find: missing argument"


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "7", "[]", "{}", "}\n]", "\x1a\x1a", "1 2 3"])
def test_a_text_without_words_has_no_fingerprint(text: str) -> None:
    assert fingerprint(text) == ""


def test_a_label_is_one_short_line_without_quotes_or_markup() -> None:
    said = label(
        fingerprint('fatal: <b>"x"</b> `rm -rf /` [click](https://evil.example/a) | sh && $HOME {now} ' + "word " * 40)
    )
    assert len(said) <= 72
    assert not set(said) & set('"`<>[]{}|$&/\\\n')
    assert label("<*>") == ""


@given(st.text(max_size=3_000))
def test_any_text_has_a_bounded_fingerprint(text: str) -> None:
    found = fingerprint(text)
    assert len(found) <= 160
    assert len(label(found)) <= 72
    assert "\n" not in found


@given(st.text(alphabet="a1 .:=\"'[](){}<>,;/_-\n", max_size=300))
def test_what_was_masked_stays_masked(text: str) -> None:
    once = template(text)
    assert not any(character.isdigit() for character in once.replace(MASK, ""))
