"""The chat model behind a URL, against a real server on this machine: healthy, failing, and lying."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from tests.models.endpoint_server import Answer, Server, content, hang_up, replied, running, silence, status

from tacit.chat import Message, Reply
from tacit.errors import ConfigurationError, InvalidInput, ModelError, TooLarge
from tacit.models.asking import Patience
from tacit.models.chat import MOST_CHARACTERS, REPLY_BYTES, EndpointChat
from tacit.models.open import OpenOptions, open_chat
from tacit.models.providers import CHAT_PROVIDERS
from tacit.testing.chat_contract import ChatContract

QUICK = Patience(timeout=10.0, backoff=0.001)
KEY = "sk-very/secret-0123456789"
QUESTION = [Message(role="system", text="Be brief."), Message(role="user", text="one two three four")]
SCHEMA = {"type": "object", "properties": {"said": {"type": "string"}}, "required": ["said"]}


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as server:
        yield server


def made(server: Server, *, key: str = KEY, patience: Patience = QUICK, limit: str = "max_tokens") -> EndpointChat:
    return EndpointChat("openai:test-model", url=server.url, key=key, patience=patience, limit=limit)


class TestChat(ChatContract):
    holds_to_schemas = False

    @pytest.fixture
    def model(self, server: Server) -> EndpointChat:
        return made(server)


def test_the_messages_go_as_they_are_and_the_reply_comes_with_its_tokens(server: Server) -> None:
    assert made(server).reply(QUESTION, most_tokens=7) == Reply(
        text="one two three four", tokens_read=4, tokens_written=4
    )
    assert server.requests == [
        {
            "model": "test-model",
            "max_tokens": 7,
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "one two three four"}],
        }
    ]


def test_nothing_is_sent_before_a_reply_is_asked_for(server: Server) -> None:
    opened = open_chat("ollama:test-model", OpenOptions(url=server.url), environment={})
    assert opened.model is not None
    assert server.requests == []
    assert opened.model.reply(QUESTION).ended
    assert len(server.requests) == 1


def test_a_reply_that_was_cut_off_says_so(server: Server) -> None:
    assert made(server).reply(QUESTION, most_tokens=2) == Reply(
        text="one two", ended=False, tokens_read=4, tokens_written=2
    )
    server.plan.append(status(200, replied(None, "length")))  # all of them spent on thinking
    assert made(server).reply(QUESTION) == Reply(text="", ended=False, tokens_read=3)


def test_a_schema_goes_along_as_response_format(server: Server) -> None:
    strict = {**SCHEMA, "additionalProperties": False}
    for schema in (SCHEMA, strict):
        assert json.loads(made(server).reply(QUESTION, schema=schema).text) == {"said": "one two three four"}
    assert [request["response_format"] for request in server.requests] == [
        {"type": "json_schema", "json_schema": {"name": "reply", "strict": False, "schema": SCHEMA}},
        {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": strict}},
    ]


@pytest.mark.parametrize("code", [400, 422])
def test_an_endpoint_that_refuses_a_schema_is_told_it_in_words_and_from_then_on(server: Server, code: int) -> None:
    server.plan.append(status(code, b"This model does not support response format `json_schema`."))
    server.plan.append(status(200, replied('```json\n{"said": "yes"}\n```')))
    model = made(server)
    assert model.reply(QUESTION, schema=SCHEMA).text == '{"said": "yes"}'
    model.reply(QUESTION, schema=SCHEMA)
    assert ["response_format" in request for request in server.requests] == [True, False, False]
    for request in server.requests[1:]:
        assert request["messages"][0] == {"role": "system", "content": "Be brief."}
        assert request["messages"][1]["content"].startswith("one two three four\n\nAnswer with one JSON value")
        assert json.loads(request["messages"][1]["content"].splitlines()[-1]) == SCHEMA


def test_a_refusal_of_something_else_is_reported_and_the_schema_sent_again(server: Server) -> None:
    server.plan.extend([status(400, b"the context is too long")] * 2)
    model = made(server)
    with pytest.raises(ModelError, match="the context is too long"):
        model.reply(QUESTION, schema=SCHEMA)
    model.reply(QUESTION, schema=SCHEMA)
    assert ["response_format" in request for request in server.requests] == [True, False, True]


def test_without_a_schema_a_refusal_is_final(server: Server) -> None:
    server.plan.append(status(400, b"no such model"))
    with pytest.raises(ModelError, match="status 400: no such model"):
        made(server).reply(QUESTION)
    assert len(server.requests) == 1


def test_a_model_that_calls_the_most_tokens_otherwise_is_asked_that_way_from_then_on(server: Server) -> None:
    said = b"Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
    server.plan.append(status(400, said))
    model = made(server)
    for _ in range(2):
        assert model.reply(QUESTION, most_tokens=9).ended
    assert [request.get("max_completion_tokens") for request in server.requests] == [None, 9, 9]
    assert [request.get("max_tokens") for request in server.requests] == [9, None, None]
    assert made(server, limit="max_completion_tokens").reply(QUESTION, most_tokens=2).ended is False


def test_thinking_that_was_left_in_is_no_part_of_the_answer(server: Server) -> None:
    texts = ["<think>\nHm, {}?\n</think>\n\nyes", "<think>never ended", "a <think>b</think>", "```\nx\n```"]
    server.plan.extend(status(200, replied(text)) for text in texts)
    assert [made(server).reply(QUESTION).text for _ in texts] == ["yes", *texts[1:]]


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('\n```\n{"a": 1}\n\n```\n', '{"a": 1}'),
        ('```{"a": 1}```', '{"a": 1}'),
        ('<think>Hm.</think>```json\n{"a": "```"}\n```', '{"a": "```"}'),
        ('Here it is: ```{"a": 1}```', 'Here it is: ```{"a": 1}```'),
        ("``````", "``````"),
        ('{"a": 1}', '{"a": 1}'),
    ],
)
def test_a_fence_around_what_follows_a_schema_is_taken_off(server: Server, sent: str, text: str) -> None:
    server.plan.append(status(200, replied(sent)))
    assert made(server).reply(QUESTION, schema=SCHEMA).text == text


@pytest.mark.parametrize(
    "fault", [status(500), status(503, b"loading the model"), status(429, Retry_After="0"), status(408), hang_up]
)
def test_a_passing_fault_is_tried_again(server: Server, fault: Answer) -> None:
    server.plan.extend([fault, fault])
    assert made(server).reply(QUESTION).text == "one two three four"
    assert len(server.requests) == 3


@pytest.mark.parametrize(("fault", "said"), [(status(500, b"out of memory"), "out of memory"), (hang_up, "bytes")])
def test_a_fault_that_stays_is_a_model_error_after_three_attempts(server: Server, fault: Answer, said: str) -> None:
    server.plan.extend([fault] * 9)
    with pytest.raises(ModelError, match=said):
        made(server).reply(QUESTION)
    assert len(server.requests) == 3


SHAPE = "not what OpenAI-compatible endpoints send"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (status(401, b"bad key"), "did not accept the key"),
        (status(403, b"no"), "did not accept the key"),
        (status(402, b'{"error": {"message": "no credits"}}'), "no credits"),
        (status(404, b"model not found, try pulling it first"), "try pulling it"),
        (status(429, Retry_After="3600"), "status 429"),
        (status(307, Location="http://localhost:9/v1/chat/completions"), "status 307"),
        (status(302, Location="http://localhost:9/v1/chat/completions"), "status 302"),
        (status(204), SHAPE),
        (content("<html>It works!</html>"), SHAPE),
        (content('{"choices": [{"message": {"content": "half a repl'), SHAPE),
        (content("[]"), SHAPE),
        (content('{"choices": {"0": {}}}'), SHAPE),
        (content('{"choices": [{"text": "the older protocol"}]}'), SHAPE),
        (content('{"choices": [{"message": {"content": 7}}]}'), SHAPE),
        (content('{"choices": [{"message": {"content": [{"type": "text", "text": "parts"}]}}]}'), SHAPE),
        (content('{"choices": [{"message": {"content": "\\ud800"}}]}'), SHAPE),
        (content('{"more": ' + "[" * 100_000), SHAPE),
        (content("{}"), "it sent no reply"),
        (content('{"choices": []}'), "it sent no reply"),
        (content('{"choices": null, "error": {"code": 502, "message": "the model is down"}}'), "the model is down"),
        (content('{"error": "the model is down"}'), "the model is down"),
        (status(200, replied(None)), r"no text \(finish_reason: stop\)"),
        (status(200, replied("")), "no text"),
        (status(200, replied(" \n", None)), r"no text \(finish_reason: none\)"),
        (status(200, replied(None, "tool_calls", tool_calls=[{}])), "finish_reason: tool_calls"),
        (status(200, replied("half a sen", "content_filter")), "finish_reason: content_filter"),
        (status(200, replied("half a sen", "error")), "finish_reason: error"),
        (status(200, replied(None, refusal="I cannot help with that.")), "declined: I cannot help"),
        (status(200, replied("<think>only thinking</think>")), "no text"),
    ],
)
def test_a_refusal_or_a_lie_is_a_model_error_at_once_and_never_a_text(server: Server, fault: Answer, said: str) -> None:
    server.plan.append(fault)
    with pytest.raises(ModelError, match=said):
        made(server).reply(QUESTION)
    assert len(server.requests) == 1


@pytest.mark.parametrize("usage", [None, 7, [], {}, *({"prompt_tokens": odd} for odd in (None, "9", -1, True, 0.5))])
def test_an_odd_account_of_tokens_counts_none_and_loses_no_reply(server: Server, usage: Any) -> None:
    sent = json.loads(replied("yes")) | {"usage": usage}
    server.plan.append(content(json.dumps(sent)))
    assert made(server).reply(QUESTION) == Reply(text="yes")


def test_a_reply_without_end_is_not_read_to_its_end(server: Server) -> None:
    server.plan.append(content(" " * (REPLY_BYTES + 1)))
    with pytest.raises(ModelError, match="longer than"):
        made(server).reply(QUESTION)


def test_a_server_that_says_nothing_is_given_up_and_not_paid_twice(server: Server) -> None:
    server.plan.extend([silence] * 3)
    patience = Patience(timeout=0.05, backoff=0.001, again_after_silence=False)
    with pytest.raises(ModelError, match="timed out"):
        made(server, patience=patience).reply(QUESTION)
    assert len(server.requests) == 1


def test_a_port_where_nobody_listens_is_a_model_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ModelError, match="refused"):
        EndpointChat("ollama:m", url=f"http://127.0.0.1:{port}", patience=QUICK).reply(QUESTION)


@pytest.mark.parametrize("code", [400, 401, 429, 500])
def test_the_key_is_sent_and_shown_nowhere(server: Server, code: int) -> None:
    said = f"Incorrect API key provided: {KEY} ({KEY.replace('/', chr(92) + '/')})".encode()
    server.plan.extend([status(code, said)] * 3)
    model = made(server)
    with pytest.raises(ModelError) as caught:
        model.reply(QUESTION)
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    shown = f"{caught.value} {caught.value!r} {caught.value.as_dict()} {model!r}"
    assert "secret" not in shown
    assert caught.value.__cause__ is None


def test_a_key_in_an_error_of_a_success_is_shown_nowhere(server: Server) -> None:
    server.plan.append(content(json.dumps({"error": {"message": f"bad key {KEY}"}})))
    with pytest.raises(ModelError, match=r"bad key \*\*\*"):
        made(server).reply(QUESTION)


def test_an_endpoint_that_hangs_up_while_it_refuses_is_a_model_error(server: Server) -> None:
    server.plan.append(status(400, b"", Content_Length="1000"))
    with pytest.raises(ModelError, match="status 400: Bad Request"):
        made(server, patience=Patience(timeout=0.05)).reply(QUESTION)


@pytest.mark.parametrize(
    ("messages", "more", "error"),
    [
        ([], {}, InvalidInput),
        ("hello", {}, InvalidInput),
        (7, {}, InvalidInput),
        ([{"role": "user", "text": "hello"}], {}, InvalidInput),
        ([Message(role="user", text=b"hello")], {}, InvalidInput),  # type: ignore[arg-type]
        ([Message(role="user", text="x" * (MOST_CHARACTERS + 1))], {}, TooLarge),
        (QUESTION, {"most_tokens": 0}, InvalidInput),
        (QUESTION, {"most_tokens": True}, InvalidInput),
        (QUESTION, {"most_tokens": 2.5}, InvalidInput),
        (QUESTION, {"most_tokens": 10**9}, InvalidInput),
        (QUESTION, {"schema": "object"}, InvalidInput),
        (QUESTION, {"schema": {"type": {1, 2}.__iter__()}}, InvalidInput),
        (QUESTION, {"schema": {"properties": 7}}, InvalidInput),
        (QUESTION, {"schema": {"title": "\ud800"}}, InvalidInput),
    ],
)
def test_what_no_model_can_be_asked_is_refused_and_nothing_is_sent(
    server: Server, messages: Any, more: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        made(server).reply(messages, **more)
    assert server.requests == []


def test_a_schema_nested_without_end_is_refused(server: Server) -> None:
    schema: dict[str, Any] = {}
    for _ in range(100_000):
        schema = {"not": schema}
    with pytest.raises(InvalidInput, match="schema"):
        made(server).reply(QUESTION, schema=schema)
    assert server.requests == []


def test_a_lone_surrogate_is_sent_as_a_question_mark(server: Server) -> None:
    assert made(server).reply([Message(role="user", text="a\ud800b")]).text == "a?b"


def test_a_base_url_may_name_the_version_or_the_whole_path(server: Server) -> None:
    for url in (server.url, f"{server.url}/", f"{server.url}/v1", f"{server.url}/v1/chat/completions"):
        assert EndpointChat("lmstudio:m", url=url, patience=QUICK).reply(QUESTION).ended


@pytest.mark.parametrize("key", ["two\nlines", "gr\u00fcn", "a\x00b"])
def test_a_key_that_no_header_can_carry_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(ConfigurationError, match="TACIT_CHAT_KEY") as caught:
        open_chat("openai:m", environment={"TACIT_CHAT_KEY": key})
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["localhost:11434", "file:///etc/passwd", "http://", "http://user:word@host", "https://h/?k=v", "http://host:port",
     "http://[::1", "http://h/a b", "http://h\u00fc/"],
)  # fmt: skip
def test_a_url_that_is_none_is_a_configuration_error(url: str) -> None:
    for name in ("ollama:m", "none"):
        with pytest.raises(ConfigurationError, match="http\\(s\\)://HOST") as caught:
            open_chat(name, OpenOptions(url=url))
        assert "word" not in caught.value.cause.replace("password", "")


@pytest.mark.parametrize(
    "name", ["", "auto", "gpt-5.2", "openai:", "openai: ", ":m", "anthropic:m", "onnx:m", "openai:a\nb", " openai:m",
             "openai:\ud800", "None", "hashing:384"],
)  # fmt: skip
def test_a_name_that_nothing_stands_for_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(ConfigurationError, match="use one like none, openai:"):
        open_chat(name, environment={"TACIT_CHAT_KEY": KEY})


def test_an_empty_url_is_none() -> None:
    assert open_chat("ollama:m", OpenOptions(url=" ")).address == "http://localhost:11434/v1/chat/completions"


def test_none_is_no_model_and_says_what_that_means() -> None:
    assert open_chat("none") == (None, "none: the loop has its own ideas only", "")


@pytest.mark.parametrize("scheme", [name for name, provider in CHAT_PROVIDERS.items() if provider.key])
def test_a_provider_without_a_key_is_refused_before_anything_is_sent(scheme: str) -> None:
    variable = CHAT_PROVIDERS[scheme].key
    with pytest.raises(ConfigurationError, match=f"neither {variable} nor TACIT_CHAT_KEY"):
        open_chat(f"{scheme}:m", environment={})
    opened = open_chat(f"{scheme}:m", environment={variable: KEY})
    assert opened.model is not None
    assert opened.address == CHAT_PROVIDERS[scheme].url + "/chat/completions"
    assert opened.model.name == f"{scheme}:m"


@pytest.mark.parametrize("scheme", sorted(CHAT_PROVIDERS))
def test_the_key_of_a_provider_is_sent_to_no_other_address(server: Server, scheme: str) -> None:
    environment = {provider.key: KEY for provider in CHAT_PROVIDERS.values() if provider.key}
    for key in ("", "mine"):
        environment["TACIT_CHAT_KEY"] = key
        opened = open_chat(f"{scheme}:m:tag", OpenOptions(url=server.url), environment=environment)
        assert opened.model is not None
        opened.model.reply(QUESTION)
    assert [headers.get("Authorization") for headers in server.headers] == [None, "Bearer mine"]
    assert server.requests[0]["model"] == "m:tag"


def test_a_host_that_begins_like_a_providers_is_another_one() -> None:
    own = CHAT_PROVIDERS["openai"]
    assert all(own.is_own(url) for url in (None, "https://api.openai.com", "https://api.openai.com/v2", own.url))
    others = ("http://api.openai.com/v1", "https://api.openai.com.example/v1", "https://api.openai.com:444/v1")
    assert not any(own.is_own(url) for url in others)
