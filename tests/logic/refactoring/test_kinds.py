"""Kinds: what is not proven is unknown, whatever it looks like; edits change nothing else."""

import ast
import keyword
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.logic.refactoring.proposing import program

from tacit.logic.refactoring.kind import INT, STR, is_plain
from tacit.logic.refactoring.kinds import Kinds
from tacit.logic.refactoring.source import Edit, Module, applied

KINDS = {
    "STR": ["x.lower()", "f'{y}'", "str(y)", "x + 'a'", "'%s' % y", "x[1:]", "' '.join(y)", "x.split()[0]", "min(x)"],
    "INT": ["len(y)", "x.find('a')", "1 + 2", "-len(x)", "sum(len(w) for w in x.split())", "[1, 2][0]"],
    "None": ["y", "y.lower()", "y.split()[0]", "[y][0]", "z(y)", "y + 1", "x if y else []", "max(y)", "(lambda: x)()"],
}


@pytest.mark.parametrize(("kind", "written"), [(kind, one) for kind, many in KINDS.items() for one in many])
def test_of_an_expression(kind: str, written: str) -> None:
    texts = program(main=f"def f(x: str, y):\n    return {written}\n")
    module = texts.modules["main.py"]
    function = module.functions["f"]
    assert Kinds(texts, module, function).returns(function) == {"STR": STR, "INT": INT, "None": None}[kind]


UNKNOWN = {
    "bound in a with": "with y as a: pass",
    "bound by an error": "try: pass\n    except KeyError as a: pass",
    "bound by a pattern": "match y:\n        case [a]: pass",
    "bound by an import": "import os as a",
    "bound by a function": "def a(): pass",
    "bound from outside": "def g():\n        nonlocal a\n        a = []\n    g()",
    "bound to several": "a = []",
    "bound by a loop": "for a in y: pass",
    "bound by a starred": "*a, b = y",
    "added to": "a += y",
    "global": "global b",
}


@pytest.mark.parametrize("how", UNKNOWN)
def test_a_name_is_unknown_when_it_is_also(how: str) -> None:
    extra = UNKNOWN[how]
    text = f"def f(y):\n    a = 'x'\n    {extra}\n    return a\n"
    if how == "global":
        text = "a = 1\n" + text.replace("    a = 'x'\n", "").replace("global b", "global a\n    a = y")
    texts = program(main=text)
    module = texts.modules["main.py"]
    function = module.functions["f"]
    assert not is_plain(Kinds(texts, module, function).returns(function))


@given(st.text(alphabet="aé漢 \n#\t'", max_size=30), st.integers(0, 5))
def test_replacing_every_name_by_itself_changes_nothing(noise: str, seed: int) -> None:
    names = [word for word in ("é", "x", "数", "abc") if not keyword.iskeyword(word)]
    generator = random.Random(seed)
    lines = [f"{generator.choice(names)} = {noise!r} + {generator.choice(names)}  # {noise!r}" for _ in range(3)]
    text = "\n".join(lines) + "\n"
    module = Module("a.py", text)
    found = [node for node in ast.walk(module.tree) if isinstance(node, ast.Name)]
    assert [module.written(node) for node in found] == [node.id for node in found]
    assert applied(text, [module.replaced(node, node.id) for node in found]) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "import a\n"),
        ("x = 1\n", "import a\n\nx = 1\n"),
        ("# c\n@d\ndef f(): pass\n", "# c\nimport a\n\n@d\ndef f(): pass\n"),
        ('"""D."""\n\nx = 1\n', '"""D."""\n\nimport a\n\nx = 1\n'),
        ("from __future__ import annotations\nimport z\n", "from __future__ import annotations\nimport a\nimport z\n"),
        ('"""D."""\nimport z\n', '"""D."""\nimport a\nimport z\n'),
    ],
)
def test_an_import_is_put_where_imports_are(text: str, expected: str) -> None:
    module = Module("a.py", text)
    made = applied(text, module.importing("a") or [])
    assert made == expected
    assert Module("a.py", made).importing("a") == []


def test_edits_at_one_place_keep_their_order() -> None:
    assert applied("ab", [Edit(1, 1, "x"), Edit(1, 1, "y"), Edit(1, 2, "z")]) == "axyz"
