"""bench.learning streams runs by the front door and says under the documented keys what it foretold."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bench.common import ABSENT

from bench import learning, learning_report

ROOT = Path(__file__).parents[2]


def run(number: int) -> dict[str, Any]:
    """A tool fails; who looks first gets on."""
    wise = number % 3 != 0
    failed = {"tool": "query", "args": f"query q{number}", "obs": f"Error: no table t{number}", "ok": False}
    mended = {"tool": "show" if wise else "query", "args": "tables", "obs": "a b c" if wise else "no", "ok": wise}
    last = {"tool": "query", "args": "query a", "obs": "rows" if wise else "Error: no", "ok": wise}
    steps = [failed, mended, last]
    return {
        "id": f"r{number}", "domain": "d", "agent": "a", "task": f"count the rows of {number % 7}", "steps": steps,
        "success": wise, "reward": float(wise),
    }  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("data")
    (folder / "runs").mkdir()
    for name in ("one", "two"):
        lines = [json.dumps(run(number)) for number in range(45)]
        (folder / "runs" / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bench.learning", "--data", str(folder), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin"},
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_one_object_with_the_documented_keys_is_printed(told: dict[str, Any]) -> None:
    for key in ("recovery", "next_tool", "success_auroc"):
        assert set(told[key]) == {"one", "two"}
    assert set(told["baselines"]["recovery"]) == {"majority", "by_failed_tool", "nearest_20"}
    assert set(told["baselines"]["next_tool"]) == {"two_gram"}
    assert told["quick"] is False


def test_what_can_be_foretold_is_foretold(told: dict[str, Any]) -> None:
    assert told["recovery"]["one"] > 0.8
    assert told["success_auroc"]["one"] > 0.8
    assert told["details"]["one"]["curves"]["next_tool"][-1] > told["details"]["one"]["curves"]["next_tool"][0]


def test_streams_do_not_know_each_other(told: dict[str, Any]) -> None:
    assert told["details"]["one"]["next_tool"] == told["details"]["two"]["next_tool"]


def test_curves_and_tables_are_drawn(told: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    learning_report.shown(told)
    drawn = capsys.readouterr().out
    assert "two_gram" in drawn
    assert "█" in drawn
    assert "patterns" in drawn


def test_a_folder_without_runs_is_said_to_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert learning.main(["--data", str(tmp_path)]) == ABSENT
    assert "--data" in capsys.readouterr().err
