"""Effect: are harmful rules found out and helpful ones kept, by a stream in which the truth is known.

    python -m bench.effect [--json] [--quick] [--seeds N] [--episodes N]

20 rules, each eligible in a quarter of the episodes; success 0.37 without any; one costs 20 points of success, five add
10, the rest do nothing. Verdicts are looked at after every episode. Side by side on the same streams: tacit's adaptive
withholding, a fixed 5 % with the same verdicts, and tacit's draws judged by a z-test that is repeated after every
episode. Then the same stream through the front door: rules added to a memory, context packs, episodes completed.

Regret is in successes a stream, against an oracle that knows the effects; `never` is what showing everything costs.
Not covered: effects that change with time or with other rules, and packs too small for what is eligible.
"""

import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np

import tacit
from bench.common import arguments, machine, report, say
from tacit.logic import effect
from tacit.logic.withholding import propensity, shows
from tacit.policy import Policy

__all__ = ["main"]

EFFECTS = (-0.2, *(0.1,) * 5, *(0.0,) * 14)
HARMFUL, HELPFUL, NEUTRAL = range(1), range(1, 6), range(6, 20)
BASE = 0.37
ELIGIBLE = 0.25
WITHIN = 600
"""Episodes in which it was eligible, until when the harmful rule is to be retired."""
LOOKED = 50
"""Episodes in which an item was eligible between two looks at its interval."""
Z = 1.96
FULL = {"seeds": 100, "episodes": 5_000, "door_seeds": 3, "door_episodes": 2_400}
QUICK = {"seeds": 6, "episodes": 3_000, "door_seeds": 1, "door_episodes": 150}
DOOR: dict[str, Any] = {"embedder": "none", "worker": False}
POLICY = Policy()
TOPICS = (
    "anchor", "bridge", "copper", "desert", "engine", "forest", "garden", "harbour", "island", "jungle", "kettle",
    "lantern", "mirror", "needle", "orchard", "pepper", "quarry", "ribbon", "saddle", "timber",
)  # fmt: skip
"""A word of its own for each rule: a task that names it makes the rule relevant."""

Row = Mapping[str, Any] | None
Pool = Sequence[float] | None


@dataclass(frozen=True)
class Arm:
    """A way to withhold, and a way to judge."""

    propensity: Callable[[Row, Pool], float]
    verdict: Callable[[Row], str]


def z_test(row: Row) -> str:
    """What most would do: compare two rates at 95 %, as often as one likes."""
    if row is None or min(row["n"]) < 5:
        return "unproven"
    (shown, withheld), (with_it, without) = row["n"], row["won"]
    rate = (with_it + without) / (shown + withheld)
    spread = math.sqrt(rate * (1 - rate) * (1 / shown + 1 / withheld))
    z = (with_it / shown - without / withheld) / spread if spread else 0.0
    return "helps" if z > Z else "hurts" if z < -Z else "unproven"


ARMS: dict[str, Arm] = {
    "adaptive": Arm(lambda row, pool: propensity(row, POLICY, pool), lambda row: effect.verdict(row, POLICY)),
    "fixed_5_percent": Arm(lambda _row, _pool: 0.95, lambda row: effect.verdict(row, POLICY)),
    "repeated_z_test": Arm(lambda row, pool: propensity(row, POLICY, pool), z_test),
}


@dataclass
class Stream:
    """What one stream of episodes did to the twenty rules."""

    rows: list[Row] = field(default_factory=lambda: [None] * len(EFFECTS))
    pool: Pool = None
    eligible: list[int] = field(default_factory=lambda: [0] * len(EFFECTS))
    first: dict[tuple[int, str], int] = field(default_factory=dict)
    """(rule, verdict) -> in how many episodes it was eligible when the verdict was first said."""
    retired: set[int] = field(default_factory=set)
    regret: float = 0.0
    never: float = 0.0
    looks: int = 0
    missed: int = 0
    """Looks at an interval that does not hold the truth."""

    def judge(self, rule: int, said: str) -> None:
        """Keep a verdict; what hurts is retired."""
        if said != "unproven":
            self.first.setdefault((rule, said), self.eligible[rule])
        if said == "hurts":
            self.retired.add(rule)

    def cost(self, eligible: Sequence[int], shown: Sequence[int]) -> None:
        """Expected successes that an oracle would have had more."""
        best = sum(max(0.0, EFFECTS[rule]) for rule in eligible)
        self.regret += best - sum(EFFECTS[rule] for rule in shown)
        self.never += best - sum(EFFECTS[rule] for rule in eligible)


def stream(name: str, seed: int, episodes: int) -> Stream:
    """One stream on the logic itself."""
    arm, rng, found = ARMS[name], np.random.default_rng(seed), Stream()
    for number in range(episodes):
        eligible = np.flatnonzero(rng.random(len(EFFECTS)) < ELIGIBLE).tolist()
        luck = rng.random()
        told = {rule: arm.propensity(found.rows[rule], found.pool) for rule in eligible if rule not in found.retired}
        shown = [rule for rule, chance in told.items() if shows(f"{seed}/{number}", str(rule), chance)]
        found.cost(eligible, shown)
        success = float(luck < BASE + sum(EFFECTS[rule] for rule in shown))
        for rule, chance in told.items():
            found.eligible[rule] += 1
            before = found.rows[rule]
            row = effect.credited(before, shown=rule in shown, propensity=chance, success=success, applied=True)
            found.pool = effect.pooled(found.pool, before, row)
            found.rows[rule] = row
            found.judge(rule, arm.verdict(row))
            if name == "adaptive" and found.eligible[rule] % LOOKED == 0:
                _look(found, rule, row)
    return found


def _look(found: Stream, rule: int, row: Row) -> None:
    told = effect.effect_of(str(rule), row, POLICY, pool=found.pool)
    found.looks += 1
    found.missed += not told.low <= EFFECTS[rule] <= told.high


def through_the_door(seed: int, episodes: int) -> dict[str, Any]:
    """One stream through `Memory`; its verdicts, and those of the logic on what the packs said that they did."""
    rng = np.random.default_rng(seed)
    rows: dict[str, Row] = {}
    found, retired_at = Stream(), None
    with tempfile.TemporaryDirectory() as folder, tacit.open(f"{folder}/agent.db", **DOOR) as memory:
        rules = [memory.add_rule(f"{topic}: always look at the {topic} twice").id for topic in TOPICS]
        for number in range(episodes):
            named = rng.choice(len(EFFECTS), size=round(ELIGIBLE * len(EFFECTS)), replace=False).tolist()
            luck = rng.random()
            task = f"Prepare {' '.join(TOPICS[rule] for rule in named)}"
            pack = memory.context(task, budget=2_000, kinds=("rule",))
            log = memory.recalls(limit=1)[0]
            shown = [rules.index(one.item) for one in log.shown]
            success = luck < BASE + sum(EFFECTS[rule] for rule in shown)
            with memory.episode(task) as episode:
                episode.recalled(pack.recall)
                episode.step(tool="make", arguments="prepare", result="success")
                episode.complete(tacit.Success() if success else tacit.Failure(reason="it did not work"))
            memory.flush()
            for one in (*log.shown, *log.withheld):
                found.eligible[rules.index(one.item)] += 1
                rows[one.item] = effect.credited(
                    rows.get(one.item),
                    shown=one in log.shown,
                    propensity=one.propensity,
                    success=float(success),
                    applied=True,
                )
            if retired_at is None and rules[0] not in {one.id for one in memory.rules()}:
                retired_at = number + 1
        effects = {one.item: one for one in memory.effects(*rules)}
        active = {one.id for one in memory.rules()}
    same = all(
        effects[rule].verdict == effect.verdict(rows.get(rule), POLICY)
        and [effects[rule].shown, effects[rule].withheld] == (rows[rule] or {})["n"]
        for rule in rules
        if rule in rows
    )
    return {
        "episodes": episodes,
        "same_as_logic": same,
        "harmful_retired": rules[0] not in active,
        "harmful_eligible_until_retired": found.eligible[0],
        "helpful_retired": sum(rules[rule] not in active for rule in HELPFUL),
        "helpful_called_helpful": sum(effects[rules[rule]].verdict == "helps" for rule in HELPFUL),
        "neutral_called_helpful": sum(effects[rules[rule]].verdict == "helps" for rule in NEUTRAL),
    }


def summary(streams: Sequence[Stream]) -> dict[str, Any]:
    """What happened in all streams of one arm. Shares of the neutral and the helpful are of rules, over all streams."""
    number = len(streams)

    def ever(rules: range, said: str) -> list[int]:
        return [one.first[rule, said] for one in streams for rule in rules if (rule, said) in one.first]

    harmful = [one.first.get((0, "hurts"), math.inf) for one in streams]
    helped = ever(HELPFUL, "helps")
    looks = sum(one.looks for one in streams)
    return {
        "harmful_retired": round(sum(at <= WITHIN for at in harmful) / number, 4),
        "helpful_retired": round(len(ever(HELPFUL, "hurts")) / (number * len(HELPFUL)), 4),
        "neutral_called_helpful": round(len(ever(NEUTRAL, "helps")) / (number * len(NEUTRAL)), 4),
        "neutral_retired": round(len(ever(NEUTRAL, "hurts")) / (number * len(NEUTRAL)), 4),
        "harmful_called_helpful": round(len(ever(HARMFUL, "helps")) / number, 4),
        "helpful_called_helpful": round(len(helped) / (number * len(HELPFUL)), 4),
        "median_eligible_to_harmful": median(harmful) if math.isfinite(median(harmful)) else None,
        "worst_eligible_to_harmful": max(harmful) if math.isfinite(max(harmful)) else None,
        "median_eligible_to_helpful": median(helped) if helped else None,
        "median_eligible": median(one.eligible[rule] for one in streams for rule in HELPFUL),
        "regret": round(sum(one.regret for one in streams) / number, 1),
        "regret_of_never_withholding": round(sum(one.never for one in streams) / number, 1),
        "interval_missed": round(sum(one.missed for one in streams) / looks, 4) if looks else None,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run; -> exit status."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--seeds", type=int, help="streams of each arm")
    parser.add_argument("--episodes", type=int, help="in each stream")
    parser.add_argument("--door-episodes", type=int, help="in each stream through the front door")
    options = parser.parse_args(argv)
    started = time.time()
    amounts = dict(QUICK if options.quick else FULL)
    amounts |= {name: given for name in ("seeds", "episodes", "door_episodes") if (given := getattr(options, name))}
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        door = [
            pool.submit(through_the_door, options.seed + seed, amounts["door_episodes"])
            for seed in range(amounts["door_seeds"])
        ]
        arms = {}
        for name in ARMS:
            seeds = [options.seed + seed for seed in range(amounts["seeds"])]
            jobs = [pool.submit(stream, name, seed, amounts["episodes"]) for seed in seeds]
            arms[name] = summary([job.result() for job in jobs])
            say(f"{name}: {arms[name]}")
        walked = [job.result() for job in door]
    best = arms["adaptive"]
    result = {
        **{name: best[name] for name in ("harmful_retired", "helpful_retired", "neutral_called_helpful")},
        "arms": arms,
        "front_door": walked,
        "seeds": amounts["seeds"],
        "episodes": amounts["episodes"],
        "quick": options.quick,
        "machine": machine(started),
    }
    report(result, as_json=options.json, table=_table)
    return 0


def _table(result: Mapping[str, Any]) -> None:
    print(f"{result['seeds']} streams of {result['episodes']} episodes; shares of rules\n")
    names = list(result["arms"])
    print(f"{'':32}" + "".join(f"{name:>18}" for name in names))
    for key in result["arms"][names[0]]:
        values = [result["arms"][name][key] for name in names]
        print(f"{key:32}" + "".join(f"{'-' if value is None else value:>18}" for value in values))
    print("\nthrough the front door:")
    for one in result["front_door"]:
        print("  " + ", ".join(f"{key} {value}" for key, value in one.items()))


if __name__ == "__main__":
    sys.exit(main())
