"""Retention: what fades first where there is room for so many only.

Floor 2. Below: evidence. Above: operations.fade.

`keep = 0.5 * recency + 0.3 * quality + 0.2 * used`, each in [0, 1]. Recency halves every 30 days. Quality is what the
outcome, the evidence or the reward says; a low one lowers the priority and does nothing else. Used counts the episodes
in which an item was shown and followed. Who has superseded items or retired patterns loses those first.
"""

from collections.abc import Mapping
from typing import Any

from tacit.logic.evidence import success_of, wilson_low
from tacit.types import Episode, Item, Kind, Knowledge, LearningEvent, Pattern, Rule, Solution, Value

__all__ = ["DAY", "FADING", "Worth", "happened", "worth_keeping"]

FADING: tuple[Kind, ...] = (
    "episode", "message", "interaction", "conversation", "decision", "learning_event", "solution", "pattern",
    "knowledge",
)  # fmt: skip
"""Kinds that fade unless others are named. Chunks go with the files they were cut from, facts when told."""
RECENCY, QUALITY, USED = 0.5, 0.3, 0.2
HALF_LIFE_DAYS = 30.0
DAY = 86_400_000_000
UNKNOWN = 0.5
"""Quality of what nothing is known of."""


class Worth(Value, frozen=True, kw_only=True):
    """Why an item has its place in the order."""

    keep: float
    """Higher is kept longer; in [0, 1], less 1 for what is superseded or retired."""
    recency: float
    quality: float
    used: float

    def __str__(self) -> str:
        return f"{self.keep:.2f} (recency {self.recency:.2f}, quality {self.quality:.2f}, used {self.used:.2f})"


def worth_keeping(item: Item, row: Mapping[str, Any] | None, now: int) -> Worth:
    """`row` is the item's in the space "worth", `now` in microseconds."""
    age = max(0, now - happened(item)) / DAY
    recency = 0.5 ** (age / HALF_LIFE_DAYS)
    quality = _quality(item)
    helped, hindered = (float(row.get(name, 0)) if row else 0.0 for name in ("helped", "hindered"))
    used = helped / (helped + hindered + 2.0)  # two imagined episodes in which it did not help
    past = 1.0 if item.superseded_by is not None or _retired(item) else 0.0
    keep = RECENCY * recency + QUALITY * quality + USED * used - past
    return Worth(keep=round(keep, 6), recency=round(recency, 6), quality=round(quality, 6), used=round(used, 6))


def happened(item: Item) -> int:
    """When an item was last confirmed: an episode when it ended, a pattern when it was last seen."""
    match item.payload:
        case Episode(ended_at=int() as ended):
            return ended
        case Pattern(last_seen=seen) if seen:
            return seen
        case _:
            return item.created_at


def _quality(item: Item) -> float:
    match item.payload:
        case Episode(reward=reward) if reward is not None:
            return (reward.value + 1) / 2
        case Episode(outcome=outcome):
            success = success_of(outcome)
            return UNKNOWN if success is None else success
        case Pattern(successes=won, failures=lost) | Solution(successes=won, failures=lost):
            return wilson_low(won, won + lost) if won + lost else UNKNOWN
        case Knowledge(confidence=confidence) | Rule(confidence=confidence):
            return confidence
        case LearningEvent(reward=paid):
            return (paid + 1) / 2
        case _:
            return UNKNOWN


def _retired(item: Item) -> bool:
    return isinstance(item.payload, Pattern | Rule) and item.payload.state != "active"
