"""The application: which commands there are, and that every end of one goes through `guarded`."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tacit.doors.cli import (
    advising,
    checkup,
    config,
    dials,
    episode,
    find,
    importing,
    improving,
    learning,
    loop,
    manage,
    metrics,
    queue,
    record,
    ruling,
    setup,
    upkeep,
)
from tacit.doors.cli.call import Call
from tacit.doors.cli.errors import guarded
from tacit.doors.cli.options import group

__all__ = ["app"]


class Root(TyperGroup):
    """The outermost command: in the order of a first day, and without a traceback."""

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:
        """Run and exit. Takes what Typer passes."""
        given = list(sys.argv[1:] if args is None else args)
        options = {**extra, "prog_name": "tacit", "standalone_mode": False}
        sys.exit(guarded(lambda: super(Root, self).main(given, **options), given))

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of a first day."""
        del ctx
        return sorted(self.commands, key=ORDER.index)


ORDER = (
    "init", "demo", "record", "episode", "import", "index", "recall", "context", "show", "list", "feedback", "learn",
    "patterns", "rules", "effect", "why", "playbook", "advise", "timeline", "distill", "fade", "metrics",
    "bottlenecks", "improve", "trials", "ledger", "rollback", "policy", "forget", "export", "backup", "restore",
    "stats", "queue", "reembed", "doctor", "config", "mcp",
)  # fmt: skip

EXITS = (
    "Exit codes: 0 done, also where an answer is empty · 2 bad input, nothing was changed · 3 not found · 4 conflict · "
    "5 a setting · 6 disk or file · 7 a model · 70 a fault in tacit · 130 interrupted"
)

app = typer.Typer(cls=Root, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")


def _version(asked: bool) -> None:
    if asked:
        from tacit import __version__

        typer.echo(f"tacit {__version__}")
        raise typer.Exit


@group(app, epilog=EXITS)
def tacit(
    call: Call,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """A self-improving memory for AI agents: one file, no API key, no server."""
    del call, version


app.add_typer(record.app, name="record")
app.add_typer(episode.app, name="episode")
app.add_typer(config.app, name="config")
app.add_typer(ruling.app, name="rules")
app.add_typer(dials.app, name="policy")
for module in (setup, importing, find, learning, advising, upkeep, metrics, improving, loop, manage, queue, checkup):
    module.register(app)
