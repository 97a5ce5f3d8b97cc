"""The shell tasks of the demo as an environment: real programs in scratch folders, success looked up on the disk.

An option is a command of the demo's repertoire for the task's program, named in words. Nothing is paid by the step.
"""

import tacit
from bench.acting.trial import Run, live, score
from bench.acting.worlds import Seen
from tacit.demo.actions import REPERTOIRE
from tacit.demo.family import Task
from tacit.demo.shell import PROGRAMS, Shell
from tacit.demo.tasks import World, deal

__all__ = ["ShellTasks", "shell"]

LIVED = 3
"""Tasks of each kind that are lived through."""
NEW = 1
"""Tasks of each kind to be tried on: the same trouble in other words, names and files."""
PATIENCE = 16
"""Commands that a task may take while it is lived through: about as many as there are for its program."""
LIMIT = 6
"""Commands that a new task may take, as in the demo."""


class ShellTasks:
    """Tasks by their number; each is made anew whenever it begins."""

    def __init__(self, machine: Shell, lived: tuple[Task, ...], new: tuple[Task, ...]) -> None:
        self.limit = PATIENCE
        self._machine = machine
        self._tasks = {False: lived, True: new}
        self._begun = 0
        self._world: World | None = None
        self._options: dict[str, str] = {}

    def begin(self, number: int, *, test: bool) -> tuple[str, Seen]:
        """The number counts the tasks that were dealt."""
        tasks = self._tasks[test]
        task = tasks[number % len(tasks)]
        self.limit = LIMIT if test else PATIENCE
        self._begun += 1
        self._world = World(self._machine, task, self._machine.root / "acting" / str(self._begun))
        self._options = {f"{tool} {says}": says for tool, says in REPERTOIRE if tool == task.family.tool}
        self._tool = task.family.tool
        return task.brief.description, self._seen("", done=False)

    def act(self, option: str) -> Seen:
        """Run the command."""
        if self._world is None:
            raise RuntimeError("no task was begun")
        ran = self._world.run(REPERTOIRE[self._tool, self._options[option]])
        return self._seen(ran.output, done=self._world.done(), failed=not ran.ok)

    def _seen(self, output: str, *, done: bool, failed: bool = False) -> Seen:
        options = tuple(sorted(self._options))
        return Seen(
            told=output,
            place=output,
            situation=output,
            options=options,
            reward=None,
            failed=failed,
            score=float(done),
            done=done,
            success=done,
        )


def shell(seed: int, *, lived: int = LIVED) -> tuple[list[Run], list[Run]]:
    """-> the runs on new tasks with memory, and without; `lived`: tasks of each kind to learn from."""
    with Shell() as machine, tacit.open(":memory:", embedder="none", worker=False) as memory:
        tools = [tool for tool in PROGRAMS if machine.has(tool)]
        dealt = deal(seed, tools, lived=lived, new=NEW)
        tasks = ShellTasks(machine, dealt.lived, dealt.new)
        live(tasks, memory, episodes=len(dealt.lived), seed=seed, domain="shell")
        new = range(len(dealt.new))
        return (
            score(tasks, memory, tasks=new, seed=seed, domain="shell"),
            score(tasks, None, tasks=new, seed=seed, domain="shell"),
        )
