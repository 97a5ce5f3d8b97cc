"""Weights that are there: found in the cache folder, and verified on request. No network, and nothing written.

Floor 3. Below: the table. Above: `open`, `weights`, and whoever checks an installation.
"""

import hashlib
from pathlib import Path

import msgspec

from tacit.models.table import WeightFile, cache_folder, weights_named

__all__ = ["VERIFIED", "intact", "locate", "verify"]

VERIFIED = "verified.json"
"""Written last, beside the files: the digests that were compared when they were fetched."""


def locate(name: str, cache: Path | None = None) -> dict[str, Path] | None:
    """The files of a model by their names, or None where they are not all there. Fast: nothing is hashed again.

    Raises `ConfigurationError` where no model has this name.
    """
    cache = cache or cache_folder()
    model = weights_named(name, cache)
    folder = cache / name
    try:
        stamp = msgspec.json.decode((folder / VERIFIED).read_bytes(), type=dict[str, str])
        there = all(
            stamp.get(file.name) == file.sha256 and (folder / file.name).stat().st_size == file.bytes
            for file in model.files
        )
    except (OSError, msgspec.DecodeError):
        return None
    return {file.name: folder / file.name for file in model.files} if there else None


def verify(name: str, cache: Path | None = None) -> list[str]:
    """Hash every file of a model anew: what is wrong with it, in words; empty when all is well."""
    cache = cache or cache_folder()
    model = weights_named(name, cache)
    if locate(name, cache) is None:
        return [f"{name} is not in {cache}"]
    return [f"{file.name} of {name} is damaged" for file in model.files if not intact(cache / name / file.name, file)]


def intact(path: Path, file: WeightFile) -> bool:
    """Whether a file has the size and the digest of the table."""
    try:
        if path.stat().st_size != file.bytes:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
    except OSError:
        return False
