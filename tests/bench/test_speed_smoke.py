"""bench.speed runs, says what it measured under the documented keys, and measures something. Never how fast."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import speed

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-m", "bench.speed", "--json", "--quick", "--sizes", "120,300", "--no-peers"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin"},
    )
    result: dict[str, Any] = json.loads(run.stdout)
    return result


def test_one_object_with_the_documented_keys_is_printed(told: dict[str, Any]) -> None:
    documented = {"complete_episode_ratio", "log_step_us_p50", "recall_ms", "items_per_s", "peers"}
    assert documented <= set(told)
    assert set(told["recall_ms"]) == {"120", "300"}
    assert told["quick"] is True


def test_every_figure_is_measured(told: dict[str, Any]) -> None:
    assert told["complete_episode_ratio"] > 0
    assert told["log_step_us_p50"] > 0
    assert told["items_per_s"] > 0
    for row in told["by_size"].values():
        assert all(row[name] > 0 for name in ("p50", "p99", "items_per_s", "vectors_per_s", "memory_mb"))
        assert row["found"] > 0.9, "what is measured finds what it asks for"


def test_cost_against_size_is_drawn(told: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    speed._table(told)
    drawn = capsys.readouterr().out
    assert "120 █" in drawn
    assert "300 █" in drawn
