"""`tacit init | demo | mcp`: the beginning, and the other doors that this one opens."""

from typing import TYPE_CHECKING, Annotated

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import interactive
from tacit.doors.cli.options import command
from tacit.doors.cli.output import emit, hint
from tacit.doors.cli.progress import progress

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "init")(init)
    command(app, "demo")(demo)
    command(app, "mcp")(mcp)


def init(
    call: Call,
    model: Annotated[
        bool | None,
        typer.Option("--model/--no-model", help="Fetch the local embedding model (34 MB, once). Asks, if not given."),
    ] = None,
) -> None:
    """Make the database. The local model is fetched only if you say so; everything else works offline."""
    settings = call.settings()
    existed = settings.path.exists()
    installed = _installed(settings)
    if model is None and not installed and interactive():
        question = "Fetch the local embedding model, so that meaning is searched as well as words? (34 MB, once)"
        model = typer.confirm(question, default=True, err=True)
    call.memory(make=True).close()
    told = {"path": str(settings.path), "created": not existed, "model": "installed" if installed else "not installed"}
    if model and not installed:
        _fetch(call, settings)
        told["model"] = "fetched"
    emit(call, told, lambda out: _show(out, told), quiet="")


def demo(call: Call) -> None:
    """See a small agent get better with memory. It works in scratch folders; your own database is left alone."""
    from tacit.demo import main

    named = {"--db": call.flags.get("path"), "--embedder": call.flags.get("embedder")}
    given = [part for flag, value in named.items() if value for part in (flag, str(value))]
    raise typer.Exit(main([*given, *(["--json"] if call.json else [])]))


def mcp(call: Call) -> None:
    """Serve the memory to an MCP client (Claude Code, an editor, ...) over standard input and output."""
    from tacit.doors.mcp import main

    main(**call.flags)


def _installed(settings: "Settings") -> bool:
    from tacit.models.located import locate
    from tacit.models.table import DEFAULT_EMBEDDER

    return locate(DEFAULT_EMBEDDER, settings.models) is not None


def _fetch(call: Call, settings: "Settings") -> None:
    from tacit.errors import ModelError
    from tacit.models.table import DEFAULT_EMBEDDER
    from tacit.models.weights import fetch

    hint(call, f"fetching {DEFAULT_EMBEDDER} ...")
    try:
        with progress(call, "fetching the model") as advance:
            fetch(DEFAULT_EMBEDDER, lambda word: advance(0, None, word), cache=settings.models)
    except ModelError as error:
        raise ModelError(
            "the database is made, the model could not be fetched",
            cause=f"{error.what}: {error.cause}",
            remedy="go on: words are searched without it; run `tacit init --model` once there is a network",
        ) from error


def _show(out: "Console", told: dict[str, object]) -> None:
    out.print(f"✓ {'made' if told['created'] else 'there is already'} {told['path']}", soft_wrap=True)
    if told["model"] == "not installed":
        out.print("! words alone are searched; for meaning, too: tacit init --model", style="yellow", soft_wrap=True)
    else:
        out.print(f"✓ the local model is {told['model']}")
    out.print("\nNext:", style="bold")
    out.print('  tacit record fact "The API listens on 8080" --key api/port')
    out.print('  tacit recall "which port does the API use"')
    out.print("  tacit import ~/.claude/projects      your coding agent's transcripts")
    out.print("  tacit doctor                         see that all is well")
