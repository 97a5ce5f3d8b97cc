"""Embedders behind a URL: anything that speaks OpenAI's `/v1/embeddings`, or Ollama's `/api/embed`.

Floor 3. Below: asking. Above: `open`.

Nothing is sent before the first text is embedded (or the dimension asked for, where nobody knows it). The key appears
in no message.
"""

from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import urlsplit

import msgspec
import numpy as np

from tacit.models.addresses import checked_base, usable_key
from tacit.models.asking import Endpoint, Patience
from tacit.models.table import EndpointModel

__all__ = ["OLLAMA_URL", "OPENAI_URL", "EndpointEmbedder", "Limits"]

OPENAI_URL = "https://api.openai.com/v1"
OLLAMA_URL = "http://localhost:11434"
REPLY_BYTES = 256 << 20


class Limits(Patience, frozen=True, kw_only=True):
    """How an endpoint is treated."""

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
        self._prefixes = {"query": known.query_prefix, "document": known.document_prefix}
        self._limits = limits or Limits()
        self._dimension = known.dimension
        address = _address(protocol, url)
        self._endpoint = Endpoint(
            address,
            key=usable_key(key, "set TACIT_EMBEDDER_KEY (or OPENAI_API_KEY) again, to the key alone"),
            failure=f"{self.name} at {address} did not embed",
            remedy="check that the endpoint runs, has this model, and that TACIT_EMBEDDER_KEY is its key",
            most=REPLY_BYTES,
            patience=self._limits,
        )

    def __repr__(self) -> str:
        return f"EndpointEmbedder({self.name!r}, url={self._endpoint.address!r})"

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
        content = self._endpoint.ask(msgspec.json.encode({"model": self._model, "input": texts}))
        try:
            rows = _openai_rows(content) if self._protocol == "openai" else _ollama_rows(content)
        except (msgspec.DecodeError, RecursionError) as error:
            raise self._endpoint.failed(f"its reply is not what {self._protocol} endpoints send: {error}") from error
        return self._checked(rows, len(texts))

    def _checked(self, rows: list[list[float]], count: int) -> np.ndarray:
        dimension = self._dimension or (len(rows[0]) if rows else 0)
        lengths = {len(row) for row in rows}
        if len(rows) != count:
            raise self._endpoint.failed(f"it sent {len(rows)} vectors for {count} texts")
        if lengths != {dimension} or dimension == 0:
            raise self._endpoint.failed(f"it sent vectors of {sorted(lengths)} dimensions instead of {dimension}")
        matrix = np.array(rows, np.float64)
        with np.errstate(over="ignore"):  # 1e308 squared: caught below
            norms = np.linalg.norm(matrix, axis=1, keepdims=True)
        if not (np.isfinite(norms).all() and (norms > 0).all()):
            raise self._endpoint.failed("it sent a vector that is not finite, or zero")
        self._dimension = dimension
        return np.asarray(matrix / norms, np.float32)


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


def _address(protocol: Literal["openai", "ollama"], url: str | None) -> str:
    """The address to post to, from a base URL. Raises `ConfigurationError`."""
    base = checked_base(
        url or (OPENAI_URL if protocol == "openai" else OLLAMA_URL),
        of=f"the {protocol} endpoint",
        setting="TACIT_EMBEDDER_URL",
        key="TACIT_EMBEDDER_KEY",
    )
    if protocol == "openai":
        base = base if urlsplit(base).path else f"{base}/v1"
        return base if base.endswith("/embeddings") else f"{base}/embeddings"
    return base if base.endswith("/api/embed") else f"{base}/api/embed"
