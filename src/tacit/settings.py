"""Settings: flags > environment > .env > project file > user file > defaults -> one frozen value.

Floor 5. Read at the doors and by `tacit.open`, never on import. Few on purpose: what the system can tune by itself is
policy, not a setting.
"""

import json
import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tacit.errors import ConfigurationError

__all__ = ["Settings", "load_settings", "user_file"]

PROJECT_FILE = Path("tacit.toml")
PERSONAL = ("notify", "chat", "chat_url", "embedder_url")
"""What strangers' files must not say: which program is started, who is called."""
LOCAL = ("auto", "none", "onnx", "hashing")
"""Kinds of embedders that send no text anywhere: a folder's file may name these."""


def user_file() -> Path:
    """The file of the person, for all projects (XDG Base Directory)."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "tacit" / "tacit.toml"


class Settings(BaseSettings):
    """Every setting, with its meaning. In the environment the names are upper case, after `TACIT_`."""

    model_config = SettingsConfigDict(
        env_prefix="TACIT_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    path: Path = Field(Path("tacit.db"), description="The database file; `:memory:` keeps everything in this process.")
    namespace: str = Field("default", description="Where to record and recall, such as acme/support-bot.")
    embedder: str = Field(
        "auto",
        description="`auto` (the local model if it is installed), `onnx:MODEL`, `hashing:384`, `openai:MODEL`, "
        "`ollama:MODEL`, or `none` for words alone. A folder's files may say one that runs here.",
    )
    embedder_url: str | None = Field(
        None, description="Base URL of an OpenAI-compatible or Ollama endpoint. Not to be said in a folder's files."
    )
    reranker: str = Field(
        "sessions",
        description="A second, slower look: `sessions` (at the best conversations, where these are asked for), `auto`"
        " or `onnx:MODEL` (at the best items of every recall, too), or `none`.",
    )
    chat: str = Field(
        "none",
        description="Whom `tacit improve` may ask for ideas: `openai:MODEL`, `groq:MODEL`, `openrouter:MODEL`, "
        "`google:MODEL`, `ollama:MODEL`, `lmstudio:MODEL`, or `none`. Not to be said in a folder's files.",
    )
    chat_url: str | None = Field(
        None, description="Base URL of another OpenAI-compatible endpoint. Not to be said in a folder's files."
    )
    models: Path | None = Field(None, description="Folder of model files; the user's cache folder by default.")
    sandbox: str = Field(
        "auto", description="What holds the programs of trials: `auto`, `container`, `bwrap`, `process` or `none`."
    )
    notify: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Whom to tell of critical bottlenecks and of what was taken back: `log`, an http(s) URL, a "
        "command; one, or a list. Not to be said in a folder's files.",
    )
    worker: bool = Field(True, description="Embed in a background thread of this process.")

    @field_validator("notify", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """The environment says one target, or a list in JSON."""
        if isinstance(given, str):
            return json.loads(given) if given.lstrip().startswith("[") else [given] if given.strip() else []
        return given

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order of precedence."""
        del file_secret_settings
        project = TomlConfigSettingsSource(settings_cls, toml_file=PROJECT_FILE)
        user = TomlConfigSettingsSource(settings_cls, toml_file=user_file())
        return init_settings, env_settings, _Folder(dotenv_settings), _Folder(project), user


class _Folder(PydanticBaseSettingsSource):
    """A source that lies in the folder at hand, where strangers may have put it: it starts no program, calls nobody."""

    def __init__(self, inner: PydanticBaseSettingsSource) -> None:
        super().__init__(inner.settings_cls)
        self._inner = inner

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """As the source has it."""
        return self._inner.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        """What the source says. Raises `ValueError`."""
        found = self._inner()
        sends = str(found.get("embedder", "none")).partition(":")[0] not in LOCAL
        for name in (*PERSONAL, "embedder") if sends else PERSONAL:
            if name in found:
                said = f"TACIT_{name.upper()} or in {user_file()}"
                raise ValueError(f"{name} is said in {said}, not in a folder's file")
        return found


def load_settings(**flags: Any) -> Settings:
    """Read the settings; a flag of None counts as not given. Raises `ConfigurationError`."""
    given = {name: value for name, value in flags.items() if value is not None}
    unknown = sorted(set(given) - set(Settings.model_fields))
    if unknown:
        known = ", ".join(Settings.model_fields)
        raise ConfigurationError(f"unknown setting {unknown[0]!r}", cause="there is none", remedy=f"use one of {known}")
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(
            f"the setting {'.'.join(map(str, first['loc']))} cannot be used",
            cause=str(first["msg"]),
            remedy="correct it where it is set: flag, environment, .env, tacit.toml or the user's file",
        ) from error
    except (ValueError, OSError) as error:
        raise ConfigurationError(
            "the settings cannot be read", cause=str(error)[:300], remedy="correct tacit.toml, .env or the user's file"
        ) from error
