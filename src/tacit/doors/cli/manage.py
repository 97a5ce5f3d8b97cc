"""`tacit forget | export | backup | restore | stats`: what an owner does with a memory."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import checked_id, confirmed
from tacit.doors.cli.options import WHERE, command
from tacit.doors.cli.output import STEERING, emit, json_text, many
from tacit.doors.cli.progress import progress
from tacit.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from tacit.changes import StoreStats

__all__ = ["register"]

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "forget", WHERE)(forget)
    command(app, "export", WHERE)(export)
    command(app, "backup")(backup)
    command(app, "restore")(restore)
    command(app, "stats")(stats)


def forget(
    call: Call,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Of items.", show_default=False)] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Everything in this namespace.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be forgotten.")] = False,
    yes: Yes = False,
) -> None:
    """Delete items by id or by filter, with everything that was derived from them.

    Example: tacit forget --source import:claude_code --dry-run
    """
    where = {**call.where, **({"kinds": []} if all_ else {})}
    if all_ and (ids or call.where):
        raise InvalidInput(
            "--all goes alone", cause="ids or filters were given as well", remedy="leave one of them out"
        )
    named = [checked_id(one) for one in ids or ()]
    with call.memory() as memory:
        found = memory.forget(*named, dry_run=True, **where)
        missing = sorted(set(named) - set(found.ids))
        if missing:
            raise NotFound(
                f"no item {ascii(missing[0])[:80]}", cause="nothing was forgotten", remedy="see `tacit list`"
            )
        these = many(len(found.ids), "item") + (f" ({_kinds(found.kinds)})" if found.ids else "")
        agreed = bool(found.ids) and not dry_run
        if agreed and not confirmed(f"Forget {these} for good?", yes=yes, otherwise=", or --dry-run to see what it is"):
            raise typer.Abort
        if agreed:
            found = memory.forget(*named, **where)
    said = f"would forget {these}" if dry_run else f"✓ forgot {these}" if found.ids else "nothing to forget"
    emit(call, found, lambda out: out.print(said), quiet="")


def export(
    call: Call,
    file: Annotated[str, typer.Argument(help="A file; `-` is standard output.")] = "-",
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace the file where it exists.")] = False,
) -> None:
    """Items as JSONL, one a line, after a line that names the format. `tacit import` reads it back.

    Example: tacit export memory.jsonl
    """
    with call.memory() as memory:
        lines = memory.export(**call.where)
        if file == "-":
            _print_lines(lines)
            return
        target = Path(file)
        _writable(target, yes)
        items, size = _write_lines(call, target, lines, sum(memory.stats().items.values()))
    told = {"file": file, "items": items, "bytes": size}
    emit(call, told, lambda out: out.print(f"✓ wrote {many(items, 'item')} to {file}", soft_wrap=True), quiet="")


def backup(
    call: Call,
    file: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace the file where it exists.")] = False,
) -> None:
    """Write a consistent copy of the whole database, all namespaces, while others go on."""
    with call.memory() as memory, progress(call, "writing the backup"):
        made = memory.backup(file, overwrite=yes)
    size = made.stat().st_size
    told = {"file": str(made), "bytes": size}
    emit(call, told, lambda out: out.print(f"✓ wrote {made} ({_size(size)})", soft_wrap=True), quiet="")


def restore(
    call: Call,
    file: Annotated[Path, typer.Argument(help="A file that `tacit backup` wrote.", show_default=False)],
    *,
    to: Annotated[Path | None, typer.Option(help="Where to put it; the database, if not given.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace the file where it exists.")] = False,
) -> None:
    """Verify a backup and put it in the place of a database that no process has open.

    The old file is kept beside it, as NAME.replaced.
    """
    from tacit.doors.cli.inputs import interactive
    from tacit.opening import restore_backup

    target = to or call.path()
    if not yes and file.is_file() and target.is_file() and interactive():
        yes = typer.confirm(f"Replace {target}? The old file is kept as {target.name}.replaced.", err=True)
        if not yes:
            raise typer.Abort
    with progress(call, "verifying the backup"):
        made = restore_backup(file, target, overwrite=yes)
    told = {"file": str(made), "from": str(file), "bytes": made.stat().st_size}
    emit(call, told, lambda out: out.print(f"✓ restored {made} from {file}", soft_wrap=True), quiet="")


def stats(call: Call) -> None:
    """How much there is of what."""
    with call.memory() as memory:
        counted = memory.stats()
        namespace, path = memory.namespace, call.path()
    emit(call, counted, lambda out: _show_stats(out, counted, namespace, path))


def _show_stats(out: "Console", counted: "StoreStats", namespace: str, path: Path) -> None:
    from tacit.doors.cli.tables import bars

    total = sum(counted.items.values())
    out.print(f"{many(total, 'item')} in {namespace} · {path}, {_size(counted.bytes)}", style="bold", soft_wrap=True)
    if total:
        out.print(bars(counted.items))
    rows = {
        "superseded": f"{counted.superseded:,}",
        "open episodes": f"{counted.drafts:,}",
        "recalls": f"{counted.recalls:,} ({counted.feedback:,} rated)",
        "vectors": ", ".join(f"{count:,} of {name}" for name, count in counted.vectors.items()) or "none",
        "queue": ", ".join(f"{count:,} {state}" for state, count in counted.jobs.items()) or "empty",
    }
    for name, value in rows.items():
        out.print(f"  {name:<16}{value}", soft_wrap=True)


def _print_lines(lines: "Iterable[bytes]") -> None:
    """To a terminal, with what could steer it escaped; to anything else as it is."""
    on_terminal = sys.stdout.isatty()
    for line in lines:
        if on_terminal:
            text = line.decode("utf-8").rstrip("\n")
            sys.stdout.write(STEERING.sub(lambda found: json_text(found.group())[1:-1], text) + "\n")
        else:
            sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def _write_lines(call: Call, target: Path, lines: "Iterable[bytes]", total: int) -> tuple[int, int]:
    """Beside the target, then in its place: whoever reads it sees the old file or the whole new one."""
    beside = target.with_name(target.name + ".writing")
    count, size = -1, 0  # the first line is the header
    try:
        with open(beside, "wb", opener=_private) as stream, progress(call, "exporting") as advance:
            for line in lines:
                stream.write(line)
                count, size = count + 1, size + len(line)
                if count % 500 == 0:
                    advance(count, total, f"{count:,} items")
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return count, size


def _private(path: str, flags: int) -> int:
    """What somebody's agent has seen is for its owner's eyes."""
    return os.open(path, flags, 0o600)


def _writable(target: Path, yes: bool) -> None:
    if "\0" in str(target):
        raise InvalidInput("this is no path", cause="it has a NUL character", remedy="name a file")
    if target.is_dir():
        raise InvalidInput(f"{target} is a folder", cause="an export is a file", remedy="name a file in it")
    if not target.parent.is_dir():
        raise NotFound(f"no folder {target.parent}", cause="the export would lie there", remedy="make it first")
    if target.exists() and not yes:
        raise Conflict(f"{target} exists", cause="an export never overwrites by itself", remedy="add --yes")


def _kinds(kinds: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
