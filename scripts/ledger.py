"""Draws docs/pictures/ledger.svg: the lab notebook of a night's run of the loop on the demo's memory.

    python scripts/ledger.py [--db FILE] [--svg FILE] [--rounds N] [--trials N] [--recalls N]

The demo lives through its tasks and does new ones with what it recalls (real programs, real episodes). Its agent says
of each recall which episodes told what did it in the end: these are the cases by which everything is tried. Between
the rounds of `tacit improve`, before and after them, the agent does further tasks in the same way: they are more cases,
and what the watch judges by. No case is added by hand, and nothing in the picture is written by hand; run it again and
the figures differ with the machine.

Where the shipped targets leave nothing to try, and only there, the owner wants more (`WANTED`); the picture then says
"the owner's target".
"""

import argparse
import random
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import tacit
from tacit.demo.family import Task
from tacit.demo.program import Options, run
from tacit.demo.screen import Screen
from tacit.demo.shell import Shell
from tacit.demo.tasks import FAMILIES, make_task
from tacit.demo.trial import WITH, Recalling, live
from tacit.improvement import Metric
from tacit.logic.improving.vigil import WINDOW
from tacit.memory import Memory

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
STINT = WINDOW + 20
"""Recalls between two rounds: more than the window of a watch."""
WANTED: dict[Metric, float] = {"recall_quality": 0.95, "query_time_ms": 5.0}
"""What the owner wants where the shipped targets leave nothing to try."""


def main() -> int:
    """Make the memory, if it is not there; spend the night; draw. -> exit code."""
    given = _parser().parse_args()
    if not given.db.exists():
        print(f"making the demo's memory: {given.db}", flush=True)
        run(Options(database=given.db, embedder=given.embedder, rounds=0), Screen(quiet=True))
    print(_worked(given, 0), flush=True)
    for number in range(given.rounds):
        print(_wanted(given), flush=True)
        _tacit(given, "improve", "--trials", str(given.trials))
        print(_worked(given, number + 1), flush=True)
    given.svg.parent.mkdir(parents=True, exist_ok=True)
    return _tacit(given, "ledger", "--svg", str(given.svg), "--force", "--limit", "60")


def _wanted(given: argparse.Namespace) -> str:
    """Look with the targets as they are; where these leave nothing to try, set others."""
    with _opened(given) as memory:
        memory.probe()
        memory.analyze()
        if memory.propose(most=1, keep=False):
            return "; ".join(one.description for one in memory.bottlenecks())
        for metric, target in WANTED.items():
            memory.set_target(metric, target)
    return f"the targets leave nothing to try: the owner wants {WANTED}"


def _worked(given: argparse.Namespace, number: int) -> str:
    """The agent works, until it has recalled often enough; the background worker watches, as in any process."""
    with Shell() as shell, _opened(given, worker=True) as memory, _opened(given, WITH) as record:
        agent = Recalling(memory)
        tasks = list(islice(_tasks(f"stint {number}"), given.recalls))  # each needs one recall at least
        work = live(shell, tasks, record, phase="with", seed=number, adviser=agent)
        done = []
        while len(agent.milliseconds) < given.recalls:
            done += [one.ok for one in islice(work, 1)]
        memory.flush()
        memory.watch()
        standing = memory.standing()
        return f"{sum(done)} of {len(done)} tasks done, {len(memory.cases())} cases, {standing}"


def _tasks(seed: str) -> Iterator[Task]:
    """Every wish in its wordings again and again, about other files."""
    rng, number = random.Random(seed), 0
    with Shell() as shell:
        there = [family for family in FAMILIES if shell.has(family.tool)]
    while True:
        dealt = [(family, wording) for family in there for wording in range(len(family.wordings))]
        rng.shuffle(dealt)
        for family, wording in dealt:
            yield make_task(family, wording, number, rng)
            number += 1


def _tacit(given: argparse.Namespace, *arguments: str) -> int:
    command = [sys.executable, "-m", "tacit", "--db", str(given.db), "--reranker", "none"]
    command += ["--embedder", given.embedder] if given.embedder else []
    print("tacit", *arguments, flush=True)
    return subprocess.run([*command, *arguments], check=True).returncode


def _opened(given: argparse.Namespace, namespace: str | None = None, *, worker: bool = False) -> Memory:
    embedder = given.embedder if namespace is None else "none"
    return tacit.open(given.db, namespace=namespace, embedder=embedder, reranker="none", worker=worker)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--db", type=Path, default=ROOT / "demo-out" / "night.db", help="made, if it is not there")
    parser.add_argument("--svg", type=Path, default=ROOT / "docs" / "pictures" / "ledger.svg")
    parser.add_argument("--embedder", help="as in the settings")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=3, help="of a round")
    parser.add_argument("--recalls", type=int, default=STINT, help="between two rounds")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
