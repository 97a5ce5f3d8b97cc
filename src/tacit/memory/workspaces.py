"""The face that improves programs: any git repository with a benchmark and tests, with a memory or without one.

Floor 5. Below: the verb, sandboxes. Above: Memory lends the methods; the functions are for those who have no memory.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tacit.memory.base import Base
from tacit.operations import improve_workspace as verb
from tacit.operations.improve_workspace import Reverted, WorkspaceProgress
from tacit.sandboxes import open_sandbox

__all__ = ["Workspaces", "improve_workspace", "revert_workspace"]


class Workspaces(Base):
    """Improving a user's program; each trial is in the ledger."""

    def improve_workspace(self, folder: str | Path, **flags: Any) -> Iterator[WorkspaceProgress]:
        """Try patches and dials on a copy of the git repository in `folder`; what its benchmark shows to be better,
        with its tests green, is committed there. Yields progress; may be left at any step.

        `flags`: benchmark, test (commands), measure (seconds, cpu, stdout), key, better, trials, rounds, refactorings;
        the rest, dials too, is read from `tacit-improve.toml`. Raises `NotFound`, `InvalidInput`, `Conflict`,
        `SandboxError`.
        """
        return verb.improve_workspace(Path(folder), sandbox=self._trying.sandbox(), scope=self._scope, flags=flags)

    def revert_workspace(self, folder: str | Path, commit: str = "all") -> Reverted:
        """Take back a commit of the above by its inverse, or all of them. Raises `NotFound`, `InvalidInput`,
        `Conflict`."""
        return verb.revert_workspace(Path(folder), commit, scope=self._scope)


def improve_workspace(folder: str | Path, *, sandbox: str = "auto", **flags: Any) -> Iterator[WorkspaceProgress]:
    """`Workspaces.improve_workspace` where there is no memory: nothing is written down but the commits."""
    return verb.improve_workspace(Path(folder), sandbox=open_sandbox(sandbox), flags=flags)


def revert_workspace(folder: str | Path, commit: str = "all") -> Reverted:
    """`Workspaces.revert_workspace` where there is no memory."""
    return verb.revert_workspace(Path(folder), commit)
