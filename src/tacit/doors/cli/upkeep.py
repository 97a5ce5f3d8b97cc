"""`tacit distill | fade`: keeping what was learned small and telling."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import choices, confirmed
from tacit.doors.cli.options import command
from tacit.doors.cli.output import emit, hint, many
from tacit.doors.cli.progress import progress

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.operations.distill import Distilled
    from tacit.operations.fade import Faded

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "distill")(distill)
    command(app, "fade")(fade)


def distill(call: Call) -> None:
    """Make knowledge of similar patterns: three or more of a kind become one general statement.

    It is done in the background as well. Doing it again changes nothing; it may be interrupted and run again.
    """
    told: Distilled | None = None
    with call.memory() as memory, progress(call, "distilling") as advance:
        written = removed = 0
        for told in memory.distill():  # yields at least once
            written, removed = max(written, told.written), max(removed, told.removed)
            advance(written, written + told.waiting, f"{written:,} written")
    emit(call, told, lambda out: _show_distilled(out, told), quiet="")


def fade(
    call: Call,
    *,
    max_episodes: Annotated[int | None, typer.Option(help="Keep the best so many.", show_default=False)] = None,
    max_items: Annotated[
        int | None, typer.Option(help="Keep the best so many of all that may fade.", show_default=False)
    ] = None,
    max_age_days: Annotated[
        float | None, typer.Option(help="Forget what is older, with all derived from it.", show_default=False)
    ] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Of these kinds only; several times.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Keep within a capacity and a time: by worth and age, not by chance. What was learned from it stays.

    Example: tacit fade --max-episodes 10000 --dry-run
    """
    from tacit.types import Kind

    limits: dict[str, Any] = {"max_episodes": max_episodes, "max_items": max_items, "max_age_days": max_age_days}
    limits |= {"kinds": choices(kind, Kind, "kind")} if kind else {}
    with call.memory() as memory:
        found = memory.fade(**limits, dry_run=True)
        these = many(len(found.ids), "item") + (f" ({_kinds(found.kinds)})" if found.ids else "")
        agreed = bool(found.ids) and not dry_run
        if agreed and not confirmed(f"Delete {these} for good?", yes=yes, otherwise=", or --dry-run to see what it is"):
            raise typer.Abort
        if agreed:
            with progress(call, "fading"):
                found = memory.fade(**limits)
    said = f"would delete {these}" if dry_run else f"✓ deleted {these}" if found.ids else "nothing has to go"
    emit(call, found, lambda out: _show_faded(out, found, said), quiet="")
    if found.waiting:
        hint(call, f"{many(found.waiting, 'episode')} waited to be learned from and stayed: tacit learn")


def _show_distilled(out: "Console", told: "Distilled | None") -> None:
    if told is None or told.unchanged:
        out.print("✓ nothing new to distill")
    elif not told.patterns:
        out.print("✓ no pattern is there to be distilled; learn first: tacit learn")
    else:
        out.print(f"✓ {many(told.patterns, 'pattern')} gave {told.knowledge:,} pieces of knowledge")
        out.print(f"  {told.written:,} written, {told.removed:,} removed", style="dim")


def _show_faded(out: "Console", found: "Faded", said: str) -> None:
    from collections import Counter

    out.print(said)
    for reason, count in Counter(reason.split(";")[0] for reason in found.reasons.values()).most_common(10):
        out.print(f"  {count:>8,}  {reason}", style="dim")


def _kinds(kinds: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
