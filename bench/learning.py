"""Learning from real runs: what is foretold of an episode before it is learned from, over the episodes seen.

    python -m bench.learning --data DIR [--json] [--quick]

DIR holds runs/*.jsonl (or the files themselves); each file is one stream, in its order, through the front door of a
memory of its own: episodes are recorded step by step with their outcome, learned from, and advice is asked for before
each step. `BATCH` episodes are foretold before any of them is learned from. The same constants for all files.

    next_tool      every step of an episode, and its end, against the first suggestion; baseline: back-off 2-gram
    recovery       the step after a failed one, where it worked: against the first recovery; the last 2,000 cases;
                   baselines: majority, by the failed tool, the 20 nearest cases by TF-IDF, all under the same stream
    success_auroc  success foretold after the first three steps, with what they told and were paid; baseline: logistic
                   regression on TF-IDF of the same, online

As the documented baselines do, `success_auroc` counts all episodes that had a step. That an episode is over is not
told, but the last answer of a short one may show how it ended: `three_steps` counts only those that had three,
`still_open` only those that went on. The streams hold the same task tried by several agents, one after the other:
meeting a known task is experience, too.
`new_task` is what is foretold by what has learned only from other tasks (half of them), so without any of that.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from bench.common import absent, arguments, machine, report, say
from bench.learning_report import shown
from bench.learning_stream import AFTER, BATCH, Foretold, Streamed, Told, streamed

LAST = 2_000
"""Cases of recovery that count."""
STRETCHES = 10
QUICK = 60
"""Episodes of a file."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run; -> exit status."""
    parser = arguments(__doc__ or "", data=True)
    parser.add_argument("--only", action="append", default=[], help="name of a file without .jsonl; may be repeated")
    options = parser.parse_args(argv)
    started = time.time()
    files = _files(options.data, options.only)
    if not files:
        return absent("runs/*.jsonl", options.data)
    with ProcessPoolExecutor(max_workers=2) as pool:
        found = list(pool.map(streamed, files, [QUICK if options.quick else None] * len(files)))
    result = figures(sorted(found, key=lambda one: one.source))
    result |= {"quick": options.quick, "machine": machine(started)}
    report(result, as_json=options.json, table=shown)
    return 0


def _files(data: Path, only: Sequence[str]) -> list[Path]:
    """The largest first: it takes longest."""
    found = sorted((data / "runs").glob("*.jsonl")) or sorted(data.glob("*.jsonl"))
    chosen = [file for file in found if not only or file.stem in only]
    say(f"{len(chosen)} files")
    return sorted(chosen, key=lambda file: -file.stat().st_size)


def figures(found: Sequence[Streamed]) -> dict[str, Any]:
    """Everything that is reported."""
    by_source = {one.source: _of_one(one) for one in found}

    def each(*path: str) -> dict[str, Any]:
        return {source: _at(one, path) for source, one in by_source.items() if _at(one, path) is not None}

    return {
        "recovery": each("recovery", "tacit"),
        "next_tool": each("next_tool", "tacit"),
        "success_auroc": each("success", "all_episodes", "tacit"),
        "baselines": {
            "recovery": {name: each("recovery", name) for name in ("majority", "by_failed_tool", "nearest_20")},
            "next_tool": {"two_gram": each("next_tool", "two_gram")},
            "success_auroc": {"logistic_tfidf": each("success", "all_episodes", "logistic")},
        },
        "details": by_source,
        "batch": BATCH,
    }


def _at(one: Any, path: Sequence[str]) -> Any:
    for name in path:
        one = one.get(name) if isinstance(one, Mapping) else None
    return one


def _of_one(one: Streamed) -> dict[str, Any]:
    return {
        "episodes": one.episodes,
        "next_tool": _answers(one.next_tool),
        "next_tool_without_end": _mean(_before_the_end(one)),
        "recovery": _answers(one.recovery, last=LAST) | {"all_cases": _mean(one.recovery.right)},
        "any_after_error": _answers(one.any_after_error),
        "success": {
            "three_steps": _auroc_of([case for case in one.success if case.steps >= AFTER]),
            "still_open": _auroc_of([case for case in one.success if case.steps > AFTER]),
            "all_episodes": _auroc_of(one.success),
        },
        "curves": {
            "next_tool": _curve(one.next_tool.right),
            "two_gram": _curve(one.next_tool.others.get("two_gram", [])),
            "recovery": _curve(one.recovery.right),
            "nearest_20": _curve(one.recovery.others.get("nearest_20", [])),
            "success_error": _curve([abs(case.success - case.tacit) for case in one.success]),
        },
        "patterns": one.pattern_count,
        "found": one.patterns,
        "milliseconds": {
            "advise": round(1e3 * one.seconds["advise"] / max(one.asked, 1), 2),
            "record_an_episode": round(1e3 * one.seconds["record"] / max(one.episodes, 1), 2),
            "learn_an_episode": round(1e3 * one.seconds["learn"] / max(one.episodes, 1), 2),
        },
    }


def _before_the_end(one: Streamed) -> list[bool]:
    return one.next_tool.others.get("without_end", [])


def _answers(told: Told, last: int | None = None) -> dict[str, Any]:
    """Shares of right answers; of the last so many cases."""
    cut = -last if last else 0
    others = {name: _mean(given[cut:]) for name, given in told.others.items() if name != "without_end"}
    return {"cases": len(told.right), "tacit": _mean(told.right[cut:]), "in_three": _mean(told.in_three[cut:])} | others


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _curve(values: Sequence[float]) -> list[float | None]:
    """Means of ten stretches."""
    return [_mean([float(one) for one in part]) for part in np.array_split(np.asarray(values, float), STRETCHES)]


def _auroc_of(cases: Sequence[Foretold]) -> dict[str, Any]:
    truth = [case.success for case in cases]
    return {
        "cases": len(cases),
        "successes": sum(truth),
        "tacit": _auroc(truth, [case.tacit for case in cases]),
        "logistic": _auroc(truth, [case.logistic for case in cases]),
        "new_task": _auroc(truth, [case.new_task for case in cases]),
    }


def _auroc(truth: Sequence[bool], scores: Sequence[float]) -> float | None:
    """Probability that a success is given more than a failure, ties half (Mann, Whitney 1947); None without both."""
    won = np.asarray(truth, bool)
    if won.all() or not won.any():
        return None
    _, place, counts = np.unique(np.asarray(scores), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    pairs = won.sum() * (~won).sum()
    return round(float((ranks[won].sum() - won.sum() * (won.sum() + 1) / 2) / pairs), 4)


if __name__ == "__main__":
    sys.exit(main())
