"""Nouns of the loop -> the dicts that were published for them: the columns of the views, times as ISO 8601.

Floor 6, pure. Below: the nouns. Above: loop.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from tacit.improvement import Application, Bottleneck, Improvement, Snapshot, Trial
from tacit.logic.improving.targets import METRICS
from tacit.logic.times import iso

__all__ = ["Answer", "analysis", "bottleneck", "history", "improvement", "test_result"]


class Answer(dict[str, Any]):
    """What came of something: a dict that is true where it succeeded, for who asks only whether it did.

    >>> bool(Answer(success=False, errors=["no"]))
    False
    """

    def __bool__(self) -> bool:
        return bool(self.get("success"))


def analysis(found: Snapshot) -> dict[str, Any]:
    """{metrics, targets, analysis_time (s), timestamp}; a metric that could not be measured is None, `unmeasured` says
    why."""
    return {
        "id": found.id,
        "session_id": found.session,
        "metrics": {name: found.metrics.get(name) for name in METRICS},
        "targets": {name: target.value for name, target in found.targets.items()},
        "unmeasured": dict(found.unmeasured),
        "analysis_time": found.analysis_ms / 1000.0,
        "timestamp": iso(found.timestamp),
    }


def bottleneck(row: Bottleneck) -> dict[str, Any]:
    """The published columns."""
    return {
        "id": row.id,
        "metric_name": row.metric_name,
        "current_value": row.current_value,
        "target_value": row.target_value,
        "severity": row.severity,
        "impact_score": row.impact_score,
        "description": row.description,
        "resolved": row.resolved,
        "timestamp": iso(row.timestamp),
    }


def improvement(row: Improvement) -> dict[str, Any]:
    """The published columns; `expected_improvement` (percent) and `confidence` are estimates."""
    return {
        "id": row.id,
        "bottleneck_id": row.bottleneck,
        "suggestion_type": row.suggestion_type,
        "description": row.description,
        "code_changes": msgspec.to_builtins(row.change),
        "expected_improvement": row.expected_improvement,
        "confidence": row.confidence,
        "status": row.status,
        "timestamp": iso(row.timestamp),
    }


def test_result(trial: Trial) -> Answer:
    """The published columns, and why; `success`: the judge found it better."""
    judged = trial.judgement
    accepted = judged is not None and judged.accepted
    return Answer(
        id=trial.id,
        improvement_id=trial.improvement,
        success=accepted,
        performance_before=dict(trial.before),
        performance_after=dict(trial.after),
        performance_change_percent=trial.performance_change_percent,
        errors=list(trial.errors),
        warnings=list(trial.warnings),
        execution_time=trial.execution_time,
        timestamp=iso(trial.timestamp),
        status="approved" if accepted else "rejected",
        reason=judged.reason if judged else "; ".join(trial.errors),
    )


def history(
    row: Improvement,
    bottlenecks: Mapping[str, Bottleneck],
    trials: Mapping[str, Trial],
    applied: Mapping[str, Application],
) -> dict[str, Any]:
    """An improvement with what it was for and what became of it. `trials`, `applied`: by improvement."""
    cause, trial, live = bottlenecks.get(row.bottleneck), trials.get(row.id), applied.get(row.id)
    return {
        **improvement(row),
        "metric_name": row.metric or (cause.metric_name if cause else ""),
        "severity": cause.severity if cause else None,
        "performance_change_percent": trial.performance_change_percent if trial else None,
        "applied_at": iso(live.applied_at) if live else None,
        "rolled_back_at": iso(live.rolled_back_at) if live and live.rolled_back_at is not None else None,
        "notes": live.notes if live else "",
    }
