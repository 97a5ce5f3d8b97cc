"""`tacit config show`: each setting, its value, and where it came from."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.options import command, group
from tacit.doors.cli.output import emit, one_line

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["app"]

app = typer.Typer(help="See the settings.")

PASSWORD = re.compile(r"(?<=//)[^/@\s]+@|(?<=[?&])[^&=\s]*(?:key|token|secret)[^&=\s]*=[^&\s]+", re.IGNORECASE)


@group(app)
def config(call: Call) -> None:
    """See the settings: flag > environment > .env > tacit.toml here > the user's tacit.toml > default."""


@command(app, "show")
def show(call: Call) -> None:
    """Each setting, its value, and where it came from. Secrets are never printed, only whether they are set."""
    settings = call.settings()
    origins = dict(_origins(call.flags))
    shown = {
        name: {"value": hidden(getattr(settings, name)), "from": origins.get(name, "default")}
        for name in type(settings).model_fields
    }
    secrets = {name: "set" if os.environ.get(name) else "not set" for name in _keys()}
    emit(call, {"settings": shown, "secrets": secrets}, lambda out: _show(out, shown, secrets))


def hidden(value: Any) -> Any:
    """A setting without the password that a URL may carry."""
    if isinstance(value, tuple):
        return [named(one) for one in value]
    text = str(value) if isinstance(value, str | Path) else value
    return PASSWORD.sub("***@", text) if isinstance(text, str) else text


def named(target: str) -> str:
    """A target of `notify` without what may be secret: the path of an address, the arguments of a command."""
    head, mark, rest = target.partition("://")
    host, _, secret = rest.partition("/") if mark else (head.partition(" ")[0], "", head.partition(" ")[2])
    return f"{head}://{host}" + ("/***" if secret else "") if mark else host + (" ***" if secret else "")


def _keys() -> list[str]:
    """Variables that the environment may hold and nobody may see."""
    from tacit.models.providers import CHAT_KEY, CHAT_PROVIDERS

    own = [provider.key for provider in CHAT_PROVIDERS.values() if provider.key]
    return ["TACIT_EMBEDDER_KEY", CHAT_KEY, *own]


def _origins(flags: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(setting, where it came from), the weakest first: put into a dict, the strongest stays."""
    from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource, TomlConfigSettingsSource

    from tacit.settings import PROJECT_FILE, Settings, user_file

    for file in (user_file(), PROJECT_FILE):
        for name in TomlConfigSettingsSource(Settings, toml_file=file)():
            yield name, str(file)
    for name in DotEnvSettingsSource(Settings)():
        yield name, ".env"
    for name in EnvSettingsSource(Settings)():
        yield name, f"environment (TACIT_{name.upper()})"
    for name in flags:
        yield name, "flag" if name != "path" else "flag (--db)"


def _show(out: "Console", shown: Mapping[str, Mapping[str, Any]], secrets: Mapping[str, str]) -> None:
    from tacit.doors.cli.tables import table

    made = table("setting", "value", "from", fixed=("setting",))
    for name, one in shown.items():
        value = "" if one["value"] is None else one["value"]
        made.add_row(name, one_line(str(value), 200), one_line(str(one["from"]), 200))
    for name, state in secrets.items():
        made.add_row(name, f"({state})", "environment" if state == "set" else "")
    out.print(made)
