"""The one error tree of tacit, branching by who must act.

Floor 0: nothing below, everything above raises from here.

    TacitError
    ├── InvalidInput          the caller must send something else; nothing was changed
    │   ├── TooLarge          ... something smaller
    │   ├── NotFound          ... an id, key or path that exists in this namespace
    │   └── Conflict          ... after reading the newer state again
    ├── ConfigurationError    the owner must change a setting or install something
    │   ├── MissingExtra      ... an optional package (is also an ImportError)
    │   ├── ModelMismatch     ... the embedder, or re-embed the database
    │   └── SandboxError      ... what holds programs that nobody vouches for
    ├── StorageError          the owner must look at the disk or the file
    │   ├── DiskFull          ... free space; reading and deleting still work
    │   ├── Corrupted         ... restore a backup; nothing wrong was returned
    │   └── Busy              ... wait: another process holds the file
    └── ModelError            a model or its endpoint failed; the work stays queued
"""

from typing import Any

__all__ = [
    "Busy",
    "ConfigurationError",
    "Conflict",
    "Corrupted",
    "DiskFull",
    "InvalidInput",
    "MissingExtra",
    "ModelError",
    "ModelMismatch",
    "NotFound",
    "SandboxError",
    "StorageError",
    "TacitError",
    "TooLarge",
    "overtaken",
]


class TacitError(Exception):
    """Anything that tacit raises on purpose: what happened, why, and what to do about it.

    >>> str(TacitError("the task is empty", cause="an episode needs one", remedy="pass task='...'"))
    "the task is empty: an episode needs one. To mend it: pass task='...'"
    """

    exit_code = 1
    """What the command line exits with."""

    def __init__(self, what: str, *, cause: str, remedy: str) -> None:
        super().__init__(what, cause, remedy)
        self.what = what
        self.cause = cause
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}: {self.cause}. To mend it: {self.remedy}"

    def as_dict(self) -> dict[str, Any]:
        """The error as the JSON object that every door renders."""
        kind = type(self).__name__
        return {"error": kind, "what": self.what, "cause": self.cause, "remedy": self.remedy}


class InvalidInput(TacitError, ValueError):
    """The input is not of the form that is asked for. Nothing was changed."""

    exit_code = 2


class TooLarge(InvalidInput):
    """The input is over a bound. Nothing was changed."""


class NotFound(InvalidInput):
    """There is no such thing in this namespace."""

    exit_code = 3


class Conflict(InvalidInput):
    """The thing was changed, or exists already, since the caller last looked."""

    exit_code = 4


def overtaken(note: str) -> Conflict:
    """The error of whoever was to move a note that somebody else has moved meanwhile."""
    return Conflict(
        f"the note {note} is not what it was",
        cause="somebody else has done this work meanwhile",
        remedy="read it again, then go on from there",
    )


class ConfigurationError(TacitError):
    """A setting, or what is installed, does not allow what was asked for."""

    exit_code = 5


class MissingExtra(ConfigurationError, ImportError):
    """An optional package is not installed."""


class ModelMismatch(ConfigurationError):
    """The database holds vectors of one embedder and another one is configured."""


class SandboxError(ConfigurationError):
    """This machine cannot enforce what a sandbox promises; the program was not run."""


class StorageError(TacitError):
    """The store could not do what was asked for."""

    exit_code = 6


class DiskFull(StorageError):
    """No space is left. Reading and deleting still work; what was not acknowledged is not written."""


class Corrupted(StorageError):
    """A checksum does not fit its bytes. The damaged value was not returned."""


class Busy(StorageError):
    """Another process held the file for longer than the busy timeout."""


class ModelError(TacitError):
    """An embedder, a reranker or a chat model failed. Queued work is kept and tried again."""

    exit_code = 7
