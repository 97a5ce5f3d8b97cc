"""`tacit trials | ledger | rollback`: what was tried, what was noted, what is taken back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import checked_id, confirmed
from tacit.doors.cli.options import command
from tacit.doors.cli.output import emit, many, plain
from tacit.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.improvement import Application, Entry, Improvement, Trial

__all__ = ["register"]

MOST = 10_000
"""Rows of a table."""
WIDTH = 120
"""Columns of a picture."""


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "trials")(trials)
    command(app, "ledger")(ledger)
    command(app, "rollback")(rollback)


def trials(
    call: Call,
    id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Of a trial, or of its improvement: in detail.")
    ] = None,
    *,
    limit: Annotated[int, typer.Option("--limit", "-l", help="How many, the latest.")] = 20,
) -> None:
    """What was tried: the measured change with its interval, and the verdict. With an ID: one of them, and why."""
    _check_limit(limit)
    with call.memory() as memory:
        found = memory.trials(limit=MOST if id is not None else limit)
        known = {one.id: one for one in memory.improvements(limit=MOST)}
    if id is not None:
        _one_trial(call, checked_id(id), found, known)
        return
    told = [{**plain(one), "description": _described(one, known)} for one in found]
    emit(
        call,
        {"trials": told},
        lambda out: _show_trials(out, found, known),
        quiet="\n".join(f"{one.id} {_said(one)} {one.performance_change_percent:+.3f}" for one in found),
    )


def ledger(
    call: Call,
    *,
    limit: Annotated[int, typer.Option("--limit", "-l", help="How many lines, the latest.")] = 100,
    svg: Annotated[str | None, typer.Option("--svg", help="Write it as a picture.", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a picture that is there.")] = False,
) -> None:
    """The lab notebook: what was measured, proposed, tried, applied, kept and taken back, failures included.

    Example: tacit ledger --svg night.svg
    """
    _check_limit(limit)
    target = None if svg is None else _picture(svg, force=force)
    with call.memory() as memory:
        lines = memory.ledger(limit=limit)[::-1]
    if target is not None:
        _draw(lines, target)
    told = {"entries": lines, **({} if target is None else {"svg": target})}
    emit(call, told, lambda out: _show_ledger(out, lines, target), quiet="" if target is None else str(target))


def rollback(
    call: Call,
    improvement: Annotated[
        str | None, typer.Argument(metavar="[IMPROVEMENT]", help="Its id; all that are being watched, if none.")
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why, for the ledger.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be taken back.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take back what was applied: the state is then what it was before, byte for byte."""
    from tacit.logic.limits import LABEL
    from tacit.logic.text import checked

    named, why = "" if improvement is None else checked_id(improvement), checked(reason, "reason", 10 * LABEL)
    with call.memory() as memory:
        found = memory.rollback(named, dry_run=True)
        these = many(len(found), "improvement")
        if not dry_run:
            if not confirmed(f"Take back {these}?", yes=yes, otherwise=", or --dry-run to see which"):
                raise typer.Abort
            found = memory.rollback(named, reason=why)
        known = {one.id: one for one in memory.improvements(limit=MOST)}
    said = f"would take back {these}" if dry_run else f"✓ took back {these}"
    emit(
        call,
        {"applications": found, "dry_run": dry_run},
        lambda out: _show_rollback(out, said, found, known),
        quiet="\n".join(one.improvement for one in found),
    )


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MOST:
        raise InvalidInput("no such page", cause=f"limit {limit}"[:80], remedy=f"--limit 1 to {MOST}")


def _one_trial(call: Call, id: str, found: "list[Trial]", known: "dict[str, Improvement]") -> None:
    from tacit.doors.cli.loop_tables import trial_lines

    chosen = next((one for one in found if id in (one.id, one.improvement)), None)
    if chosen is None:
        raise NotFound(
            f"no trial {ascii(id)[:80]}", cause="neither a trial nor what was tried has that id", remedy="tacit trials"
        )
    improvement = known.get(chosen.improvement)
    told = {**plain(chosen), "description": _described(chosen, known), "tried": improvement}
    emit(call, told, lambda out: out.print(trial_lines(chosen, improvement)), quiet=_said(chosen))


def _said(trial: "Trial") -> str:
    from tacit.doors.cli.loop_tables import verdict

    return verdict(trial)


def _described(trial: "Trial", known: "dict[str, Improvement]") -> str:
    improvement = known.get(trial.improvement)
    return "" if improvement is None else improvement.description


def _show_trials(out: "Console", found: "list[Trial]", known: "dict[str, Improvement]") -> None:
    from tacit.doors.cli.loop_tables import trials_table

    if not found:
        out.print("nothing was tried yet: tacit improve")
        return
    out.print(trials_table(found, known))


def _show_ledger(out: "Console", lines: "list[Entry]", target: Path | None) -> None:
    from tacit.doors.cli.loop_tables import notebook

    if not lines:
        out.print("nothing is noted yet: tacit improve")
    elif target is None:
        out.print(notebook(lines))
    if target is not None:
        out.print(f"✓ {many(len(lines), 'line')} drawn into {target}")


def _show_rollback(out: "Console", said: str, found: "list[Application]", known: "dict[str, Improvement]") -> None:
    from tacit.doors.cli.loop_tables import applications_table

    out.print(applications_table(found, known))
    out.print(said)


def _picture(name: str, *, force: bool) -> Path:
    """Where a picture may be written. Raises `InvalidInput`, `NotFound`, `Conflict`."""
    from tacit.errors import Conflict

    if "\0" in name or not name.strip():
        raise InvalidInput("this is no path", cause="it is empty, or has a NUL character", remedy="name a file")
    path = Path(name)
    if path.is_dir():
        raise InvalidInput(f"{name} is a folder", cause="a picture is a file", remedy="name a file in it")
    if not path.parent.is_dir():
        raise NotFound(f"no folder {path.parent}", cause="the picture would be written into it", remedy="make it first")
    if path.exists() and not force:
        raise Conflict(f"{name} exists", cause="nothing is written over unasked", remedy="add --force, or name another")
    return path


def _draw(lines: "list[Entry]", target: Path) -> None:
    """Rich's picture of the notebook; without its fonts, which it would fetch from elsewhere."""
    import io
    import re

    from rich.console import Console

    from tacit.doors.cli.loop_tables import notebook

    drawn = Console(record=True, width=WIDTH, file=io.StringIO(), markup=False, highlight=False, emoji=False)
    drawn.print(notebook(lines))
    picture = drawn.export_svg(title="tacit ledger", unique_id="tacit-ledger")
    target.write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), "utf-8")
