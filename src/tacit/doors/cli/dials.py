"""`tacit policy`: the dials that rule recalls, turned by hand."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.options import command, group
from tacit.doors.cli.output import emit, hint, many
from tacit.errors import InvalidInput

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.improvement import PolicyRow, Standing
    from tacit.memory import Memory

__all__ = ["app"]

app = typer.Typer(help="The dials that rule recalls: see them, turn them by hand, go back to what was shipped.")


@group(app, helps=False)
def policy(call: Call) -> None:
    """The dials that rule recalls. Without a command: show them."""
    show(call)


@command(app, "show")
def show(call: Call) -> None:
    """Every dial with its value and what was shipped."""
    with call.memory() as memory:
        now, standing = _dials(memory), memory.standing()
    shipped = _shipped()
    turned = {name: value for name, value in now.items() if value != shipped[name]}
    emit(
        call,
        {"policy": now, "turned": turned, "standing": standing},
        lambda out: _show(out, now, shipped, standing),
        quiet="\n".join(f"{name}={value}" for name, value in turned.items()),
    )


@command(app, "set")
def turn(
    call: Call,
    dials: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...", help="Dials.", show_default=False)],
) -> None:
    """Turn dials by hand; the others stay. What is being watched is let go. Example: tacit policy set candidates=100"""
    wanted = _wanted(dials)
    with call.memory() as memory:
        shipped = _shipped()
        turned = {name: value for name, value in _dials(memory).items() if value != shipped[name]}
        row = memory.set_policy({**turned, **wanted})
    _told(call, row)


@command(app, "reset")
def reset(call: Call) -> None:
    """Go back to the shipped policy. The ledger keeps what was."""
    with call.memory() as memory:
        row = memory.set_policy({})
    _told(call, row)


def _dials(memory: "Memory") -> dict[str, Any]:
    import msgspec

    return msgspec.structs.asdict(memory.policy)


def _shipped() -> dict[str, Any]:
    import msgspec

    from tacit.policy import Policy

    return msgspec.structs.asdict(Policy())


def _wanted(dials: Sequence[str]) -> dict[str, Any]:
    from tacit.logic.text import loads

    found: dict[str, Any] = {}
    for pair in dials:
        name, sign, text = pair.partition("=")
        if not sign or name in found:
            cause = f"{ascii(pair)[:80]} has no `=`" if not sign else f"{ascii(name)[:80]} is named twice"
            raise InvalidInput("dials are turned by NAME=VALUE", cause=cause, remedy="such as candidates=100")
        try:
            found[name] = loads(text)
        except InvalidInput:
            found[name] = text  # refused by the policy, with what it takes
    return found


def _told(call: Call, row: "PolicyRow") -> None:
    def shown(out: "Console") -> None:
        out.print(f"✓ {many(len(row.dials), 'dial')} differ from what was shipped" if row.dials else "✓ as shipped")

    emit(call, row, shown, quiet=row.id)
    hint(call, "see them: tacit policy")


def _show(out: "Console", now: dict[str, Any], shipped: dict[str, Any], standing: "Standing") -> None:
    from tacit.doors.cli.loop_tables import dial_rows

    out.print(dial_rows(now, shipped))
    if standing.candidate:
        out.print(f"a candidate answers {standing.share:.0%} of recalls and is being watched", style="cyan")
    elif standing.application:
        out.print("what was applied last is being watched", style="cyan")
