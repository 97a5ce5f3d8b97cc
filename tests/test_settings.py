"""Settings: the nearer source wins, and what cannot be used says where to mend it."""

from pathlib import Path
from typing import Any

import pytest

import tacit
from tacit.errors import ConfigurationError, InvalidInput
from tacit.settings import Settings, load_settings, user_file
from tacit.testing import ScriptedModel

SOURCES = ["defaults", "user file", "project file", ".env", "environment", "flags"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder and a home of its own for each test."""
    (tmp_path / "project").mkdir()
    (tmp_path / "config" / "tacit").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TACIT_{name.upper()}", raising=False)
    return tmp_path


@pytest.mark.parametrize("nearest", range(len(SOURCES)), ids=SOURCES)
def test_the_nearest_source_that_says_something_wins(nearest: int, home: Path, monkeypatch: pytest.MonkeyPatch):
    flags = {}
    if nearest >= 1:
        user_file().write_text('namespace = "of/user-file"\nembedder = "hashing:8"\n')
    if nearest >= 2:
        Path("tacit.toml").write_text('namespace = "of/project-file"\n')
    if nearest >= 3:
        Path(".env").write_text("TACIT_NAMESPACE=of/dotenv\n")
    if nearest >= 4:
        monkeypatch.setenv("TACIT_NAMESPACE", "of/environment")
    if nearest >= 5:
        flags["namespace"] = "of/flags"
    said = ["default", "of/user-file", "of/project-file", "of/dotenv", "of/environment", "of/flags"]
    found = load_settings(**flags)
    assert found.namespace == said[nearest]
    assert found.embedder == ("hashing:8" if nearest else "auto"), (
        "what a nearer source leaves open, a farther one says"
    )


def test_a_flag_of_none_is_not_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TACIT_PATH", "elsewhere.db")
    assert load_settings(path=None).path == Path("elsewhere.db")


def test_the_defaults_need_nothing():
    assert load_settings() == Settings(
        path=Path("tacit.db"), namespace="default", embedder="auto", reranker="sessions", worker=True
    )
    assert list(Path().iterdir()) == [], "and make nothing"


def test_settings_do_not_change_once_read():
    with pytest.raises(ValueError, match="frozen"):
        load_settings().namespace = "other"


def test_memories_open_where_the_settings_say(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TACIT_EMBEDDER", "none")
    Path("tacit.toml").write_text('path = "here.db"\nnamespace = "acme/bot"\nworker = false\n')
    with tacit.open() as memory:
        assert (memory.namespace, memory.embedder) == ("acme/bot", None)
    assert Path("here.db").is_file()


@pytest.mark.parametrize(
    ("source", "text", "told"),
    [
        ("tacit.toml", "namespace = [broken", "tacit.toml"),
        ("tacit.toml", "worker = 'sometimes'", "worker"),
        ("tacit.toml", "namespace = 7", "namespace"),
        (".env", "TACIT_WORKER=sometimes", "worker"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(source: str, text: str, told: str):
    Path(source).write_text(text)
    with pytest.raises(ConfigurationError, match=told):
        load_settings()


def test_an_unknown_flag_is_refused_by_name_and_a_strange_line_in_a_file_is_passed_over():
    with pytest.raises(ConfigurationError, match="unknown setting 'embeder'"):
        load_settings(embeder="none")
    Path("tacit.toml").write_text('some_later_setting = "x"\n')
    assert load_settings().namespace == "default"


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        ({"namespace": "../other"}, InvalidInput),
        ({"namespace": "x') OR '1'='1"}, InvalidInput),
        ({"embedder": "dragon:7"}, ConfigurationError),
        ({"embedder": "hashing:3"}, InvalidInput),
        ({"reranker": "dragon"}, ConfigurationError),
        ({"chat": "dragon:7"}, ConfigurationError),
        ({"chat": 7}, ConfigurationError),
        ({"chat": object()}, ConfigurationError),
        ({"chat": "ollama:m", "chat_url": "file:///etc/passwd"}, ConfigurationError),
    ],
)
def test_settings_that_name_nothing_are_refused_before_a_file_is_made(flags: dict[str, Any], error: type[Exception]):
    with pytest.raises(error):
        tacit.open("a.db", **{"embedder": "none", "worker": False, **flags})
    assert not Path("a.db").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("chat", "ollama:m"),
        ("chat_url", "http://elsewhere.example"),
        ("notify", "log"),
        ("embedder", "openai:m"),
        ("embedder_url", "http://elsewhere.example"),
    ],
)
def test_a_folder_that_strangers_may_have_filled_calls_nobody(name: str, value: str):
    user_file().write_text(f'{name} = "{value}"\n')
    assert getattr(load_settings(), name) in (value, (value,))
    Path("tacit.toml").write_text(f'{name} = "{value}"\n')
    with pytest.raises(ConfigurationError, match=f"{name} is said in TACIT_{name.upper()}"):
        load_settings()
    Path("tacit.toml").unlink()
    Path(".env").write_text(f"TACIT_{name.upper()}={value}\n")
    with pytest.raises(ConfigurationError, match="not in a folder's file"):
        tacit.open("a.db", worker=False)
    assert not Path("a.db").exists()


@pytest.mark.parametrize("name", ["auto", "none", "hashing:64", "onnx:mine"])
def test_a_folder_may_name_an_embedder_that_sends_nothing_anywhere(name: str):
    Path("tacit.toml").write_text(f'embedder = "{name}"\n')
    assert load_settings().embedder == name


def test_a_memory_has_the_chat_model_that_its_owner_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TACIT_CHAT_URL", "http://localhost:9/v1")
    with tacit.open("a.db", embedder="none", worker=False) as memory:
        assert memory.chat is None
    with tacit.open("a.db", embedder="none", worker=False, chat="openai:mine") as memory:
        assert memory.chat is not None
        assert repr(memory.chat) == "EndpointChat('openai:mine', url='http://localhost:9/v1/chat/completions')"
        assert memory.chat is memory.chat
    monkeypatch.setenv("TACIT_CHAT", "groq:m")
    own = ScriptedModel([])
    with tacit.open("a.db", embedder="none", worker=False, chat=own) as memory:
        assert memory.chat is own


def test_a_key_that_is_missing_is_told_to_who_asks_the_model_and_keeps_no_memory_shut():
    Path(".env").write_text("TACIT_CHAT_KEY=from-a-folder\n")
    with tacit.open("a.db", embedder="none", worker=False, chat="groq:m") as memory:
        memory.record_fact("the port is 9090")
        with pytest.raises(ConfigurationError, match="neither GROQ_API_KEY nor TACIT_CHAT_KEY is set"):
            _ = memory.chat
