"""A trial: live through tasks of the train fold and record them, then do tasks of the test fold with and without.

All through the front door: episodes are recorded with their observations and rewards, `learn` learns from them, and
`advise` says before each step what each valid action is worth. Tasks of the test fold are not recorded.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bench.acting.policy import Explorer, Told
from bench.acting.worlds import Seen, World
from tacit.memory import Memory
from tacit.types import Abstained, Failure, Outcome, Step, StepResult, Success

__all__ = ["Run", "live", "score"]

BOLD = 0.4
"""What uncertainty is worth while tasks are lived through, at the end of an episode; it grows from nothing with the
steps that are used up, as there is less and less to lose by a mistake. Tasks that are scored are done without."""
LEARN_EVERY = 5
"""Episodes. What was lived since is known to no choice before."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One episode, counted."""

    success: bool
    score: float
    steps: int


def live(world: World, memory: Memory, *, episodes: int, seed: int, domain: str) -> list[Run]:
    """Do tasks of the train fold, with what is known so far, and record them."""
    runs = []
    for number in range(episodes):
        task, steps, run = _played(
            world,
            seed * episodes + number,
            memory,
            rng=random.Random(f"live {seed} {number}"),
            domain=domain,
            test=False,
        )
        _record(memory, task, steps, _outcome(run, world.limit), domain)
        runs.append(run)
        if (number + 1) % LEARN_EVERY == 0:
            for _ in memory.work():
                pass
    for _ in memory.work():
        pass
    return runs


def score(world: World, memory: Memory | None, *, tasks: Sequence[int], seed: int, domain: str) -> list[Run]:
    """Do tasks of the test fold, with memory or without; the same chance in both."""
    return [
        _played(world, number, memory, rng=random.Random(f"test {seed} {number}"), domain=domain, test=True)[2]
        for number in tasks
    ]


def _played(
    world: World, number: int, memory: Memory | None, *, rng: random.Random, domain: str, test: bool
) -> tuple[str, list[Step], Run]:
    task, seen = world.begin(number, test=test)
    steps = [Step(tool="begin", observation=seen.told, reward=None if seen.reward is None else 0.0)]
    explorer = Explorer(rng, bold=0.0 if test else BOLD)
    while not seen.done and len(steps) <= world.limit:
        values = _values(memory, task, steps, seen, domain) if memory else {}
        explorer.used = len(steps) / world.limit
        option = explorer.choose(seen.place, seen.situation, seen.options, values)
        before, seen = (seen.place, seen.situation), world.act(option)
        explorer.took(before, option, (seen.place, seen.situation), seen.reward)
        tool, _, rest = option.partition(" ")
        result: StepResult = "error" if seen.failed else "unknown"
        steps.append(Step(tool=tool, arguments=rest, observation=seen.told, result=result, reward=seen.reward))
    run = Run(success=seen.success, score=seen.score, steps=len(steps) - 1)
    return task, steps, run


def _values(memory: Memory, task: str, steps: list[Step], seen: Seen, domain: str) -> dict[str, Told]:
    advice = memory.advise(task, steps, options=seen.options, domain=domain)
    return {option.option: (option.value, option.uncertainty, option.risk) for option in advice.options}


def _record(memory: Memory, task: str, steps: Sequence[Step], outcome: Outcome, domain: str) -> None:
    episode = memory.episode(task, domain=domain)
    for step in steps:
        episode.step(
            step.tool, arguments=step.arguments, observation=step.observation, result=step.result, reward=step.reward
        )
    episode.complete(outcome)


def _outcome(run: Run, limit: int) -> Outcome:
    """A task that is lost is another thing than one that was given up when its steps were used up."""
    if run.success:
        return Success(verdict="the environment says so")
    if run.steps >= limit:
        return Abstained(reason=f"no more than {limit} steps are allowed", at_step=run.steps)
    return Failure(reason="the environment says that it is lost")
