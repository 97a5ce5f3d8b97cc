"""How far proposers come in forty trials from a bad policy: the loop's, random search, a Parzen estimator.

    python -m bench.improve_search --data DIR [--json] [--quick] [--workers 2] [--formula]

Ten deliberately bad policies; each method may measure forty policies on the same cases of LoCoMo (development
conversations 1 to 3). The loop's proposer is bound to the judge: it stands where the last accepted trial put it. The
others are not bound to it, and are told the answer's form: they search for the fastest policy whose quality is within
3 % of the best that they have seen, and may take the best of all that they measured. Going back to shipped values is
not an idea here.

The best known is what holds when it is measured again: at the end the shipped policy, what every course ended with, and
of every course the three that its method would choose are measured in one run, in turns, in one process and setting.
Quality share: nDCG@10 against the highest of these. Speed share: milliseconds against the fastest of those with at
least 95 % of that; which one that is, half of the rounds say, and how fast each is, the other half, so that luck is not
what a course is held against. A time is the least of a case's times over these rounds: what else a machine does only
adds to it, and differs more from one minute to the next than good policies differ from each other. Not covered: other
cases than those of the trials (`bench.improve` has them), dials of what is not in LoCoMo.
"""

import atexit
import itertools
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from bench import tpe
from bench.common import arguments, machine, report, say
from bench.improve_formula import Formula
from bench.improve_lab import Laboratory, laboratory
from tacit.improvement import Bottleneck, Improvement, Judgement, PolicyRow, Trial
from tacit.logic.improving import judge as judging
from tacit.logic.improving.catalogue import goal_of
from tacit.logic.improving.chain import lost
from tacit.logic.improving.dials import Dial, dials_for, reading
from tacit.logic.improving.proposals import Ground, propose
from tacit.policy import Policy

__all__ = ["METHODS", "STARTS", "Bench", "Course", "prepare", "run", "shares"]

STARTS: dict[str, dict[str, Any]] = {
    "slow": {"candidates": 3000, "kept": 2000},
    "wordless": {"words": 0.0, "session": 3.0, "length": 2.0},
    "slow, wordless": {"candidates": 3000, "kept": 2000, "words": 0.0, "session": 3.0},
    "starved": {"candidates": 5, "kept": 10, "dated_kept": 0},
    "wordy": {"words": 5.0, "session": 3.0, "dated": 0.0},
    "newest first": {"recency": 1.0, "half_life_days": 3650.0, "dated": 0.0, "words": 0.1},
    "slow, wordy": {"candidates": 2000, "kept": 1500, "words": 5.0, "dated_kept": 400, "succession_top": 50},
    "starved, wordless": {"candidates": 6, "kept": 10, "words": 0.0, "session": 0.0},
    "slow, newest first": {"candidates": 1500, "kept": 1000, "words": 0.05, "recency": 0.6, "half_life_days": 2000.0},
    "all at once": {
        "candidates": 3000, "kept": 2000, "words": 0.0, "length": 2.0, "session": 3.0, "recency": 1.0,
        "half_life_days": 3650.0, "context": 0.5, "dated": 0.0, "dated_kept": 400, "succession_top": 50,
        "succession_similarity": 0.3, "effect": 0.3,
    },
}  # fmt: skip
"""Name -> what differs from the shipped policy."""
DEVELOPMENT = (0, 1, 2)
"""Places of the conversations."""
BUDGET = 40
TIMED = 4
"""Every so many-th case is timed where only means are asked for; quality is of all."""
KEPT = 0.97
"""Of the best quality that was seen: what the others must keep."""
PRICE = 30.0
"""Natural logarithms of time that a whole nDCG under that costs."""
IDLE = 3
"""Times in a row that nothing is proposed, after which a course ends."""
GOOD, QUICK = 0.95, 0.9
"""Shares of the best quality and of the best speed that make a course arrive."""
CONTENDERS = 3
"""Of each course: what its method would choose among what it measured, for the best known."""
ROUNDS = 12
"""Half of them choose the fastest, half time all."""


@dataclass
class Course:
    """What one method measured from one start, and where it ended."""

    start: str
    method: str
    measured: list[tuple[dict[str, Any], float, float]] = field(default_factory=list)
    """Dials, mean quality, milliseconds relative to the start."""
    final: dict[str, Any] = field(default_factory=dict)
    accepted: int = 0
    slowest_proposal_ms: float = 0.0
    steps: list[str] = field(default_factory=list)


class Bench:
    """Measures policies by their dials: quality once each, time beside another policy."""

    def __init__(self, lab: Laboratory) -> None:
        self._lab = lab
        self._quality: dict[bytes, np.ndarray] = {}
        self._timed = list(range(0, len(lab.cases), TIMED))

    def sides(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[judging.Measures, judging.Measures]:
        """Both, case by case, as a trial measures them."""
        policies = [Policy(**one) for one in (old, new)]
        found = np.zeros((2, 2, len(self._lab.cases)))
        for place in range(len(self._lab.cases)):
            for side in (0, 1) if place % 2 else (1, 0):  # the second of two is 3 % faster, whichever it is
                one = self._lab.measured(policies[side], [place])
                found[side, :, place] = one.quality[0], one.milliseconds[0]
        self._quality[_key(old)], self._quality[_key(new)] = found[0, 0], found[1, 0]
        first, second = (judging.Measures(quality=one[0], milliseconds=one[1]) for one in found)
        return first, second

    def relative(self, new: Mapping[str, Any]) -> tuple[float, float]:
        """Mean quality, and milliseconds by those of the shipped policy on the same few cases."""
        policies = [Policy(), Policy(**new)]
        times = np.zeros((2, len(self._timed)))
        for row, place in enumerate(self._timed):
            for side in (0, 1) if row % 2 else (1, 0):
                times[side, row] = self._lab.measured(policies[side], [place]).milliseconds[0]
        return float(self.quality(new).mean()), float(times[1].mean() / times[0].mean())

    def quality(self, dials: Mapping[str, Any]) -> np.ndarray:
        """nDCG@10 of each case."""
        name = _key(dials)
        if name not in self._quality:
            self._quality[name] = self._lab.measured(Policy(**dials)).quality
        return self._quality[name]

    def times(self, policies: Sequence[Mapping[str, Any]], *, rounds: int) -> np.ndarray:
        """Milliseconds of each in each round, case by case (rounds x policies x cases), in another order each."""
        taken, random = np.zeros((rounds, len(policies), len(self._timed))), np.random.default_rng(0)
        for turn in range(rounds):
            for place in random.permutation(len(policies)).tolist():
                taken[turn, place] = self._lab.measured(Policy(**policies[place]), self._timed).milliseconds
        return taken


def loop(
    bench: Bench | Formula, course: Course, *, budget: int, seed: int, adviser: Callable[[Ground], Ground] | None = None
) -> None:
    """The loop's proposer and the judge; both quality and time are never good enough. `adviser`: adds its ideas."""
    standing = PolicyRow(id="p0", dials=dict(STARTS[course.start]))
    rows, trials, history = [standing], list[tuple[Improvement, Trial]](), list[Judgement]()
    accepted: list[Trial] = []
    count, ratio = itertools.count(1), {"p0": 1.0}
    idle = 0
    while len(trials) < budget and idle < IDLE:
        number = len(trials)
        begun, spent = time.perf_counter(), lost(accepted)
        ground = Ground(
            bottlenecks=BOTTLENECKS, standing=standing, shipped=Policy(), trials=trials, policies=rows,
            shipped_known=False, lost=spent,
        )  # fmt: skip
        ground = adviser(ground) if adviser else ground
        made = propose(ground, most=1, new_id=lambda: f"i{next(count)}", now=number, seed=seed + idle)
        course.slowest_proposal_ms = max(course.slowest_proposal_ms, 1000 * (time.perf_counter() - begun))
        if not made:
            idle += 1
            continue
        idle, goal = 0, goal_of(made[0].metric) or "quality"
        new = PolicyRow(id=f"p{number + 1}", parent=standing.id, dials=_turned(standing, made[0]))
        old_side, new_side = bench.sides(standing.dials, new.dials)
        judged = judging.judge(
            old_side, new_side, terms=judging.terms(goal, lost=spent), history=history, seed=seed + number,
            simpler=judging.is_simpler(standing.dials, new.dials),
        )  # fmt: skip
        history.append(judged)
        trials.append((made[0], _trial(made[0], number, old_side, new_side, judged)))
        ratio[new.id] = ratio[standing.id] * float(new_side.milliseconds.mean() / old_side.milliseconds.mean())
        course.measured.append((new.dials, float(new_side.quality.mean()), ratio[new.id]))
        course.steps.append(_step(made[0], trials[-1][1]))
        if judged.accepted:
            standing, course.accepted = new, course.accepted + 1
            rows.append(new)
            accepted.append(trials[-1][1])
    course.final = standing.dials


def random_search(bench: Bench | Formula, course: Course, *, budget: int, seed: int) -> None:
    """Evenly drawn over the same dials and ranges."""
    random = np.random.default_rng([seed, list(STARTS).index(course.start)])
    _unbound(bench, course, budget, lambda *_: random.random(len(_dials())))


def parzen(bench: Bench | Formula, course: Course, *, budget: int, seed: int) -> None:
    """`bench.tpe` over the same dials and ranges."""
    random = np.random.default_rng([seed, list(STARTS).index(course.start)])
    _unbound(
        bench, course, budget, lambda points, losses: tpe.suggest(points, losses, dials=len(_dials()), random=random)
    )


BOTTLENECKS = [
    Bottleneck(
        id=metric, metric_name=metric, current_value=0.0, target_value=0.0, severity="high", impact_score=60.0,
        description="never good enough", timestamp=0,
    )
    for metric in ("recall_quality", "query_time_ms")
]  # fmt: skip
METHODS: dict[str, Callable[..., None]] = {"loop": loop, "random": random_search, "parzen": parzen}


def _unbound(
    bench: Bench | Formula,
    course: Course,
    budget: int,
    next_point: Callable[[list[np.ndarray], list[float]], np.ndarray],
) -> None:
    start = STARTS[course.start]
    values = reading(Policy(), start)
    points = [np.array([dial.unit(values[dial.name]) for dial in _dials()])]
    course.measured.append((start, *bench.relative(start)))
    for _ in range(budget):
        point = next_point(points, _losses(course))
        dials = {**start, **{dial.name: dial.value(float(at)) for dial, at in zip(_dials(), point, strict=True)}}
        points.append(point)
        course.measured.append((dials, *bench.relative(dials)))
    course.final = course.measured[int(np.argmin(_losses(course)))][0]


def _losses(course: Course) -> list[float]:
    best = max(quality for _, quality, _ in course.measured)
    return [math.log(ms) + PRICE * max(0.0, KEPT * best - quality) for _, quality, ms in course.measured]


def _dials() -> list[Dial]:
    return dials_for("quality", ())


def _turned(standing: PolicyRow, made: Improvement) -> dict[str, Any]:
    """The dials that differ from the shipped ones after a change."""
    shipped = reading(Policy())
    dials = {**standing.dials, **made.change.policy}
    return {name: value for name, value in dials.items() if shipped.get(name) != value}


def _trial(made: Improvement, number: int, old: judging.Measures, new: judging.Measures, judged: Judgement) -> Trial:
    return Trial(
        id=f"t{number}", improvement=made.id, timestamp=number, number=number, success=True, judgement=judged,
        before={"quality": float(old.quality.mean()), "milliseconds": float(old.milliseconds.mean())},
        after={"quality": float(new.quality.mean()), "milliseconds": float(new.milliseconds.mean())},
    )  # fmt: skip


def _step(made: Improvement, trial: Trial) -> str:
    assert trial.judgement is not None
    verdict = "accepted" if trial.judgement.accepted else "rejected"
    moves, judged = made.description.split(" (")[0], trial.judgement
    before, after = trial.before, trial.after
    return (
        f"{made.metric:14s} {verdict} {moves}: quality {before['quality']:.4f} -> {after['quality']:.4f}, "
        f"ms {before['milliseconds']:.2f} -> {after['milliseconds']:.2f}, p {judged.p_value:.2g} of "
        f"{judged.level:.2g}, guards {[(guard.measure, guard.low) for guard in judged.guards if not guard.passed]}, "
        f"confidence {made.confidence}"
    )


_OPEN = ExitStack()
_BENCH: list[Bench | Formula] = []


def prepare(data: Path, cases: int, seed: int, formula: bool = False, together: bool = False) -> None:
    """Open the laboratory of this process; it stays open until the process ends."""
    lab = _OPEN.enter_context(laboratory(data, DEVELOPMENT, most=cases, seed=seed, together=together))
    _BENCH.append(Formula(lab, seed=seed) if formula else Bench(lab))
    atexit.register(_OPEN.close)


def run(task: tuple[str, str, int, int]) -> Course:
    """One method from one start: (start, method, budget, seed); after `prepare`."""
    start, method, budget, seed = task
    course = Course(start=start, method=method)
    METHODS[method](_BENCH[0], course, budget=budget, seed=seed)
    return course


def shares(courses: Sequence[Course]) -> dict[str, Any]:
    """Quality and speed that each course reached, against the best known (see the head of this file); after
    `prepare`."""
    bench = _BENCH[0]
    contenders = [one for course in courses for one in _contenders(course)]
    starts = [STARTS[course.start] for course in courses]
    pool = {_key(one): one for one in [{}, *contenders, *starts]}
    taken = bench.times(list(pool.values()), rounds=ROUNDS)
    chosen, timed = (dict(zip(pool, taken[half::2].min(axis=0).mean(axis=1), strict=True)) for half in (0, 1))
    quality = {name: float(bench.quality(one).mean()) for name, one in pool.items()}
    best = max(quality.values())
    fastest = min((name for name in pool if quality[name] >= GOOD * best), key=lambda name: chosen[name])
    rows = []
    for course in courses:
        final, first = _key(course.final), _key(STARTS[course.start])
        rows.append({
            "start": course.start, "method": course.method,
            "quality_before": round(quality[first] / best, 4),
            "speed_before": round(float(timed[fastest] / timed[first]), 4),
            "quality_share": round(quality[final] / best, 4),
            "speed_share": round(min(1.0, float(timed[fastest] / timed[final])), 4),
            "accepted": course.accepted, "trials": len(course.measured), "final": course.final,
            "slowest_proposal_ms": round(course.slowest_proposal_ms, 1),
        })  # fmt: skip
    return {
        "best_quality": round(best, 4), "best_milliseconds": round(float(timed[fastest]), 3),
        "fastest": pool[fastest], "measured_again": len(pool),
        "highest_single_quality": round(max(one[1] for course in courses for one in course.measured), 4),
        "shipped_quality_share": round(quality[_key({})] / best, 4),
        "shipped_speed_share": round(float(timed[fastest] / timed[_key({})]), 4),
        "courses": rows, "methods": _by_method(rows),
    }  # fmt: skip


def _contenders(course: Course) -> list[dict[str, Any]]:
    """What it ended with, and what its method would choose first."""
    order = np.argsort(_losses(course), kind="stable")[:CONTENDERS]
    return [course.final, *(course.measured[place][0] for place in order.tolist())]


def _by_method(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found = {}
    for method in dict.fromkeys(row["method"] for row in rows):
        own = [row for row in rows if row["method"] == method]
        reached = [row["quality_share"] >= GOOD and row["speed_share"] >= QUICK for row in own]
        found[method] = {
            "reached": sum(reached), "of": len(own),
            **{f"{name}_{kind}": round(float(how([row[f"{name}_share"] for row in own])), 4)
               for name in ("quality", "speed") for kind, how in (("mean", np.mean), ("least", np.min))},
        }  # fmt: skip
    return found


def _key(dials: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(dials, order="deterministic")


def main(argv: Sequence[str] | None = None) -> int:
    """Run; -> exit status."""
    parser = arguments(__doc__ or "", data=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cases", type=int, default=150)
    parser.add_argument("--budget", type=int, default=BUDGET)
    parser.add_argument("--methods", nargs="*", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--starts", nargs="*", default=list(STARTS), choices=list(STARTS))
    parser.add_argument("--formula", action="store_true", help="milliseconds from a formula: see bench.improve_formula")
    parser.add_argument("--steps", action="store_true", help="tell every trial of the loop on stderr")
    options = parser.parse_args(argv)
    if options.quick:
        options.starts, options.cases, options.budget = options.starts[2:3], 60, 12
    started = time.time()
    tasks = [(one, method, options.budget, options.seed) for one in options.starts for method in options.methods]
    prepared = (options.data, options.cases, options.seed, options.formula)
    with ProcessPoolExecutor(
        options.workers, mp_context=get_context("spawn"), initializer=prepare, initargs=prepared
    ) as pool:
        courses = []
        for course in pool.map(run, tasks):
            say(f"{course.start}: {course.method} ends at {course.final}")
            for step in course.steps if options.steps else ():
                say(f"    {step}")
            courses.append(course)
    prepare(*prepared)
    result = shares(courses) | {"quick": options.quick, "machine": machine(started)}
    report(result | {"formula": options.formula}, as_json=options.json, table=_table)
    return 0


def _table(result: Mapping[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(
        "start", "method", "quality before", "after", "speed before", "after", title="shares of the best known"
    )
    for row in result["courses"]:
        figures = [f"{row[name]:.3f}" for name in ("quality_before", "quality_share", "speed_before", "speed_share")]
        table.add_row(row["start"], row["method"], *figures)
    console.print(table)
    for method, row in result["methods"].items():
        console.print(f"{method}: at least {GOOD:.0%} of the quality and {QUICK:.0%} of the speed from", row)
    console.print({name: value for name, value in result.items() if name not in ("courses", "methods")})


if __name__ == "__main__":
    sys.exit(main())
