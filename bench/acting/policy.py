"""The policy: fixed, without a language model, the same with memory and without but for the values it is told.

In each situation it does what is worth most: the value it is told (without memory: nothing) and a bonus for what it
has not tried. What has led from one place to another it expects to lead there again, so that it walks back to where
something is left to try, or to where it was before it made progress, or not for long. What begins like an option that
led elsewhere may lead elsewhere, too; where such a one did not, what names the same thing may open it. What has changed
nothing it does not do again as long as all else is the same, and what has paid nothing loses a little each time. The
fewer steps are left, the less is there to lose: a risk counts less, in the end nothing. While it practises, it counts
less from the beginning, and what is uncertain is worth more.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Explorer", "Told"]

Told = tuple[float, float, float]
"""What is told of an option: value, uncertainty, risk."""

UNKNOWN: Told = (0.0, 1.0, 0.0)
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
EXIT = 0.012
"""What there is at least in what may lead elsewhere and was not tried there."""
TOUR = 0.02
"""What there may be in a place where one was not for `LONG` steps; sooner, a part of it."""
LONG = 30
LATE = 4
"""A risk counts by what is left of the steps: 1 - used ** LATE. While practising: 1 - used."""
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
    """What uncertainty is worth at the end of an episode: while practising, more than nothing."""
    used: float = 0.0
    """Share of the steps that are used up."""
    led: dict[tuple[str, str], str] = field(default_factory=dict)
    """(place, option) -> another place."""
    vain: set[tuple[str, str]] = field(default_factory=set)
    """(situation, option) that changed nothing."""
    leading: Counter[str] = field(default_factory=Counter)
    """First word -> how often it led elsewhere, less how often it did not."""
    shut: set[tuple[str, str]] = field(default_factory=set)
    """(place, option) that should have led elsewhere, and nothing that names a word of it was done there since."""
    worth: dict[str, dict[str, float]] = field(default_factory=dict)
    """Place -> option -> worth, when it was last seen."""
    idle: dict[str, float] = field(default_factory=dict)
    """Option -> what its having led to nothing costs by now."""
    done: set[str] = field(default_factory=set)
    visited: dict[str, int] = field(default_factory=dict)
    """Place -> progress when one was last there."""
    entered: dict[str, int] = field(default_factory=dict)
    """Place -> step when one was last there."""
    count: int = 0
    progress: int = 0
    """How often the total has passed what it had been."""
    total: float = 0.0
    best: float = 0.0

    def choose(self, place: str, situation: str, options: Sequence[str], told: Mapping[str, Told]) -> str:
        """One of the options, by what is known of them; without memory `UNKNOWN`."""
        worth = {option: self._worth(option, *told.get(option, UNKNOWN)) for option in options}
        for option in options:
            if self._may_lead(place, option):
                worth[option] = max(worth[option], EXIT)
        self.worth[place] = {option: value for option, value in worth.items() if (situation, option) not in self.vain}
        self.visited[place] = self.progress
        self.entered[place] = self.count
        left = self._left()

        def promise(option: str) -> float:
            if (situation, option) in self.vain or (place, option) in self.shut:
                return NOWHERE + worth[option]
            there = self.led.get((place, option))
            return worth[option] if there is None else left.get(there, NOWHERE) - WALK

        return max(options, key=promise)

    def took(self, before: tuple[str, str], option: str, after: tuple[str, str], paid: float | None) -> None:
        """Remember where an option led from one (place, situation) to another, and whether it paid."""
        place, there = before[0], after[0]
        self.done.add(option)
        self.count += 1
        self.total += paid or 0.0
        if self.total > self.best + LEAST:
            self.best = self.total
            self.progress += 1
        if not self._led(before, option, after) and not (paid and paid > 0):
            self.idle[option] = self.idle.get(option, 0.0) + self._cost(place, there)

    def _led(self, before: tuple[str, str], option: str, after: tuple[str, str]) -> bool:
        """Remember where it led; -> whether it should have led elsewhere and did not."""
        (place, situation), (there, changed) = before, after
        should = self._leads(option)
        self.leading[option.split()[0]] += 1 if there != place else -1
        if there != place:
            if (place, option) not in self.led:  # a way in that is new may be a way out
                self.shut = {one for one in self.shut if one[0] != there}
            self.led[place, option] = there
        elif situation != changed:
            self.shut = {one for one in self.shut if one[0] != place or not _akin(one[1], option)}
        else:
            self.vain.add((situation, option))
            self.led.pop((place, option), None)
            if should:
                self.shut.add((place, option))
            return should
        return False

    def _leads(self, option: str) -> bool:
        return self.leading[option.split()[0]] > 0

    def _may_lead(self, place: str, option: str) -> bool:
        """Whether it leads elsewhere by its first word and was not tried here, or names what is shut here."""
        if self._leads(option):
            return (place, option) not in self.led and (place, option) not in self.shut
        return any(there == place and _akin(one, option) for there, one in self.shut)

    def _cost(self, place: str, there: str) -> float:
        if there == place:
            return IDLE
        return KNOWN if there in self.worth else 0.0

    def _worth(self, option: str, value: float, uncertainty: float, risk: float) -> float:
        untried = 0.0 if option in self.done else UNTRIED * uncertainty
        dared = self.bold * self.used * uncertainty + self.used ** (1 if self.bold else LATE) * risk
        return value + dared + untried - self.idle.get(option, 0.0) + WHIM * self.rng.random()

    def _left(self) -> dict[str, float]:
        """Place -> the best that is left to try there, or where it is known to lead."""
        left = {
            place: max((worth for one, worth in known.items() if (place, one) not in self.led), default=NOWHERE)
            for place, known in self.worth.items()
        }
        for place, progress in self.visited.items():
            if progress < self.progress:
                left[place] = max(left[place], 0.0) + REVISIT
        for place, when in self.entered.items():
            left[place] = max(left[place], TOUR * min(1.0, (self.count - when) / LONG))
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


def _akin(one: str, other: str) -> bool:
    """Whether two options name the same word, apart from the first."""
    return not set(one.split()[1:]).isdisjoint(other.split()[1:])
