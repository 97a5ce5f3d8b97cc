"""What the chat model of a memory's owner answers, and what keeps it to its place: asked through the memory's own door.

The cuts stand here, beside their scenarios.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.cutting.harness import Cut, brings, opened
from tests.models.endpoint_server import Server, content, replied, running, status

from tacit import opening, settings
from tacit.chat import Message, Reply
from tacit.errors import ConfigurationError, ModelError
from tacit.models import asking, chat
from tacit.models.open import OpenedChat
from tacit.models.providers import ChatProvider
from tacit.ports import ChatModel

__all__ = ["CHATTING"]

KEY = "sk-very-secret"
SCHEMA = {"type": "object"}


def giving(value: Any) -> Callable[..., Any]:
    """A function that always gives the same."""
    return lambda *_, **__: value


CHATTING: dict[str, tuple[Cut, ...]] = {
    "chat model": (Cut(opening, "open_chat", giving(OpenedChat(None, ""))),),
    "chat settings of strangers": (Cut(settings, "PERSONAL", ()),),
    "hosts of keys": (Cut(ChatProvider, "is_own", giving(True)),),
    "keys in messages": (Cut(asking.Endpoint, "shown", lambda _, said: said),),
    "patience with endpoints": (Cut(asking, "PASSING", frozenset()),),
    "schemas in words": (Cut(chat, "REFUSING", frozenset()),),
    "bare replies": (Cut(chat, "_bare", lambda text, **_: text),),
    "replies that were cut off": (Cut(chat, "CUT_OFF", frozenset()),),
    "replies that were withheld": (Cut(chat, "WITHHELD", frozenset()),),
}


@contextmanager
def talking() -> Iterator[tuple[Server, Callable[..., Reply | str]]]:
    """A server, and who asks the model of a memory there; -> its reply, or what the error says."""
    with pytest.MonkeyPatch.context() as patch, running() as server:
        patch.setenv("TACIT_CHAT_URL", server.url)
        patch.setenv("OPENAI_API_KEY", KEY)
        with opened(chat="openai:m") as memory:
            yield server, lambda **more: said(memory.chat, **more)


def said(model: ChatModel | None, **more: Any) -> Reply | str:
    assert model is not None
    try:
        return model.reply([Message(role="user", text="one two three")], **more)
    except ModelError as error:
        return str(error)


@brings("chat model")
def the_model_that_the_owner_named_answers(folder: Path) -> None:
    with talking() as (_, ask):
        assert ask() == Reply(text="one two three", tokens_read=3, tokens_written=3)


@brings("chat settings of strangers")
def a_folder_names_no_model(folder: Path) -> None:
    (folder / "tacit.toml").write_text('chat = "ollama:m"\nchat_url = "http://elsewhere.example"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        try:
            with opened() as memory:
                assert memory.chat is None
        except ConfigurationError as error:
            assert "not in a folder's file" in str(error)


@brings("hosts of keys")
def a_provider_s_key_goes_to_its_own_host_alone(folder: Path) -> None:
    with talking() as (server, ask):
        ask()
        assert "Authorization" not in server.headers[0]


@brings("keys in messages")
def a_key_that_an_endpoint_repeats_is_not_told(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, talking() as (server, ask):
        patch.setenv("TACIT_CHAT_KEY", KEY)
        server.plan.append(status(400, f"bad key {KEY}".encode()))
        told = ask()
        assert isinstance(told, str)
        assert KEY not in told


@brings("patience with endpoints")
def a_busy_endpoint_is_asked_again(folder: Path) -> None:
    with talking() as (server, ask):
        server.plan.append(status(503))
        assert isinstance(ask(), Reply)


@brings("schemas in words")
def an_endpoint_that_knows_no_schemas_answers_all_the_same(folder: Path) -> None:
    with talking() as (server, ask):
        server.plan.extend([status(400, b"unknown field response_format"), status(200, replied("{}"))])
        assert ask(schema=SCHEMA) == Reply(text="{}", tokens_read=3, tokens_written=1)


@brings("bare replies")
def a_reply_comes_without_its_wrapping(folder: Path) -> None:
    with talking() as (server, ask):
        server.plan.append(status(200, replied("<think>Hm.</think>\n```json\n{}\n```")))
        reply = ask(schema=SCHEMA)
        assert isinstance(reply, Reply)
        assert reply.text == "{}"


@brings("replies that were cut off")
def half_a_reply_is_told_as_one(folder: Path) -> None:
    with talking() as (_, ask):
        reply = ask(most_tokens=2)
        assert isinstance(reply, Reply)
        assert not reply.ended


@brings("replies that were withheld")
def what_a_filter_left_is_no_reply(folder: Path) -> None:
    with talking() as (server, ask):
        server.plan.append(content(replied("half a", "content_filter").decode()))
        assert isinstance(ask(), str)
