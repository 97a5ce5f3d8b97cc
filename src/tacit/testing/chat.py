"""A chat model for tests: it says what it was told to say, and keeps what it was asked.

Floor 6. Below: the nouns of a conversation.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tacit.chat import Message, Reply
from tacit.errors import ModelError

__all__ = ["ScriptedModel"]

Said = str | Reply | Exception


class ScriptedModel:
    """A `ports.ChatModel` that answers with the replies in order, or by a function. Thread-safe.

    An exception among the replies is raised in its turn. After the last reply it raises `ModelError`.

    >>> model = ScriptedModel(["Hello."])
    >>> model.reply([Message(role="user", text="Who is there?")]).text
    'Hello.'
    >>> [message.text for message in model.asked[0]]
    ['Who is there?']
    """

    def __init__(
        self, replies: Sequence[Said] | Callable[[Sequence[Message]], Said], name: str = "scripted:model"
    ) -> None:
        self.name = name
        self.asked: list[list[Message]] = []
        """The messages of each call, in the order in which they came."""
        self.schemas: list[Mapping[str, Any] | None] = []
        """The schema that each call asked the text to follow."""
        self._replies = replies if callable(replies) else list(replies)
        self._lock = threading.Lock()

    def reply(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, most_tokens: int = 4_000
    ) -> Reply:
        """The next reply, as it was written down: neither schema nor tokens change it. Raises `ModelError`."""
        del most_tokens
        with self._lock:
            place = len(self.asked)
            self.asked.append(list(messages))
            self.schemas.append(schema)
        said = self._said(place, messages)
        if isinstance(said, Exception):
            raise said
        return Reply(text=said) if isinstance(said, str) else said

    def _said(self, place: int, messages: Sequence[Message]) -> Said:
        if callable(self._replies):
            return self._replies(messages)
        if place < len(self._replies):
            return self._replies[place]
        raise ModelError(
            f"{self.name} did not answer",
            cause=f"the script has {len(self._replies)} replies, and this was question {place + 1}",
            remedy="give it as many replies as it is asked for",
        )
