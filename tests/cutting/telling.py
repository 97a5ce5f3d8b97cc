"""Scenarios of what tells the owner."""

import json
from pathlib import Path

from tests.cutting.harness import brings

import tacit


def told(folder: Path, target: float) -> list[str]:
    """What a command was told after an analysis that finds recalls too slow by this target."""
    file = folder / "told.json"
    with tacit.open(folder / "memory.db", embedder="none", worker=False, notify=[f"tee {file}"]) as memory:
        memory.record_fact("The API listens on port 8080")
        for _ in range(3):
            memory.recall("which port")
        for metric in ("cpu_percent", "memory_usage_mb"):
            memory.set_target(metric, 1e9)
        slowest = memory.analyze().metrics["query_time_ms"]
        memory.set_target("query_time_ms", slowest / target)
        memory.analyze()
        memory._tick()
        assert memory.bottlenecks()
        return [one["what"] for one in json.loads(file.read_text())["events"]] if file.exists() else []


@brings("notifications")
def what_is_critical_is_told(folder: Path) -> None:
    assert told(folder, 1_000.0) == ["bottleneck"]


@brings("severity of what is told")
def what_is_a_little_worse_is_not_told(folder: Path) -> None:
    assert told(folder, 1.3) == []
