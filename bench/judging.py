"""The judge and the vigil, tried on what is known: how often they are wrong, and how much they see.

    python -m bench.judging [--data DIR] [--json] [--quick]

1. Null trials in one history, looked at as often as the loop looks: how many are accepted. Nothing is better in them,
   by construction (see `judging_arrays`).
2. Planted gains of 2, 5 and 10 % of the old: the share that is found by the tenth look of a history in which nothing
   was accepted, and how many cases it takes to find half of them.
3. Streams of live recalls with and without a regression, looked at after each recall.

The arrays of 1 and 2 are measured where the data is there; the streams of 3 are simulated, their times drawn from those
that were measured: they test a statistic, not a memory. Not covered: regressions that grow, and cases that do not stand
for what the owner asks next.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.random import Generator

from bench.common import arguments, machine, report, say
from bench.judging_arrays import Arrays, made_up, measured, null_pair, with_gain
from tacit.improvement import Judgement
from tacit.logic.improving.judge import Measures, Primary, judge, terms
from tacit.logic.improving.vigil import WINDOW, Observation, watch

__all__ = ["detected", "detections", "main", "null_trials", "planted", "streams", "watched"]

Source = Callable[[Generator, int], tuple[Measures, Measures]]
"""(random numbers, cases) -> old and new, of which none is better."""

PRIMARIES: tuple[Primary, ...] = ("quality", "milliseconds")
GAINS = (0.02, 0.05, 0.1)
SIZES = (50, 100, 200, 400, 1_000)
USUAL = 400
"""Cases of which the figures in one number are."""
MOST = 24_000
"""Cases of all trials of one size together: 24 trials of 1,000 take as long as 60 of 400."""
LOOKS = 9
"""Looks before, of which none was accepted."""
FULL = {"nulls": 200, "trials": 60, "streams": 100, "most": 450, "repeats": 10}
QUICK = {"nulls": 60, "trials": 10, "streams": 10, "most": 120, "repeats": 4}


def null_trials(source: Source, *, trials: int, cases: int, seed: int = 0) -> dict[str, Any]:
    """Judge pairs of which none is better, in turn by quality and by time, each in view of all before it."""
    history: list[Judgement] = []
    for number in range(trials):
        old, new = source(np.random.default_rng((seed, number)), cases)
        declared = terms(PRIMARIES[number % 2])
        history.append(judge(old, new, terms=declared, history=history, seed=seed + number))
    p_values = np.array([one.p_value for one in history])
    return {
        "trials": trials,
        "cases": cases,
        "accepted": sum(one.accepted for one in history) / trials,
        "under_5_percent": round(float((p_values <= 0.05).mean()), 4),
        "under_1_percent": round(float((p_values <= 0.01).mean()), 4),
    }


def detected(source: Source, primary: Primary, gain: float, *, cases: int, trials: int, seed: int = 0) -> float:
    """Share of trials with a planted gain that are accepted, as the look after `LOOKS` in vain."""
    before = [Judgement(primary=primary, accepted=False, reason="", p_value=0.5, level=0.001)] * LOOKS
    found, trials = 0, min(trials, MOST // cases)
    for number in range(trials):
        rng = np.random.default_rng((seed, number, cases, round(1000 * gain)))
        old, new = with_gain(source(rng, cases), primary, gain, rng)
        found += judge(old, new, terms=terms(primary), history=before, seed=seed + number).accepted
    return found / trials


def detections(
    sources: Mapping[Primary, Source], *, trials: int, sizes: Sequence[int] = SIZES, seed: int = 0
) -> dict[str, Any]:
    """Primary -> gain in percent -> share detected of each number of cases, and how many it takes to find half."""
    result: dict[str, Any] = {}
    for primary, source in sources.items():
        for gain in GAINS:
            shares = {
                str(cases): detected(source, primary, gain, cases=cases, trials=trials, seed=seed) for cases in sizes
            }
            say(f"{primary} {gain:.0%}: {shares}")
            needed = [int(cases) for cases, share in shares.items() if share >= 0.5]
            result.setdefault(primary, {})[f"{100 * gain:.0f}"] = {
                "shares": shares,
                "cases_needed": min(needed, default=None),
            }
    return result


Stream = tuple[list[Observation], list[Observation]]
"""Live recalls, and those before."""

CALM: dict[str, Any] = {
    "slower": 1.0, "scores": (0.8, 0.8), "told": 1.0, "errors": (0.002, 0.002), "wins": (0.7, 0.7), "busy": 0.0,
}  # fmt: skip
"""New and old are the same: feedback of 1 or -1, .8 on average, on every recall; an outcome of three recalls in ten."""
HARMLESS: dict[str, dict[str, Any]] = {
    "the same": {},
    "a busy machine": {"busy": 3.0},
    "tolerated, 20 % slower": {"slower": 1.2},
    "feedback on three recalls in ten": {"told": 0.3},
    "two recalls in a hundred fail": {"errors": (0.02, 0.02)},
}
HARMFUL: dict[str, dict[str, Any]] = {
    "twice as slow": {"slower": 2.0},
    "twice as slow, a busy machine": {"slower": 2.0, "busy": 3.0},
    "feedback from .8 to 0": {"scores": (0.8, 0.0)},
    "feedback from .8 to 0 on three in ten": {"scores": (0.8, 0.0), "told": 0.3},
    "one recall in ten fails": {"errors": (0.002, 0.1)},
    "success from .7 to .3": {"wins": (0.7, 0.3)},
}
CLEAR = ("twice as slow", "feedback from .8 to 0", "one recall in ten fails")
"""What must be found within the window."""


def streams(times: np.ndarray, rng: Generator, *, share: float, **told: Any) -> Stream:
    """One stream of live recalls. `times`: milliseconds to draw from. `busy`: for some tens of recalls at a time, half
    of the time, all take up to so many times longer."""
    how = {**CALM, **told}

    def one(candidate: bool, load: float) -> Observation:
        side = int(candidate)
        score = 1.0 if rng.random() < (1.0 + how["scores"][side]) / 2.0 else -1.0
        return Observation(
            candidate=candidate,
            milliseconds=float(rng.choice(times)) * load * (how["slower"] if candidate else 1.0),
            score=score if rng.random() < how["told"] else None,
            failed=bool(rng.random() < how["errors"][side]),
            success=float(rng.random() < how["wins"][side]) if rng.random() < 0.3 else None,
        )

    loads, load = [], 1.0
    for _ in range(2 * WINDOW):
        if rng.random() < 0.05:
            load = 1.0 + how["busy"] * rng.random() * (rng.random() < 0.5)
        loads.append(load)
    before = [one(False, load) for load in loads[:WINDOW]]
    return [one(bool(rng.random() < share), load) for load in loads[WINDOW:]], before


def watched(make: Callable[[Generator], Stream], *, share: float, runs: int, seed: int = 0) -> dict[str, Any]:
    """Share of streams that are taken back within the window, and after how many recalls half of these were."""
    seen = []
    for number in range(runs):
        live, before = make(np.random.default_rng((seed, number)))
        said = watch(live, before, share=share)
        if said.state == "degraded":
            seen.append(int(said.figures["recalls"]))
    return {"rolled_back": len(seen) / runs, "median_recalls": median(seen) if seen else None}


def main(argv: Sequence[str] | None = None) -> int:
    """Run; -> exit status."""
    options = arguments(__doc__ or "", data=True).parse_args(argv)
    started, sizes = time.time(), QUICK if options.quick else FULL
    arrays = _arrays(options.data, sizes, options.seed)
    say(arrays.origin)
    result = _judged(arrays, sizes, options) | _live(arrays, sizes, options.seed)
    result |= {"quick": options.quick, "machine": machine(started)}
    report(result, as_json=options.json, table=_table)
    return 0


def _arrays(data: Path | None, sizes: Mapping[str, int], seed: int) -> Arrays:
    if data is None or not [*data.glob("locomo*.json"), *(data / "recall").glob("locomo*.json")]:
        return made_up(seed=seed)
    return measured(data, most=sizes["most"], repeats=sizes["repeats"], seed=seed)


def _judged(arrays: Arrays, sizes: Mapping[str, int], options: Any) -> dict[str, Any]:
    swapped, same = (partial(null_pair, arrays, swapped=each) for each in (True, False))
    every = arrays.quality.shape[1]
    nulls = {
        name: null_trials(source, trials=sizes["nulls"], cases=every, seed=options.seed)
        for name, source in (("the same policy", same), ("two policies, sides swapped", swapped))
    }
    say(f"null trials: {nulls}")
    return {
        "aa_accepted": max(one["accepted"] for one in nulls.values()),
        "null_trials": nulls,
        **_planted(arrays, sizes, quick=options.quick, seed=options.seed),
    }


def planted(*, quick: bool = False, data: Path | None = None, seed: int = 0) -> dict[str, Any]:
    """Shares of planted gains that are found: `detected` and `cases_needed` by gain in percent, `by_cases` in full."""
    sizes = QUICK if quick else FULL
    return _planted(_arrays(data, sizes, seed), sizes, quick=quick, seed=seed)


def _planted(arrays: Arrays, sizes: Mapping[str, int], *, quick: bool, seed: int) -> dict[str, Any]:
    swapped, same = (partial(null_pair, arrays, swapped=each) for each in (True, False))
    by_size = [size for size in SIZES if size <= USUAL] if quick else SIZES
    found = detections({"quality": swapped, "milliseconds": same}, trials=sizes["trials"], sizes=by_size, seed=seed)
    gains = [f"{100 * gain:.0f}" for gain in GAINS]
    return {
        "detected": {
            gain: round(float(np.mean([found[primary][gain]["shares"][str(USUAL)] for primary in found])), 3)
            for gain in gains
        },
        "cases_needed": {gain: {primary: found[primary][gain]["cases_needed"] for primary in found} for gain in gains},
        "by_cases": found,
        "arrays": arrays.origin,
    }


def _live(arrays: Arrays, sizes: Mapping[str, int], seed: int) -> dict[str, Any]:
    times, runs, result = arrays.milliseconds.ravel(), sizes["streams"], dict[str, Any]()
    for kind, share in (("canary of a half", 0.5), ("canary of a fifth", 0.2), ("no canary", 1.0)):
        for name, told in (HARMLESS | HARMFUL).items():
            make = partial(_stream, times, share, told)
            result.setdefault(kind, {})[name] = watched(make, share=share, runs=runs, seed=seed)
        say(f"{kind}: {result[kind]}")
    half = result["canary of a half"]
    return {
        "false_rollbacks": max(half[name]["rolled_back"] for name in HARMLESS),
        "rolled_back": min(half[name]["rolled_back"] for name in CLEAR),
        "live": result,
    }


def _stream(times: np.ndarray, share: float, told: Mapping[str, Any], rng: Generator) -> Stream:
    return streams(times, rng, share=share, **told)


def _table(result: Mapping[str, Any]) -> None:
    print(f"{result['arrays']}{' (quick)' if result['quick'] else ''}\n")
    for name, one in result["null_trials"].items():
        print(f"{name}: {one['accepted']:.1%} of {one['trials']} null trials accepted; p under .05 in "
              f"{one['under_5_percent']:.1%}, under .01 in {one['under_1_percent']:.1%}")  # fmt: skip
    for primary, gains in result["by_cases"].items():
        for gain, found in gains.items():
            shares = "  ".join(f"{cases}: {share:.2f}" for cases, share in found["shares"].items())
            print(f"{primary} better by {gain:>2} %, share detected by cases  {shares}")
    for kind, found in result["live"].items():
        print(f"\n{kind}: taken back within {WINDOW} recalls (simulated streams)")
        for name, one in found.items():
            print(f"  {name:40} {one['rolled_back']:.3f}  median after {one['median_recalls']}")


if __name__ == "__main__":
    sys.exit(main())
