"""Take improvements of a workspace back, each by its inverse, and show that the tree is what it was.

Above: the package. Below: repository, keeping.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Literal

from tacit.errors import InvalidInput
from tacit.operations.improve_workspace.keeping import Book
from tacit.operations.improve_workspace.repository import TRAILER, Clone, checked
from tacit.ports import Scope
from tacit.types import Value

__all__ = ["Reverted", "revert_workspace"]


class Reverted(Value, frozen=True, kw_only=True):
    """What was taken back."""

    commits: tuple[str, ...]
    by: tuple[str, ...]
    """The inverse of each."""
    tree: str
    """Hash of what the workspace holds now."""
    identical: Literal[True] | None
    """True: that is what it held before the first of these commits, or of all of tacit's. None: others stay."""


def revert_workspace(folder: Path, commit: str, *, scope: Scope | None = None) -> Reverted:
    """Take back one commit of tacit's, or `all` of them, the latest first; whole or not at all.

    Raises `NotFound`, `InvalidInput` (a commit that is not ours, or nothing to take back), `Conflict` (a tree that is
    not clean, later changes of the same lines).
    """
    workspace = checked(folder)
    there = Path(tempfile.mkdtemp(prefix="tacit-revert-"))
    try:
        clone = Clone(workspace, there / "clone")
        ours = clone.ours()
        commits = ours if commit == "all" else [clone.resolved(commit)]
        if not commits or not set(commits) <= set(ours):
            raise InvalidInput(
                "there is nothing to take back" if commit == "all" else f"{commit[:40]} is no improvement of tacit's",
                cause=f"only commits with a line `{TRAILER}:` that were not taken back yet are",
                remedy="see `git log`; for others there is `git revert`",
            )
        before = {clone.tree(f"{one}^") for one in (commits[-1], clone.ours(also_gone=True)[-1])}
        by = [clone.revert(one) for one in commits]
        identical: Literal[True] | None = True if clone.tree() in before else None
        clone.deliver()
        book = Book(scope, workspace, "")
        for one, inverse in zip(commits, by, strict=True):
            book.reverted(one, inverse)
        return Reverted(commits=tuple(commits), by=tuple(by), tree=clone.tree(), identical=identical)
    finally:
        shutil.rmtree(there, ignore_errors=True)
