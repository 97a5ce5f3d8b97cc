"""What the scenarios live through, again and again."""

from collections.abc import Sequence
from typing import Any

from tacit.memory import Memory
from tacit.types import Item, Pattern

__all__ = ["LOCKED", "Called", "done", "learned", "locked", "patterns", "texts"]

Called = tuple[str, str, str, str]
"""tool, arguments, result, observation"""
LOCKED = "Error: state lock held by another run"


def done(
    memory: Memory, task: str, steps: Sequence[Called], *, ok: bool = True, recall: str = "", **about: Any
) -> Item:
    """An episode from its beginning to its end."""
    episode = memory.episode(task, **about)
    if recall:
        episode.recalled(recall)
    for tool, arguments, result, observation in steps:
        episode.step(tool, arguments=arguments, result=result, observation=observation)
    return episode.success() if ok else episode.failure("it did not work")


def locked(memory: Memory, service: str, *, unlocks: bool, **about: Any) -> Item:
    """A deploy meets a held lock: releasing it first helps, trying again does not."""
    steps: list[Called] = [("terraform", "terraform apply", "error", LOCKED)]
    if unlocks:
        steps.append(("terraform", "terraform force-unlock -force", "success", "released"))
    steps.append(("terraform", "terraform apply", *(("success", "done") if unlocks else ("error", LOCKED))))
    known = {"domain": "ops", "ok": unlocks, **about}
    return done(memory, f"Deploy the {service} service", steps, **known)


def learned(memory: Memory) -> None:
    """All that can be learned from what there is."""
    list(memory.learn())


def patterns(memory: Memory, extractor: str, **asked: Any) -> list[Pattern]:
    """What an extractor has seen."""
    found = [one.payload for one in memory.patterns(limit=1_000, **asked)]
    return [one for one in found if isinstance(one, Pattern) and one.extractor == extractor]


def texts(memory: Memory, query: str, **asked: Any) -> list[str]:
    """What a question finds, best first."""
    return [one.item.text for one in memory.recall(query, **asked).results]
