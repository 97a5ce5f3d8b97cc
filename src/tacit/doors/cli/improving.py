"""`tacit improve`: measure, propose, try, keep what is better; once, or again and again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import read_input
from tacit.doors.cli.options import Shared, command
from tacit.doors.cli.output import emit, hint, many, one_line
from tacit.doors.cli.progress import progress
from tacit.errors import InvalidInput

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.improvement import Application, Bottleneck, Improvement, Snapshot, Trial
    from tacit.memory import Memory

__all__ = ["Round", "improved", "register"]

Line = Callable[[str], None]

TERMS = Shared(
    "given",
    "Of each round",
    {
        "trials": (int | None, ("--trials",), "How many at most. [10]"),
        "no_apply": (bool, ("--no-apply",), "What is better is left for you to apply."),
        "share": (float | None, ("--share",), "Of recalls that a new policy answers while it is watched. [0.5]"),
        "side_by_side": (int | None, ("--side-by-side",), "Trials at a time. [1]"),
        "min_confidence": (float | None, ("--min-confidence",), "Only what is surer is applied by itself. [0]"),
        "min_change": (float | None, ("--min-change",), "Only what is better by so many percent is. [0]"),
        "published": (bool, ("--published",), "Hourly, one trial; applied when confidence > 0.8 and change > 20 %."),
        "every": (str | None, ("--every",), "Again and again, such as 30m, 1h or 1d, until Ctrl-C."),
    },
)

PROGRAM = Shared(
    "given",
    "Of a program instead of the memory",
    {
        "workspace": (str | None, ("--workspace",), "A git repository: its program is improved."),
        "benchmark": (str | None, ("--benchmark",), "The command that measures it."),
        "test": (str | None, ("--test",), "The command that must succeed."),
        "revert": (str | None, ("--revert",), "Take back a commit of ours there, or `all`."),
    },
)

IDEAS = Shared(
    "flags",
    "Of ideas",
    {"chat": (str | None, ("--chat",), "A model to ask for some, such as ollama:MODEL. [TACIT_CHAT; none]")},
)

PUBLISHED: Mapping[str, Any] = {
    "every": "1h",
    "trials": 1,
    "share": 1.0,
    "min_confidence": 0.8,
    "min_change": 20.0,
}
"""The policy that was published for such loops (SPEC, section 10)."""
NAMES = {"min_confidence": "least_confidence", "min_change": "least_change"}
PROPOSED = 5
"""Proposals of a dry run."""
ENOUGH = 20
"""Cases under which no trial can say anything."""


@dataclass
class Round:
    """What one round of the loop did."""

    snapshot: "Snapshot | None" = None
    bottlenecks: "tuple[Bottleneck, ...]" = ()
    improvements: "dict[str, Improvement]" = field(default_factory=dict)
    trials: "list[Trial]" = field(default_factory=list)
    applied: "list[Application]" = field(default_factory=list)
    ended: str = ""
    early: bool = False
    """It ended before all trials were made: `ended` says why."""

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "trials": self.trials,
            "applied": self.applied,
            "improvements": list(self.improvements.values()),
            "bottlenecks": self.bottlenecks,
            "snapshot": self.snapshot,
            "ended": self.ended,
        }

    def line(self) -> str:
        """In words."""
        better = sum(one.judgement is not None and one.judgement.accepted for one in self.trials)
        done = f"{many(len(self.trials), 'trial')}, {better} better, {len(self.applied)} applied"
        return f"{done}; {self.ended}" if self.early else done


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "improve", TERMS, PROGRAM, IDEAS)(improve)


def improve(
    call: Call,
    *,
    cases: Annotated[
        str | None,
        typer.Option(help="What questions should find: JSON lines of query and relevant ids.", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only measure, and say what could be tried.")] = False,
) -> None:
    """Improve the memory by trials on your own recalls: each in a sandbox, on a copy, old beside new.

    What is better answers a share of recalls, is watched, and taken back if they get worse. `tacit ledger` tells all of
    it. With --workspace, a program is improved instead. Example: tacit improve --trials 20
    """
    if _is_program(call.given, cases, dry_run=dry_run):
        from tacit.doors.cli.workspace import improve_program

        improve_program(call)
        return
    given = {**(PUBLISHED if call.given.get("published") else {}), **call.given}
    terms = _terms(given)
    from tacit.doors.cli.every import duration, repeat, telling

    every = duration(given["every"]) if given.get("every") is not None else None
    if every is not None and dry_run:
        raise InvalidInput("--dry-run is done once", cause="--every was given as well", remedy="leave one of them out")
    wanted = _read(cases)
    with telling(call), call.memory(models=True, worker=every is not None) as memory:
        memory.improve(**terms)  # refuses terms out of bounds; it is not begun
        _add(call, memory, wanted)
        if dry_run:
            _propose(call, memory)
        elif every is not None:
            repeat(call, every, lambda: improved(call, memory, terms))
        else:
            known = len(memory.cases())
            done = improved(call, memory, terms)
            emit(
                call,
                {"cases": known, **done.told()},
                lambda out: _show(out, done),
                quiet="\n".join(one.improvement for one in done.applied),
            )
            _hints(call, done, known)


def improved(call: Call, memory: "Memory", terms: Mapping[str, Any]) -> Round:
    """One round, with a bar; what was done up to an interruption is kept by the memory."""
    done = Round()
    with progress(call, "improving") as advance:
        for one in memory.improve(**terms):
            advance(one.done, one.total, f"{one.stage}: {one.text}")
            if one.snapshot is not None:
                done.snapshot, done.bottlenecks = one.snapshot, one.bottlenecks
            if one.improvement is not None:
                done.improvements[one.improvement.id] = one.improvement
            if one.trial is not None:
                done.trials.append(one.trial)
            if one.application is not None:
                done.applied.append(one.application)
            if one.stage == "ended":
                done.ended, done.early = one.text, one.done < one.total
    return done


def _is_program(given: Mapping[str, Any], cases: str | None, *, dry_run: bool) -> bool:
    """Whether a program is the target. Raises `InvalidInput` where options of both are mixed."""
    mine = {"published", "every", "share", "side_by_side", "min_confidence", "min_change", "no_apply"} & set(given)
    if "workspace" in given:
        if mine or cases is not None or dry_run:
            odd = sorted(mine)[0] if mine else "cases" if cases is not None else "dry_run"
            raise InvalidInput(
                f"--{odd.replace('_', '-')} is not for a program",
                cause="--workspace was given",
                remedy="leave one of them out",
            )
        return True
    if odd := next((name for name in ("benchmark", "test", "revert") if name in given), ""):
        raise InvalidInput(
            f"--{odd} is for a program", cause="no --workspace was given", remedy="name the folder: --workspace DIR"
        )
    return False


def _terms(given: Mapping[str, Any]) -> dict[str, Any]:
    names = ("trials", "share", "side_by_side", "min_confidence", "min_change")
    terms = {NAMES.get(name, name): given[name] for name in names if name in given}
    return {**terms, "apply": not given.get("no_apply", False)}


def _read(cases: str | None) -> Any:
    if cases is None:
        return []
    from tacit.doors.cli.case_files import BYTES, read_cases

    return read_cases(read_input(cases, "the cases", BYTES))


def _add(call: Call, memory: "Memory", wanted: Any) -> None:
    if not wanted:
        return
    from tacit.doors.cli.case_files import add_cases

    added, known = add_cases(memory, wanted)
    hint(call, f"{many(added, 'case')} added, {known} known before")


def _propose(call: Call, memory: "Memory") -> None:
    snapshot = memory.analyze()
    found, made = memory.bottlenecks(), memory.propose(most=PROPOSED, keep=False)

    def show(out: "Console") -> None:
        for bottleneck in found:
            out.print(f"! {one_line(bottleneck.description, 400)}", style="yellow", soft_wrap=True)
        for one in made:
            out.print(f"? {one_line(one.description, 400)}", soft_wrap=True)
            expected = f"  estimated {one.expected_improvement:+.0f} %, confidence {one.confidence:.2f}, {one.origin}"
            out.print(expected, style="dim")
        if not made:
            out.print("✓ nothing to try: no metric that a trial could better is worse than its target: tacit metrics")

    told = {"snapshot": snapshot, "bottlenecks": found, "proposals": made}
    emit(call, told, show, quiet="\n".join(one_line(one.description, 1_000) for one in made))


def _show(out: "Console", done: Round) -> None:
    from tacit.doors.cli.loop_tables import trials_table

    for bottleneck in done.bottlenecks:
        out.print(f"! {one_line(bottleneck.description, 400)}", style="yellow", soft_wrap=True)
    if done.trials:
        out.print(trials_table(done.trials, done.improvements))
    for one in done.applied:
        out.print(f"▸ applied: {one_line(done.improvements[one.improvement].description, 400)}", style="cyan")
    out.print(f"✓ {one_line(done.line(), 400)}", soft_wrap=True)


def _hints(call: Call, done: Round, cases: int) -> None:
    if done.applied:
        hint(call, "it is watched, and taken back by itself if recalls get worse; by hand: tacit rollback")
    elif cases < ENOUGH:
        known = f"{many(cases, 'case')} of what is right, {ENOUGH} are needed to judge quality"
        hint(call, f"{known}: feedback on recalls makes more, or name some: --cases FILE")
