"""Timeline: the learning curve, success and steps over stretches of episodes in a row.

Floor 2. Below: logic.evidence. Above: the timeline verb.
"""

from array import array
from collections.abc import Iterable, Sequence

from tacit.errors import InvalidInput
from tacit.lessons import Point
from tacit.logic.evidence import success_of
from tacit.types import Episode, Item

__all__ = ["points"]

MOST = 1_000
"""Stretches."""
NAN = float("nan")


class _Columns:
    """What is kept of each episode: 42 bytes, so that a million fit."""

    def __init__(self) -> None:
        self.success = array("d")
        """NaN where it is not known; so is the reward."""
        self.reward = array("d")
        self.steps = array("H")
        self.began = array("q")
        self.ended = array("q")
        self.memory = array("d")

    def add(self, item: Item, episode: Episode) -> None:
        success = success_of(episode.outcome)
        self.success.append(NAN if success is None else success)
        self.reward.append(NAN if episode.reward is None else episode.reward.value)
        self.steps.append(min(len(episode.steps), 65_535))
        began = episode.started_at or item.created_at
        self.began.append(began)
        self.ended.append(began if episode.ended_at is None else episode.ended_at)
        self.memory.append(bool(episode.recalls))

    def point(self, first: int, end: int) -> Point:
        return Point(
            first=first + 1,
            episodes=end - first,
            success=_mean(self.success[first:end]),
            steps=round(sum(self.steps[first:end]) / (end - first), 4),
            reward=_mean(self.reward[first:end]),
            started_at=min(self.began[first:end]),
            ended_at=max(self.ended[first:end]),
            with_memory=round(sum(self.memory[first:end]) / (end - first), 4),
        )


def points(episodes: Iterable[Item], buckets: int = 20) -> list[Point]:
    """The episodes, in the order in which they come, in so many stretches of equal length (to one); none is empty.

    Raises `InvalidInput` for a number of stretches that is not in 1 to 1,000.
    """
    if isinstance(buckets, bool) or not isinstance(buckets, int) or not 1 <= buckets <= MOST:
        raise InvalidInput("no such number of stretches", cause=ascii(buckets)[:40], remedy=f"pass 1 to {MOST}")
    columns = _Columns()
    for item in episodes:
        if isinstance(item.payload, Episode):
            columns.add(item, item.payload)
    count = len(columns.steps)
    made = min(buckets, count)
    return [columns.point(count * at // made, count * (at + 1) // made) for at in range(made)]


def _mean(values: Sequence[float]) -> float | None:
    known = [value for value in values if value == value]  # NaN differs from itself
    return round(sum(known) / len(known), 4) if known else None
