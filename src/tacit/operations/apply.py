"""Apply, watch, keep or take back: how an improvement becomes live, and how it stops to be.

Floor 4. Below: the store, logic.improving.vigil. Above: memory; its worker watches.

Each step is one transaction that moves the pointer by comparing it with what it was: killed anywhere, the memory is in
the state before or after, and two processes never do it twice. Improvements that are applied while another one is
watched join it: live recalls are answered by the policy that was last confirmed, or by the newest. What disappoints
takes all of them back, what does not is kept together.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from statistics import fmean
from typing import Any

import msgspec

from tacit.changes import Advance, Change, RecallLog
from tacit.errors import Conflict, InvalidInput
from tacit.improvement import (
    APPLICATIONS,
    IMPROVEMENTS,
    POLICIES,
    STANDING,
    TRIALS,
    Alteration,
    Application,
    Improvement,
    PolicyRow,
    Standing,
    Trial,
)
from tacit.logic.evidence import success_of
from tacit.logic.improving.shelf import entry, every_row, put_rows, row_named
from tacit.logic.improving.vigil import LONGEST, WINDOW, Observation, Watched, watch
from tacit.logic.pages import every
from tacit.policy import Policy
from tacit.ports import Scope
from tacit.types import Episode, Filter, Pattern, Rule

__all__ = ["Altering", "apply", "confirm", "fingerprint", "rollback", "taking_back", "turn", "watched"]

BASELINE = 400
"""Recalls before an application that the live ones are compared with, where all of them changed over."""
EPISODES = 1_000
"""Latest episodes whose outcomes are looked at."""


class Altering(msgspec.Struct, frozen=True, kw_only=True):
    """What changes beside the policy: handed in, as verbs do not know each other."""

    do: Callable[[Scope, Alteration], tuple[list[Change], dict[str, Any]]]
    undo: Callable[[Scope, Mapping[str, Any]], list[Change]]


def fingerprint(scope: Scope, standing: Standing, dials: Mapping[str, Any], indexes: Sequence[str]) -> str:
    """Hash of the state that the loop may touch: the pointer, its policy's dials, what is retired, which columns have
    an index."""
    learned = every(scope.store, scope.namespace, Filter(kinds=("pattern", "rule")))
    states = [(item.id, item.payload.state) for item in learned if isinstance(item.payload, Pattern | Rule)]
    state = [standing.policy, standing.candidate, standing.share, sorted(dials.items()), states, list(indexes)]
    return blake2b(msgspec.json.encode(state), digest_size=16).hexdigest()


def apply(
    scope: Scope,
    improvement: Improvement,
    *,
    standing: Standing,
    dials: Mapping[str, Any],
    share: float,
    altering: Altering,
) -> Application:
    """Make an improvement live: for a share of recalls, or for all. `dials` are those of its policy, whole.

    Raises `InvalidInput` for one that no trial found better, `Conflict` where the pointer has moved.
    """
    if improvement.status != "approved":
        raise InvalidInput(
            f"improvement {improvement.id} is {improvement.status}",
            cause="only what a trial found better is applied",
            remedy="try it first" if improvement.status == "proposed" else "propose another one",
        )
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise InvalidInput("the share is out of bounds", cause=ascii(share)[:40], remedy="pass a number in (0, 1]")
    changes, undo = altering.do(scope, improvement.change)
    head = standing.candidate or standing.policy
    row = PolicyRow(id=scope.new_id(), parent=head, dials=dict(dials), by=improvement.id, timestamp=scope.clock())
    trial = next((one for one in [*every_row(scope, TRIALS, Trial)][::-1] if one.improvement == improvement.id), None)
    application = Application(
        id=scope.new_id(),
        improvement=improvement.id,
        applied_at=scope.clock(),
        before={} if trial is None else trial.before,
        undo={**undo, "standing": msgspec.to_builtins(standing), "head": head},
    )
    canary = share < 1 and improvement.change.kind == "policy"
    if improvement.change.kind != "policy":
        after = msgspec.structs.replace(standing, application=application.id)
    elif canary:
        after = Standing(policy=standing.policy, candidate=row.id, share=share, application=application.id)
    else:
        after = Standing(policy=row.id, application=application.id)
    told = f"applied{f' to {share:.0%} of recalls' if canary else ''}: {improvement.description}"
    changes = [
        _moved(standing, after),
        put_rows(POLICIES, row),
        put_rows(APPLICATIONS, application),
        put_rows(IMPROVEMENTS, msgspec.structs.replace(improvement, status="applied")),
        *changes,
        entry(scope, "applied", told, refers=[improvement.id, application.id]),
    ]
    scope.store.write(scope.namespace, changes)
    return application


def turn(scope: Scope, standing: Standing, policy: Policy, dials: Mapping[str, Any]) -> PolicyRow:
    """Turn dials by hand. Raises `Conflict` where the pointer has moved."""
    whole = msgspec.structs.asdict(policy)
    row = PolicyRow(
        id=scope.new_id(),
        parent=standing.policy,
        dials={dial: whole[dial] for dial in sorted(dials)},
        by="owner",
        timestamp=scope.clock(),
    )
    let_go = [
        msgspec.structs.replace(one, state="kept", ended_at=scope.clock(), notes="the owner turned dials meanwhile")
        for one in every_row(scope, APPLICATIONS, Application)
        if one.state == "watched"
    ]
    told = ", ".join(f"{dial} = {value}" for dial, value in row.dials.items()) or "back to the shipped policy"
    scope.store.write(
        scope.namespace,
        [
            _moved(standing, Standing(policy=row.id if dials else "")),
            put_rows(POLICIES, row),
            put_rows(APPLICATIONS, *let_go),
            entry(scope, "applied", f"by hand: {told}", refers=[row.id]),
        ],
    )
    return row


def watched(scope: Scope, standing: Standing, *, window: int = WINDOW) -> Watched | None:
    """What live recalls say of what was applied last; None where nothing is watched."""
    if not standing.application:
        return None
    begun = min(one.applied_at for one in every_row(scope, APPLICATIONS, Application) if one.state == "watched")
    recalls = scope.store.records(scope.namespace).recalls(limit=LONGEST * window + BASELINE)[::-1]
    candidate = standing.candidate or standing.policy
    scores = _scores(scope, recalls)
    outcomes = _outcomes(scope, recalls)

    def seen(one: RecallLog) -> Observation:
        return Observation(
            candidate=one.policy == candidate,
            milliseconds=one.cpu_milliseconds or None,  # the machine may be busier than it was
            score=scores.get(one.id),
            failed=bool(one.failed),
            success=outcomes.get(one.id),
        )

    live = [seen(one) for one in recalls if one.created_at >= begun]
    before = [seen(one) for one in recalls if one.created_at < begun]
    return watch(live, before, share=standing.share if standing.candidate else 1.0, window=window)


def confirm(scope: Scope, standing: Standing, found: Watched) -> list[Application]:
    """Keep what was watched: it rules from now on. Raises `Conflict` where the pointer has moved."""
    kept = [
        msgspec.structs.replace(
            one, state="kept", ended_at=scope.clock(), after=dict(found.figures), notes=found.reason
        )
        for one in every_row(scope, APPLICATIONS, Application)
        if one.state == "watched"
    ]
    after = Standing(policy=standing.candidate or standing.policy)
    told = entry(scope, "kept", found.reason, refers=[one.id for one in kept], figures=found.figures)
    scope.store.write(scope.namespace, [_moved(standing, after), put_rows(APPLICATIONS, *kept), told])
    return kept


def taking_back(scope: Scope, improvement: str = "") -> list[Application]:
    """What a rollback would take back. Raises as `rollback` does."""
    applied = [one for one in every_row(scope, APPLICATIONS, Application) if one.state != "rolled back"]
    live = [one for one in applied if "standing" in one.undo]
    elsewhere = [one for one in applied if one.improvement == improvement and "workspace" in one.undo]
    if elsewhere:
        raise InvalidInput(
            f"improvement {improvement} changed a workspace",
            cause=f"it is a commit of {elsewhere[0].undo['workspace']}",
            remedy="run `tacit improve --workspace DIR --revert COMMIT`",
        )
    if improvement:
        row_named(scope, IMPROVEMENTS, Improvement, improvement)
        found = [one for one in live if one.improvement == improvement]
        if not found:
            raise InvalidInput(
                f"improvement {improvement} is not applied",
                cause="there is nothing to take back",
                remedy="see the ledger",
            )
        if live[-1] is not found[-1]:
            raise Conflict(
                f"improvement {improvement} is not the last one applied",
                cause=f"{live[-1].improvement} was applied after it and rests on it",
                remedy="take that one back first",
            )
        return [found[-1]]
    back = [one for one in live if one.state == "watched"]
    if not back:
        raise InvalidInput("nothing to take back", cause="nothing is applied and watched", remedy="see the ledger")
    return back


def rollback(
    scope: Scope,
    standing: Standing,
    *,
    altering: Altering,
    improvement: str = "",
    reason: str,
    figures: Mapping[str, float] | None = None,
    failures: Callable[[int], Change] | None = None,
) -> list[Application]:
    """Take back an applied improvement, the newest one; or, where none is named, all that are being watched.

    The state is then what it was before, byte for byte. Raises `InvalidInput`, `NotFound`, `Conflict`.
    """
    back = taking_back(scope, improvement)
    before = _before(back[0])
    changes: list[Change] = [_moved(standing, before)]
    for one in back[::-1]:
        changes += altering.undo(scope, one.undo)
    now = scope.clock()
    done = [
        msgspec.structs.replace(
            one,
            state="rolled back",
            success=False,
            rolled_back_at=now,
            ended_at=now,
            after=dict(figures or {}),
            notes=reason,
        )
        for one in back
    ]
    rejected = [
        msgspec.structs.replace(row_named(scope, IMPROVEMENTS, Improvement, one.improvement), status="rejected")
        for one in back
    ]
    changes += [put_rows(APPLICATIONS, *done), put_rows(IMPROVEMENTS, *rejected)]
    if failures is not None:
        changes.append(failures(back[0].applied_at))
    changes.append(entry(scope, "rolled back", reason, refers=[one.improvement for one in back], figures=figures))
    scope.store.write(scope.namespace, changes)
    return done


def _before(application: Application) -> Standing:
    """The pointer as it was; of what was kept with others meanwhile, at the policy that it came after."""
    if application.state == "watched":
        return msgspec.convert(application.undo["standing"], Standing)
    return Standing(policy=application.undo["head"])


def _moved(before: Standing, after: Standing) -> Advance:
    def told(standing: Standing) -> Any:
        return None if standing == Standing() else msgspec.to_builtins(standing)

    return Advance(key=STANDING, before=told(before), after=told(after))


def _scores(scope: Scope, recalls: Sequence[RecallLog]) -> dict[str, float]:
    """Recall -> mean of what people and agents said of it."""
    told: dict[str, list[float]] = defaultdict(list)
    if recalls:
        since = min(one.id for one in recalls)  # in the order in which they were made, hardly ever another
        for one in scope.store.records(scope.namespace).feedback(since=since):
            if one.origin != "outcome":
                told[one.recall].append(one.score)
    return {recall: fmean(scores) for recall, scores in told.items()}


def _outcomes(scope: Scope, recalls: Sequence[RecallLog]) -> dict[str, float]:
    """Recall -> success of the episode that used it."""
    told: dict[str, float] = {}
    if not recalls:
        return told
    wanted = Filter(kinds=("episode",), since=recalls[0].created_at)
    for item in scope.store.select(scope.namespace, wanted, limit=EPISODES, newest_first=True):
        if isinstance(item.payload, Episode) and (success := success_of(item.payload.outcome)) is not None:
            told.update(dict.fromkeys(item.payload.recalls, success))
    return told
