"""`tacit improve --workspace`: a program is improved, or what was improved is taken back."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tacit.doors.cli.call import Call
from tacit.doors.cli.output import emit, hint, many, one_line
from tacit.doors.cli.progress import progress
from tacit.errors import InvalidInput

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console

    from tacit.memory import Memory
    from tacit.memory.workspaces import Reverted, WorkspaceProgress

__all__ = ["improve_program"]


def improve_program(call: Call) -> None:
    """What `call.given` says: workspace, and benchmark, test, trials, or revert. Where there is a memory, it keeps the
    ledger; there need not be one. Raises what the verb raises; `InvalidInput` where options contradict each other."""
    given = dict(call.given)
    folder = Path(given.pop("workspace"))
    commit = given.pop("revert", None)
    with _memory(call) as memory:
        if commit is None:
            _improve(call, folder, given, memory)
        elif given:
            raise InvalidInput(
                f"--{sorted(given)[0]} is not for taking back",
                cause="--revert was given",
                remedy="leave one of them out",
            )
        else:
            _revert(call, folder, commit, memory)


def _memory(call: Call) -> "AbstractContextManager[Memory | None]":
    """The memory, if there is one; one that is named must be there."""
    return call.memory() if call.flags.get("path") or call.path().exists() else nullcontext()


def _improve(call: Call, folder: Path, given: dict[str, Any], memory: "Memory | None") -> None:
    from tacit.memory.workspaces import WorkspaceProgress, improve_workspace
    from tacit.opening import open_chat_model

    chat = open_chat_model(call.settings()) if memory is None else memory.chat
    told = WorkspaceProgress(stage="checking")
    with progress(call, "improving") as advance:
        steps = improve_workspace(folder, memory=memory, sandbox=call.settings().sandbox, chat=chat, **given)
        for told in steps:
            advance(len(told.tried) + told.done, None, f"{told.stage}: {told.text}")
            if told.stage == "asking":
                hint(call, told.text)
    emit(call, told, lambda out: _show(out, told), quiet="\n".join(told.commits))
    if told.commits:
        hint(call, f"take them back: tacit improve --workspace {folder} --revert all")


def _show(out: "Console", told: "WorkspaceProgress") -> None:
    for one in told.tried:
        mark, style = ("✓", "green") if one.commit else ("·", "dim")
        out.print(f"{mark} {one_line(one.description, 300)}", style=style, soft_wrap=True)
        kept = f"commit {one.commit[:12]}: " if one.commit else ""
        out.print(f"  {kept}{one_line(one.reason, 300)}", style="dim", soft_wrap=True)
    if not told.tried and told.notes:
        out.print(f"nothing was tried: {one_line(told.notes[-1], 300)}", soft_wrap=True)
    elif not told.tried:
        out.print("nothing to try: no dial is declared, and no known refactoring fits what is hot", soft_wrap=True)
    elif told.commits:
        saved = 1.0 - told.after / told.before
        done = f"{many(len(told.tried), 'trial')}, {many(len(told.commits), 'commit')}"
        out.print(f"✓ {done}: {saved:.0%} of the benchmark saved", soft_wrap=True)
    else:
        out.print(f"✓ {many(len(told.tried), 'trial')}, none better: nothing was changed", soft_wrap=True)


def _revert(call: Call, folder: Path, commit: str, memory: "Memory | None") -> None:
    from tacit.memory.workspaces import revert_workspace

    done = revert_workspace(folder, commit, memory=memory)
    emit(call, done, lambda out: _show_reverted(out, done), quiet="\n".join(done.by))


def _show_reverted(out: "Console", done: "Reverted") -> None:
    for one, inverse in zip(done.commits, done.by, strict=True):
        out.print(f"✓ {one[:12]} taken back by {inverse[:12]}")
    same = "identical to before" if done.identical else "other commits lie between, and stay"
    out.print(f"  tree {done.tree[:12]}: {same}", style="dim")
