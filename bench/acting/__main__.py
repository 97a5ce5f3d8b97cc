"""Acting: what memory is worth to a fixed policy without a language model, in environments that nobody here wrote.

Four games of TextWorldExpress (coin, twc, cookingworld, arithmetic), 5 seeds each: a policy lives through episodes of
the train fold, which are recorded, then does tasks of the test fold with advice and without; the only difference is
that without memory every option is worth nothing. And the shell tasks of the demo, lived once and then done anew, 5
seeds. While it lives through episodes it tries what is uncertain, the more the fewer steps are left to lose.

`success` and `steps` are means; `gain` is the 95 % interval of the difference of success (paired by task, bootstrap
over all seeds and tasks); `score` and `score_gain` are the same of the game's own score, which pays for parts of a task
(arithmetic: below zero for a wrong answer). In cookingworld a task is a success when all of a recipe of five to a dozen
parts was done and nothing spoilt. What memory does not do here: calculate.

Settings are chosen with `--fold dev`, the package's own development fold; `--only` plays some of the tasks.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bench.acting.jobs import Job, Pair, played
from bench.acting.setup import MissingGames, ready
from bench.acting.trial import Run
from bench.acting.worlds import GAMES, LIMIT
from bench.common import ABSENT, arguments, interval, machine, report, say

SEEDS = 5
LIVED = 100
TESTED = 50
QUICK = {"seeds": 1, "lived": 15, "tested": 10}


def main() -> int:
    """Play, and print."""
    started = time.time()
    options = _arguments().parse_args()
    sizes = QUICK if options.quick else {"seeds": SEEDS, "lived": LIVED, "tested": TESTED}
    try:
        ready()
    except MissingGames as missing:
        say(str(missing))
        return ABSENT
    tasks = [task for task in (*GAMES, "shell") if not options.only or task in options.only]
    seeds = range(options.seed, options.seed + sizes["seeds"])
    jobs = [(task, seed, sizes["lived"], sizes["tested"], options.fold) for task in tasks for seed in seeds]
    pairs: dict[str, list[Pair]] = {task: [] for task in tasks}
    for (task, seed, *_), pair in zip(jobs, _played(jobs), strict=True):
        pairs[task].append(pair)
        say(f"{task} {seed}: {_line(*pair)}")
    result: dict[str, Any] = {task: _summed(found) for task, found in pairs.items()}
    result["settings"] = {**sizes, "fold": options.fold, "limit": LIMIT, "quick": options.quick, **machine(started)}
    report(result, as_json=options.json, table=_table)
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = arguments(__doc__ or "")
    parser.add_argument("--fold", choices=("dev", "test"), default="test", help="tasks to be tried on; dev for tuning")
    parser.add_argument("--only", nargs="+", choices=(*GAMES, "shell"), help="these tasks and no others")
    return parser


def _played(jobs: Sequence[Job]) -> Iterator[Pair]:
    workers = min(2, os.cpu_count() or 1)
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(played, jobs)


def _summed(pairs: Sequence[Pair]) -> dict[str, Any]:
    on = [run for pair in pairs for run in pair[0]]
    off = [run for pair in pairs for run in pair[1]]
    return {
        "memory": _means(on),
        "none": _means(off),
        "gain": interval([float(a.success) - float(b.success) for a, b in zip(on, off, strict=True)])[1:],
        "score_gain": interval([a.score - b.score for a, b in zip(on, off, strict=True)])[1:],
        "steps_saved": interval([float(b.steps - a.steps) for a, b in zip(on, off, strict=True)])[1:],
        "success_by_seed": {
            "memory": [_means(pair[0])["success"] for pair in pairs],
            "none": [_means(pair[1])["success"] for pair in pairs],
        },
    }


def _means(runs: Sequence[Run]) -> dict[str, float]:
    return {
        "success": round(float(np.mean([run.success for run in runs])), 4),
        "steps": round(float(np.mean([run.steps for run in runs])), 2),
        "score": round(float(np.mean([run.score for run in runs])), 4),
    }


def _line(on: Sequence[Run], off: Sequence[Run]) -> str:
    with_it, without = _means(on), _means(off)
    return ", ".join(f"{what} {without[what]} -> {with_it[what]}" for what in with_it)


def _table(result: Mapping[str, Any]) -> None:
    print(f"{'task':14}{'success':>18}{'gain, 95 %':>18}{'steps':>20}{'score':>18}{'gain, 95 %':>18}")
    for task, row in result.items():
        if task == "settings":
            continue
        none, memory = row["none"], row["memory"]
        told = [f"{none[what]:.2f} -> {memory[what]:.2f}" for what in ("success", "steps", "score")]
        gain, score_gain = (f"{row[what][0]:+.3f} {row[what][1]:+.3f}" for what in ("gain", "score_gain"))
        print(f"{task:14}{told[0]:>18}{gain:>18}{told[1]:>20}{told[2]:>18}{score_gain:>18}")
    settings = result["settings"]
    print(
        f"{settings['seeds']} seeds, {settings['lived']} episodes lived, {settings['tested']} tasks each, "
        f"{settings['limit']} steps at most; {settings['seconds']} s; without memory -> with it"
    )


if __name__ == "__main__":
    sys.exit(main())
