"""Embedders behind a URL: anything that speaks OpenAI's `/v1/embeddings`, or Ollama's `/api/embed`.

Floor 3. Below: posting. Above: `open`.

Nothing is sent before the first text is embedded (or the dimension asked for, where nobody knows it). The key appears
in no message.
"""

import http.client
import random
import time
import urllib.error
from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import urlsplit

import msgspec
import numpy as np

from tacit.errors import ConfigurationError, ModelError
from tacit.models.table import EndpointModel
from tacit.posting import post

__all__ = ["OLLAMA_URL", "OPENAI_URL", "EndpointEmbedder", "Limits"]

OPENAI_URL = "https://api.openai.com/v1"
OLLAMA_URL = "http://localhost:11434"
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""
REPLY_BYTES = 256 << 20
LONGEST_WAIT = 30.0
"""Seconds: an endpoint that asks for a longer pause is reported instead, and the queue tries again later."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How an endpoint is treated."""

    timeout: float = 30.0
    """Seconds to connect, and between two reads."""
    attempts: int = 3
    backoff: float = 0.5
    """Seconds before the second attempt, doubled for each further one, half of it by chance; `Retry-After` wins."""
    batch: int = 64
    """Texts a request."""
    characters: int = 6_000
    """Of one text; the rest is cut off. Under 8,192 tokens in every script that people write prose in."""


class EndpointEmbedder:
    """Text -> vector by a server. Replies are checked: as many as asked for, of one dimension, finite."""

    is_semantic = True

    def __init__(
        self,
        protocol: Literal["openai", "ollama"],
        model: str,
        *,
        url: str | None = None,
        key: str = "",
        known: EndpointModel | None = None,
        limits: Limits | None = None,
    ) -> None:
        known = known or EndpointModel()
        self.name = f"{protocol}:{model}"
        self._protocol = protocol
        self._model = model
        self._address = _address(protocol, url)
        self._key = _usable_key(key)
        self._prefixes = {"query": known.query_prefix, "document": known.document_prefix}
        self._limits = limits or Limits()
        self._dimension = known.dimension

    def __repr__(self) -> str:
        return f"EndpointEmbedder({self.name!r}, url={self._address!r})"

    @property
    def dimension(self) -> int:
        """Of the vectors. Where the table does not know it, the first use asks the endpoint. Raises `ModelError`."""
        if self._dimension is None:
            self.embed(["dimension"], "query")
        assert self._dimension is not None  # noqa: S101 - embed has set it or raised
        return self._dimension

    @dimension.setter
    def dimension(self, dimension: int) -> None:
        """Tell it, where it is known already; replies of another dimension are then refused."""
        self._dimension = dimension

    def embed(self, texts: Sequence[str], kind: Literal["document", "query"]) -> np.ndarray:
        """-> float32, (len(texts), dimension), rows of unit length. Raises `ModelError`: then none is returned."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return np.concatenate([self._batch(batch) for batch in self._batches(texts, self._prefixes[kind])])

    def _batches(self, texts: Sequence[str], prefix: str) -> Iterator[list[str]]:
        cut = self._limits.characters
        ready = [prefix + text[:cut].encode("utf-8", "replace").decode("utf-8") for text in texts]
        ready = [text if text.strip() else "-" for text in ready]  # OpenAI refuses an empty text
        for start in range(0, len(ready), self._limits.batch):
            yield ready[start : start + self._limits.batch]

    def _batch(self, texts: list[str]) -> np.ndarray:
        content = self._ask(msgspec.json.encode({"model": self._model, "input": texts}))
        try:
            rows = _openai_rows(content) if self._protocol == "openai" else _ollama_rows(content)
        except (msgspec.DecodeError, RecursionError) as error:
            raise self._failed(f"its reply is not what {self._protocol} endpoints send: {error}") from error
        return self._checked(rows, len(texts))

    def _checked(self, rows: list[list[float]], count: int) -> np.ndarray:
        dimension = self._dimension or (len(rows[0]) if rows else 0)
        lengths = {len(row) for row in rows}
        if len(rows) != count:
            raise self._failed(f"it sent {len(rows)} vectors for {count} texts")
        if lengths != {dimension} or dimension == 0:
            raise self._failed(f"it sent vectors of {sorted(lengths)} dimensions instead of {dimension}")
        matrix = np.array(rows, np.float64)
        with np.errstate(over="ignore"):  # 1e308 squared: caught below
            norms = np.linalg.norm(matrix, axis=1, keepdims=True)
        if not (np.isfinite(norms).all() and (norms > 0).all()):
            raise self._failed("it sent a vector that is not finite, or zero")
        self._dimension = dimension
        return np.asarray(matrix / norms, np.float32)

    def _ask(self, body: bytes) -> bytes:
        """Send a request, again after a passing fault. -> the reply's bytes."""
        wait = self._limits.backoff
        for attempt in range(1, self._limits.attempts + 1):
            try:
                return self._send(body)
            except urllib.error.HTTPError as error:
                asked, cause = _retry_after(error), self._refusal(error)
                if error.code not in PASSING or asked > LONGEST_WAIT or attempt == self._limits.attempts:
                    raise self._failed(cause) from None
                pause = asked
            except (OSError, http.client.HTTPException) as error:
                if attempt == self._limits.attempts:
                    raise self._failed(str(getattr(error, "reason", None) or error or type(error).__name__)) from None
                pause = 0.0
            time.sleep(pause or wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards nothing
            wait *= 2
        raise self._failed("no attempt was allowed")

    def _send(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "tacit"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        content = post(self._address, body, headers=headers, timeout=self._limits.timeout, most=REPLY_BYTES)
        if len(content) > REPLY_BYTES:
            raise self._failed(f"its reply is longer than {REPLY_BYTES} bytes")
        return content

    def _refusal(self, error: urllib.error.HTTPError) -> str:
        """What an endpoint answered, short, and without the key that some of them repeat."""
        if error.code in (401, 403):
            return (
                f"status {error.code}: it did not accept the key"
                if self._key
                else f"status {error.code}: it wants a key"
            )
        with error:
            said = error.read(2_000).decode("utf-8", "replace")
        if self._key:
            said = said.replace(self._key, "***")
        return f"status {error.code}: {' '.join(said.split())[:200] or error.reason}"

    def _failed(self, cause: str) -> ModelError:
        return ModelError(
            f"{self.name} at {self._address} did not embed",
            cause=cause,
            remedy="check that the endpoint runs, has this model, and that TACIT_EMBEDDER_KEY is its key",
        )


class _Row(msgspec.Struct):
    embedding: list[float]
    index: int | None = None


class _OpenAIReply(msgspec.Struct):
    data: list[_Row]


class _OllamaReply(msgspec.Struct):
    embeddings: list[list[float]]


def _openai_rows(content: bytes) -> list[list[float]]:
    rows = msgspec.json.decode(content, type=_OpenAIReply).data
    if any(row.index is not None for row in rows):  # some servers number the rows, and may send them in any order
        if sorted(-1 if row.index is None else row.index for row in rows) != list(range(len(rows))):
            raise msgspec.ValidationError("its rows are not numbered from 0 without gaps")
        rows.sort(key=lambda row: row.index or 0)
    return [row.embedding for row in rows]


def _ollama_rows(content: bytes) -> list[list[float]]:
    return msgspec.json.decode(content, type=_OllamaReply).embeddings


def _retry_after(error: urllib.error.HTTPError) -> float:
    """Seconds that the endpoint asks to wait; 0 where it does not say so in seconds."""
    value = (error.headers.get("Retry-After") or "").strip()
    return float(value) if value.isascii() and value.isdigit() else 0.0


def _usable_key(key: str) -> str:
    """The key, stripped. Raises `ConfigurationError` that does not repeat it: the HTTP client would."""
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError(
            "the key of the endpoint cannot be used",
            cause="it has characters that no HTTP header may carry",
            remedy="set TACIT_EMBEDDER_KEY (or OPENAI_API_KEY) again, to the key alone",
        )
    return key


def _address(protocol: Literal["openai", "ollama"], url: str | None) -> str:
    """The address to post to, from a base URL. Raises `ConfigurationError`."""
    base = (url or (OPENAI_URL if protocol == "openai" else OLLAMA_URL)).strip().rstrip("/")
    try:
        parts = urlsplit(base)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        safe = parts.username is None and not parts.query and not parts.fragment
    except ValueError:
        usable = safe = False
    if not usable or not safe:
        shown = base if usable is False and "@" not in base else "it"
        raise ConfigurationError(
            f"the URL of the {protocol} endpoint cannot be used",
            cause=f"{shown} must be http(s)://HOST[:PORT][/PATH] without a user, a password or a query",
            remedy="set TACIT_EMBEDDER_URL, and put the key into TACIT_EMBEDDER_KEY",
        )
    if protocol == "openai":
        base = base if parts.path else f"{base}/v1"
        return base if base.endswith("/embeddings") else f"{base}/embeddings"
    return base if base.endswith("/api/embed") else f"{base}/api/embed"
