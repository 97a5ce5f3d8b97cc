"""The chat model of tests: what it says, and what it keeps."""

import pytest

from tacit.chat import Message, Reply
from tacit.errors import ModelError
from tacit.ports import ChatModel
from tacit.testing import ScriptedModel

QUESTION = [Message(role="system", text="Be brief."), Message(role="user", text="And?")]


def test_it_answers_in_order_and_then_no_more() -> None:
    cut_off = Reply(text="two", ended=False, tokens_read=3, tokens_written=1)
    model: ChatModel = ScriptedModel(["one", cut_off, ModelError("down", cause="so it was told", remedy="ask again")])
    assert model.reply(QUESTION) == Reply(text="one")
    assert model.reply(QUESTION) == cut_off
    with pytest.raises(ModelError, match="down"):
        model.reply(QUESTION)
    with pytest.raises(ModelError, match="3 replies, and this was question 4"):
        model.reply(QUESTION)


def test_it_keeps_what_it_was_asked() -> None:
    model = ScriptedModel(["one", "two"], "scripted:keeper")
    model.reply(QUESTION, schema={"type": "object"})
    model.reply(QUESTION[1:])
    assert model.asked == [QUESTION, QUESTION[1:]]
    assert model.schemas == [{"type": "object"}, None]
    assert model.name == "scripted:keeper"


def test_a_function_answers_by_what_was_asked() -> None:
    model = ScriptedModel(lambda messages: messages[-1].text.upper())
    assert [model.reply(QUESTION).text for _ in range(3)] == ["AND?"] * 3
