"""The agent: a fixed script without a language model, the same with memory and without but for what it is advised.

Below: the repertoire, tacit's nouns. Above: the trial.

How it acts. It first does what the task asks for outright. When that did not do, it tries the other commands that it
knows for this tool, one after the other, and after each that went well it does what was asked again, until the task is
done or its steps are used up. In which order it tries them is all that matters:

- on its own it goes by the words that a command shares with the error and the task, as far as it has read them: where
  a program names the remedy in its message (git often does), it follows the message;
- with memory it goes first by what helped in the recalled episodes, and by the commands that recalled patterns name,
  then as on its own, and last come the commands that were tried in vain there. Where all episodes that it recalls for
  the same wish agree on a remedy, it starts with that;
- a rule that names one of its commands it obeys as soon as it is shown it, before it tries anything else, whether
  the rule is good or bad; what a rule says that was earned from a pattern it weighs as it weighs patterns.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tacit.demo.actions import REPERTOIRE, Action, fill
from tacit.demo.family import Brief
from tacit.demo.reading import belief, named, orders
from tacit.demo.shell import Ran
from tacit.logic.words import terms
from tacit.types import Episode, Pattern, Rule, Success

__all__ = ["BUDGET", "Advice", "Adviser", "Attempt", "Hands", "Lesson", "attempt", "cure"]

BUDGET = 6
"""Commands that a task may take: what is asked, and two remedies with a second go each, and one more."""
VAIN = 0.5
"""What an attempt in vain weighs against one that helped: less, since it may have been a necessary part."""
AGREED = 2
"""Recalled episodes of the same wish that must agree, all of them, before the agent does the remedy first."""
ALIEN = 0.1
"""Weight of an episode in which what is asked went wrong in another way: it may still have met the same trouble."""
NOISE = frozenset(terms("the a an and of to in it is that its with for by on from not no you your was or be this"))


Lesson = Episode | Pattern | Rule
"""What the agent can read of a memory."""


class Hands(Protocol):
    """What the agent acts on."""

    def run(self, chosen: Action) -> Ran:
        """Run a command."""
        ...

    def done(self) -> bool:
        """Whether the task is done, as the one who set it sees it."""
        ...


class Adviser(Protocol):
    """What the agent may ask before a task and after an error: a memory, or nobody."""

    def before(self, task: str) -> Sequence[Lesson]:
        """What is known of tasks that resemble this one, the nearest first."""
        ...

    def after(self, task: str, error: str) -> Sequence[Lesson]:
        """What is known of something similar that went wrong, the nearest first."""
        ...


@dataclass(frozen=True)
class Advice:
    """What is recalled says of the commands of the repertoire."""

    weights: Mapping[Action, float] = field(default_factory=dict)
    """Above zero: helped. Below: tried in vain."""
    opening: Action | None = None
    """To begin with, where the episodes that are recalled agree."""
    orders: Sequence[Action] = ()
    """What rules want done, in the order in which they are shown."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One run at a task."""

    asked: Action
    done: bool
    steps: tuple[tuple[Action, Ran], ...]

    @property
    def remedies(self) -> list[Action]:
        """What was done beside what the task asks for outright, in the order in which it was first done. Where the
        task is done, the last did it: before it the task was not done, with it it was."""
        return [one for one in dict.fromkeys(chosen for chosen, _ in self.steps) if one != self.asked]


def attempt(
    brief: Brief, hands: Hands, *, rng: random.Random, adviser: Adviser | None, budget: int = BUDGET
) -> Attempt:
    """Run at a task until it is done or the budget of commands is used up."""
    advice = advised(adviser.before(brief.description), brief.asked) if adviser else Advice()
    mood = {known: rng.random() for known in REPERTOIRE.values()}
    taken: list[tuple[Action, Ran]] = []
    choice = next(iter(advice.orders), advice.opening or brief.asked)
    while True:
        ran = hands.run(choice)
        taken.append((choice, ran))
        done = hands.done()
        if done or len(taken) == budget:
            return Attempt(asked=brief.asked, done=done, steps=tuple(taken))
        if choice == brief.asked:
            if adviser:
                advice = advised(adviser.after(brief.description, told(ran.output)), brief.asked, ran)
        elif ran.ok or all(earlier != brief.asked for earlier, _ in taken):
            choice = brief.asked
            continue
        tried = {earlier for earlier, _ in taken}
        left = [known for known in REPERTOIRE.values() if known.tool == brief.asked.tool and known not in tried]
        ordered = [known for known in advice.orders if known in left]
        choice = min(ordered or left, key=lambda known: _place(known, advice, ran, brief, mood), default=brief.asked)


def advised(recalled: Sequence[Lesson], asked: Action, ran: Ran | None = None) -> Advice:
    """Weigh the commands by recalled episodes: what ended a success speaks for itself, what was tried besides against.

    The n-th episode weighs 1/n, times how much its own failure at what was asked resembles the one at hand. So does
    the n-th pattern or rule that names a command, by what it is believed and how much its condition resembles what
    went wrong. What was asked outright is no remedy and has no weight.
    """
    episodes = [one for one in recalled if isinstance(one, Episode)]
    weights: dict[Action, float] = {}
    for place, episode in enumerate(episodes, start=1):
        remedy = cure(episode)
        weight = _resembles(_answer(episode, asked), ran) / place
        for one in dict.fromkeys(_known(episode)):
            if one != asked:
                weights[one] = weights.get(one, 0.0) + (1 if one == remedy else -VAIN) * weight
    for place, (lesson, says) in enumerate(_naming(recalled, asked), start=1):
        for one in says:
            weights[one] = weights.get(one, 0.0) + belief(lesson) * _resembles(lesson.condition, ran) / place
    cures = [cure(episode) for episode in episodes if _known(episode)[:1] == [asked]]
    agreed = len(cures) >= AGREED and len(set(cures)) == 1 and cures[0] != asked
    ordered = [one for rule in recalled if isinstance(rule, Rule) for one in orders(rule, asked.tool) if one != asked]
    return Advice(weights, cures[0] if agreed else None, ordered)


def cure(episode: Episode) -> Action | None:
    """What a success did that it had not done before, last: before it the task was not done, with it it was."""
    if not isinstance(episode.outcome, Success):
        return None
    return next(iter(list(dict.fromkeys(_known(episode)))[::-1]), None)


def told(output: str) -> str:
    """The telling part of an output: the last line of a traceback, else its beginning; at most 300 characters."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if lines and lines[0].startswith("Traceback"):
        lines = lines[-1:]
    return "\n".join(lines)[:300]


def _known(episode: Episode) -> list[Action]:
    """The steps that are in the repertoire, by tool and by what they were for."""
    found = (REPERTOIRE.get((step.tool, step.action)) for step in episode.steps)
    return [one for one in found if one is not None]


def _naming(recalled: Sequence[Lesson], asked: Action) -> list[tuple[Pattern | Rule, list[Action]]]:
    """The patterns and the rules with a condition that name other commands than what is asked, with these."""
    lessons = [one for one in recalled if isinstance(one, Pattern) or (isinstance(one, Rule) and one.condition)]
    found = [(one, named(one.action if isinstance(one, Pattern) else one.rule, asked.tool)) for one in lessons]
    return [(lesson, others) for lesson, says in found if (others := [one for one in says if one != asked])]


def _answer(episode: Episode, asked: Action) -> str | None:
    """What the asked command answered in an episode; None where it was not run."""
    return next((told(s.observation) for s in episode.steps if (s.tool, s.action) == (asked.tool, asked.says)), None)


def _resembles(there: str | None, ran: Ran | None) -> float:
    """How alike an output there and the one here are: the Jaccard index of their words, from 0.1 to 1."""
    if ran is None:
        return 1.0
    if there is None:
        return ALIEN
    one, other = set(terms(there)), set(terms(told(ran.output)))
    return max(ALIEN, len(one & other) / len(one | other)) if one | other else 1.0


def _place(known: Action, advice: Advice, ran: Ran, brief: Brief, mood: Mapping[Action, float]) -> tuple[float, ...]:
    """Sorts ascending: advised first and discouraged last, then by shared words, then by mood."""
    shared = _shared(known, f"{ran.output} {brief.description}")
    return (-advice.weights.get(known, 0.0), -shared, mood[known])


def _shared(known: Action, text: str) -> float:
    """Share of a command's words that are in the text."""
    words = set(terms(f"{known.says} {fill(known.command, {})}")) - NOISE
    words.discard(known.tool)
    return len(words & set(terms(text))) / len(words)
