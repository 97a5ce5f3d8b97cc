"""Improving programs: any git repository with a benchmark and tests, with a memory (which keeps the ledger) or none.

Floor 5. Below: the verb, sandboxes. Above: the doors.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tacit.memory.base import Base
from tacit.operations import improve_workspace as verb
from tacit.operations.improve_workspace import Reverted, Tried, WorkspaceProgress
from tacit.ports import ChatModel
from tacit.sandboxes import open_sandbox

__all__ = ["Reverted", "Tried", "WorkspaceProgress", "improve_workspace", "revert_workspace"]


def improve_workspace(
    folder: str | Path,
    *,
    memory: Base | None = None,
    sandbox: str = "auto",
    chat: ChatModel | None = None,
    **flags: Any,
) -> Iterator[WorkspaceProgress]:
    """Try patches and dials on a copy of the git repository in `folder`; what its benchmark shows to be better, with
    its tests green, is committed there. Yields progress; may be left at any step.

    `flags`: benchmark, test (commands), measure (seconds, cpu, stdout), key, better, trials, rounds, refactorings; what
    is not given, and dials, are read from `tacit-improve.toml` there. With a `memory`, each trial is in its ledger, and
    its sandbox is used. The `chat` model that is given, or that the memory has, is asked for patches after all others
    had their turn: it is sent excerpts of the hottest Python functions, which each `asking` step says before they are.

    Raises `NotFound`, `InvalidInput`, `Conflict` (a tree that is not clean), `SandboxError`, `ConfigurationError` (a
    chat model that cannot be asked, as without its key).
    """
    holder = open_sandbox(sandbox) if memory is None else memory._trying.sandbox()
    scope = None if memory is None else memory._scope
    model = memory.chat if chat is None and memory is not None else chat
    return verb.improve_workspace(Path(folder), sandbox=holder, scope=scope, chat=model, flags=flags)


def revert_workspace(folder: str | Path, commit: str = "all", *, memory: Base | None = None) -> Reverted:
    """Take back a commit of the above by its inverse, or all of them, whole or not at all.

    Raises `NotFound`, `InvalidInput` (not one of ours), `Conflict` (a tree that is not clean, later changes).
    """
    return verb.revert_workspace(Path(folder), commit, scope=None if memory is None else memory._scope)
