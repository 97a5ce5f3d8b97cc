"""The closed loop, measured: from bad policies to good ones, by luck, taken back, and what it costs.

    python -m bench.improve --data DIR [--json] [--quick] [--workers 2] [--parts search nulls planted live cost]

- search: from ten deliberately bad policies, forty trials each, through the front door, in the sandbox, on LoCoMo
  (development) conversations 1 to 3; beside it random search and a tree-structured Parzen estimator with as many
  measurements (see `bench.improve_search` for what these are told); held out: conversations 4 and 5.
- nulls: a policy against itself, 200 times, looked at as the loop looks. planted: gains of 2, 5 and 10 %, and the
  share that the judge finds. live: see `bench.improve_live`.
- cost: one analysis among 100,000 items, and recalls beside a trial.

Going back to shipped values is not an idea here, as it would be the solution. Shares are against the best known: what
every course ended with, what its method would choose first among what it measured, and the shipped policy, all measured
again in one run where the loop lives (`bench.improve_search.shares`).
"""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from bench import improve_live, improve_search, sets
from bench.common import absent, arguments, machine, report, say
from bench.improve_beside import beside
from bench.improve_lab import laboratory
from bench.improve_loop import held_out, improved, nulls, prepared
from bench.improve_metrics import analysis
from bench.improve_search import STARTS
from bench.judging import planted

__all__ = ["main"]

PARTS = ("search", "nulls", "planted", "live", "cost")
FULL = {
    "starts": 10,
    "trials": 40,
    "cases": 400,  # more than the 383 questions of the three conversations that can be answered: all
    "nulls": 200,
    "runs": 100,
    "kills": 40,
    "spells": 5,
    "items": 100_000,
    "analyses": 200,
}
QUICK = {
    "starts": 1,
    "trials": 4,
    "cases": 60,
    "nulls": 4,
    "runs": 2,
    "kills": 4,
    "spells": 1,
    "items": 5_000,
    "analyses": 20,
}
HELD_OUT = (3, 4)


def main(argv: Sequence[str] | None = None) -> int:
    """Run; -> exit status."""
    parser = arguments(__doc__ or "", data=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--parts", nargs="*", choices=PARTS, help="all; with --quick, all but planted: see bench.judging"
    )
    options, started = parser.parse_args(argv), time.time()
    parts = options.parts or [part for part in PARTS if not (options.quick and part == "planted")]
    if not sets.locomo(options.data):
        return absent("locomo*.json", options.data)
    sizes = QUICK if options.quick else FULL
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        template = prepared(options.data, Path(name) / "prepared.db", cases=sizes["cases"], seed=options.seed)
        if "search" in parts:
            found |= _searched(options.data, template, sizes, workers=options.workers, seed=options.seed)
        if "nulls" in parts:
            say("nulls")
            found |= nulls(template, looks=sizes["nulls"], cases=min(100, sizes["cases"]), workers=options.workers)
        if "cost" in parts:
            say("cost")
            found |= {"beside": beside(template, spells=sizes["spells"])}
            size = {"items": sizes["items"], "samples": 5_000, "analyses": sizes["analyses"]}
            found |= analysis(Path(name) / "large.db", size, np.random.default_rng(options.seed))
    if "planted" in parts:
        say("planted")
        found |= planted(quick=options.quick, data=options.data, seed=options.seed)
    if "live" in parts:
        found |= improve_live.live(options.data, runs=sizes["runs"], workers=options.workers)
        found["kills"] = improve_live.kills(points=sizes["kills"])
    result = {**found, "sizes": sizes, "quick": options.quick, "machine": machine(started)}
    report(result, as_json=options.json, table=_table)
    return 0


def _searched(data: Path, template: Path, sizes: Mapping[str, int], *, workers: int, seed: int) -> dict[str, Any]:
    starts = list(STARTS)[: sizes["starts"]]
    lived = [(str(template), start, sizes["trials"]) for start in starts]
    others = [(start, method, sizes["trials"], seed) for start in starts for method in ("random", "parzen")]
    context = get_context("spawn")
    courses = []
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for course in pool.map(improved, lived):
            courses.append(course)
            say(f"loop: {course.start}: {course.accepted} of {len(course.measured)} trials accepted, {course.final}")
    given = (data, sizes["cases"], seed, False, True)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=improve_search.prepare, initargs=given) as pool:
        courses += list(pool.map(improve_search.run, others))
    improve_search.prepare(*given)
    shares = improve_search.shares(courses)
    loop = [row for row in shares["courses"] if row["method"] == "loop"]
    with laboratory(data, HELD_OUT, most=10 * sizes["cases"], together=True) as lab:
        gained = held_out(lab, [course for course in courses if course.method == "loop"])
    return {
        "quality_share": round(float(np.mean([row["quality_share"] for row in loop])), 4),
        "speed_share": round(float(np.mean([row["speed_share"] for row in loop])), 4),
        "trials": max(len(course.measured) for course in courses if course.method == "loop"),
        **gained,
        "search": shares,
    }


def _table(found: Mapping[str, Any]) -> None:
    if "search" in found:
        print(f"{'start':22}{'method':8}{'quality':>9}{'speed':>9}   (shares of the best known)")
        for row in found["search"]["courses"]:
            print(f"{row['start']:22}{row['method']:8}{row['quality_share']:9.1%}{row['speed_share']:9.1%}")
        for method, row in found["search"]["methods"].items():
            quality, speed = (
                f"{row[f'{one}_mean']:.1%} (least {row[f'{one}_least']:.1%})" for one in ("quality", "speed")
            )
            print(
                f"{method}: quality {quality}, speed {speed}; 95 and 90 % from {row['reached']} of {row['of']} starts"
            )
        mean, low, high = found["held_out_gain"]
        print(f"held out: quality {mean:+.3f} [{low:+.3f}, {high:+.3f}] over the starts")
    for name in ("aa_accepted", "detected", "cases_needed", "rolled_back", "false_rollbacks", "analysis_ms_p95"):
        if name in found:
            print(f"{name:18}{found[name]}")
    for name in ("beside", "kills", "live"):
        if name in found:
            print(f"{name:18}{found[name]}")


if __name__ == "__main__":
    sys.exit(main())
