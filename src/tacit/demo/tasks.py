"""The deal: from families and a seed to tasks, some to learn from and others to be tried on.

Below: families, the shell. Above: the trial.
"""

import random
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from tacit.demo.actions import Action, action, fill
from tacit.demo.families_code import CODE_FAMILIES
from tacit.demo.families_files import FILE_FAMILIES
from tacit.demo.families_git import GIT_FAMILIES
from tacit.demo.family import Brief, Family, Task
from tacit.demo.shell import Ran, Shell

__all__ = ["FAMILIES", "Deal", "World", "deal", "make_task"]

FAMILIES: tuple[Family, ...] = GIT_FAMILIES + FILE_FAMILIES + CODE_FAMILIES

TOPICS = (
    "invoice", "recipe", "poem", "budget", "chapter", "report", "survey", "travel", "garden", "novel", "thesis", "menu",
    "letter", "roster", "lecture", "catalog", "diary", "tender", "archive", "score", "bulletin", "sketch", "outline",
)  # fmt: skip
PEOPLE = ("ada", "grace", "linus", "barbara", "ken", "radia", "edsger", "margaret", "niklaus", "frances")
COLUMNS = ("color", "status", "place", "grade", "origin", "format")


class World:
    """One task's folder: what the agent acts on."""

    def __init__(self, shell: Shell, task: Task, folder: Path) -> None:
        self._shell = shell
        self._task = task
        self._work = folder / "work"
        folder.mkdir(parents=True)
        made = shell.run(fill(task.family.setup, task.brief.slots), folder)
        if not made.ok:
            raise RuntimeError(f"set-up of {task.family.name!r} failed: {made.output}")

    def run(self, chosen: Action) -> Ran:
        """Run an action's command in the folder."""
        return self._shell.run(fill(chosen.command, self._task.brief.slots), self._work)

    def done(self) -> bool:
        """Look on the disk, by real commands, whether the task is done."""
        return self._shell.run(fill(self._task.family.verify, self._task.brief.slots), self._work).ok


class Deal:
    """Tasks to live through, and new ones: the same families, other words, names and files."""

    def __init__(self, lived: Sequence[Task], new: Sequence[Task]) -> None:
        self.lived = tuple(lived)
        self.new = tuple(new)


def deal(seed: int, tools: Collection[str], *, lived: int = 2, new: int = 2) -> Deal:
    """For each family of these tools, `lived` tasks to learn from and `new` others; no wording is used twice."""
    rng = random.Random(f"deal {seed}")  # noqa: S311  which wording comes when is no secret
    first: list[tuple[Family, int]] = []
    then: list[tuple[Family, int]] = []
    for family in FAMILIES:
        if family.tool in tools:
            order = rng.sample(range(len(family.wordings)), lived + new)
            first += [(family, wording) for wording in order[:lived]]
            then += [(family, wording) for wording in order[lived:]]
    rng.shuffle(first)
    rng.shuffle(then)
    tasks = [make_task(family, wording, number, rng) for number, (family, wording) in enumerate([*first, *then])]
    return Deal(tasks[: len(first)], tasks[len(first) :])


def make_task(family: Family, wording: int, number: int, rng: random.Random) -> Task:
    """A task of a family in one of its wordings, with names drawn from the generator."""
    slots = SLOTS[family.tool](rng)
    brief = Brief(
        description=fill(family.wordings[wording], slots), asked=action(family.tool, family.asked), slots=slots
    )
    return Task(brief=brief, family=family, number=number)


def _git(rng: random.Random) -> dict[str, str]:
    topic, second, third = rng.sample(TOPICS, 3)
    return {
        "file": f"{topic}.txt",
        "branch": f"{second}-draft",
        "other": f"{third}-{rng.choice(PEOPLE)}",
        "remote": "../remote",
        "message": f"Add the {topic} of {rng.choice(PEOPLE)}",
    }


def _make(rng: random.Random) -> dict[str, str]:
    topic, second, third = rng.sample(TOPICS, 3)
    return {"target": topic, "file": f"{second}.cfg", "folder": f"{third}-out", "script": f"{third}.sh"}


def _tar(rng: random.Random) -> dict[str, str]:
    topic, second, third = rng.sample(TOPICS, 3)
    return {"archive": f"{topic}.tar.gz", "folder": f"{second}-files", "file": f"{third}.txt"}


def _python(rng: random.Random) -> dict[str, str]:
    topic, second, third = rng.sample(TOPICS, 3)
    return {
        "script": f"{topic}.py",
        "file": f"{second}.json",
        "lib": f"{third}-lib",
        "module": f"{rng.choice(PEOPLE)}_{third}",
        "folder": f"{second}-out",
        "settings": f"{topic}.env",
    }


def _sh(rng: random.Random) -> dict[str, str]:
    topic, second = rng.sample(TOPICS, 2)
    return {"script": f"{topic}.sh", "folder": f"{second}-logs", "settings": f"{topic}.conf"}


def _sql(rng: random.Random) -> dict[str, str]:
    topic, second = rng.sample(TOPICS, 2)
    table, column = f"{topic}s", rng.choice(COLUMNS)
    number, owner, value = rng.randint(20, 999), rng.randint(20, 999), f"{second}-{rng.randint(10, 99)}"
    return {
        "database": f"{second}.db",
        "schema": "schema.sql",
        "table": table,
        "column": column,
        "id": str(number),
        "owner": str(owner),
        "value": value,
        "row": f"{table} (id, {column}, owner) VALUES ({number}, '{value}', {owner})",
    }


SLOTS: dict[str, Callable[[random.Random], dict[str, str]]] = {
    "git": _git,
    "make": _make,
    "tar": _tar,
    "python": _python,
    "sh": _sh,
    "sql": _sql,
}
