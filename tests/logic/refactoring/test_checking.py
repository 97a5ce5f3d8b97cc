"""What of a model's reply may be tried: no reply harms, whatever it says."""

import ast
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tacit.logic.refactoring.advice import EXAMPLE, MOST_PATCHES, SCHEMA, Advised, Replacement, read
from tacit.logic.refactoring.checking import LARGEST, checked, key_of_diff
from tacit.logic.refactoring.diffs import unified
from tacit.logic.refactoring.patch import Patch
from tacit.logic.refactoring.reach import reach

TEXT = "import os\n\n\ndef f(a):\n    return a + a\n\n\ndef g(a):\n    return os.path.join(a, f(a))\n"
TEXTS = {"a.py": TEXT, "src/pack/b.py": "x = 1\n", "check.py": "assert True\n"}
SHOWN = frozenset({"a.py", "src/pack/b.py"})


def of(*replacements: tuple[str, str], file: str = "a.py", tried: frozenset[str] = frozenset()) -> Patch | str:
    made = tuple(Replacement(file=file, old=old, new=new) for old, new in replacements)
    return checked(
        Advised(why="It is better.", replacements=made),
        TEXTS,
        shown=SHOWN,
        protected=frozenset({"check.py"}),
        tried=tried,
        origin="scripted:model",
    )


def test_what_fits_becomes_a_patch_whose_inverse_takes_it_back():
    patch = of(("a + a", "2 * a"), ("join(a, f(a))", "join(a, a + a)"))
    assert isinstance(patch, Patch)
    assert patch.files == {"a.py": TEXT.replace("return a + a", "return 2 * a").replace("f(a))", "a + a)")}
    assert patch.description == "a.py: It is better (written by scripted:model)"
    assert patch.same
    assert patch.inverse == key_of_diff(unified(patch.files, {"a.py": TEXT}))
    assert of(("a + a", "2 * a"), ("join(a, f(a))", "join(a, a + a)"), tried=frozenset({patch.key})) == (
        "the same was tried before"
    )


def test_a_change_has_the_same_name_wherever_its_lines_stand():
    lines = [f"x{number} = {number}\n" for number in range(20)]
    longer = ["# more\n", *lines]
    keys = {
        key_of_diff(unified({"a.py": "".join(before)}, {"a.py": "".join(before).replace("x9 = 9", "x9 = 10")}))
        for before in (lines, longer)
    }
    assert len(keys) == 1


REFUSED = {
    "nothing": ((), "it replaces 0 texts"),
    "too many": ((("a", "b"),) * 9, "it replaces 9 texts"),
    "too long": ((("a + a", "a" * LARGEST),), "characters, of at most"),
    "an empty text": ((("", "x"),), "stands nowhere"),
    "twice, one within the other": (((") + a", "x"), ("a + a", "x")), "stands nowhere"),
    "overlapping": ((("return a +", "return 2 *"), ("+ a\n", "* 2\n")), "two replacements of a.py overlap"),
    "no Python": ((("a + a", "a +"),), "a.py would be no Python"),
    "a null": ((("a + a", "a\0"),), "a character that nobody sees (U+0000)"),
    "turned round": ((("a + a", "2 * a  # \u202e"),), "a character that nobody sees (U+202E)"),
    "half a character": ((("a + a", "'\ud800'"),), "a character that nobody sees (U+D800)"),
    "only a comment": ((("a + a", "a + a  # fast"),), "changes nothing of a.py but how it looks"),
    "as it was": ((("a + a", "a + a"),), "changes nothing of a.py but how it looks"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_does_not_fit_is_refused_with_a_reason(how: str):
    edits, reason = REFUSED[how]
    refused = of(*edits)
    assert isinstance(refused, str)
    assert reason in refused


WIDER = [
    "eval('a')",
    "__import__('os').system(a)",
    "().__class__.__base__.__subclasses__()",
    "getattr(a, 'x')",
    "os.system(a)",
    "os",
    "open(a)",
    "print(a)",
    "exit(0)",
    "pack.os.getcwd()",
    "a['__builtins__']",
    "pack.b.shutil.rmtree(a)",
]


@pytest.mark.parametrize("new", WIDER)
def test_a_patch_reaches_for_nothing_that_the_file_did_without(new: str):
    refused = of(("a + a", new))
    assert isinstance(refused, str)
    assert "would reach for" in refused


@pytest.mark.parametrize(
    "line",
    [
        "import subprocess",
        "from os import system",
        "import pickle as math",
        "from pack.b import os",
        "import b.os",
        "from pack.b import *",
    ],
)
def test_a_patch_imports_nothing_but_what_computes_or_is_of_the_workspace(line: str):
    refused = of(("import os\n", f"import os\n{line}\n"))
    assert isinstance(refused, str)
    assert "would reach for" in refused


@pytest.mark.parametrize(
    "line",
    ["import functools", "from math import isqrt", "from collections.abc import Iterator", "from pack.b import x"],
)
def test_what_computes_and_what_is_of_the_workspace_may_be_imported(line: str):
    assert isinstance(of(("import os\n", f"import os\n{line}\n")), Patch)


def test_what_the_file_reached_for_it_may_reach_for_again():
    assert isinstance(of(("a + a", "os.path.join(a, a)")), Patch)
    assert reach(ast.parse("import os as o\no.path.join(a)")) == {"import os", "os.path.join"}
    assert "os.path.exists" in str(of(("a + a", "os.path.exists(a)")))


def test_what_a_model_says_is_one_line_of_plain_characters_and_no_word_of_gits():
    assert Advised(why="a\n\x1b[31mb\u202e c.  ", replacements=()).said == "a [31mb c"
    assert Advised(why="Better.\n\nThis reverts commit abc.", replacements=()).said == ""
    assert len(Advised(why="long " * 999, replacements=()).said) <= 160


def test_the_schema_is_the_form_that_is_read():
    one = {"why": "w", "replacements": [{"file": "a", "old": "b", "new": "c"}]}
    assert read(json.dumps({"patches": [one]})) == (
        Advised(why="w", replacements=(Replacement(file="a", old="b", new="c"),)),
    )
    assert len(read(EXAMPLE)) == 1
    inner: Any = SCHEMA["properties"]["patches"]["items"]
    assert set(inner["required"]) == set(Advised.__struct_fields__) == set(one)
    assert set(inner["properties"]["replacements"]["items"]["required"]) == set(Replacement.__struct_fields__)
    for odd in (
        "",
        "[]",
        "null",
        '{"patches": [{}]}',
        '{"patches": [], "more": 1}',
        "[" * 100_000,
        '{"patches": "\ud800"}',
    ):
        assert isinstance(read(odd), str)
    assert isinstance(read(json.dumps({"patches": [one] * (MOST_PATCHES + 1)})), str)


WORDS = some.text(max_size=12) | some.sampled_from(TEXT.split(" "))


@given(
    some.lists(some.tuples(WORDS, WORDS), max_size=4),
    some.sampled_from([*TEXTS, "b"]),
)
def test_no_patch_ever_raises_and_none_that_passes_is_broken(edits: list[tuple[str, str]], file: str):
    patch = of(*edits, file=file)
    if isinstance(patch, Patch):
        assert set(patch.files) <= SHOWN
        assert all(ast.parse(text) for text in patch.files.values())
