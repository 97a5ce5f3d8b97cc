"""The workspace as a git repository: a copy to work in, commits that arrive whole or not at all, reverts.

Above: the verb. Below: git, as a command.

All is done in a clone; the workspace itself is only ever moved forward to a commit that the clone already has
(`merge --ff-only`), which git does whole or not at all and refuses where anything was changed meanwhile. No hook of the
workspace and no signing runs. The programs that are tried never see the clone's own data, only exported files.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tacit.errors import ConfigurationError, Conflict, InvalidInput, NotFound

__all__ = ["ORIGIN", "TRAILER", "Clone", "checked"]

TRAILER = "Tacit-Improvement"
"""Key of the line in a commit's message that says it is one of ours."""
QUIET = (
    "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "commit.gpgSign=false", "-c", "gc.auto=0",
    "-c", "advice.detachedHead=false", "-c", "protocol.file.allow=always", "-c", "core.autocrlf=false",
)  # fmt: skip
ORIGIN = "Tacit-Origin"
"""Of the line that names the model that wrote it, where one did."""
SECONDS = 600
WRITTEN = 1_000_000_000
"""Time of change of every patched file: byte code that was kept stays valid from round to round."""


def checked(folder: Path) -> Path:
    """The folder, if it is the top of a git repository with a commit and nothing that is not committed.

    Raises `NotFound`, `InvalidInput` (no repository, no commit), `Conflict` (a tree that is not clean)."""
    if not folder.is_dir():
        raise NotFound(f"no folder {folder}", cause="there is none of this name", remedy="name the workspace's folder")
    folder = folder.resolve()
    asked = _called(["-C", str(folder), "rev-parse", "--show-toplevel"], folder, None)
    top = asked.stdout.strip("\n")
    if "dubious ownership" in asked.stderr:
        raise InvalidInput(
            f"git refuses {folder}", cause="it is another user's", remedy="see `git help safe.directory`"
        )
    if Path(top or "/").resolve() != folder:
        raise InvalidInput(
            f"{folder} is not a git repository",
            cause="improvements are kept as commits, and taken back by their inverse",
            remedy=f"name the top of the repository, {top}"
            if top
            else f"run `git init` in {folder}, and commit what is there",
        )
    if not _git(folder, "rev-parse", "--verify", "--quiet", "HEAD", fails=True):
        raise InvalidInput(
            f"{folder} has no commit", cause="there is nothing to work on", remedy="commit what is there"
        )
    changed = _git(folder, "status", "--porcelain", "--untracked-files=normal")
    if changed:
        names = ", ".join(line[3:] for line in changed.splitlines()[:5])
        raise Conflict(
            f"the tree of {folder} is not clean",
            cause=f"{len(changed.splitlines())} files are not committed, such as {names}",
            remedy="commit, stash or ignore them",
        )
    return folder


class Clone:
    """A clone of the workspace in a folder of ours."""

    def __init__(self, workspace: Path, folder: Path) -> None:
        """`folder` must not exist. Raises `Conflict` where git refuses."""
        self.workspace = workspace
        self._folder = folder
        _run(["clone", "--quiet", "--no-hardlinks", "--local", str(workspace), str(folder)], folder.parent)
        for key, value in (("user.name", "tacit"), ("user.email", "tacit@localhost")):
            _git(folder, "config", key, _git(workspace, "config", key, fails=True) or value)

    def head(self) -> str:
        """The commit that the clone stands at."""
        return _git(self._folder, "rev-parse", "HEAD")

    def tree(self, commit: str = "HEAD") -> str:
        """Hash of all that a commit holds."""
        return _git(self._folder, "rev-parse", f"{commit}^{{tree}}")

    def files(self) -> list[str]:
        """Paths that are committed."""
        return [name for name in _git(self._folder, "ls-files", "-z").split("\0") if name]

    def ignored(self) -> list[str]:
        """Paths that are committed though the workspace, its user or its owner's git is told to ignore them."""
        found = _git(self.workspace, "ls-files", "-z", "--cached", "--ignored", "--exclude-standard")
        return [name for name in found.split("\0") if name]

    def read(self, path: str) -> str | None:
        """The text of a file; None where it is a link, or no text in UTF-8."""
        file = self._folder / path
        if file.is_symlink() or not file.is_file():
            return None
        try:
            return file.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            return None

    def export(self, folder: Path, patch: Mapping[str, str] | None = None) -> None:
        """Make a folder hold the committed files, with some texts replaced, and nothing else."""
        folder.mkdir(exist_ok=True)
        environment = {"GIT_INDEX_FILE": str(folder.parent / f"{folder.name}.index")}
        where = ["--git-dir", str(self._folder / ".git"), "--work-tree", str(folder)]
        _run([*where, "read-tree", "--reset", "HEAD"], folder, environment)
        _run([*where, "checkout-index", "--all", "--force", "--index", "--quiet"], folder, environment)
        _run([*where, "clean", "-ffdxq"], folder, environment)
        for path, text in (patch or {}).items():
            target = folder / path
            if not target.resolve().is_relative_to(folder.resolve()):
                raise Conflict(f"{path} leads out of the workspace", cause="a link", remedy="name a file within it")
            target.write_bytes(text.encode())
            os.utime(target, (WRITTEN, WRITTEN))

    def commit(self, patch: Mapping[str, str], message: str) -> str:
        """Commit these texts in the clone; -> the commit."""
        for path, text in patch.items():
            (self._folder / path).write_bytes(text.encode())
        _git(self._folder, "add", "--", *patch)
        _git(self._folder, "commit", "--quiet", "--no-verify", "--cleanup=verbatim", "-m", message)
        return self.head()

    def ours(self, *, also_gone: bool = False) -> list[str]:
        """Commits of tacit, the latest first; those that were taken back only if `also_gone`."""
        found = _git(self._folder, "log", "--first-parent", "--format=%H%x00%B%x01").split("\x01")
        gone: set[str] = set()
        ours = []
        for one in found:
            commit, _, message = one.strip().partition("\0")
            gone |= {(words.split() or [""])[0].rstrip(".") for words in message.split("This reverts commit ")[1:]}
            if (
                f"\n{TRAILER}: " in message
                and (also_gone or commit not in gone)
                and "This reverts commit " not in message
            ):
                ours.append(commit)
        return ours

    def resolved(self, name: str) -> str:
        """The commit that a name means. Raises `NotFound`."""
        found = _git(
            self._folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", fails=True
        )
        if not found:
            raise NotFound(f"no commit {ascii(name)[:60]}", cause="this repository has none", remedy="see `git log`")
        return found

    def revert(self, commit: str) -> str:
        """Undo a commit by its inverse; -> the new commit. Raises `Conflict` where later ones build on it."""
        try:
            _git(self._folder, "revert", "--no-edit", commit)
        except Conflict as error:
            raise Conflict(
                f"{commit[:12]} cannot be taken back by itself",
                cause="later commits change the same lines",
                remedy="take back the later ones first, or all: --revert all",
            ) from error
        return self.head()

    def deliver(self) -> None:
        """Move the workspace forward to where the clone stands, whole or not at all. Raises `Conflict`."""
        head = self.head()
        _git(self.workspace, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(self._folder), "HEAD")
        _git(self.workspace, "merge", "--ff-only", "--quiet", head)
        if _git(self.workspace, "rev-parse", "HEAD^{tree}") != self.tree():
            raise Conflict("the workspace is not what was tried", cause="its tree differs", remedy="see `git log`")


def _git(folder: Path, *words: str, fails: bool = False) -> str:
    """What git prints; where it may fail, "" then."""
    ran = _called(["-C", str(folder), *words], folder, None)
    if ran.returncode and fails:
        return ""
    return _told(ran, words).strip("\n")


def _run(words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    return _told(_called(words, folder, environment), words)


def _called(
    words: Sequence[str], folder: Path, environment: Mapping[str, str] | None
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    settings = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", **(environment or {})}
    try:
        return subprocess.run(
            ["git", *QUIET, *words],
            cwd=folder if folder.is_dir() else None,
            env={**kept, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise ConfigurationError("git was not found", cause="it is not installed", remedy="install git") from None
    except subprocess.TimeoutExpired:
        raise Conflict(
            "git did not come to its end", cause=f"{SECONDS} s", remedy="see whether the disk answers"
        ) from None


def _told(ran: subprocess.CompletedProcess[str], words: Sequence[str]) -> str:
    if ran.returncode:
        said = " ".join((ran.stderr or ran.stdout).split())[:300]
        verb = next((word for word in words if not word.startswith("-")), "git")
        raise Conflict(f"git refused ({verb})", cause=said or f"exit code {ran.returncode}", remedy="see `git status`")
    return ran.stdout
