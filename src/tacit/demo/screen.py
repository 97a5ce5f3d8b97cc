"""The screen: what a person sees of the demo while it runs and at its end.

Below: the report, rich. Above: the program.
"""

import shutil
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from tacit.demo.agent import BUDGET
from tacit.demo.report import Report, exported
from tacit.demo.ruled import RULED
from tacit.demo.school import School
from tacit.demo.screen_learning import learned
from tacit.demo.stream import LEARNING
from tacit.demo.trial import Done, Figures
from tacit.memory import Memory

__all__ = ["Screen", "further_steps", "next_steps"]

WIDTH = 30
"""Cells of the longest bar."""
PACK_LINES = 12
"""Of a context pack; the rest is in the database."""
TRANSCRIPTS = ("~/.claude/projects", "~/.codex/sessions")
T = TypeVar("T")


class Screen:
    """Prints to the terminal; a quiet one prints nothing."""

    def __init__(self, *, quiet: bool = False, console: Console | None = None) -> None:
        self._console = console or Console(quiet=quiet, highlight=False)

    def begin(self, memory: Memory, skipped: Sequence[str]) -> None:
        """Say what is going to happen."""
        searched = "words and meaning" if memory.embedder else "words alone"
        self._say(
            "\n[bold]An agent that remembers[/bold]\n"
            "   A small agent, a fixed script without a language model, does real tasks\n"
            "   with git, make, tar, Python, shell scripts and SQLite in a scratch folder.\n"
            f"   What it did is recorded. Recall goes by {searched}."
        )
        if not memory.embedder:
            self._say("[yellow]   There is no local model here, so meaning is not searched.[/]")
        if skipped:
            self._say(f"[yellow]   Left out, not on this machine: {', '.join(skipped)}.[/yellow]")
        self._say("")

    def track(self, running: Iterable[T], what: str, total: int) -> Iterator[T]:
        """Show the progress of a phase, on a terminal only."""
        columns = TextColumn(f"{what:28}"), BarColumn(WIDTH), MofNCompleteColumn()
        with Progress(
            *columns, console=self._console, transient=True, disable=not self._console.is_terminal
        ) as progress:
            yield from progress.track(running, total=total)

    def report(self, report: Report) -> None:
        """Show what was counted, one context pack, and what to do next."""
        lessons = learned(report.school, 4) if report.school else []
        for part in (_lived(report), _compared(report), _seen(report), *lessons):
            self._console.print(Padding(part, (0, 0, 1, 0)))
        self._say("[bold]Next[/bold]")
        further = further_steps(report.database, report.school) if report.school else []
        for why, command in [*next_steps(report.database), *further]:
            if why:
                self._say(f"   [dim]{why}[/dim]")
            self._console.print(command, soft_wrap=True, markup=False)  # a broken line could not be pasted

    def _say(self, text: str) -> None:
        self._console.print(text)


def _lived(report: Report) -> RenderableType:
    lived = report.lived
    return Text.from_markup(
        f"[bold]1  It works, and records[/bold]\n"
        f"   {lived.tasks} tasks took it {lived.steps} commands; {lived.done} were done in the end. Each run is\n"
        "   one episode: the task, the commands, the real errors, the outcome.\n"
        f"   Recording one durably takes {_median(report.record_ms)}."
    )


def _compared(report: Report) -> RenderableType:
    """Both runs: a mark for each task, then bars."""
    none, memory = report.none, report.memory
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, figures, runs in (("without memory", none, report.without), ("with memory", memory, report.recalled)):
        table.add_row(f"   {name}", _marks(runs), f"[bold]{figures.done}[/bold] of {figures.tasks}")
    bars = Table.grid(padding=(0, 2, 0, 0))
    for what, run, share, shown, style in _bars(none, memory):
        bars.add_row(what, run, Text("█" * max(1, round(WIDTH * share)), style=style), shown)
    head = Text.from_markup(
        f"[bold]2  {none.tasks} new tasks come[/bold], in other words and with other names\n"
        f"   The same agent does each twice, with at most {BUDGET} commands. A digit is a\n"
        "   task done in so many, a dot one that was not done."
    )
    return Group(head, Padding(table, (0, 0, 1, 0)), bars, Text(f"   {_verdict(report)}"))


def _bars(none: Figures, memory: Figures) -> list[tuple[str, str, float, str, str]]:
    most = max(none.mean_steps, memory.mean_steps, 1e-9)
    return [
        ("   tasks done", "without", none.success, f"{none.success:.0%}", "yellow"),
        ("", "with", memory.success, f"{memory.success:.0%}", "green"),
        ("   commands a task", "without", none.mean_steps / most, f"{none.mean_steps:.1f}", "yellow"),
        ("", "with", memory.mean_steps / most, f"{memory.mean_steps:.1f}", "green"),
    ]


def _marks(runs: Sequence[Done]) -> Text:
    """One character a task: how many commands it took, or a dot where it was not done."""
    marks = Text()
    for run in runs:
        marks.append(str(len(run.episode.steps)) if run.ok else "·", style="green" if run.ok else "red")
    return marks


def _verdict(report: Report) -> str:
    """Counted, whichever way it went."""
    pairs = list(zip(report.without, report.recalled, strict=True))
    better = sum(_cost(now) < _cost(then) for then, now in pairs)
    worse = sum(_cost(now) > _cost(then) for then, now in pairs)
    same = len(pairs) - better - worse
    return f"Memory helped on {better} tasks, made no difference on {same}, and cost commands on {worse}."


def _cost(run: Done) -> float:
    return len(run.episode.steps) if run.ok else float("inf")


def _seen(report: Report) -> RenderableType:
    """The pack of the first task that was done only with memory, or of the first at all."""
    pairs = zip(report.without, report.recalled, report.packs, strict=True)
    gained = [pack for then, now, pack in pairs if now.ok and not then.ok and pack.entries]
    shown = (gained or [pack for pack in report.packs if pack.entries] or list(report.packs))[0]
    lines = shown.text.splitlines() or [shown.reason]
    rest = len(lines) - PACK_LINES
    more = f"\n… {rest} more lines, {shown.tokens} tokens in all" if rest > 0 else ""
    box = Panel(
        Text("\n".join(lines[:PACK_LINES]), no_wrap=True, overflow="ellipsis") + Text(more, style="dim"),
        border_style="dim",
    )
    head = Text.from_markup("[bold]3  What it saw before one of them[/bold]\n   The task: ") + Text(
        shown.query, style="italic"
    )
    return Group(
        head, box, Text(f"   A recall takes {_median(report.recall_ms)} (of {len(report.recall_ms)} in this run).")
    )


def next_steps(database: Path) -> list[tuple[str, str]]:
    """(why, command line) of the three next steps; each works when it is pasted into a shell."""
    tacit = _command()
    code = f"import tacit; print(tacit.open('{database}').context('push to the shared branch').text)"
    theirs = [name for name in TRANSCRIPTS if Path(name).expanduser().is_dir()]
    if theirs:
        past = ("Give it the past of your coding agent; this only reads and counts", theirs[0])
    else:
        past = (
            f"Import transcripts: these episodes, or yours from {' or '.join(TRANSCRIPTS)}",
            f"{exported(database)}",
        )
    return [
        ("Ask it something", f'{tacit} --db {database} recall "git push was rejected"'),
        (past[0], f"{tacit} import {past[1]} --dry-run"),
        ("Use it from Python", f'{_relative(sys.executable)} -c "{code}"'),
    ]


def further_steps(database: Path, school: School) -> list[tuple[str, str]]:
    """(why, command line) of what shows the learning in full; each works when it is pasted into a shell."""
    learning = f"{_command()} --db {database} --namespace {LEARNING}"
    steps = [
        ("See the learning curve, and all patterns", f"{learning} timeline --buckets 10"),
        ("", f"{learning} patterns --sort lift"),
    ]
    if school.story:
        ruled = f"{_command()} --db {database} --namespace {RULED}"
        steps += [("See what each item is worth, and every rule", f"{ruled} effect"), ("", f"{ruled} rules list --all")]
    return steps


def _command() -> str:
    return "tacit" if shutil.which("tacit") else f"{_relative(sys.executable)} -m tacit"


def _relative(program: str) -> str:
    """As one would type it from here."""
    here = Path.cwd()
    path = Path(program)
    return str(path.relative_to(here)) if path.is_relative_to(here) else program


def _median(milliseconds: Sequence[float]) -> str:
    return f"{statistics.median(milliseconds):.1f} ms"
