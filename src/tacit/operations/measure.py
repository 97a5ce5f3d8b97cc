"""Measure: what the samples of all processes, the file and the last probing say now; kept as a snapshot.

Floor 4. Below: store, queue, file, logic.improving. Above: memory. It reads an hour of samples at most, the sizes of
the file, one job, and the latest snapshots: nothing that grows with the number of items.
"""

import os
import time
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from tacit.changes import Change, PutLearned, SetNote
from tacit.errors import InvalidInput, NotFound
from tacit.improvement import SAMPLES, SNAPSHOTS, Sample, Snapshot, Target
from tacit.logic.improving.meters import merged
from tacit.logic.improving.moments import stamped
from tacit.logic.improving.shelf import newest, past, put_rows
from tacit.logic.improving.targets import LEARNED, METRICS, checked_targets
from tacit.logic.improving.targets import targets as targets_of
from tacit.logic.limits import LABEL
from tacit.logic.text import checked
from tacit.ports import FileStore, Queue, Scope

__all__ = ["analyze", "set_target", "snapshots", "targets", "trend"]

WINDOW = 3_600_000_000
"""Microseconds of which an analysis speaks."""
SAMPLES_READ = 500
"""The latest of that hour: 8 processes, each with one a minute. Of more, the analysis is of a shorter time, and says
of which."""
HISTORY = 240
"""Snapshots that a target is learned from."""
KEEP = 400 * 86_400_000_000
MOST = 20_000
"""Snapshots that are kept: two years of the hourly loop, but for their age."""
OLD = 86_400_000_000
"""Microseconds after which a probing says nothing of today."""
LONGEST = 24 * 3_660.0
"""Ten years."""
TARGETS = "targets"
PROBED = "probed"
WAITING = ("queued", "leased")


def analyze(
    scope: Scope, queue: Queue, file: FileStore | None, *, session: str = "", sample: Sample | None = None
) -> Snapshot:
    """Measure now, and keep it, in one transaction with the `sample` of this process. Raises `InvalidInput`."""
    session = checked(session, "session", LABEL)
    begun, now = time.perf_counter(), scope.clock()
    samples = newest(scope, SAMPLES, Sample, limit=SAMPLES_READ, begun=now - WINDOW)
    samples[:0] = [] if sample is None else [sample]
    told = merged(samples, now=now, cores=os.cpu_count() or 1)
    metrics, unmeasured, detail = told.metrics, told.unmeasured, told.detail
    cut = len(samples) >= SAMPLES_READ
    detail["window_s"] = (now - samples[-1].begun if cut else WINDOW) // 1_000_000
    for name, value in (
        ("database_size_mb", _size(file)),
        ("queue_age_s", _age(scope, queue, now)),
        ("recall_quality", _quality(scope, detail, now)),
    ):
        if isinstance(value, str):
            unmeasured[name] = value
        else:
            metrics[name] = value
    snapshot = Snapshot(
        id=stamped(scope.new_id(), now),
        timestamp=now,
        session=session,
        metrics=metrics,
        unmeasured=unmeasured,
        detail=detail,
        targets=targets(scope, metrics),
        analysis_ms=round((time.perf_counter() - begun) * 1000, 3),
    )
    changes: list[Change] = [
        put_rows(SNAPSHOTS, snapshot),
        PutLearned(space=SNAPSHOTS, rows=past(scope, SNAPSHOTS, snapshot.id, keep=KEEP, most=MOST)),
    ]
    if sample is not None:
        kept = {stamped(scope.new_id(), sample.ended): msgspec.to_builtins(sample)}
        changes.append(PutLearned(space=SAMPLES, rows=kept))
    scope.store.write(scope.namespace, changes)
    return snapshot


def snapshots(scope: Scope, *, hours: float = 24.0, limit: int = 1_000) -> list[Snapshot]:
    """Those of the last hours, the oldest first; the latest ones, where there are more than `limit`."""
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= LONGEST:
        raise InvalidInput("hours are out of bounds", cause=ascii(hours)[:40], remedy=f"pass up to {LONGEST:.0f}")
    begun = scope.clock() - int(hours * 3.6e9)
    return newest(scope, SNAPSHOTS, Snapshot, limit=limit, begun=begun)[::-1]


def trend(scope: Scope, metric: str, *, hours: float = 24.0, limit: int = 1_000) -> list[tuple[int, float]]:
    """(time, value) of each snapshot that measured this metric, the oldest first. Raises `NotFound`."""
    if metric not in METRICS:
        raise NotFound(
            f"no metric {ascii(metric)[:80]}", cause="nothing of that name is measured", remedy=", ".join(METRICS)
        )
    found = snapshots(scope, hours=hours, limit=limit)
    return [(one.timestamp, one.metrics[metric]) for one in found if metric in one.metrics]


def targets(scope: Scope, measured: Collection[str] = METRICS) -> dict[str, Target]:
    """What each metric should be: the owner's number, what its history shows, or what is shipped. The history is read
    where one of the `measured` metrics has a target that is learned."""
    owner = _owner(scope)
    wanted = {"recall_quality", *(name for name, value in owner.items() if value == LEARNED)}
    history: dict[str, list[float]] = {name: [] for name in wanted}
    for one in newest(scope, SNAPSHOTS, Snapshot, limit=HISTORY)[::-1] if wanted.intersection(measured) else ():
        for name, values in history.items():
            if name in one.metrics:
                values.append(one.metrics[name])
    return targets_of(owner, history)


def set_target(scope: Scope, metric: str, value: float | str | None) -> dict[str, Target]:
    """Say what a metric should be: a number, `learned`, or (None) what is shipped; -> all targets now."""
    owner = checked_targets(_owner(scope), metric, value)
    scope.store.write(scope.namespace, [SetNote(key=TARGETS, value=owner or None)])
    return targets(scope)


def _owner(scope: Scope) -> Mapping[str, Any]:
    note = scope.store.records(scope.namespace).note(TARGETS)
    return note if isinstance(note, dict) else {}


def _size(file: FileStore | None) -> float | str:
    """Megabytes of the database with its log."""
    if file is None:
        return "this memory lives in the process"
    paths = [file.path, file.path.with_name(file.path.name + "-wal")]
    return round(sum(path.stat().st_size for path in paths if path.exists()) / 1e6, 3)


def _age(scope: Scope, queue: Queue, now: int) -> float:
    """Seconds for which the oldest job has waited to be done; 0 where none waits."""
    waiting = queue.jobs(scope.namespace, states=WAITING, limit=1)
    return round(max(0, now - waiting[0].created_at) / 1e6, 3) if waiting else 0.0


def _quality(scope: Scope, detail: dict[str, Any], now: int) -> float | str:
    """Of the last probing. Cases are asked by the loop, an analysis only reads what came of it."""
    note = scope.store.records(scope.namespace).note(PROBED)
    if not isinstance(note, dict) or not note.get("cases"):
        return "no recall has been probed yet: `tacit improve` does it, once there are cases"
    age = now - int(note["at"])
    detail["probed_cases"], detail["probed_s_ago"] = int(note["cases"]), round(age / 1e6)
    if age > OLD:
        return f"last probed {age / OLD:.0f} days ago ({note['quality']:.2f}): `tacit improve` probes again"
    return round(float(note["quality"]), 4)
