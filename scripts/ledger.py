"""Draws docs/pictures/ledger.svg: the lab notebook of a night's run of the loop on the demo's memory.

    python scripts/ledger.py [--db FILE] [--svg FILE] [--rounds N] [--trials N]

The demo lives through its tasks (real programs, real episodes). Its memory is then asked for each kind of task in words
that it has not seen, and the episodes of that kind are what it should find: those are the cases. The night is rounds of
`tacit improve`, each followed by a day's questions, with honest feedback, in other words again: they are what the watch
judges by. Nothing in the picture is written by hand; run it again and the figures differ with the machine.
"""

import argparse
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import tacit
from tacit.demo.program import SEED, Options, run
from tacit.demo.screen import Screen
from tacit.demo.shell import PROGRAMS
from tacit.demo.tasks import FAMILIES, deal, make_task
from tacit.logic.improving.vigil import WINDOW
from tacit.memory import Memory
from tacit.types import Episode, Item

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
NEAR = 6
"""Episodes that the demo's agent reads."""
NAMES = 2
"""Sets of names in which each unused wording is asked as a case."""
DAY = WINDOW + 20
"""Questions after a round: more than the window of a watch."""
TARGETS = {"recall_quality": 0.95, "query_time_ms": 5.0}
"""What the owner wants, so that there is something to improve on a machine of any speed."""


def main() -> int:
    """Make the memory, if it is not there; spend the night; draw. -> exit code."""
    given = _parser().parse_args()
    if not given.db.exists():
        print(f"making the demo's memory: {given.db}", flush=True)
        run(Options(database=given.db, embedder=given.embedder, rounds=0), Screen(quiet=True))
    with _opened(given) as memory:
        kinds = _kinds(memory)
        cases = sum(_case(memory, *one) for one in _asked(memory, kinds, "cases", NAMES))
        for metric, target in TARGETS.items():
            memory.set_target(metric, target)  # type: ignore[arg-type]
    print(f"{cases} cases", flush=True)
    for number in range(given.rounds):
        with _opened(given) as memory:
            _live(memory, kinds, number)
        _tacit(given, "improve", "--trials", str(given.trials))
    with _opened(given) as memory:
        _live(memory, kinds, given.rounds)
    given.svg.parent.mkdir(parents=True, exist_ok=True)
    return _tacit(given, "ledger", "--svg", str(given.svg), "--force", "--limit", "60")


def _kinds(memory: Memory) -> dict[str, list[str]]:
    """Family -> ids of the episodes of its tasks."""
    families = {task.brief.description: task.family.name for task in deal(SEED, tuple(PROGRAMS), new=1).lived}
    kinds: dict[str, list[str]] = {}
    for item in memory.items(kinds=["episode"], limit=1_000):
        task = _task(item)
        if task in families:
            kinds.setdefault(families[task], []).append(item.id)
    return kinds


def _task(item: Item) -> str:
    return item.payload.task if isinstance(item.payload, Episode) else ""


def _asked(memory: Memory, kinds: dict[str, list[str]], seed: str, names: int) -> Iterator[tuple[str, list[str]]]:
    """(question, what it should find): tasks of each kind in wordings that no lived one has."""
    lived = [_task(item) for item in memory.items(kinds=["episode"], limit=1_000)]
    rng = random.Random(seed)
    for family in FAMILIES:
        used = {number for number, one in enumerate(family.wordings) if any(_fits(one, task) for task in lived)}
        for wording in sorted(set(range(len(family.wordings))) - used):
            for _ in range(names):
                if family.name in kinds:
                    yield make_task(family, wording, 0, rng).brief.description, kinds[family.name]


def _fits(wording: str, task: str) -> bool:
    """Whether a task is of this wording: what stands between its names is in it."""
    return all(part in task for part in re.split(r"\{\w+\}", wording))


def _case(memory: Memory, question: str, right: list[str]) -> int:
    memory.add_case(question, right, k=NEAR, kinds=["episode"])
    return 1


def _live(memory: Memory, kinds: dict[str, list[str]], day: int) -> None:
    """A day's questions, with what was right and whether anything was; the watch looks as it does in any process."""
    questions = list(_asked(memory, kinds, f"day {day}", 5))
    random.Random(day).shuffle(questions)
    for number, (question, right) in enumerate(questions[:DAY]):
        found = memory.recall(question, k=NEAR, kinds=["episode"])
        shown = [one.item.id for one in found.results if one.item.id in right]
        memory.feedback(found.id, 1.0 if shown else -1.0, items=shown, origin="agent")
        if number % 8 == 7:
            memory.watch()
    memory.watch()


def _tacit(given: argparse.Namespace, *arguments: str) -> int:
    command = [sys.executable, "-m", "tacit", "--db", str(given.db), "--reranker", "none"]
    command += ["--embedder", given.embedder] if given.embedder else []
    print("tacit", *arguments, flush=True)
    return subprocess.run([*command, *arguments], check=True).returncode


def _opened(given: argparse.Namespace) -> Memory:
    return tacit.open(given.db, embedder=given.embedder, reranker="none", worker=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--db", type=Path, default=ROOT / "demo-out" / "night.db", help="made, if it is not there")
    parser.add_argument("--svg", type=Path, default=ROOT / "docs" / "pictures" / "ledger.svg")
    parser.add_argument("--embedder", help="as in the settings")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=3, help="of a round")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
