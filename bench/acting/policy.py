"""The policy: fixed, without a language model, the same with memory and without but for the values it is told.

In each situation it does what is worth most: the value it is told (without memory: nothing) and a bonus for what it
has not tried. What it has done before in this very situation it expects to lead where it led and to pay what it paid,
so that it walks back to where something is left to try. What has led to nothing new loses a little each time.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Explorer"]

UNTRIED = 0.03
"""What there may be in an action that this episode has not tried, times the variance of its value."""
IDLE = 0.02
"""What each time costs that an action changed nothing in this episode."""
KNOWN = 0.002
"""What each time costs that it led to a situation that was known."""
WALK = 0.005
"""What a step costs on the way to where something is left to try."""
WHIM = 0.001
"""Between what is worth the same, chance decides."""
NOWHERE = -1e9
ROUNDS = 30
"""Steps of a walk that are planned."""


@dataclass
class Explorer:
    """What one episode has tried, and where it led."""

    rng: random.Random
    led: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)
    """(situation, option) -> situation, and what was paid on the way."""
    worth: dict[str, dict[str, float]] = field(default_factory=dict)
    """Situation -> option -> worth, when it was last seen."""
    idle: dict[str, float] = field(default_factory=dict)
    """Option -> what its having led to nothing new costs by now."""
    done: set[str] = field(default_factory=set)

    def choose(self, situation: str, options: Sequence[str], values: Mapping[str, tuple[float, float]]) -> str:
        """One of the options, by what is known of them: value and uncertainty; without memory 0 and 1."""
        self.worth[situation] = {option: self._worth(option, *values.get(option, (0.0, 1.0))) for option in options}
        left = self._left()

        def promise(option: str) -> float:
            if (situation, option) not in self.led:
                return self.worth[situation][option]
            there, paid = self.led[situation, option]
            if there == situation:
                return NOWHERE + self.worth[situation][option]
            return left.get(there, NOWHERE) + paid - WALK

        return max(options, key=promise)

    def took(self, situation: str, option: str, there: str, paid: float | None) -> None:
        """Remember where an option led, and what it paid."""
        self.led[situation, option] = there, paid or 0.0
        self.done.add(option)
        if there in self.worth:
            self.idle[option] = self.idle.get(option, 0.0) + (IDLE if there == situation else KNOWN)

    def _worth(self, option: str, value: float, uncertainty: float) -> float:
        untried = 0.0 if option in self.done else UNTRIED * uncertainty**2
        return value + untried - self.idle.get(option, 0.0) + WHIM * self.rng.random()

    def _left(self) -> dict[str, float]:
        """Situation -> the best that is left to try there, or where it is known to lead."""
        left = {
            place: max((worth for one, worth in known.items() if (place, one) not in self.led), default=NOWHERE)
            for place, known in self.worth.items()
        }
        for _ in range(ROUNDS):
            moved = False
            for (place, _), (there, paid) in self.led.items():
                promised = left.get(there, NOWHERE) + paid - WALK
                if there != place and promised > left[place]:
                    left[place] = promised
                    moved = True
            if not moved:
                break
        return left
