"""Migrations: numbered files, each applied and recorded in its own transaction, refused when one was changed.

Floor 3. Below: connection. Above: the store, when it opens a file.
"""

from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import apsw

from tacit.errors import StorageError
from tacit.stores.sqlite.connection import APPLICATION_ID
from tacit.stores.sqlite.statements import fetch

__all__ = ["migrate", "verify_schema"]

RECORD = """
CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL
) STRICT
"""


def migrate(connection: apsw.Connection, path: Path) -> None:
    """Bring a file to the present schema. Raises `StorageError` for a file of somebody else or of a newer tacit."""
    if _applied(connection, path) == _steps():
        return
    fetch(connection, "BEGIN IMMEDIATE")  # of several processes that find a new file, one makes it
    try:
        applied = _applied(connection, path)
        if not applied:
            fetch(connection, f"PRAGMA application_id = {APPLICATION_ID}")
            fetch(connection, RECORD)
        fetch(connection, "COMMIT")
    except BaseException:
        fetch(connection, "ROLLBACK")
        raise
    for name, digest in _steps()[len(applied) :]:
        _apply(connection, name, digest)


def verify_schema(connection: apsw.Connection, path: Path) -> None:
    """Raise `StorageError` where the file is not one of tacit in a schema that this version knows."""
    if not _applied(connection, path):
        raise _foreign(path, "it is empty")


def _apply(connection: apsw.Connection, name: str, digest: str) -> None:
    fetch(connection, "BEGIN IMMEDIATE")
    try:
        number = int(name[:4])
        if not fetch(connection, "SELECT 1 FROM migrations WHERE number = ?", (number,)):
            fetch(connection, _folder().joinpath(name).read_text("utf-8"))
            fetch(connection, "INSERT INTO migrations VALUES (?, ?, ?)", (number, name, digest))
        fetch(connection, "COMMIT")
    except BaseException:
        fetch(connection, "ROLLBACK")
        raise


def _applied(connection: apsw.Connection, path: Path) -> list[tuple[str, str]]:
    """The migrations of a file, checked against ours; empty for an empty file."""
    owner = connection.pragma("application_id")
    tables = {row[0] for row in fetch(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if owner != APPLICATION_ID or "migrations" not in tables:
        if tables or owner not in (0, APPLICATION_ID):
            raise _foreign(path, f"its application id is {owner:#x}")
        return []
    applied = [(row[0], row[1]) for row in fetch(connection, "SELECT name, digest FROM migrations ORDER BY number")]
    steps = _steps()
    if len(applied) > len(steps):
        raise StorageError(
            f"{path} was written by a newer tacit", cause=f"it has migration {applied[-1][0]}", remedy="upgrade tacit"
        )
    for (name, digest), (our_name, our_digest) in zip(applied, steps, strict=False):
        if (name, digest) != (our_name, our_digest):
            raise StorageError(
                f"{path} has another schema than this tacit",
                cause=f"migration {name} differs from {our_name}",
                remedy="use the tacit that wrote it, export there and import here",
            )
    return applied


def _steps() -> list[tuple[str, str]]:
    """(file name, digest) of each migration, in order."""
    names = sorted(entry.name for entry in _folder().iterdir() if entry.name.endswith(".sql"))
    return [(name, sha256(_folder().joinpath(name).read_bytes()).hexdigest()) for name in names]


def _folder() -> "Path":
    return Path(str(files("tacit.stores.sqlite").joinpath("migrations")))


def _foreign(path: Path, cause: str) -> StorageError:
    return StorageError(f"{path} is not a memory of tacit", cause=cause, remedy="name another file")
