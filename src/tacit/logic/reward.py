"""Reward: what an episode was worth, in components, from its recorded outcome and what is visible in its steps.

Floor 2. Below: logic.evidence. Above: `logic.lesson`, once for each finished episode, in their order.

`total = base * efficiency * complexity * quality + bonus`. Success comes from the outcome alone. What quality and
efficiency rest on must have been recorded, too: what is not known (no times, no steps, no results) neither pays nor
costs. Text that a tool has printed is not read.

Space "baselines": place (domain, else type of task) -> `{"seconds": [...], "steps": [...]}`, the latest 101 episodes
with an outcome, the oldest first.
"""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from math import exp, isfinite
from typing import Any

from tacit.logic.evidence import success_of
from tacit.types import Abstained, Complexity, Episode, Item, Partial, Reward, Step, Success

__all__ = ["HALF_LIFE_DAYS", "Usual", "effective", "place_of", "reward_line", "rewarded", "seconds_of", "usual"]

SECONDS, STEPS = 60.0, 10.0
"""What is usual before a place has had `ENOUGH` episodes."""
ENOUGH = 5
LATEST = 101
"""Episodes that a baseline rests on: odd, so that the median is one of them."""
COMPLEXITY: dict[Complexity, float] = {"simple": 1.0, "moderate": 1.1, "complex": 1.2}
LEAST, MOST = 0.5, 1.5
"""Bounds of efficiency and quality."""
BONUS = 0.5
FAILED_SHARE = 0.4
"""Share of the bonus that a failure keeps: 0.2 at most, under 0.25, the least that a success is worth."""
NEW_PATTERNS = 10
"""From which the part of the bonus for new patterns is full: no episode may bring more."""
TESTED = re.compile(
    r"(?:^|[;&|\"'`\n]|\s-m\s)\s*(?:[a-z][\w./-]{0,30}\s+(?:run\s+)?)?(?:py|unit|c|doc)?tests?(?=$|[\s:;&|\"'`])"
)
"""A call that runs tests: `pytest -q`, `make test`, `npm run test:unit`, `python -m unittest`."""
TEST_FILE = re.compile(r"(?:^|[/\\_.-])(?:tests?|specs?)(?=$|[/\\_.-])|(?-i:[a-z]Tests?\.)", re.IGNORECASE)
COVERED = re.compile(r"coverage\D{0,20}?(\d{1,3}(?:\.\d+)?)\s?%|(\d{1,3}(?:\.\d+)?)\s?% (?:test |code )?coverage", re.I)
COVERAGE_KEYS = ("coverage", "test_coverage", "coverage_percent")
TEST_KEYS = ("tests", "tests_passed", "has_tests")
HALF_LIFE_DAYS = 90.0
"""Of a reward, where nobody names another."""
DIGITS = 4


class Usual:
    """Medians of a place; the defaults where it has had too few episodes."""

    def __init__(self, row: Mapping[str, Any] | None) -> None:
        row = row or {}
        self.known = len(row.get("steps", ())) >= ENOUGH
        """Whether these are the place's own."""
        self.seconds = max(_median(row.get("seconds", ()), SECONDS), 0.001)
        self.steps = max(_median(row.get("steps", ()), STEPS), 1.0)


def place_of(item: Item) -> str:
    """Where an episode belongs for comparison: its domain, else the type of its task."""
    return item.domain or (item.payload.task_type if isinstance(item.payload, Episode) else "") or "other"


def usual(item: Item, baselines: Mapping[str, Any]) -> Usual:
    """What is usual where an episode belongs."""
    return Usual(baselines.get(place_of(item)))


def seconds_of(episode: Episode) -> float | None:
    """How long it took; None where its beginning or end is not known, or both are one moment."""
    if episode.ended_at is None or episode.ended_at <= episode.started_at:
        return None
    return (episode.ended_at - episode.started_at) / 1_000_000


def rewarded(item: Item, baselines: MutableMapping[str, Any], news: int) -> Reward | None:
    """The reward of a finished episode, measured against those before it; it is then counted among them.

    `news`: new patterns that were found in it. None where the outcome is not known, or the item is no episode.
    """
    episode = item.payload
    base = success_of(episode.outcome) if isinstance(episode, Episode) else None
    if not isinstance(episode, Episode) or base is None:
        return None
    before = usual(item, baselines)
    efficiency = _efficiency(episode, before)
    complexity = COMPLEXITY[episode.complexity]
    quality = _quality(item, episode)
    bonus = _bonus(episode, base, before, news)
    total = base * efficiency * complexity * quality + bonus
    _counted(baselines, place_of(item), episode)
    return Reward(
        base=round(base, DIGITS),
        efficiency=round(efficiency, DIGITS),
        complexity=complexity,
        quality=round(quality, DIGITS),
        bonus=round(bonus, DIGITS),
        total=round(total, DIGITS),
        value=round(_value(episode, base, total), DIGITS),
    )


def effective(value: float, age_days: float, half_life_days: float = HALF_LIFE_DAYS) -> float:
    """What a reward still counts for after some days; the raw one is kept.

    >>> effective(0.8, 90, 90)
    0.4
    """
    return value * 0.5 ** (max(0.0, age_days) / half_life_days) if half_life_days > 0 else 0.0


def reward_line(reward: Reward) -> str:
    """In one line: the value, and where it comes from.

    >>> reward_line(Reward(base=1, efficiency=1.2, complexity=1.1, quality=1.1, bonus=0.05, total=1.502, value=0.8755))
    '+0.88 (total 1.50 = base 1 x efficiency 1.20 x complexity 1.1 x quality 1.10 + bonus 0.05)'
    """
    return (
        f"{reward.value:+.2f} (total {reward.total:.2f} = base {reward.base:.3g} x efficiency {reward.efficiency:.2f} "
        f"x complexity {reward.complexity:.1f} x quality {reward.quality:.2f} + bonus {reward.bonus:.2f})"
    )


def _median(values: Sequence[float], otherwise: float) -> float:
    """The upper one of an even number."""
    return float(sorted(values)[len(values) // 2]) if len(values) >= ENOUGH else otherwise


def _counted(baselines: MutableMapping[str, Any], place: str, episode: Episode) -> None:
    row = baselines.get(place) or {}
    seconds, steps = list(row.get("seconds", ())), list(row.get("steps", ()))
    if (took := seconds_of(episode)) is not None:
        seconds.append(round(took, 3))
    if episode.steps:
        steps.append(len(episode.steps))
    baselines[place] = {"seconds": seconds[-LATEST:], "steps": steps[-LATEST:]}


def _efficiency(episode: Episode, before: Usual) -> float:
    """Of time and of steps, of what is known of them; 1 where nothing is."""
    parts = []
    if (took := seconds_of(episode)) is not None:
        parts.append(0.5 + exp(-(took / before.seconds) / 2))
    if episode.steps:
        parts.append(0.5 + exp(-(len(episode.steps) / before.steps) / 2))
    return _within(sum(parts) / len(parts)) if parts else 1.0


def _quality(item: Item, episode: Episode) -> float:
    artifacts = episode.outcome.artifacts if isinstance(episode.outcome, Success) else ()
    quality = 1.0
    if _tested(item, episode, artifacts):
        quality += 0.1
    if len(artifacts) >= 3:
        quality += 0.05
    coverage = _coverage(item, episode)
    if coverage > 60:
        quality += 0.15 if coverage > 80 else 0.1
    rate = _error_rate(episode.steps)
    if rate is not None and (rate == 0 or rate > 0.1):
        quality += 0.1 if rate == 0 else -0.2 if rate > 0.3 else -0.1
    return _within(quality)


def _tested(item: Item, episode: Episode, artifacts: Sequence[str]) -> bool:
    """Tests are told in the metadata, made (an artifact that is named like one), or were run and went well."""
    if any(bool(item.metadata.get(key)) for key in TEST_KEYS):
        return True
    if any(TEST_FILE.search(name[:300]) for name in artifacts[:50]):
        return True
    good = (step for step in episode.steps if step.result == "success")
    return any(TESTED.search(step.arguments[:400]) or TEST_FILE.search(step.tool) for step in good)


def _coverage(item: Item, episode: Episode) -> float:
    """Per cent: from the metadata (a share of 1, or per cent), else from the verdict; 0 where it is not told."""
    for key in COVERAGE_KEYS:
        told = item.metadata.get(key)
        if isinstance(told, int | float) and not isinstance(told, bool) and isfinite(told):
            return told * 100 if 0 <= told <= 1 else float(told) if told <= 100 else 0.0
    found = COVERED.search(episode.outcome.verdict[:1_000]) if isinstance(episode.outcome, Success) else None
    percent = float(found[1] or found[2]) if found else 0.0
    return percent if percent <= 100 else 0.0


def _error_rate(steps: Sequence[Step]) -> float | None:
    """Share of errors among the steps of which it is known how they went; None where it is of none."""
    known = [step.result in ("error", "timeout") for step in steps if step.result != "unknown"]
    return sum(known) / len(known) if known else None


def _bonus(episode: Episode, base: float, before: Usual, news: int) -> float:
    """For what was learned (0.2 at most), and 0.1 each for diversity, reliability, recovery and speed; 0.5 in all."""
    tools = len({step.tool for step in episode.steps})
    rate = _error_rate(episode.steps)
    parts = (
        0.2 * min(1.0, max(0, news) / NEW_PATTERNS),
        0.1 * min(1.0, max(0, tools - 1) / 4),
        0.1 * max(0.0, 1 - rate / 0.2) if rate is not None and len(episode.steps) >= 3 else 0.0,
        0.1 * _recovered(episode.steps),
        0.1 * max(0.0, 1 - _pace(episode, before)) if before.known else 0.0,
    )
    return min(BONUS, sum(parts)) * (FAILED_SHARE + (1 - FAILED_SHARE) * base)


def _recovered(steps: Sequence[Step]) -> float:
    """Share of the stretches of errors after which a step went well."""
    stretches = overcome = 0
    failing = False
    for step in steps:
        failed = step.result in ("error", "timeout")
        stretches += failed and not failing
        overcome += failing and step.result == "success"
        failing = failed or (failing and step.result == "unknown")
    return overcome / stretches if stretches else 0.0


def _pace(episode: Episode, before: Usual) -> float:
    """Time and steps against what is usual: 1 is usual, less is quicker."""
    took = seconds_of(episode)
    parts = ([took / before.seconds] if took is not None else []) + (
        [len(episode.steps) / before.steps] if episode.steps else []
    )
    return sum(parts) / len(parts) if parts else 1.0


def _value(episode: Episode, base: float, total: float) -> float:
    """Failure in [-1, 0), half as bad where the agent has stopped by itself; partial 2p - 1; success from 0.5 to 1."""
    match episode.outcome:
        case Success():
            return 0.5 + 0.5 * min(1.0, total / 2)
        case Partial():
            return 2 * base - 1
        case Abstained():
            return -0.5 + min(1.0, total / 2)
        case _:
            return -1.0 + min(1.0, total / 2)


def _within(value: float) -> float:
    return min(MOST, max(LEAST, value))
