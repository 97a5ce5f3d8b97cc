"""Embedders behind a URL, against a real server on this machine: healthy, failing, and lying."""

import json
import socket
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pytest
from tests.models.endpoint_server import Answer, Server, content, hang_up, running, silence, status

from tacit.errors import ConfigurationError, ModelError
from tacit.models.endpoint import EndpointEmbedder, Limits
from tacit.models.open import OpenOptions, open_embedder
from tacit.models.table import EndpointModel
from tacit.testing.embedder_contract import EmbedderContract

QUICK = Limits(timeout=10.0, backoff=0.001)
KEY = "sk-very-secret-0123456789"


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as server:
        yield server


def made(
    server: Server, protocol: Literal["openai", "ollama"] = "openai", *, limits: Limits = QUICK, key: str = KEY
) -> EndpointEmbedder:
    return EndpointEmbedder(protocol, "test-model", url=server.url, key=key, limits=limits)


class TestOpenAI(EmbedderContract):
    @pytest.fixture
    def embedder(self, server: Server) -> EndpointEmbedder:
        return made(server, "openai")


class TestOllama(EmbedderContract):
    @pytest.fixture
    def embedder(self, server: Server) -> EndpointEmbedder:
        return made(server, "ollama")


def test_many_texts_go_in_batches_and_come_back_in_order(server: Server) -> None:
    texts = [f"text number {number}" for number in range(25)]
    vectors = made(server, limits=Limits(batch=10)).embed(texts, "document")
    assert [len(request["input"]) for request in server.requests] == [10, 10, 5]
    np.testing.assert_allclose(vectors, server.embedder.embed(texts, "document"), atol=1e-6)


def test_nothing_is_sent_before_something_is_asked(server: Server) -> None:
    embedder = made(server)
    assert server.requests == []
    assert embedder.dimension == 48
    assert len(server.requests) == 1
    assert embedder.dimension == 48
    assert len(server.requests) == 1


def test_a_dimension_that_is_known_is_not_asked_for(server: Server) -> None:
    embedder = EndpointEmbedder("ollama", "m", url=server.url, known=EndpointModel(dimension=48), limits=QUICK)
    assert embedder.dimension == 48
    assert embedder.embed([], "document").shape == (0, 48)
    assert server.requests == []


def test_prefixes_of_the_model_are_put_before_questions_and_documents(server: Server) -> None:
    opened = open_embedder("ollama:nomic-embed-text", OpenOptions(url=server.url))
    embedder = opened.embedder
    assert embedder is not None
    assert embedder.dimension == 768
    with pytest.raises(ModelError, match=r"\[48\] dimensions instead of 768"):
        embedder.embed(["what is it?"], "query")
    with pytest.raises(ModelError):
        embedder.embed(["it is a test"], "document")
    assert [request["input"] for request in server.requests] == [
        ["search_query: what is it?"],
        ["search_document: it is a test"],
    ]


@pytest.mark.parametrize(
    "fault",
    [
        status(500),
        status(503, b"loading the model"),
        status(429, Retry_After="0"),
        status(408),
        hang_up,
    ],
)
def test_a_passing_fault_is_tried_again(server: Server, fault: Answer) -> None:
    server.plan.extend([fault, fault])
    assert made(server).embed(["a text"], "document").shape == (1, 48)
    assert len(server.requests) == 3


@pytest.mark.parametrize(("fault", "said"), [(status(500, b"out of memory"), "out of memory"), (hang_up, "bytes")])
def test_a_fault_that_stays_is_a_model_error_after_three_attempts(server: Server, fault: Answer, said: str) -> None:
    server.plan.extend([fault] * 9)
    with pytest.raises(ModelError, match=said):
        made(server).embed(["a text"], "document")
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (status(400, b'{"error": "the input is too long"}'), "too long"),
        (status(401, b"bad key"), "did not accept the key"),
        (status(404, b"model not found, try pulling it first"), "try pulling it"),
        (status(429, Retry_After="3600"), "status 429"),
        (status(307, Location="http://localhost:9/v1/embeddings"), "status 307"),
        (content("<html>It works!</html>"), "not what openai endpoints send"),
        (content('{"data": [{"index": 0, "embedding": [0.1, 0.2'), "not what openai endpoints send"),
        (content('{"embeddings": [[1.0, 2.0]]}'), "not what openai endpoints send"),
        (content('{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}'), "not what openai endpoints send"),
        (content('{"data": [{"index": 0, "embedding": [null, 1.0]}]}'), "not what openai endpoints send"),
        (content('{"data": [{"index": 0, "embedding": [1e308, 1e308]}]}'), "not finite"),
        (content('{"data": [{"index": 0, "embedding": [0.0, 0.0]}]}'), "zero"),
        (content('{"data": [{"index": 0, "embedding": []}]}'), "dimensions"),
        (content('{"more": ' + "[" * 100_000), "not what openai endpoints send"),
        (content('{"data": []}'), "0 vectors for 1 texts"),
        (content('{"data": [{"index": 7, "embedding": [1.0, 0.0]}]}'), "not numbered from 0"),
        (content('{"data": [{"embedding": [1.0]}, {"embedding": [1.0]}]}'), "2 vectors for 1 texts"),
    ],
)
def test_a_refusal_or_a_lie_is_a_model_error_at_once(server: Server, fault: Answer, said: str) -> None:
    server.plan.append(fault)
    with pytest.raises(ModelError, match=said):
        made(server).embed(["a text"], "document")
    assert len(server.requests) == 1


def test_vectors_of_unequal_lengths_are_refused(server: Server) -> None:
    server.plan.append(content('{"embeddings": [[1.0, 0.0], [1.0]]}'))
    with pytest.raises(ModelError, match=r"\[1, 2\] dimensions instead of 2"):
        made(server, "ollama").embed(["a", "b"], "document")


def test_a_dimension_that_changes_under_way_is_refused(server: Server) -> None:
    embedder = made(server)
    embedder.embed(["a"], "document")
    server.plan.append(content(json.dumps({"data": [{"index": 0, "embedding": [1.0] * 47}]})))
    with pytest.raises(ModelError, match=r"\[47\] dimensions instead of 48"):
        embedder.embed(["a"], "document")


def test_rows_without_numbers_keep_their_order(server: Server) -> None:
    server.plan.append(content('{"data": [{"embedding": [2.0, 0.0]}, {"embedding": [0.0, 5.0]}]}'))
    assert made(server).embed(["a", "b"], "document").tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_a_server_that_says_nothing_is_given_up(server: Server) -> None:
    server.plan.extend([silence] * 2)
    with pytest.raises(ModelError, match="timed out"):
        made(server, limits=Limits(timeout=0.05, attempts=2, backoff=0.001)).embed(["a text"], "document")


def test_a_port_where_nobody_listens_is_a_model_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    embedder = EndpointEmbedder("ollama", "m", url=f"http://127.0.0.1:{port}", limits=QUICK)
    with pytest.raises(ModelError, match="refused"):
        embedder.embed(["a text"], "document")


def test_the_key_is_sent_and_shown_nowhere(server: Server) -> None:
    server.plan.append(status(400, f"Incorrect API key provided: {KEY}".encode()))
    embedder = made(server)
    with pytest.raises(ModelError) as caught:
        embedder.embed(["a text"], "document")
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    shown = f"{caught.value} {caught.value!r} {caught.value.as_dict()} {embedder!r}"
    assert KEY not in shown
    assert caught.value.__cause__ is None


def test_without_a_key_none_is_sent(server: Server) -> None:
    made(server, key="").embed(["a text"], "document")
    assert "Authorization" not in server.headers[0]


def test_the_key_for_openai_is_not_sent_to_another_address(server: Server) -> None:
    environment = {"OPENAI_API_KEY": KEY}
    embedder = open_embedder("openai:m", OpenOptions(url=server.url), environment=environment).embedder
    assert embedder is not None
    embedder.embed(["a text"], "document")
    environment["TACIT_EMBEDDER_KEY"] = "mine"
    embedder = open_embedder("openai:m", OpenOptions(url=server.url), environment=environment).embedder
    assert embedder is not None
    embedder.embed(["a text"], "document")
    assert [headers.get("Authorization") for headers in server.headers] == [None, "Bearer mine"]


@pytest.mark.parametrize("key", ["two\nlines", "gr\u00fcn", "a\x00b"])
def test_a_key_that_no_header_can_carry_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(ConfigurationError, match="TACIT_EMBEDDER_KEY") as caught:
        EndpointEmbedder("openai", "m", key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["localhost:11434", "file:///etc/passwd", "ftp://host/x", "http://", "http://user:word@host", "https://h/?k=v",
     "http://host:port", "http://[::1", "javascript:alert(1)"],
)  # fmt: skip
def test_a_url_that_is_none_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError, match="http\\(s\\)://HOST") as caught:
        EndpointEmbedder("ollama", "m", url=url)
    assert "word" not in caught.value.cause.replace("password", "")


def test_a_base_url_may_name_the_version_or_the_whole_path(server: Server) -> None:
    for url in (server.url, f"{server.url}/", f"{server.url}/v1", f"{server.url}/v1/embeddings"):
        assert EndpointEmbedder("openai", "m", url=url, limits=QUICK).embed(["a"], "query").shape == (1, 48)
    for url in (server.url, f"{server.url}/api/embed"):
        assert EndpointEmbedder("ollama", "m", url=url, limits=QUICK).embed(["a"], "query").shape == (1, 48)
