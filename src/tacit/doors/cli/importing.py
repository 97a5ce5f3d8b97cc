"""`tacit import | index`: what other agents have recorded, and folders of documents and code."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.options import command
from tacit.doors.cli.output import emit, hint, many, plain, safe
from tacit.doors.cli.progress import progress
from tacit.doors.cli.queue import work_off
from tacit.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.memory import Memory

__all__ = ["register"]

ENDINGS = ("*.jsonl", "*.json")
AUTO = "auto"
SHOWN = 10

Embed = Annotated[bool, typer.Option("--embed/--no-embed", help="Embed at the end, or leave that to the next recall.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and count everything, write nothing.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "import")(import_files)
    command(app, "index")(index)


def import_files(
    call: Call,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, or folders of them.", show_default=False)
    ],
    *,
    format_: Annotated[
        str,
        typer.Option("--format", help="auto, runs, claude_code, codex, openai_messages, anthropic_messages or ilearn."),
    ] = AUTO,
    side_chains: Annotated[bool, typer.Option("--side-chains", help="Take sub-agents in, too.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Read from the beginning, not where it stopped.")] = False,
    dry_run: DryRun = False,
    embed: Embed = True,
) -> None:
    """Read transcripts, runs, message logs, or an export of tacit. May be interrupted and run again: it goes on.

    Example: tacit import ~/.claude/projects --dry-run
    """
    files = list(_files(paths))
    how = {"format": None if format_ == AUTO else format_, "sidechains": side_chains, "restart": restart}
    with call.memory(models=embed and not dry_run, make=True, dry_run=dry_run) as memory:
        good, skipped = _recognised(memory, files, how)
        results = _read(call, memory, good, {**how, "dry_run": dry_run})
        waiting = work_off(call, memory) if embed and not dry_run else None
    told = {"files": results, "skipped": skipped, "totals": _totals(results), "dry_run": dry_run, "unembedded": waiting}
    emit(call, told, lambda out: _show(out, told), quiet="")
    if not dry_run and not embed:
        hint(call, "words are searched at once; for meaning, too: tacit queue run")


def index(
    call: Call,
    folder: Annotated[Path, typer.Argument(help="A folder of documents and code.", show_default=False)],
    *,
    trust: Annotated[
        Literal["high", "medium", "low"], typer.Option(help="Who vouches for it; low for what strangers wrote.")
    ] = "medium",
    gitignore: Annotated[bool, typer.Option("--gitignore/--all", help="Leave out what .gitignore names.")] = True,
    dry_run: DryRun = False,
    embed: Embed = True,
) -> None:
    """Cut a folder of documents and code into chunks. Run again, it reads only what has changed."""
    if not folder.exists():
        raise NotFound(f"no folder {folder}", cause="there is nothing to index", remedy="name a folder")
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is no folder", cause="a folder is indexed as a whole", remedy="name its folder")
    with call.memory(models=embed and not dry_run, make=True, dry_run=dry_run) as memory:
        with progress(call, "indexing") as advance:
            result = None
            for result in memory.index_folder(folder, dry_run=dry_run, gitignore=gitignore, trust=trust):
                speed = f"{result.files_per_second:,.0f} files/s" if result.files_per_second else ""
                advance(result.done, result.total, f"{result.done:,} of {many(result.total, 'file')} {speed}")
        waiting = work_off(call, memory) if embed and not dry_run else None
    told = {**plain(result), "unembedded": waiting}
    emit(call, told, lambda out: _show_index(out, told), quiet="")


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """(file, whether it was named itself). All are there before anything is read."""
    for path in paths:
        if not path.exists():
            raise NotFound(f"no file {path}", cause="it would be imported", remedy="name a file or a folder")
        if not path.is_dir():
            yield path, True
            continue
        inside = sorted(file for ending in ENDINGS for file in path.rglob(ending) if file.is_file())
        if not inside:
            raise NotFound(
                f"nothing to import in {path}",
                cause="it has no file that ends with .jsonl or .json",
                remedy="name the files; documents and code go through `tacit index`",
            )
        for file in inside:
            yield file, False


def _recognised(
    memory: "Memory", files: Sequence[tuple[Path, bool]], how: dict[str, Any]
) -> tuple[list[Path], list[dict[str, str]]]:
    """The files that can be read; one that was named itself and cannot be read ends it before anything is written."""
    good: list[Path] = []
    skipped: list[dict[str, str]] = []
    for file, named in files:
        try:
            next(iter(memory.import_file(file, **{**how, "dry_run": True})))
            good.append(file)
        except InvalidInput as error:
            if named or how["format"]:
                raise
            skipped.append({"path": str(file), "why": f"{error.what}: {error.cause}"})
    return good, skipped


def _read(call: Call, memory: "Memory", files: Sequence[Path], how: dict[str, Any]) -> list[dict[str, Any]]:
    total = sum(file.stat().st_size for file in files)
    results: list[dict[str, Any]] = []
    before = 0
    with progress(call, "importing") as advance:
        for file in files:
            last = None
            for last in memory.import_file(file, **how):
                advance(before + last.bytes, total, file.name)
            before += file.stat().st_size
            results.append({"path": str(file), **plain(last)})
    return results


def _totals(results: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Counts of all files together."""
    totals: dict[str, int] = {}
    for result in results:
        for name, value in result.items():
            if isinstance(value, int) and not isinstance(value, bool) and name not in ("resumed_at", "total"):
                totals[name] = totals.get(name, 0) + value
    return totals


def _show(out: "Console", told: dict[str, Any]) -> None:
    totals = told["totals"]
    new = {name: totals[name] for name in ("episodes", "interactions", "items") if totals.get(name)}
    words = ", ".join(many(count, name.rstrip("s")) for name, count in new.items()) or "nothing new"
    verb = "would import" if told["dry_run"] else "✓ imported"
    out.print(f"{verb} {words} from {many(len(told['files']), 'file')}", style="bold")
    beside = ("replaced", "known", "duplicates", "malformed", "unknown", "sidechains", "redacted", "cut")
    for name in beside:
        if totals.get(name):
            out.print(f"  {name:<12}{totals[name]:>9,}")
    for problem in [problem for one in told["files"] for problem in one.get("problems", ())][:SHOWN]:
        out.print(safe(f"! {problem}"), style="yellow", soft_wrap=True)
    for one in told["skipped"][:SHOWN]:
        out.print(safe(f"! skipped {one['path']}: {one['why']}"), style="yellow", soft_wrap=True)
    if len(told["skipped"]) > SHOWN:
        out.print(f"! and {len(told['skipped']) - SHOWN:,} more were skipped", style="yellow")


def _show_index(out: "Console", told: dict[str, Any]) -> None:
    verb = "would index" if told["dry_run"] else "✓ indexed"
    speed = f", {told['files_per_second']:,.0f} files/s" if told["files_per_second"] else ""
    out.print(f"{verb} {many(told['done'], 'file')} into {many(told['chunks'], 'chunk')}{speed}", style="bold")
    for name in ("added", "changed", "deleted", "unchanged", "redacted"):
        if told[name]:
            out.print(f"  {name:<12}{told[name]:>9,}")
    for why, count in told["skipped"].items():
        out.print(safe(f"  skipped: {count:,} {why}"), style="dim", soft_wrap=True)
