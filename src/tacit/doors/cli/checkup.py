"""`tacit doctor`: what can go wrong, looked at, each with how to mend it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.options import command
from tacit.doors.cli.output import emit, safe
from tacit.doors.cli.progress import progress
from tacit.errors import StorageError

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.results import Check

__all__ = ["register"]

MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failure": ("✗", "bold red")}


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "doctor")(doctor)


def doctor(
    call: Call,
    quick: Annotated[bool, typer.Option("--quick", help="Do not read every page and row.")] = False,
) -> None:
    """Check what can go wrong and say how to mend it. Exits with 0 where nothing failed, with 6 where something did."""
    from tacit.opening import examine
    from tacit.results import Check

    checks: list[Check] = []
    with progress(call, "looking") as advance:
        for seen in examine(rows=not quick, **call.flags):
            if isinstance(seen, Check):
                checks.append(seen)
            else:
                advance(seen.done, seen.total, "reading every page and row")
    counts = {status: sum(one.status == status for one in checks) for status in MARKS}
    told: dict[str, Any] = {"ok": not counts["failure"], "counts": counts, "checks": checks}
    emit(call, told, lambda out: _show(out, checks, counts), quiet=_quiet(checks))
    if counts["failure"]:
        raise typer.Exit(StorageError.exit_code)


def _quiet(checks: "list[Check]") -> str:
    return "\n".join(f"{one.status}: {one.name}: {one.found}" for one in checks if one.status != "ok")


def _show(out: "Console", checks: "list[Check]", counts: dict[str, int]) -> None:
    from rich.text import Text

    for one in checks:
        mark, style = MARKS[one.status]
        out.print(Text.assemble((f"{mark} ", style), (f"{one.name:<14}", "bold"), safe(one.found)), soft_wrap=True)
        if one.remedy:
            out.print(Text.assemble(" " * 16, ("→ ", style), safe(one.remedy)), soft_wrap=True)
    failed, warned = counts["failure"], counts["warning"]
    if failed or warned:
        out.print(f"\n{failed} failed, {warned} to look at, {counts['ok']} well.", style="bold")
    else:
        out.print(f"\nAll is well ({counts['ok']} checks).", style="bold green")
