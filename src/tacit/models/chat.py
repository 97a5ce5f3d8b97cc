"""The chat model behind a URL: anything that speaks OpenAI's `/v1/chat/completions`.

Floor 3. Below: asking. Above: `open`.

Nothing is sent before the first reply is asked for, and then only the messages. What comes back is text, whatever it
says: it is checked for its shape here and never acted on. The key appears in no message.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tacit.chat import Message, Reply
from tacit.errors import InvalidInput, TooLarge
from tacit.models.addresses import checked_base, usable_key
from tacit.models.asking import Answer, Endpoint, Patience
from tacit.models.providers import CHAT_KEY

__all__ = ["EndpointChat"]

PATIENCE = Patience(timeout=600.0, again_after_silence=False)
"""A reply comes in one piece: 4,000 tokens at 7 a second, on a slow machine, are almost ten minutes of silence. What
was not answered within them would not be the second time either, and may be paid for twice."""
REPLY_BYTES = 16 << 20
MOST_CHARACTERS = 1_000_000
"""Of all messages: more is a mistake, and would be paid for."""
MOST_TOKENS = 1_000_000
REFUSING = frozenset({400, 422})
"""Statuses with which an endpoint says that it does not know a field of the request, or cannot do it."""
CUT_OFF = frozenset({"length", "max_tokens", "model_length"})
WITHHELD = frozenset({"content_filter", "error"})
PLAINLY = "Answer with one JSON value that follows this JSON Schema, and with nothing else:\n"


class EndpointChat:
    """A conversation so far -> the next turn, by a server. Thread-safe.

    A schema goes along as `response_format`. An endpoint that refuses it is asked once more without, the schema told in
    words: `json_object` would say nothing of the schema, and some refuse that, too.
    """

    def __init__(
        self,
        name: str,
        *,
        url: str,
        key: str = "",
        limit: str = "max_tokens",
        patience: Patience = PATIENCE,
    ) -> None:
        """`name`: provider and model, `url`: the base URL, `limit`: what the most tokens are called there.

        Raises `ConfigurationError`."""
        self.name = name
        self.address = _address(url)
        self._model = name.partition(":")[2].strip()
        self._limit = limit
        self._plain = False
        self._endpoint = Endpoint(
            self.address,
            key=usable_key(key, f"set {CHAT_KEY}, or the provider's own variable, again, to the key alone"),
            failure=f"{name} at {self.address} did not answer",
            remedy=f"check that the endpoint runs, has this model, and that {CHAT_KEY} is its key",
            most=REPLY_BYTES,
            patience=patience,
        )

    def __repr__(self) -> str:
        return f"EndpointChat({self.name!r}, url={self.address!r})"

    def reply(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, most_tokens: int = 4_000
    ) -> Reply:
        """The model's answer. With a `schema`, a fence around it is taken off; whether it follows is for you to check.

        Raises `ModelError`: it did not answer, or withheld its answer; `InvalidInput` for what no model can be asked.
        """
        _check_tokens(most_tokens)
        said, form = _said(messages), None if schema is None else _form(schema)
        plain, limit = self._plain, self._limit
        answer = self._asked(said, form, most_tokens, plain=plain)
        if answer.status in REFUSING and limit == "max_tokens" and "max_completion_tokens" in answer.cause:
            self._limit = "max_completion_tokens"
            answer = self._asked(said, form, most_tokens, plain=plain)
        if answer.status in REFUSING and form is not None and not plain:
            answer = self._asked(said, form, most_tokens, plain=True)
            self._plain = not answer.cause  # else it was something else that it refused
        return self._read(self._endpoint.taken(answer), fenced=form is not None)

    def _asked(
        self, said: list[dict[str, str]], form: dict[str, Any] | None, most_tokens: int, *, plain: bool
    ) -> Answer:
        body: dict[str, Any] = {"model": self._model, "messages": said, self._limit: most_tokens}
        if form is not None and plain:
            told = PLAINLY + msgspec.json.encode(form["schema"]).decode()
            body["messages"] = [*said[:-1], {**said[-1], "content": f"{said[-1]['content']}\n\n{told}"}]
        elif form is not None:
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        return self._endpoint.answer(msgspec.json.encode(body))

    def _read(self, content: bytes, *, fenced: bool) -> Reply:
        try:
            sent = msgspec.json.decode(content, type=_Sent)
        except (msgspec.DecodeError, RecursionError) as error:
            raise self._endpoint.failed(f"its reply is not what OpenAI-compatible endpoints send: {error}") from error
        if not sent.choices:
            why = f": {self._shown(sent.error)}" if sent.error else ""
            raise self._endpoint.failed(f"it sent no reply{why}")
        choice = sent.choices[0]
        reason = (choice.finish_reason or "").lower()
        text, cut_off = _bare(choice.message.content or "", fenced=fenced), reason in CUT_OFF
        if choice.message.refusal:
            raise self._endpoint.failed(f"the model declined: {self._shown(choice.message.refusal)}")
        if reason in WITHHELD or not (text.strip() or cut_off):
            raise self._endpoint.failed(f"it sent no text (finish_reason: {self._shown(reason) or 'none'})")
        return Reply(
            text=text,
            ended=not cut_off,
            tokens_read=_count(sent.usage, "prompt_tokens"),
            tokens_written=_count(sent.usage, "completion_tokens"),
        )

    def _shown(self, value: Any) -> str:
        """What it says of an error: a text, or an object with one."""
        message = value.get("message", value) if isinstance(value, dict) else value
        return self._endpoint.shown(str(message)[:2_000])


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Sent(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: Any = None
    """A reply is not lost for an odd account of it."""
    error: Any = None
    """Some send errors with the status of a success."""


def _check_tokens(most: int) -> None:
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MOST_TOKENS:
        raise InvalidInput(
            "most_tokens is out of bounds", cause=ascii(most)[:40], remedy=f"pass a number from 1 to {MOST_TOKENS}"
        )


def _said(messages: Sequence[Message]) -> list[dict[str, str]]:
    """The messages as they are sent. Raises `InvalidInput`."""
    usable = isinstance(messages, Sequence) and bool(messages)
    if not usable or not all(isinstance(one, Message) and isinstance(one.text, str) for one in messages):
        raise InvalidInput(
            "these are no messages", cause=ascii(messages)[:80], remedy="pass one or more of tacit.chat.Message"
        )
    characters = sum(len(one.text) for one in messages)
    if characters > MOST_CHARACTERS:
        raise TooLarge(
            "the messages are too long", cause=f"{characters} characters", remedy=f"send at most {MOST_CHARACTERS}"
        )
    return [
        {"role": one.role, "content": one.text.encode("utf-8", "replace").decode("utf-8")}  # no lone surrogates
        for one in messages
    ]


def _form(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What `response_format` says of a schema. Raises `InvalidInput`."""
    try:
        if not isinstance(schema, Mapping):
            raise TypeError("it is no mapping")
        form = {"name": "reply", "strict": _is_strict(schema), "schema": dict(schema)}
        msgspec.json.encode(form)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            "the schema cannot be sent", cause=str(error)[:200], remedy="pass a JSON Schema, as a mapping"
        ) from None
    return form


def _is_strict(schema: Any) -> bool:
    """Whether OpenAI's strict mode takes it: each object names all of its keys as required, and allows no others."""
    if isinstance(schema, Mapping):
        if schema.get("type") == "object" or "properties" in schema:
            keys = set(schema.get("properties") or ())
            if schema.get("additionalProperties") is not False or set(schema.get("required") or ()) != keys:
                return False
        return all(_is_strict(one) for one in schema.values())
    return not isinstance(schema, list) or all(_is_strict(one) for one in schema)


def _bare(text: str, *, fenced: bool) -> str:
    """The answer without the thinking before it that some endpoints leave in; without a fence around it, if `fenced`.

    >>> _bare("<think>Hm.</think>\\n```json\\n{}\\n```", fenced=True)
    '{}'
    """
    if text.lstrip().startswith("<think>"):
        _, end, rest = text.partition("</think>")
        text = rest.lstrip() if end else text
    inner = text.strip()
    if not (fenced and inner.startswith("```") and inner.endswith("```") and len(inner) > 6):
        return text
    language, _, rest = inner[3:-3].partition("\n")
    return rest.strip() if language.strip().isalnum() or not language.strip() else inner[3:-3].strip()


def _count(usage: Any, name: str) -> int:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _address(url: str) -> str:
    """The address to post to, from a base URL. Raises `ConfigurationError`."""
    base = checked_base(url, of="the chat model", setting="TACIT_CHAT_URL", key=CHAT_KEY)
    base = base if urlsplit(base).path else f"{base}/v1"
    return base if base.endswith("/chat/completions") else f"{base}/chat/completions"
