"""What every chat model promises, as tests that anyone can inherit.

Floor 6. A subclass gives a model by a fixture:

    class TestMine(ChatContract):
        @pytest.fixture
        def model(self):
            return MyModel()

The promises are about the protocol: nothing here needs a clever model.
"""
# ruff: noqa: S101 - these are tests: they assert

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tacit.chat import Message, Reply
from tacit.errors import InvalidInput
from tacit.ports import ChatModel

__all__ = ["ChatContract"]

QUESTION = (
    Message(role="system", text="You answer in few words."),
    Message(role="user", text="Say a colour and a number, as JSON."),
)
SCHEMA = {
    "type": "object",
    "properties": {"colour": {"type": "string", "maxLength": 20}, "number": {"type": "integer", "maximum": 9}},
    "required": ["colour", "number"],
    "additionalProperties": False,
}


class ChatContract:
    """Inherit, give a fixture `model`, and run pytest."""

    holds_to_schemas = True
    """Whether a schema is more than a wish to it."""

    def test_has_a_name_that_says_provider_and_model(self, model: ChatModel) -> None:
        """The ledger keeps it beside what the model proposed."""
        provider, colon, name = model.name.partition(":")
        assert colon
        assert provider
        assert name

    def test_replies_with_text_and_says_what_it_cost(self, model: ChatModel) -> None:
        """Counts are 0 where the model does not say."""
        reply = model.reply(QUESTION, most_tokens=50)
        assert isinstance(reply, Reply)
        assert reply.text.strip()
        assert reply.tokens_read >= 0
        assert 0 <= reply.tokens_written <= 50

    def test_says_when_it_was_cut_off(self, model: ChatModel) -> None:
        """A patch that lacks its end must not be tried."""
        reply = model.reply(QUESTION, most_tokens=2)
        assert not reply.ended
        assert reply.tokens_written <= 2

    def test_follows_a_schema(self, model: ChatModel) -> None:
        """As JSON and nothing else; where it cannot be held to one, some text comes all the same."""
        reply = model.reply(QUESTION, schema=SCHEMA, most_tokens=100)
        assert reply.ended
        if self.holds_to_schemas:
            found = json.loads(reply.text)
            assert set(found) == {"colour", "number"}
            assert isinstance(found["colour"], str)
            assert isinstance(found["number"], int)

    def test_takes_up_a_conversation(self, model: ChatModel) -> None:
        """With turns of its own in it, and any script in its texts."""
        turns = (Message(role="assistant", text="Größe: 7 🙂"), Message(role="user", text="もう一度"))
        assert model.reply([*QUESTION, *turns], most_tokens=20).text.strip()

    def test_answers_several_threads(self, model: ChatModel) -> None:
        """Trials may run side by side."""
        with ThreadPoolExecutor(3) as pool:
            replies = list(pool.map(lambda _: model.reply(QUESTION, most_tokens=5), range(3)))
        assert all(reply.text.strip() for reply in replies)

    def test_refuses_what_is_no_question(self, model: ChatModel) -> None:
        """Before anything is paid for."""
        with pytest.raises(InvalidInput):
            model.reply([])
        with pytest.raises(InvalidInput):
            model.reply(QUESTION, most_tokens=0)
