"""docs/promises.toml: every promise has an id, says what holds, and names a test that exists and proves it."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROMISES = tomllib.loads((ROOT / "docs" / "promises.toml").read_text("utf-8"))["promise"]


def test_ids_are_unique_and_sorted() -> None:
    ids = [promise["id"] for promise in PROMISES]
    assert ids == sorted(set(ids))
    assert [name for name in ids if not re.fullmatch(r"[a-z-]+:[a-z0-9-]+", name)] == []


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise["id"])
def test_a_promise_has_a_test(promise: dict[str, str]) -> None:
    assert set(promise) == {"id", "says", "test"}
    file, *names = promise["test"].split("::")
    scope: ast.AST = ast.parse((ROOT / file).read_text("utf-8"))
    for name in names:
        named = [node for node in ast.walk(scope) if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        inner = [node for node in named if node.name == name]
        assert inner, f"{promise['id']} names {promise['test']}, and there is no {name}"
        scope = inner[0]
    assert names[-1].startswith("test_")
