"""Real git repositories in temporary folders."""

import subprocess
from pathlib import Path

__all__ = ["commit", "git", "made", "state"]


def git(folder: Path, *words: str) -> str:
    ran = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def made(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    git(folder, "init", "--quiet")
    commit(folder, files)
    return folder


def commit(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "--all", "--force")
    git(folder, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "Work")


def state(folder: Path) -> tuple[str, ...]:
    return git(folder, "rev-parse", "HEAD"), git(folder, "status", "--porcelain"), *sorted(map(str, folder.iterdir()))
