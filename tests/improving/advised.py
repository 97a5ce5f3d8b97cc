"""A program that a chat model improves: a small repository, a measure that counts instead of timing, replies."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.improving.repositories import commit, made

from tacit.chat import Message, Reply
from tacit.memory.workspaces import WorkspaceProgress, improve_workspace
from tacit.testing import ScriptedModel

__all__ = ["BETTER", "CHECK", "SUMS", "WHY", "improved", "patch", "reply", "summing"]

SUMS = '''"""Sums."""

LIMIT = 900
steps = []


def total(limit):
    out = 0
    for number in range(limit + 1):
        steps.append(number)
        out = out + number
    return out


def report():
    return [total(LIMIT) for _ in range(30)]
'''
SLOW = SUMS[SUMS.index("    out = 0") : SUMS.index("\n\ndef report")]
WHY = "Gauss knew the sum"
BETTER = "    steps.append(limit)\n    return limit * (limit + 1) // 2\n"
BENCHMARK = "import sums\n\nprint(sums.report())\nprint(len(sums.steps))\n"
CHECK = "import sums\n\nassert [sums.total(n) for n in (0, 1, 4, 40)] == [0, 1, 10, 820]\n"
TOML = """benchmark = "python benchmark.py"
test = "python check.py"
measure = "stdout"

[limits]
rounds = 8
seconds = 20
"""
FILES = {"sums.py": SUMS, "benchmark.py": BENCHMARK, "check.py": CHECK, "tacit-improve.toml": TOML}


def summing(folder: Path, files: dict[str, str] | None = None) -> Path:
    """A repository whose benchmark counts the steps of a sum."""
    made(folder, FILES)
    if files:
        commit(folder, files)
    return folder


def patch(old: str = SLOW, new: str = BETTER, *, file: str = "sums.py", why: str = WHY) -> dict[str, Any]:
    """One patch as a model writes it."""
    return {"why": why, "replacements": [{"file": file, "old": old, "new": new}]}


def reply(*patches: dict[str, Any]) -> str:
    """What a model answers."""
    return json.dumps({"patches": patches})


NOTHING = reply()


def improved(
    folder: Path, *replies: str | Reply | Exception, **flags: Any
) -> tuple[list[WorkspaceProgress], list[str]]:
    """-> (the steps of improving with a model that gives these replies and then none, the texts that it was sent)."""
    model = ScriptedModel([*replies, *[NOTHING] * 6])
    steps = list(improve_workspace(folder, chat=model, **flags))
    return steps, [sent(one) for one in model.asked]


def sent(messages: Sequence[Message]) -> str:
    return "\n".join(one.text for one in messages)
