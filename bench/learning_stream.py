"""One file of runs, streamed through a memory: asked before each step, told after each episode.

Recorded, learned from and asked for advice by the front door, one episode after the other, as an agent would.
"""

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import tacit
from bench.common import say
from bench.learning_baselines import ByTool, Logistic, Nearest, TwoGram, words_of
from bench.learning_report import surest
from tacit.lessons import Advice
from tacit.logic import prediction
from tacit.logic.evidence import success_of
from tacit.logic.transcripts import runs
from tacit.logic.transcripts.items import Maker
from tacit.logic.transcripts.records import Entry, Tally
from tacit.types import Episode, Item, Pattern, Step

__all__ = ["END", "Foretold", "Streamed", "Told", "streamed"]

END = ""
"""In the place of a tool: the episode was over."""
BATCH = 4
"""Episodes that are foretold before any of them is learned from, as where agents work side by side; a transaction for
each would take half of the time."""
AFTER = 3
"""Steps after which success is foretold."""


@dataclass
class Told:
    """Answers to one kind of question, in order; `episode` counts from 0."""

    episode: list[int] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    in_three: list[bool] = field(default_factory=list)
    others: dict[str, list[bool]] = field(default_factory=dict)
    """Of the baselines, and of tacit without ever having seen the same task."""

    def add(self, episode: int, truth: str, ranked: Sequence[str], **others: str | None) -> None:
        """One question."""
        self.episode.append(episode)
        self.right.append(ranked[:1] == [truth])
        self.in_three.append(truth in ranked[:3])
        for name, answer in others.items():
            self.others.setdefault(name, []).append(answer == truth)


@dataclass
class Foretold:
    """Success of one episode as it was foretold after three steps."""

    episode: int
    steps: int
    success: bool
    tacit: float
    logistic: float
    new_task: float
    """By what never saw the same task."""


@dataclass
class Streamed:
    """All of one file."""

    source: str
    episodes: int = 0
    next_tool: Told = field(default_factory=Told)
    """Every step, and the end."""
    recovery: Told = field(default_factory=Told)
    """The step after a failed one, where it worked."""
    any_after_error: Told = field(default_factory=Told)
    """The step after a failed one, whatever became of it."""
    success: list[Foretold] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    """The surest, in words."""
    pattern_count: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(("record", "learn", "advise"), 0.0))
    asked: int = 0


def streamed(file: Path, most: int | None, say_every: int = 1_000) -> Streamed:
    """Stream a file; at most so many episodes of it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tacit.open(Path(folder) / "bench.tacit", embedder="none", worker=False) as memory,
    ):
        stream = _Stream(memory, Streamed(file.stem))
        for item in _episodes(file, most):
            stream.live(item)
            if stream.done.episodes % say_every == 0:
                say(f"{file.stem}: {stream.done.episodes} episodes")
        stream.look_back()
        return stream.done


def _episodes(file: Path, most: int | None) -> Iterator[Item]:
    """As the importer reads them: cleaned, cut to the bounds."""
    with file.open("rb") as lines:
        entries = (Entry(0, 0, json.loads(line)) for line in lines if line.strip())
        maker = Maker("runs", lambda: "", lambda: 0)
        found = (item for turn in runs.turns(entries, Tally()) for item in maker.items(turn))
        for number, item in enumerate(found):
            if number == most:
                return
            yield item


class _Stream:
    """A life: one memory, the baselines, and two notebooks that never learn from the task that they are asked about."""

    def __init__(self, memory: tacit.Memory, done: Streamed) -> None:
        self.done = done
        self._memory = memory
        self._gram, self._by_tool, self._nearest, self._logistic = TwoGram(), ByTool(), Nearest(), Logistic()
        self._halves: tuple[dict[str, object], dict[str, object]] = ({}, {})
        self._waiting: list[Item] = []

    def live(self, item: Item) -> None:
        """Foretell an episode step by step, record it, learn from it."""
        episode = item.payload
        assert isinstance(episode, Episode)
        self._foretell(item, episode)
        begun = time.perf_counter()
        opened = self._memory.episode(episode.task, agent=episode.agent, domain=item.domain)
        for step in episode.steps:
            opened.step(
                step.tool,
                arguments=step.arguments,
                observation=step.observation,
                result=step.result,
                reward=step.reward,
            )
        if episode.outcome is not None:
            opened.complete(episode.outcome)
        self.done.seconds["record"] += time.perf_counter() - begun
        self.done.episodes += 1
        self._waiting.append(item)
        if len(self._waiting) == BATCH:
            self._learn()

    def _learn(self) -> None:
        begun = time.perf_counter()
        for _ in self._memory.work():
            pass
        self.done.seconds["learn"] += time.perf_counter() - begun
        for item in self._waiting:
            self._teach_others(item)
        self._waiting.clear()

    def look_back(self) -> None:
        """The patterns that were found, the surest in words."""
        self._learn()
        for _ in self._memory.learn():
            pass
        after = 0
        found: list[Pattern] = []
        while page := self._memory.patterns(after=after, limit=1_000):
            found += [one.payload for one in page if isinstance(one.payload, Pattern)]
            after = page[-1].sequence
        self.done.pattern_count = len(found)
        self.done.patterns = surest(found)

    def _foretell(self, item: Item, episode: Episode) -> None:
        tools = [step.tool for step in episode.steps]
        for place, truth in enumerate([*tools, END]):
            before = episode.steps[:place]
            advice = self._advice(item, episode, before)
            other = self._without_the_task(item, episode, before)
            best = self._gram.best(tools[:place])
            number = self.done.episodes
            self.done.next_tool.add(
                number,
                truth,
                _ranked(advice),
                two_gram=next(iter(best), None),
                new_task=next(iter(_ranked(other)), None),
            )
            self.done.next_tool.others.setdefault("two_gram_in_three", []).append(truth in best)
            if truth != END:
                first = [one.tool for one in advice.next_tools[:1]]
                self.done.next_tool.others.setdefault("without_end", []).append(first == [truth])
            if advice.recovering and truth != END:
                self._recovered(episode, place, advice, other)
            if place == min(AFTER, len(tools)) and tools and (won := success_of(episode.outcome)) is not None:
                self.done.success.append(
                    Foretold(
                        episode=number,
                        steps=len(tools),
                        success=won >= 0.5,
                        tacit=_or_half(advice.success),
                        logistic=self._logistic.probability(words_of(episode.task, before)),
                        new_task=_or_half(other.success),
                    )
                )

    def _recovered(self, episode: Episode, place: int, advice: Advice, other: Advice) -> None:
        failed, step = episode.steps[place - 1], episode.steps[place]
        by_tool, majority = self._by_tool.best(failed.tool)
        ranked = [one.tool for one in advice.recoveries]
        self.done.any_after_error.add(self.done.episodes, step.tool, [one.tool for one in advice.next_tools])
        if step.result != "success":
            return
        words = words_of(episode.task, [failed])
        self.done.recovery.add(
            self.done.episodes,
            step.tool,
            ranked,
            majority=majority,
            by_failed_tool=by_tool,
            nearest_20=self._nearest.best(words),
            new_task=next((one.tool for one in other.recoveries), None),
        )

    def _teach_others(self, item: Item) -> None:
        episode = item.payload
        assert isinstance(episode, Episode)
        tools = [*(step.tool for step in episode.steps), END]
        self._gram.learn(tools)
        prediction.learn(item, self._halves[_half(episode)])
        for failed, step in pairwise(episode.steps):
            if failed.result == "error" and step.result == "success":
                self._nearest.learn(words_of(episode.task, [failed]), step.tool)
                self._by_tool.learn(failed.tool, step.tool)
        won = success_of(episode.outcome)
        if episode.steps and won is not None:
            self._logistic.learn(words_of(episode.task, episode.steps[:AFTER]), won)

    def _advice(self, item: Item, episode: Episode, before: tuple[Step, ...]) -> Advice:
        begun = time.perf_counter()
        advice = self._memory.advise(episode.task, before, domain=item.domain, agent=episode.agent)
        self.done.seconds["advise"] += time.perf_counter() - begun
        self.done.asked += 1
        return advice

    def _without_the_task(self, item: Item, episode: Episode, before: tuple[Step, ...]) -> Advice:
        """Of what was learned from the half of the tasks that this one is not in."""
        page = self._halves[1 - _half(episode)]
        return prediction.advice(episode.task, before, page, domain=item.domain, agent=episode.agent)


def _half(episode: Episode) -> int:
    return sum(episode.task.encode("utf-8", "replace")) % 2


def _ranked(advice: Advice) -> list[str]:
    """The tools, and the end in its place."""
    ranked = [(one.probability, one.tool) for one in advice.next_tools]
    if advice.ends is not None:
        ranked.append((advice.ends, END))
    return [tool for _, tool in sorted(ranked, key=lambda one: -one[0])]


def _or_half(probability: float | None) -> float:
    return 0.5 if probability is None else probability
