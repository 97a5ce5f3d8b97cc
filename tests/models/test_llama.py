"""The chat client against a language model: llama.cpp's server, which we did not write. It shows that the protocol is
spoken, not that a model of 135 million parameters is clever."""

import json
from collections.abc import Iterator

import pytest
from tests.models.llama import KEY, absent, serving

import tacit
from tacit.chat import Message
from tacit.errors import ModelError
from tacit.models.open import OpenOptions, open_chat
from tacit.ports import ChatModel
from tacit.testing.chat_contract import QUESTION, SCHEMA, ChatContract


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if reason := absent():
        pytest.skip(f"no language model: {reason}")
    with serving() as address:
        yield address


def opened(url: str, key: str = KEY) -> ChatModel:
    model = open_chat("lmstudio:smollm2", OpenOptions(url=url), environment={"TACIT_CHAT_KEY": key}).model
    assert model is not None
    return model


class TestLlama(ChatContract):
    @pytest.fixture
    def model(self, url: str) -> ChatModel:
        return opened(url)


def test_it_counts_what_it_read_and_wrote(url: str) -> None:
    short = opened(url).reply(QUESTION, schema=SCHEMA, most_tokens=100)
    long = opened(url).reply([*QUESTION[:1], Message(role="user", text="Say a colour. " * 20)], most_tokens=5)
    assert (short.ended, long.ended) == (True, False)
    assert 0 < short.tokens_read < long.tokens_read
    assert 5 < short.tokens_written <= 100
    assert long.tokens_written == 5


def test_a_schema_that_it_cannot_hold_to_is_told_it_in_words(url: str) -> None:
    assert opened(url).reply(QUESTION, schema={"type": "nonsense"}, most_tokens=10).text.strip()


def test_what_is_longer_than_its_context_is_a_model_error_in_its_words(url: str) -> None:
    with pytest.raises(ModelError, match=r"status 400: .*context"):
        opened(url).reply([Message(role="user", text="word " * 2_000)], schema=SCHEMA)


def test_a_wrong_key_is_told_and_not_shown(url: str) -> None:
    with pytest.raises(ModelError, match="did not accept the key") as caught:
        opened(url, "another-key").reply(QUESTION)
    assert "another-key" not in str(caught.value)


def test_a_memory_asks_it_by_its_settings_alone(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TACIT_CHAT", "openai:smollm2")
    monkeypatch.setenv("TACIT_CHAT_URL", url)
    monkeypatch.setenv("TACIT_CHAT_KEY", KEY)
    with tacit.open(":memory:", embedder="none", worker=False) as memory:
        assert memory.chat is not None
        assert memory.chat.name == "openai:smollm2"
        found = json.loads(memory.chat.reply(QUESTION, schema=SCHEMA, most_tokens=100).text)
    assert sorted(found) == ["colour", "number"]
