"""`tacit queue` and `tacit reembed`: work that waits, and moving to another embedder."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.options import command, group
from tacit.doors.cli.output import emit, hint, many
from tacit.doors.cli.progress import progress
from tacit.errors import ConfigurationError, InvalidInput, ModelError

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.changes import Job
    from tacit.memory import Memory

__all__ = ["app", "register", "work_off"]

app = typer.Typer(help="See and work off what waits to be done.")

States = Annotated[
    list[str] | None, typer.Option("--state", help="queued, leased, done or dead; several times.", show_default=False)
]
EVERY = 1.0
"""Seconds between two counts: one costs up to 50 ms at 100,000 waiting items."""
STATES = ("queued", "leased", "done", "dead")
WAITING = ("queued", "leased", "dead")


def register(main: typer.Typer) -> None:
    """Add these commands."""
    main.add_typer(app, name="queue")
    command(main, "reembed")(reembed)


@group(app, helps=False)
def queue(call: Call) -> None:
    """What waits to be done. Without a command: list it."""
    list_jobs(call)


@command(app, "list")
def list_jobs(call: Call, state: States = None, *, limit: Annotated[int, typer.Option(min=1, max=1000)] = 100) -> None:
    """The jobs, oldest first: those that wait or have failed for good, unless --state names others."""
    unknown = sorted(set(state or ()) - set(STATES))
    if unknown:
        raise InvalidInput("unknown state", cause=ascii(unknown[0])[:80], remedy=f"use one of {', '.join(STATES)}")
    with call.memory() as memory:
        jobs = memory.jobs(states=state or WAITING, limit=limit)
        counts = memory.stats().jobs
    emit(call, {"jobs": jobs, "states": counts}, lambda out: _show_jobs(out, jobs))
    if any(job.state == "dead" for job in jobs):
        hint(call, "dead jobs failed too often; when the cause is mended: tacit queue revive")


@command(app, "run")
def run(call: Call) -> None:
    """Do here and now what waits: embed what has no vector yet. May be interrupted and run again."""
    with call.memory(models=True) as memory:
        _need_embedder(memory)
        left = work_off(call, memory)
        errors = [job.error for job in memory.jobs(states=("queued", "dead"), limit=100) if job.error]
    if left and errors:
        raise ModelError(
            f"{left:,} items could not be embedded", cause=errors[0], remedy="mend that; they stay queued until then"
        )
    emit(
        call,
        {"unembedded": left},
        lambda out: out.print("✓ nothing waits" if not left else f"{many(left, 'item')} wait"),
    )


@command(app, "revive")
def revive(call: Call) -> None:
    """Queue dead jobs again."""
    with call.memory() as memory:
        revived = memory.revive_jobs()
    emit(call, {"revived": revived}, lambda out: out.print(f"✓ revived {many(revived, 'job')}"), quiet="")


def reembed(call: Call) -> None:
    """Embed everything anew with the embedder that --embedder or the settings name, and search by it from then on.

    May be interrupted: it goes on where it was. Example: tacit reembed --embedder hashing:384
    """
    from tacit.opening import open_models

    models = open_models(call.settings(reranker="none"))
    if models.embedder is None:
        raise ConfigurationError(
            "there is no embedder to embed with", cause=models.reason, remedy="name one: --embedder hashing:384"
        )
    with call.memory() as memory, progress(call, f"embedding with {models.embedder.name}") as advance:
        for step in memory.reembed(models.embedder):
            advance(step.done, step.total, f"{step.done:,} of {step.total:,}")
    name = models.embedder.name
    emit(call, step, lambda out: out.print(f"✓ {many(step.done, 'item')} embedded with {name}"), quiet="")
    if call.flags.get("embedder"):
        hint(call, f'to go on with it, set TACIT_EMBEDDER={name}, or write embedder = "{name}" into tacit.toml')


def work_off(call: Call, memory: "Memory") -> int:
    """Embed what waits, with a bar; -> how many items still have no vector."""
    total = memory.unembedded()
    with progress(call, "embedding") as advance:
        counted = time.monotonic()
        for _ in memory.work():
            if time.monotonic() - counted > EVERY:
                done = total - memory.unembedded()
                advance(done, total, f"{done:,} of {total:,}")
                counted = time.monotonic()
    return memory.unembedded()


def _need_embedder(memory: "Memory") -> None:
    if memory.embedder is None:
        raise ConfigurationError(
            "there is no embedder, so the queue cannot be worked off",
            cause="no local model is installed, or the settings say none",
            remedy="run `tacit init --model`, or name one: --embedder hashing:384",
        )


def _show_jobs(out: "Console", jobs: "list[Job]") -> None:
    from tacit.doors.cli.output import one_line
    from tacit.doors.cli.tables import table
    from tacit.logic.times import iso

    if not jobs:
        out.print("✓ nothing waits")
        return
    made = table("id", "stage", "state", "attempts", "since", "error", right=("id", "attempts"))
    for job in jobs:
        since = iso(job.created_at)[:19]
        made.add_row(str(job.id), job.stage, job.state, str(job.attempts), since, one_line(job.error, 200))
    out.print(made)
