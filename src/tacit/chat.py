"""What is said to a chat model, and what it answers.

Floor 0, next to `types`. A reply is data: nothing in it is an instruction to this program.
"""

from typing import Literal

from tacit.types import Value

__all__ = ["Message", "Reply"]


class Message(Value, frozen=True, kw_only=True):
    """One turn of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    text: str


class Reply(Value, frozen=True, kw_only=True):
    """What a model answered, whole."""

    text: str
    ended: bool = True
    """Whether the model came to its end; False: it was cut off at the most tokens that were allowed."""
    tokens_read: int = 0
    """Of the prompt, as the endpoint counts; 0: it did not say."""
    tokens_written: int = 0
