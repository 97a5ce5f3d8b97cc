"""The table of models: what is known of each, and where its weights come from.

Floor 3. Below: `models.json`, which ships with the package, and a file of the same form in the cache folder, with which
a user adds models. Above: `weights` fetches what it names, `open` opens it.
"""

import os
import re
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tacit.errors import ConfigurationError

__all__ = [
    "DEFAULT_EMBEDDER",
    "DEFAULT_RERANKER",
    "EndpointModel",
    "Table",
    "WeightFile",
    "Weights",
    "cache_folder",
    "read_table",
    "weights_named",
]

DEFAULT_EMBEDDER = "bge-small-en-v1.5-int8"
DEFAULT_RERANKER = "ms-marco-MiniLM-L-12-v2-int8"
USER_TABLE = "models.json"
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""Names of models and files become names in a folder: no separators, no leading dot."""

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class WeightFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a model."""

    name: str
    """What it is called in the cache folder."""
    bytes: Annotated[int, msgspec.Meta(ge=0, le=8_000_000_000)]
    """Its exact size: nothing longer is ever unpacked."""
    sha256: Digest
    member: str = ""
    """Its exact path in the package that carries it; empty: not carried by one."""
    url: str = ""
    """The same bytes on a public hub; empty: not there."""


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that runs in this process, from files."""

    role: Literal["embedder", "reranker"]
    origin: str = ""
    licence: str = ""
    dimension: Annotated[int, msgspec.Meta(ge=0, le=65_536)] = 0
    """Of its vectors; 0 for a reranker."""
    max_tokens: Annotated[int, msgspec.Meta(ge=16, le=131_072)] = 512
    """What the model was trained to read; the rest of a text is cut off."""
    pooling: Literal["cls", "mean"] = "cls"
    query_prefix: str = ""
    requirement: str = ""
    """The package that carries the files, pinned with its hash, as pip writes it."""
    files: tuple[WeightFile, ...]
    notices: tuple[WeightFile, ...] = ()
    """Licence texts that travel with the package; kept beside the files."""


class EndpointModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a model behind an endpoint, so that nobody has to ask it."""

    dimension: int | None = None
    query_prefix: str = ""
    document_prefix: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All models by name; an endpoint's are named `provider:model`."""

    weights: dict[str, Weights] = {}
    endpoints: dict[str, EndpointModel] = {}


def cache_folder() -> Path:
    """Where weights are kept: `$TACIT_MODELS`, or `tacit/models` in the user's cache folder. Nothing is created."""
    named = os.environ.get("TACIT_MODELS")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "tacit" / "models"


def read_table(cache: Path | None = None) -> Table:
    """The shipped table, extended by `models.json` in the cache folder where there is one.

    Raises `ConfigurationError` for a table that is not of this form.
    """
    shipped = _decode((resources.files("tacit.models") / "models.json").read_bytes(), "the shipped table of models")
    path = (cache or cache_folder()) / USER_TABLE
    try:
        content = path.read_bytes()
    except OSError:  # the usual case: there is none
        return shipped
    own = _decode(content, str(path))
    return Table(weights=own.weights | shipped.weights, endpoints=shipped.endpoints | own.endpoints)


def weights_named(name: str, cache: Path | None = None) -> Weights:
    """The entry of one local model. Raises `ConfigurationError` where there is none."""
    table = read_table(cache)
    if name not in table.weights:
        raise ConfigurationError(
            f"no local model is called {name!r}",
            cause="it is not in the table of models",
            remedy=f"use one of {', '.join(sorted(table.weights))}, or describe it in {USER_TABLE} in the cache folder",
        )
    return table.weights[name]


def _decode(content: bytes, where: str) -> Table:
    try:
        table = msgspec.json.decode(content, type=Table)
    except msgspec.DecodeError as error:
        raise _malformed(where, str(error)) from error
    names = [
        *table.weights,
        *(file.name for model in table.weights.values() for file in (*model.files, *model.notices)),
    ]
    for name in names:
        if not PLAIN.fullmatch(name):
            raise _malformed(where, f"{name!r} is not a plain name")
    return table


def _malformed(where: str, cause: str) -> ConfigurationError:
    return ConfigurationError(f"{where} cannot be used", cause=cause, remedy="mend that file, or remove it")
