"""The program: options, the three phases in turn, the report.

Below: the trial, the screen, `tacit.open`. Above: the command line.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tacit.demo.agent import BUDGET
from tacit.demo.report import Report, as_json, exported
from tacit.demo.school import attend
from tacit.demo.screen import Screen
from tacit.demo.shell import PROGRAMS, Shell
from tacit.demo.stream import ROUNDS
from tacit.demo.tasks import Deal, deal
from tacit.demo.trial import LIVED, WITH, WITHOUT, Done, Phase, Recalling, figures, live, recorded_episodes
from tacit.errors import InvalidInput, TacitError
from tacit.memory import Memory
from tacit.opening import open_memory

__all__ = ["Options", "main", "run"]

DATABASE = Path("demo-out") / "demo.db"
PATIENCE = 12
"""Commands that a task may take while the agent gathers experience: that is where it is expensive to learn."""
SEED = 7


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a demo can be told."""

    database: Path = DATABASE
    seed: int = SEED
    embedder: str | None = None
    """As in the settings; None: what they say, which is the local model if it is installed."""
    tools: tuple[str, ...] = tuple(PROGRAMS)
    lived: int = 2
    """Tasks of each kind to learn from."""
    new: int = 1
    """Tasks of each kind to be tried on."""
    rounds: int = ROUNDS
    """Of the stream in which it learns; 0: without the parts that show learning."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; -> exit code: 0, or 1 with a message where it cannot run."""
    given = _parser().parse_args(arguments)
    options = Options(
        database=given.db or DATABASE,
        seed=given.seed,
        embedder=given.embedder,
        tools=tuple(given.tools.split(",")) if given.tools else tuple(PROGRAMS),
        rounds=0 if given.short else ROUNDS,
    )
    screen = Screen(quiet=given.json)
    try:
        report = run(options, screen)
    except TacitError as error:
        print(error, file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps(as_json(report)))
    else:
        screen.report(report)
    return 0


def run(options: Options, screen: Screen) -> Report:
    """Live through tasks, do new ones without and with memory, count. Raises `TacitError`."""
    begun = time.perf_counter()
    _make_room(options.database)
    with ExitStack() as stack:
        shell = stack.enter_context(Shell())
        tools, skipped = _programs(shell, options.tools)
        memory = stack.enter_context(_open(options, LIVED, options.embedder))
        without = stack.enter_context(_open(options, WITHOUT, "none"))
        within = stack.enter_context(_open(options, WITH, "none"))
        screen.begin(memory, skipped)
        dealt = deal(options.seed, tools, lived=options.lived, new=options.new)
        adviser = Recalling(memory)
        phases = _Phases(shell=shell, options=options, dealt=dealt, screen=screen)
        lived = phases.lived(memory)
        exported(options.database).write_bytes(b"".join(memory.export()))
        anew, recalled = phases.anew(without, None), phases.anew(within, adviser)
        school = (
            attend(
                shell,
                lambda namespace: _open(options, namespace, "none"),
                tools,
                seed=options.seed,
                rounds=options.rounds,
                track=screen.track,
            )
            if options.rounds
            else None
        )
        return Report(
            seed=options.seed,
            database=options.database,
            embedder=memory.embedder.name if memory.embedder else "",
            skipped=skipped,
            without=anew,
            recalled=recalled,
            lived=figures(recorded_episodes(memory)),
            none=figures(recorded_episodes(without)),
            memory=figures(recorded_episodes(within)),
            packs=adviser.packs,
            recall_ms=adviser.milliseconds,
            record_ms=[done.record_ms for done in lived],
            school=school,
            seconds=time.perf_counter() - begun,
        )


@dataclass(frozen=True, kw_only=True)
class _Phases:
    """The phases of one demo, shown while they run."""

    shell: Shell
    options: Options
    dealt: Deal
    screen: Screen

    def lived(self, memory: Memory) -> list[Done]:
        """Gather experience, without recalling, and have all of it embedded."""
        tasks = self.dealt.lived
        running = live(self.shell, tasks, memory, phase="lived", seed=self.options.seed, budget=PATIENCE)
        done = self._shown("Working and recording", len(tasks), running)
        memory.flush()
        return done

    def anew(self, record: Memory, adviser: Recalling | None) -> list[Done]:
        """Do the new tasks; the one difference between two calls is the adviser."""
        tasks = self.dealt.new
        phase: Phase = "with" if adviser else "without"
        running = live(self.shell, tasks, record, phase=phase, seed=self.options.seed, adviser=adviser, budget=BUDGET)
        return self._shown(f"New tasks {phase} memory", len(tasks), running)

    def _shown(self, what: str, total: int, running: Iterator[Done]) -> list[Done]:
        return list(self.screen.track(running, what, total))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tacit demo", description="An agent does real tasks with real programs, without memory and with it."
    )
    parser.add_argument("--db", type=Path, metavar="FILE", help=f"database to make (default {DATABASE}, made anew)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the tasks and the agent's moods (default {SEED})")
    parser.add_argument("--embedder", help="as in the settings, such as none or hashing:384")
    parser.add_argument("--tools", help=f"only tasks with some of {','.join(PROGRAMS)}")
    parser.add_argument("--short", action="store_true", help="without the parts that show learning")
    parser.add_argument("--json", action="store_true", help="print one object with the figures")
    return parser


def _make_room(database: Path) -> None:
    """The default database is the demo's own and made anew; another file is never overwritten."""
    if database != DATABASE and database.exists():
        raise InvalidInput(f"{database} is there already", cause="the demo makes its own file", remedy="name another")
    database.parent.mkdir(parents=True, exist_ok=True)
    if database == DATABASE:
        for old in database.parent.glob(f"{database.name}*"):
            old.unlink()


def _programs(shell: Shell, tools: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that run on this machine, and those that do not. Raises `InvalidInput` where none does."""
    strangers = sorted(set(tools) - set(PROGRAMS))
    if strangers:
        raise InvalidInput(
            f"unknown tool {strangers[0]!r}", cause="there are no tasks for it", remedy=f"use {', '.join(PROGRAMS)}"
        )
    found = tuple(tool for tool in tools if shell.has(tool))
    if not found:
        raise InvalidInput(
            "no program to do tasks with",
            cause=f"none of {', '.join(tools)} can be run",
            remedy="install git or make, or let files in the temporary folder be executed",
        )
    return found, tuple(tool for tool in tools if tool not in found)


def _open(options: Options, namespace: str, embedder: str | None) -> Memory:
    return open_memory(options.database, namespace=namespace, embedder=embedder, source="demo")
