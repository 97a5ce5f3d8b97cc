"""Runs to learn from: made up, seeded, with regularities that learning is to find."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["runs", "written"]

TROUBLES = (
    ("git", "push", "rejected: fetch first", "git pull --rebase"),
    ("make", "build", "No rule to make target 'all'", "make -C src all"),
    ("python", "run", "ModuleNotFoundError: No module named 'tool'", "pip install tool"),
    ("tar", "unpack", "gzip: stdin: not in gzip format", "tar xf file.tar"),
)


def runs(count: int, *, seed: int = 0) -> Iterator[dict[str, Any]]:
    """In each, a tool fails in its own way; who then does the remedy succeeds more often than who tries again."""
    rng = random.Random(seed)
    for number in range(count):
        tool, goal, error, remedy = rng.choice(TROUBLES)
        cured = rng.random() < 0.5
        done = rng.random() < (0.9 if cured else 0.2)
        steps = [{"tool": tool, "args": f"{tool} {goal} item{number}", "obs": error, "ok": False}]
        if rng.random() < 0.3:
            steps.insert(0, {"tool": "ls", "args": "ls -la", "obs": "total 4", "ok": True})
        if cured:
            steps.append({"tool": remedy.split()[0], "args": remedy, "obs": "done", "ok": True})
        steps.append({"tool": tool, "args": f"{tool} {goal} item{number}", "obs": "ok" if done else error, "ok": done})
        yield {
            "id": f"{seed}-{number}", "source": "made up", "domain": tool, "task": f"{goal} item{number} with {tool}",
            "steps": steps, "success": done,
        }  # fmt: skip


def written(path: Path, count: int, *, seed: int = 0) -> Path:
    """As a file to import."""
    path.write_text("".join(json.dumps(run) + "\n" for run in runs(count, seed=seed)), "utf-8")
    return path
