"""The report of a demo: what was counted and measured, as one value and as one JSON object.

Below: the trial. Above: the program and the screen.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacit.demo.agent import BUDGET
from tacit.demo.ruled import Story
from tacit.demo.school import School
from tacit.demo.trial import Done, Figures
from tacit.demo.valued import Valued
from tacit.lessons import Point
from tacit.results import ContextPack

__all__ = ["Report", "as_json", "exported"]


@dataclass(frozen=True, kw_only=True)
class Report:
    """One demo. Durations are measured in this run."""

    seed: int
    database: Path
    embedder: str
    """Name of the model; empty where words alone were searched."""
    skipped: tuple[str, ...]
    """Programs that are not on this machine; their tasks were left out."""
    lived: Figures
    none: Figures
    memory: Figures
    without: Sequence[Done]
    """The new tasks as they went, in their order."""
    recalled: Sequence[Done]
    packs: Sequence[ContextPack]
    """What the agent was shown before each of them."""
    recall_ms: Sequence[float]
    """Of each recall, with embedding the question and logging."""
    record_ms: Sequence[float]
    """Of each durable completion of an episode."""
    school: School | None
    """None where the learning was left out."""
    seconds: float


def exported(database: Path) -> Path:
    """Where the demo writes the episodes to recall as JSONL, for those who have no transcripts to import."""
    return database.with_name("episodes.jsonl")


def as_json(report: Report) -> dict[str, Any]:
    """One object: `success` is a share of tasks, `steps` commands a task, durations are medians in milliseconds."""
    return {
        "memory": _figures(report.memory),
        "none": _figures(report.none),
        "lived": _figures(report.lived),
        "tasks": report.memory.tasks,
        "budget": BUDGET,
        "seeds": [report.seed],
        "embedder": report.embedder or None,
        "skipped": list(report.skipped),
        "recall_ms": round(statistics.median(report.recall_ms), 3),
        "recalls": len(report.recall_ms),
        "record_ms": round(statistics.median(report.record_ms), 3),
        "database": str(report.database),
        **(_learned(report.school) if report.school else {}),
        "seconds": round(report.seconds, 1),
    }


def _learned(school: School) -> dict[str, Any]:
    """`curve`: a point for each stretch of tasks; `patterns`: the most valuable; `rule`: the story of the bad one."""
    curve = school.curve
    return {
        "curve": {
            "tasks": curve.none.tasks,
            "none": {**_figures(curve.none), "points": [_point(one) for one in curve.off]},
            "memory": {**_figures(curve.memory), "points": [_point(one) for one in curve.on]},
            "pack_ms": round(statistics.median(curve.pack_ms), 3),
            "learn_ms": round(statistics.median(curve.learn_ms), 3),
        },
        "patterns": [_pattern(one) for one in school.patterns],
        "rule": _story(school.story) if school.story else None,
    }


def _point(point: Point) -> dict[str, float | None]:
    return {"first": point.first, "tasks": point.episodes, "success": point.success, "steps": point.steps}


def _pattern(one: Valued) -> dict[str, Any]:
    effect = one.account.effect
    return {
        "id": one.item.id,
        "says": one.says,
        "episodes": one.pattern.count,
        "success": round(one.share, 4),
        "without": round(one.without, 4),
        "lift": one.pattern.lift,
        "q_value": one.pattern.q_value,
        "effect": {"verdict": effect.verdict, "mean": effect.mean, "shown": effect.shown, "withheld": effect.withheld},
        "examples": one.tasks,
    }


def _story(story: Story) -> dict[str, Any]:
    """Tasks are [done, tried]."""
    effect = story.effect
    return {
        "id": story.rule.id,
        "text": story.rule.text,
        "tasks": len(story.lived),
        "retired_at": story.retired_at,
        "effect": {"mean": effect.mean, "low": effect.low, "high": effect.high, "verdict": effect.verdict},
        "shown": list(story.count("shown")),
        "withheld": list(story.count("withheld")),
        "after": list(story.count(after=True)),
        "history": list(story.history),
    }


def _figures(counted: Figures) -> dict[str, float]:
    return {
        "tasks": counted.tasks,
        "done": counted.done,
        "commands": counted.steps,
        "success": round(counted.success, 4),
        "steps": round(counted.mean_steps, 4),
    }
