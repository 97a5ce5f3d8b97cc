"""Side by side with what people use instead: mem0, Chroma, LangGraph's SQLite store; in this run, on the same texts.

Above: bench.speed. All are handed the same vectors by the same lookup, so that no model is measured; all run offline
and without telemetry. `ingest_ratio` and `search_ratio` are the peer's seconds over tacit's: above 1, tacit is faster.
Ingesting is one durable call an item, until all are found by meaning (tacit embeds in a queue; waiting for it is
counted); `bulk_ingest_ratio` hands over all at once. Each runs with its defaults: what it promises when a call returns
differs (tacit: synchronous=FULL), and so does what a search looks at (tacit: words and vectors, with an exact ranking
and a log; Chroma and LangGraph: vectors). A peer that is not installed is reported as skipped; `make bench-setup`
installs them.
"""

import importlib.metadata
import logging
import os
import sqlite3
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import apsw
import numpy as np

from bench.common import say
from bench.speed_corpus import DIMENSION, Looked
from bench.speed_sizes import opened

__all__ = ["side_by_side"]

QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "MEM0_TELEMETRY": "False",
    "POSTHOG_DISABLED": "1",
    "HF_HUB_OFFLINE": "1",
    "OPENAI_API_KEY": "none-is-called",
}
K = 10
Kind = Literal["document", "query"]


class Peer:
    """One memory, opened."""

    def add(self, number: int, text: str) -> None:
        """Keep one text, durably."""
        raise NotImplementedError

    def add_all(self, texts: Sequence[str]) -> None:
        """Keep many at once."""
        raise NotImplementedError

    def settle(self) -> None:
        """Wait until all that was added is found by meaning."""

    def search(self, question: str) -> list[str]:
        """-> texts of the ten best."""
        raise NotImplementedError


def side_by_side(
    folder: Path, texts: Sequence[str], asked: Sequence[tuple[str, str]], looked: Looked
) -> dict[str, Any]:
    """name -> {ingest_ratio, bulk_ingest_ratio, search_ratio, ...}, or {skipped: why}."""
    os.environ |= QUIET | {"MEM0_DIR": str(folder / "mem0")}
    logging.disable(logging.WARNING)
    ours = _measured(_tacit, folder / "tacit", texts, asked, looked)
    result: dict[str, Any] = {}
    for name, package, open_peer in PEERS:
        say(f"side by side: {name}, {len(texts)} items")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = _measured(open_peer, folder / name, texts, asked, looked)
        except ImportError as error:
            result[name] = {"skipped": f"{error}; `make bench-setup` installs it"}
            continue
        result[name] = {
            **{f"{what}_ratio": round(theirs[what] / ours[what], 2) for what in ("ingest", "bulk_ingest", "search")},
            "ingest_ms": round(theirs["ingest"] * 1e3, 3),
            "search_ms": round(theirs["search"] * 1e3, 3),
            "found": theirs["found"],
            "version": importlib.metadata.version(package),
        }
    logging.disable(logging.NOTSET)
    return {
        "peers": result,
        "beside": {
            "items": len(texts),
            "ingest_ms": round(ours["ingest"] * 1e3, 3),
            "search_ms": round(ours["search"] * 1e3, 3),
            "found": ours["found"],
            "note": "ratios are the peer's seconds over tacit's: above 1, tacit is faster",
        },
    }


def _measured(
    open_peer: Callable[..., Any], folder: Path, texts: Sequence[str], asked: Sequence[tuple[str, str]], looked: Looked
) -> dict[str, float]:
    """Seconds an item one by one and at once, median seconds a search, share of questions whose text was found."""
    folder.mkdir()
    (folder / "bulk").mkdir()
    with open_peer(folder / "bulk", looked) as peer:
        begun = time.perf_counter()
        peer.add_all(texts)
        peer.settle()
        bulk = (time.perf_counter() - begun) / len(texts)
    with open_peer(folder, looked) as peer:
        begun = time.perf_counter()
        for number, text in enumerate(texts):
            peer.add(number, text)
        peer.settle()
        ingest = (time.perf_counter() - begun) / len(texts)
        peer.search(asked[0][0])
        took, found = [], []
        for question, text in asked:
            begun = time.perf_counter()
            answer = peer.search(question)
            took.append(time.perf_counter() - begun)
            found.append(text in answer)
    return {"ingest": ingest, "bulk_ingest": bulk, "search": float(np.median(took)), "found": float(np.mean(found))}


@contextmanager
def _tacit(folder: Path, looked: Looked) -> Iterator[Peer]:
    class Tacit(Peer):
        def add(self, number: int, text: str) -> None:
            memory.record_message(text, metadata={"number": number})

        def add_all(self, texts: Sequence[str]) -> None:
            memory.record_messages((text, "", {}) for text in texts)

        def settle(self) -> None:
            memory.flush()

        def search(self, question: str) -> list[str]:
            return [one.item.text for one in memory.recall(question, k=K).results]

    with opened(folder / "tacit.db", looked) as memory:
        yield Tacit()


@contextmanager
def _mem0(folder: Path, looked: Looked) -> Iterator[Peer]:
    from mem0 import Memory
    from mem0.embeddings.base import EmbeddingBase

    class Given(EmbeddingBase):  # type: ignore[misc,no-any-unimported]
        def embed(self, text: str, memory_action: str | None = None) -> list[float]:
            kind: Kind = "query" if memory_action == "search" else "document"
            vector: list[float] = looked.embed([text], kind)[0].tolist()
            return vector

    class Mem0(Peer):
        def add(self, number: int, text: str) -> None:
            memory.add(text, user_id="bench", infer=False, metadata={"number": number})

        def add_all(self, texts: Sequence[str]) -> None:
            memory.add([{"role": "user", "content": text} for text in texts], user_id="bench", infer=False)

        def search(self, question: str) -> list[str]:
            found = memory.search(question, filters={"user_id": "bench"}, top_k=K)
            return [one["memory"] for one in found["results"]]

    store = {"collection_name": "bench", "path": str(folder / "q"), "embedding_model_dims": DIMENSION, "on_disk": True}
    memory = Memory.from_config(
        {"vector_store": {"provider": "qdrant", "config": store}, "history_db_path": str(folder / "history.db")}
    )
    memory.embedding_model = Given()
    yield Mem0()
    memory.vector_store.client.close()


@contextmanager
def _chroma(folder: Path, looked: Looked) -> Iterator[Peer]:
    import chromadb

    class Chroma(Peer):
        def add(self, number: int, text: str) -> None:
            collection.add(ids=[str(number)], documents=[text], embeddings=looked.embed([text], "document"))

        def add_all(self, texts: Sequence[str]) -> None:
            ids = [str(number) for number in range(len(texts))]
            collection.add(ids=ids, documents=list(texts), embeddings=looked.embed(texts, "document"))

        def search(self, question: str) -> list[str]:
            found = collection.query(query_embeddings=looked.embed([question], "query"), n_results=K)
            return list(found["documents"][0])

    client = chromadb.PersistentClient(path=str(folder / "chroma"))
    collection = client.create_collection("bench", embedding_function=None, metadata={"hnsw:space": "cosine"})
    yield Chroma()


@contextmanager
def _langgraph(folder: Path, looked: Looked) -> Iterator[Peer]:
    from langchain_core.embeddings import Embeddings
    from langgraph.store.base import PutOp
    from langgraph.store.sqlite import SqliteStore

    class Given(Embeddings):  # type: ignore[misc,no-any-unimported]
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            kind: Kind = "query" if len(texts) == 1 else "document"  # the store embeds questions as documents, too
            vectors: list[list[float]] = looked.embed(texts, kind).tolist()
            return vectors

        def embed_query(self, text: str) -> list[float]:
            vector: list[float] = looked.embed([text], "query")[0].tolist()
            return vector

    class LangGraph(Peer):
        def add(self, number: int, text: str) -> None:
            store.put(("bench",), str(number), {"text": text})

        def add_all(self, texts: Sequence[str]) -> None:
            store.batch([PutOp(("bench",), str(number), {"text": text}) for number, text in enumerate(texts)])

        def search(self, question: str) -> list[str]:
            return [one.value["text"] for one in store.search(("bench",), query=question, limit=K)]

    index = {"dims": DIMENSION, "embed": Given(), "text_fields": ["text"]}
    connection = _loading(folder / "langgraph.db")
    store = SqliteStore(connection, index=index)
    store.setup()
    yield LangGraph()
    connection.close()


def _loading(path: Path) -> Any:
    """What `SqliteStore.from_conn_string` opens; where this Python's sqlite3 loads no extensions, the same through
    apsw, with the same settings (rollback journal, synchronous=FULL)."""
    if hasattr(sqlite3.Connection, "enable_load_extension"):
        return sqlite3.connect(path, check_same_thread=False, isolation_level=None)

    class Loading(apsw.Connection):
        def create_function(self, name: str, count: int, function: Any, *, deterministic: bool) -> None:
            self.create_scalar_function(name, function, count, deterministic=deterministic)

        def executescript(self, script: str) -> None:
            self.execute(script).fetchall()

    return Loading(str(path))


PEERS = (
    ("mem0", "mem0ai", _mem0),
    ("chroma", "chromadb", _chroma),
    ("langgraph", "langgraph-checkpoint-sqlite", _langgraph),
)
