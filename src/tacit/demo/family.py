"""The nouns of the demo's tasks: a family of them, and one task of it.

Below: the repertoire. Above: the families, and the deal that makes tasks of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tacit.demo.actions import Action

__all__ = ["Brief", "Family", "Task"]


@dataclass(frozen=True, kw_only=True)
class Family:
    """Tasks with the same trouble in them. Texts have slots."""

    name: str
    """For the report and the tests. The agent never sees it."""
    tool: str
    asked: str
    """What the words of the task ask for outright, as the repertoire says it. In this situation it does not do."""
    setup: str
    """Makes the folder `work` inside the task's folder with real commands."""
    verify: str
    """Succeeds, in `work`, when the task is done and nothing else was damaged."""
    solution: tuple[str, ...]
    """A known good way, by what the repertoire says: for the tests. The agent never sees it."""
    wordings: tuple[str, ...]
    """The task as different people would put it."""


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What the agent is told."""

    description: str
    asked: Action
    slots: Mapping[str, str]
    """The same names for all tasks of a tool."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task: its brief, and what stays behind the curtain."""

    brief: Brief
    family: Family
    number: int
