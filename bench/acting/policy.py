"""The policy: fixed, without a language model, the same with memory and without but for the values it is told.

In each situation it does what is worth most: the value it is told (without memory: nothing) and a bonus for what it
has not tried. What has led from one place to another it expects to lead there again, so that it walks back to where
something is left to try, or to where it was before it made progress. What has changed nothing it does not do again as
long as all else is the same, and what has paid nothing loses a little each time. While it practises, what is uncertain
is worth more, and the more the less of the task is left to lose.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Explorer"]

UNTRIED = 0.08
"""What there may be in an action that this episode has not tried, times how little is known of it."""
IDLE = 0.02
"""What each time costs that an action led nowhere and paid nothing in this episode."""
KNOWN = 0.002
"""What each time costs that it led to a place that was known."""
WALK = 0.005
"""What a step costs on the way to where something is left to try."""
REVISIT = 0.03
"""What there may be in a place where one was not since there was progress."""
WHIM = 0.001
"""Between what is worth the same, chance decides."""
LEAST = 1e-6
"""By which a total passes another."""
NOWHERE = -1e9
ROUNDS = 30
"""Steps of a walk that are planned."""


@dataclass
class Explorer:
    """What one episode has tried, and where it led."""

    rng: random.Random
    bold: float = 0.0
    """What uncertainty is worth: while practising, more than nothing."""
    led: dict[tuple[str, str], str] = field(default_factory=dict)
    """(place, option) -> another place."""
    vain: set[tuple[str, str]] = field(default_factory=set)
    """(situation, option) that changed nothing."""
    worth: dict[str, dict[str, float]] = field(default_factory=dict)
    """Place -> option -> worth, when it was last seen."""
    idle: dict[str, float] = field(default_factory=dict)
    """Option -> what its having led to nothing costs by now."""
    done: set[str] = field(default_factory=set)
    visited: dict[str, int] = field(default_factory=dict)
    """Place -> progress when one was last there."""
    progress: int = 0
    """How often the total has passed what it had been."""
    total: float = 0.0
    best: float = 0.0

    def choose(
        self, place: str, situation: str, options: Sequence[str], values: Mapping[str, tuple[float, float]]
    ) -> str:
        """One of the options, by what is known of them: value and uncertainty; without memory 0 and 1."""
        worth = {option: self._worth(option, *values.get(option, (0.0, 1.0))) for option in options}
        self.worth[place] = {option: value for option, value in worth.items() if (situation, option) not in self.vain}
        self.visited[place] = self.progress
        left = self._left()

        def promise(option: str) -> float:
            if (situation, option) in self.vain:
                return NOWHERE + worth[option]
            there = self.led.get((place, option))
            return worth[option] if there is None else left.get(there, NOWHERE) - WALK

        return max(options, key=promise)

    def took(self, before: tuple[str, str], option: str, after: tuple[str, str], paid: float | None) -> None:
        """Remember where an option led from one (place, situation) to another, and whether it paid."""
        (place, situation), (there, changed) = before, after
        self.done.add(option)
        self.total += paid or 0.0
        if self.total > self.best + LEAST:
            self.best = self.total
            self.progress += 1
        if not (paid and paid > 0):
            self.idle[option] = self.idle.get(option, 0.0) + self._cost(place, there)
        if there != place:
            self.led[place, option] = there
        elif situation == changed:
            self.vain.add((situation, option))

    def _cost(self, place: str, there: str) -> float:
        if there == place:
            return IDLE
        return KNOWN if there in self.worth else 0.0

    def _worth(self, option: str, value: float, uncertainty: float) -> float:
        untried = 0.0 if option in self.done else UNTRIED * uncertainty
        return value + self.bold * uncertainty + untried - self.idle.get(option, 0.0) + WHIM * self.rng.random()

    def _left(self) -> dict[str, float]:
        """Place -> the best that is left to try there, or where it is known to lead."""
        left = {
            place: max((worth for one, worth in known.items() if (place, one) not in self.led), default=NOWHERE)
            for place, known in self.worth.items()
        }
        for place, progress in self.visited.items():
            if progress < self.progress:
                left[place] = max(left[place], 0.0) + REVISIT
        for _ in range(ROUNDS):
            moved = False
            for (place, _), there in self.led.items():
                promised = left.get(there, NOWHERE) - WALK
                if promised > left[place]:
                    left[place] = promised
                    moved = True
            if not moved:
                break
        return left
