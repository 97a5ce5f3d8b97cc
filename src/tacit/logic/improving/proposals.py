"""Proposals: what to try next against a bottleneck, of what the catalogue has, trials taught and the bandit draws.

Floor 2, pure. Below: catalogue, dials, bandit, optimiser, hearing. Above: the improve verb.

No case enters here: not those of the owner, and not those from failures, by which improvements are judged.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from tacit.improvement import Alteration, Application, Bottleneck, Idea, Improvement, PolicyRow, SuggestionType, Trial
from tacit.logic.improving.bandit import MODEL, SHIPPED, Arm, Tally, arm_of, chances, tallies
from tacit.logic.improving.catalogue import CATALOGUE, Observed, goal_of, possible, turnable
from tacit.logic.improving.dials import DIALS, GROUPS, Dial, dials_for, differing, effective, patched, reading
from tacit.logic.improving.hearing import CONFIDENCE, PRIOR, heard
from tacit.logic.improving.optimiser import Aim, Beliefs, Suggestion, Tried, believed, suggested
from tacit.logic.improving.outlook import aim_of, errors_of
from tacit.policy import Policy
from tacit.ports import NewId

__all__ = ["Ground", "propose"]

LEAST_CHANCE = 0.001
"""A look that cannot end well costs the judge's next looks some of their level: nothing is proposed under this."""
BACK = (0.5, 0.1)
"""Confidence, and expected share, of going back to shipped values."""
LEAST_TURNS = 0.4
"""Of an equal share of the trials, what each bottleneck gets, however little it promises."""
FORGIVEN = 20
"""Trials after which a change other than of dials may be tried again, when the policy is another one by then."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What proposals rest on."""

    bottlenecks: Sequence[Bottleneck]
    """Resolved ones are passed over."""
    standing: PolicyRow
    shipped: Policy
    trials: Sequence[tuple[Improvement, Trial]] = ()
    """Oldest first, of the whole history."""
    policies: Sequence[PolicyRow] = ()
    """All that trials started from, as far as they are kept; trials from others teach nothing."""
    applications: Sequence[Application] = ()
    pending: Sequence[Improvement] = ()
    """Proposed and not yet tried."""
    observed: Observed = field(default_factory=Observed)
    lost: float = 0.0
    """Of quality, by the changes in force: what the judge lets savings of time cost yet is less by that."""
    advised: Sequence[Idea] = ()
    """What a chat model suggests."""
    shipped_known: bool = True
    """Whether going back to shipped values is an idea: in a benchmark that starts from bad ones, it would be the
    solution."""


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What the history says, worked out once for all bottlenecks."""

    values: Mapping[str, Mapping[str, float]]
    """Policy -> values of the dials in reach; "" is the shipped policy."""
    here: Mapping[str, float]
    beliefs: Beliefs
    tallies: Mapping[Arm, Tally]
    visited: AbstractSet[tuple[float, ...]]


@dataclass(frozen=True, kw_only=True)
class _Idea:
    """One change with what speaks for it."""

    arm: Arm
    change: Alteration
    description: str
    origin: str
    kind: SuggestionType
    gain: float
    """Expected, as a share."""
    chance: float
    merit: float


def propose(ground: Ground, *, most: int, new_id: NewId, now: int, seed: int) -> list[Improvement]:
    """At most `most` changes worth a trial, the most promising first; `now` in microseconds.

    The same ground and seed give the same changes. None is without an effect on the policy, none was rejected on it,
    and no vector of dials is tried twice, nor one that does the same.
    """
    open_ones = [one for one in ground.bottlenecks if not one.resolved and goal_of(one.metric_name)]
    open_ones.sort(key=lambda one: (-one.impact_score, one.metric_name))
    random = np.random.default_rng([seed, len(ground.trials), len(ground.pending)])
    known = _known(ground) if open_ones else None
    queues = {one.id: (one, _ideas(ground, known, one.metric_name, random)) for one in open_ones if known}
    turns = Counter(improvement.metric for improvement, _ in ground.trials)
    made: list[Improvement] = []
    taken: set[bytes] = set()
    while known and len(made) < most:
        firsts = {
            name: idea
            for name, (_, ideas) in queues.items()
            if (idea := next((one for one in ideas if _signature(one.change, known.here) not in taken), None))
        }
        if not firsts:
            break
        bottleneck = _chosen([queues[name][0] for name in firsts], firsts, turns)
        idea = firsts[bottleneck.id]
        turns[bottleneck.metric_name] += 1
        taken.add(_signature(idea.change, known.here))
        made.append(_improvement(idea, bottleneck, ground.standing.id, new_id(), now))
    return made


def _chosen(open_ones: Sequence[Bottleneck], firsts: Mapping[str, _Idea], turns: Mapping[str, int]) -> Bottleneck:
    """The bottleneck whose first idea promises most for its impact; one that hardly ever had a turn comes first."""
    everyone = sum(turns.get(one.metric_name, 0) for one in open_ones)
    for one in open_ones:
        if turns.get(one.metric_name, 0) < int(everyone * LEAST_TURNS / len(open_ones)):
            return one
    return max(open_ones, key=lambda one: max(1.0, one.impact_score) * firsts[one.id].chance * firsts[one.id].gain)


def _known(ground: Ground) -> _Known:
    values = _policies(ground)
    dials = dials_for("quality", ground.observed.present)
    return _Known(
        values=values,
        here=values[ground.standing.id],
        beliefs=believed(dials, _tried(ground.trials, values)),
        tallies=tallies(ground.trials, values, ground.applications),
        visited=_visited(ground, values),
    )


def _ideas(ground: Ground, known: _Known, metric: str, random: np.random.Generator) -> list[_Idea]:
    """All ideas for a metric, each arm's best first, in the order of merit times a draw of the arm's chance."""
    ideas = [one for one in _all(ground, known, metric, random) if _new(ground, known, one)]
    drawn = chances({one.arm: _prior(one.arm) for one in ideas}, known.tallies, random)
    ranked = sorted(ideas, key=lambda one: -one.merit * drawn[one.arm])
    firsts = list({one.arm: one for one in reversed(ranked)}.values())
    firsts.sort(key=lambda one: -one.merit * drawn[one.arm])
    return firsts + [one for one in ranked if one not in firsts]


def _all(ground: Ground, known: _Known, metric: str, random: np.random.Generator) -> Iterator[_Idea]:
    goal, here, beliefs = goal_of(metric) or "quality", known.here, known.beliefs
    scale = _quality_now(ground.trials) if goal == "quality" else 1.0
    dials = turnable(metric, ground.observed)
    if dials:
        aim = aim_of(goal, [trial for _, trial in ground.trials], lost=ground.lost)
        names = [dial.name for dial in dials]
        own = suggested(beliefs, _of(beliefs.dials, here), aim, turnable=names, random=random)
        for one in own:
            if one.chance >= LEAST_CHANCE:
                yield _turning(metric, here, one, scale)
        yield from _advised(ground, known, metric, aim, names=names, best=own[0].merit if own else 0.0, scale=scale)
        if ground.shipped_known:
            yield from _back(ground, metric, here, dials)
    for other in possible(metric, ground.observed):
        remedy = other.remedy
        yield _Idea(
            arm=Arm(metric=metric, family=remedy.name), change=other.change, description=other.description,
            origin="catalogue", kind=remedy.suggestion_type, gain=remedy.expected / 100.0, chance=remedy.confidence,
            merit=scale * remedy.expected / 100.0 * remedy.confidence,
        )  # fmt: skip


def _turning(metric: str, here: Mapping[str, float], suggestion: Suggestion, scale: float) -> _Idea:
    change = Alteration(policy=differing(here, {**here, **suggestion.values}))
    arm = _arm(metric, change, here)
    return _Idea(
        arm=arm, change=change, description=_told(change.policy, here), origin=f"bandit:{arm.name}",
        kind="optimization", gain=suggestion.gain / scale, chance=suggestion.chance, merit=suggestion.merit,
    )  # fmt: skip


def _advised(
    ground: Ground, known: _Known, metric: str, aim: Aim, *, names: Sequence[str], best: float, scale: float
) -> Iterator[_Idea]:
    """What a chat model suggests for the metric."""
    for origin in dict.fromkeys(one.origin for one in ground.advised):
        arm = Arm(metric=metric, family=origin)
        ideas = [one for one in ground.advised if one.origin == origin and one.metric == metric]
        tally = known.tallies.get(arm, Tally())
        for one in heard(
            ideas, known.beliefs, known.here, aim, turnable=names, tally=tally, best=best, least=LEAST_CHANCE
        ):
            change = Alteration(policy=differing(known.here, {**known.here, **one.idea.dials}))
            reason = f'; its reason, unverified: "{one.idea.reason}"' if one.idea.reason else ""
            yield _Idea(
                arm=arm, change=change, origin=origin, kind=one.idea.kind, gain=one.gain / scale, chance=one.chance,
                merit=one.merit, description=f"{origin} suggests {_told(change.policy, known.here)}{reason}",
            )  # fmt: skip


def _back(ground: Ground, metric: str, here: Mapping[str, float], dials: Sequence[Dial]) -> Iterator[_Idea]:
    """Back to the shipped values: each group that differs, and all of them."""
    shipped = reading(ground.shipped)
    groups = [GROUPS[name] for name in dict.fromkeys(dial.group for dial in dials)]
    for names in [*groups, tuple(shipped)]:
        patch = differing(here, {**here, **{name: shipped[name] for name in names}})
        if patch:
            chance, gain = BACK
            yield _Idea(
                arm=Arm(metric=metric, family=SHIPPED), change=Alteration(policy=patch),
                description=f"back to the shipped values: {_moves(patch, here)}", origin=SHIPPED, kind="optimization",
                gain=gain, chance=chance, merit=chance * gain,
            )  # fmt: skip


def _new(ground: Ground, known: _Known, idea: _Idea) -> bool:
    """Whether it was not tried, is not waiting, and changes anything."""
    change = idea.change
    signature = _signature(change, known.here)
    if any(
        _signature(one.change, known.here) == signature and one.parent == ground.standing.id for one in ground.pending
    ):
        return False
    if change.kind != "policy":
        for age, (improvement, trial) in enumerate(reversed(ground.trials)):
            same = _signature(improvement.change, known.here) == signature
            if same and _rejected(trial) and (age < FORGIVEN or improvement.parent == ground.standing.id):
                return False
        return True
    there = effective(patched(known.here, change.policy))
    return there != effective(known.here) and tuple(there.values()) not in known.visited


def _visited(ground: Ground, values: Mapping[str, Mapping[str, float]]) -> set[tuple[float, ...]]:
    return {
        tuple(effective(patched(values[one.parent], one.change.policy)).values())
        for one, _ in ground.trials
        if one.change.kind == "policy" and one.parent in values
    }


def _rejected(trial: Trial) -> bool:
    return not trial.success or trial.judgement is None or not trial.judgement.accepted


def _policies(ground: Ground) -> dict[str, dict[str, float]]:
    """Id -> values of the dials in reach; "" is the shipped policy."""
    rows = {row.id: reading(ground.shipped, row.dials) for row in (*ground.policies, ground.standing)}
    return {"": reading(ground.shipped), **rows}


def _tried(trials: Sequence[tuple[Improvement, Trial]], values: Mapping[str, Mapping[str, float]]) -> list[Tried]:
    """The trials of policies, as differences: those that were rejected teach as much as the others."""
    found = []
    for improvement, trial in trials:
        measured = [trial.before.get("quality"), trial.after.get("quality")]
        times = [trial.before.get("milliseconds", 0.0), trial.after.get("milliseconds", 0.0)]
        if improvement.change.kind != "policy" or improvement.parent not in values or not trial.success:
            continue
        if measured[0] is None or measured[1] is None or min(times) <= 0.0:
            continue
        errors = errors_of(trial)
        old = values[improvement.parent]
        found.append(
            Tried(
                old=old,
                new=patched(old, improvement.change.policy),
                quality=measured[1] - measured[0],
                quality_error=errors["quality"],
                milliseconds=math.log(times[1] / times[0]),
                milliseconds_error=errors["milliseconds"],
            )
        )
    return found


def _quality_now(trials: Sequence[tuple[Improvement, Trial]]) -> float:
    known = [trial.before["quality"] for _, trial in trials if trial.before.get("quality")]
    return known[-1] if known else 1.0


def _arm(metric: str, change: Alteration, here: Mapping[str, float]) -> Arm:
    bare = Improvement(id="", description="", change=change, timestamp=0)
    return arm_of(metric, bare, here)


def _prior(arm: Arm) -> tuple[float, float]:
    if arm.family.startswith(MODEL):
        return PRIOR * CONFIDENCE, PRIOR * (1.0 - CONFIDENCE)
    confidence = {remedy.name: remedy.confidence for remedy in CATALOGUE}.get(arm.family, BACK[0])
    return PRIOR * confidence, PRIOR * (1.0 - confidence)


def _of(dials: Sequence[Dial], values: Mapping[str, float]) -> dict[str, float]:
    return {dial.name: values[dial.name] for dial in dials}


def _signature(change: Alteration, here: Mapping[str, float]) -> bytes:
    """The same for changes that do the same to a policy with these dials."""
    if change.kind == "policy":
        return msgspec.json.encode(effective(patched(here, change.policy)), order="deterministic")
    return msgspec.json.encode(change, order="deterministic")


def _told(patch: Mapping[str, Any], here: Mapping[str, float]) -> str:
    groups = dict.fromkeys(DIALS[name].group for name in patch)
    purposes = {remedy.name: remedy.purpose for remedy in CATALOGUE}
    return f"{_moves(patch, here)} ({'; '.join(purposes[group] for group in groups)})"


def _moves(patch: Mapping[str, Any], here: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {here[name]:g} -> {value:g}" for name, value in patch.items())


def _improvement(idea: _Idea, bottleneck: Bottleneck, parent: str, name: str, now: int) -> Improvement:
    return Improvement(
        id=name,
        bottleneck=bottleneck.id,
        metric=bottleneck.metric_name,
        suggestion_type=idea.kind,
        description=idea.description,
        change=idea.change,
        expected_improvement=round(100.0 * idea.gain, 2),
        confidence=round(min(1.0, max(0.0, idea.chance)), 3),
        origin=idea.origin,
        timestamp=now,
        parent=parent,
    )
