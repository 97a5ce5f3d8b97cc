"""One task, one seed: what a process of the benchmark does. In a file of its own, so that another process finds it."""

import tacit
from bench.acting.setup import ready
from bench.acting.shell import LIVED, shell
from bench.acting.trial import Run, live, score
from bench.acting.worlds import Game, games

__all__ = ["Job", "Pair", "played"]

Pair = tuple[list[Run], list[Run]]
"""The runs on the test tasks with memory, and without."""
Job = tuple[str, int, int, int, str]
"""Task, seed, episodes to live through, tasks to be tried on, and their fold."""


def played(job: Job) -> Pair:
    """Live, then do the test tasks with memory and without."""
    task, seed, lived, tested, fold = job
    if task == "shell":
        return shell(seed, lived=min(LIVED, max(1, lived // 30)))
    ready()
    with games() as engine, tacit.open(":memory:", embedder="none", worker=False) as memory:
        world = Game(engine, task, fold=fold)
        live(world, memory, episodes=lived, seed=seed, domain=task)
        tasks = range(seed * tested, (seed + 1) * tested)
        return (
            score(world, memory, tasks=tasks, seed=seed, domain=task),
            score(world, None, tasks=tasks, seed=seed, domain=task),
        )
