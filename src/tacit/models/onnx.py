"""Models that run in this process through onnxruntime: an embedder and a reranker.

Floor 3. Below: files that `weights` located. Above: `open`. Loaded at the first use, shared by all threads.

One text a run, on one thread; many texts on as many threads as there are cores. The weights are quantised dynamically:
the scale of each layer is taken from all that is in the run, so that the company of other texts changes a vector.
Measured (`bench.batching`, 400 turns of LoCoMo, bge-small int8): in batches of 16 texts of like length the cosine to
the vector of the text alone is 0.9967 on average and 0.991 at worst, for 17 % more texts a second. The reranker's
logits move by up to 0.4, and batches of 5, 10 and 30 pairs take 0.96, 1.07 and 1.75 times as long. Alone, a text has
one vector, whoever asks, in whatever order, so that it may be cached, and compared with itself.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from tacit.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

__all__ = ["OnnxEmbedder", "OnnxReranker", "cores"]

Result = TypeVar("Result")

CHARACTERS_PER_TOKEN = 32
"""A text is cut at this many times the tokens a model reads, before it is split: a megabyte costs as much as a page."""


class OnnxEmbedder:
    """Text -> vector by a BERT-like encoder: the first token's (or mean) hidden state, at unit length.

    The same text gives the same bits on one machine; between processors with other instructions, nearly the same.
    """

    is_semantic = True

    def __init__(
        self,
        name: str,
        files: Mapping[str, Path],
        *,
        dimension: int,
        max_tokens: int = 512,
        pooling: Literal["cls", "mean"] = "cls",
        query_prefix: str = "",
        threads: int | None = None,
    ) -> None:
        self.name = name
        self.dimension = dimension
        self._pooling = pooling
        self._query_prefix = query_prefix
        self._network = _Network(name, files, max_tokens)
        self._threads = threads or cores()

    def embed(self, texts: Sequence[str], kind: Literal["document", "query"]) -> np.ndarray:
        """-> float32, (len(texts), dimension), rows of unit length. Raises `ModelError`.

        One text runs in the caller's thread; more share `threads` of them.
        """
        prefix = self._query_prefix if kind == "query" else ""
        rows = _spread(partial(self._one, prefix), texts, self._threads)
        return np.stack(rows) if rows else np.empty((0, self.dimension), np.float32)

    def _one(self, prefix: str, text: str) -> np.ndarray:
        encoding = self._network.tokenizer.encode(self._network.cut(prefix + text))
        hidden = self._network.run(encoding)[0]
        if hidden.shape[-1] != self.dimension:
            raise ModelError(
                f"{self.name} gave {hidden.shape[-1]} dimensions instead of {self.dimension}",
                cause="the file is of another model than the table says",
                remedy="mend the entry in models.json",
            )
        vector = hidden[0] if self._pooling == "cls" else hidden.mean(axis=0)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length == 0.0:
            raise ModelError(
                f"{self.name} gave no vector for a text of {len(text)} characters",
                cause="its output is not finite",
                remedy="fetch the weights again, or choose another model",
            )
        return np.asarray(vector / length, np.float32)


class OnnxReranker:
    """(question, text) -> logit of relevance by a cross-encoder, which reads both together."""

    def __init__(
        self, name: str, files: Mapping[str, Path], *, max_tokens: int = 128, threads: int | None = None
    ) -> None:
        self.name = name
        self._max_tokens = max_tokens
        self._network = _Network(name, files, max_tokens)
        self._threads = threads or cores()

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """-> float32, (len(texts),), higher is better. Raises `ModelError`.

        A pair is cut to `max_tokens`: the question to half of them, the text to what is left.
        """
        if not texts:
            return np.empty(0, np.float32)
        question = self._network.tokenizer.encode(self._network.cut(query), add_special_tokens=False)
        question.truncate(self._max_tokens // 2)
        scores = np.array(_spread(partial(self._one, question), texts, self._threads), np.float32)
        if not np.isfinite(scores).all():
            raise ModelError(
                f"{self.name} gave a score that is not finite",
                cause="the weights are damaged or of another kind",
                remedy="fetch the weights again, or switch the reranker off",
            )
        return scores

    def _one(self, question: "Encoding", text: str) -> float:
        answer = self._network.tokenizer.encode(self._network.cut(text), add_special_tokens=False)
        answer.truncate(self._max_tokens - len(question.ids) - 3)  # [CLS] question [SEP] text [SEP]
        pair = self._network.tokenizer.post_process(question, answer)
        return float(self._network.run(pair).reshape(-1)[-1])


class _Network:
    """A tokenizer and a session, loaded together at the first use."""

    def __init__(self, name: str, files: Mapping[str, Path], max_tokens: int) -> None:
        self.name = name
        self._files = files
        self._max_tokens = max_tokens
        self._lock = threading.Lock()
        self._loaded: tuple[Tokenizer, Any, frozenset[str]] | None = None

    @property
    def tokenizer(self) -> "Tokenizer":
        """Shared by all threads: it is not changed after it was loaded."""
        return self._load()[0]

    def cut(self, text: str) -> str:
        """What of a text is read at all, as valid Unicode."""
        return text[: self._max_tokens * CHARACTERS_PER_TOKEN].encode("utf-8", "replace").decode("utf-8")

    def run(self, encoding: "Encoding") -> np.ndarray:
        """The first output for one text or pair, float32; its first axis (one row) is kept."""
        _, session, inputs = self._load()
        feed = {"input_ids": encoding.ids, "attention_mask": encoding.attention_mask}
        feed["token_type_ids"] = encoding.type_ids
        arrays = {name: np.array([values], np.int64) for name, values in feed.items() if name in inputs}
        try:
            return np.asarray(session.run(None, arrays)[0], np.float32)
        except _runtime_errors() as error:
            raise _broken(self.name, error) from error

    def _load(self) -> "tuple[Tokenizer, Any, frozenset[str]]":
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    self._loaded = self._read()
        return self._loaded

    def _read(self) -> "tuple[Tokenizer, Any, frozenset[str]]":
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only: what matters is raised
        try:
            tokenizer = Tokenizer.from_str(self._files["tokenizer.json"].read_text(encoding="utf-8"))
            session = onnxruntime.InferenceSession(
                str(self._files["model.onnx"]), options, providers=["CPUExecutionProvider"]
            )
        except (OSError, KeyError, ValueError) as error:
            raise _broken(self.name, error) from error
        except _runtime_errors() as error:
            raise _broken(self.name, error) from error
        tokenizer.enable_truncation(self._max_tokens)
        tokenizer.no_padding()
        return tokenizer, session, frozenset(entry.name for entry in session.get_inputs())


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _spread(work: Callable[[str], Result], texts: Sequence[str], threads: int) -> list[Result]:
    """`work` on every text, in order, on several threads; long texts first, so that the last thread ends early."""
    if len(texts) < 2 or threads < 2:
        return [work(text) for text in texts]
    order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    pool = ThreadPoolExecutor(min(threads, len(texts)), thread_name_prefix="tacit-model")
    try:
        futures = {place: pool.submit(work, texts[place]) for place in order}
        return [futures[place].result() for place in range(len(texts))]
    finally:
        pool.shutdown(cancel_futures=True)


def _runtime_errors() -> tuple[type[Exception], ...]:
    """What onnxruntime raises: it has no common base class."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    found = (getattr(state, name) for name in dir(state))
    return tuple(kind for kind in found if isinstance(kind, type) and issubclass(kind, Exception))


def _broken(name: str, error: Exception) -> ModelError:
    return ModelError(
        f"{name} cannot be run",
        cause=f"{type(error).__name__}: {error}",
        remedy=f"fetch the weights again: `python -m tacit.models.weights {name.partition(':')[2]}`",
    )
