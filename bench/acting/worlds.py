"""What a policy acts in: an environment that shows a situation and its valid actions, and pays. Here: the games.

TextWorldExpress (Jansen, Cote 2023), as its package sets each game up: default parameters, its own folds. What the
agent is told after an action is what the game answers, then what it sees around it and what it holds, where the answer
did not say so; these two are also what tells one situation from another. Nothing of any game is known here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["GAMES", "LIMIT", "Game", "Seen", "World", "games"]

GAMES = ("coin", "twc", "cookingworld", "arithmetic")
LIMIT = 100
"""Steps an episode may take: the package's own default."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What an environment shows."""

    told: str
    """What the agent reads."""
    place: str
    """Equal where one is in the same place."""
    situation: str
    """Equal where nothing has changed."""
    options: tuple[str, ...]
    """What can be done, sorted."""
    reward: float | None = 0.0
    """None where the environment does not pay by the step."""
    failed: bool = False
    """The last action met an error."""
    score: float = 0.0
    done: bool = False
    success: bool = False


class World(Protocol):
    """One task at a time."""

    limit: int
    """Steps an episode may take."""

    def begin(self, number: int, *, test: bool) -> tuple[str, Seen]:
        """-> the task in words, and what is seen first."""
        ...

    def act(self, option: str) -> Seen:
        """Do one of the options."""
        ...


class Game:
    """One of the games."""

    limit = LIMIT

    def __init__(self, env: Any, name: str, *, fold: str = "test") -> None:
        """Tasks are lived in the train fold and tried in `fold`: "test", or "dev" while something is being tuned."""
        self._env = env
        env.load(gameName=name, gameParams="")
        held = env.getValidSeedsDev() if fold == "dev" else env.getValidSeedsTest()
        self._folds = {False: ("train", env.getValidSeedsTrain()), True: (fold, held)}

    def begin(self, number: int, *, test: bool) -> tuple[str, Seen]:
        """The number counts the seeds of the fold."""
        fold, seeds = self._folds[test]
        told, info = self._env.reset(seed=seeds[number % len(seeds)], gameFold=fold)
        return info["taskDescription"], _seen(told, info, 0.0, False)

    def act(self, option: str) -> Seen:
        """One step of the game."""
        told, reward, done, info = self._env.step(option)
        return _seen(told, info, reward, done)


@contextmanager
def games() -> Iterator[Any]:
    """The engine; one process of Java serves all games in turn."""
    from textworld_express import TextWorldExpressEnv

    engine = TextWorldExpressEnv(envStepLimit=1_000_000)  # the limit is the trial's
    try:
        yield engine
    finally:
        engine.close()
        engine.close = lambda: None  # its destructor closes again, into a broken pipe


def _seen(told: str, info: dict[str, Any], reward: float, done: bool) -> Seen:
    around = [info["look"], info["inventory"]]
    return Seen(
        told="\n".join([told, *(one for one in around if one.strip() != told.strip())]),
        place=info["look"].partition(".")[0],
        situation="\n".join(around),
        options=tuple(sorted(info["validActions"])),
        reward=float(reward),
        score=float(info["score"]),
        done=bool(done),
        success=bool(info["tasksuccess"]),
    )
