"""bench.sandbox says what it tried under the documented keys. What it found, tests/sandboxes hold it to."""

import json
from typing import Any

import pytest

from bench import sandbox
from tacit.testing.sandbox_contract import CHECKS


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    some = [check for check in CHECKS if check.guarantee == "time" or check.name == "git works"]
    monkeypatch.setattr(sandbox, "CHECKS", some)
    monkeypatch.setattr(sandbox, "STARTS", 2)
    assert sandbox.main(["--json", "--quick"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_each_check_is_told_with_its_state_and_by_what(told: dict[str, Any]) -> None:
    assert set(told) == {"available", "ways", "checks", "held", "broken", "not_tried", "quick", "machine"}
    assert told["checks"] == told["held"] + told["broken"] + told["not_tried"] == 4
    (way,) = told["ways"].values()
    assert all(check["by"] for check in way["checks"] if check["guarantee"] == "time")
    assert way["start"]["ratio"] > 1


def test_the_ways_that_were_not_tried_say_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert sandbox.main(["--only", "bwrap"]) == 0
    assert "bwrap is not installed" in capsys.readouterr().out
