"""One call of the command line: what was asked for beside the command's own arguments, and the memory it works in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tacit.errors import NotFound

if TYPE_CHECKING:
    from tacit.memory import Memory
    from tacit.settings import Settings

__all__ = ["Call"]

IN_MEMORY = ":memory:"


@dataclass(frozen=True, kw_only=True)
class Call:
    """Global options, given before or after the command, and the groups of options that commands share."""

    flags: Mapping[str, Any] = field(default_factory=dict)
    """Settings named on the command line."""
    json: bool = False
    quiet: bool = False
    debug: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)
    """What is said of a thing as it is recorded: `tacit.logic.about.About`."""
    where: Mapping[str, Any] = field(default_factory=dict)
    """What restricts a search: `tacit.logic.about.Where`."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """The many options of one command, those that were given."""

    def with_options(self, given: Mapping[str, Any]) -> "Call":
        """This call with the global options of one more level of the command line; the later ones win."""
        flags = {name: given[name] for name in ("path", "namespace", "embedder", "reranker") if given.get(name)}
        return replace(
            self,
            flags={**self.flags, **flags},
            json=self.json or bool(given.get("json")),
            quiet=self.quiet or bool(given.get("quiet")),
            debug=self.debug or bool(given.get("debug")),
        )

    def settings(self, **more: Any) -> "Settings":
        """All settings, from wherever they come. Raises `ConfigurationError`."""
        from tacit.settings import load_settings

        return load_settings(**{**self.flags, **more})

    def path(self) -> Path:
        """The database file."""
        return self.settings().path

    def memory(
        self, *, models: bool = False, make: bool = False, dry_run: bool = False, worker: bool = False
    ) -> "Memory":
        """Open the memory, without a background `worker`: a command does its work and ends.

        Only commands that compare vectors open `models`; the others start sooner, and work whatever model is missing.
        Raises `NotFound` where there is no file, unless this command may `make` one; a dry run makes none either.
        """
        from tacit.opening import open_memory

        _silence()
        settings = self.settings()
        if not make and str(settings.path) != IN_MEMORY and not settings.path.exists():
            raise NotFound(
                f"no memory at {settings.path}",
                cause="there is no such file",
                remedy="run `tacit init`, or name another file with --db",
            )
        flags = {**self.flags, "worker": worker}
        if not models:
            flags |= {"embedder": "none", "reranker": "none"}
        path = flags.pop("path", None)
        if dry_run and not settings.path.exists():
            path = IN_MEMORY
        return open_memory(path, source="cli", **flags)


def _silence() -> None:
    """What the library logs would stand between the lines of --json; errors are rendered, jobs keep theirs."""
    import logging

    logger = logging.getLogger("tacit")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
