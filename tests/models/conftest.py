"""The models that these tests open: real weights from the cache, never fetched here (`make models` does that)."""

import pytest

from tacit.models.located import locate
from tacit.models.open import open_embedder, open_reranker
from tacit.models.table import DEFAULT_EMBEDDER, DEFAULT_RERANKER
from tacit.ports import Embedder, Reranker


@pytest.fixture(scope="session")
def local_embedder() -> Embedder:
    if locate(DEFAULT_EMBEDDER) is None:
        pytest.skip(f"the weights of {DEFAULT_EMBEDDER} are not here: make models")
    embedder = open_embedder(f"onnx:{DEFAULT_EMBEDDER}").embedder
    assert embedder is not None
    return embedder


@pytest.fixture(scope="session")
def local_reranker() -> Reranker:
    if locate(DEFAULT_RERANKER) is None:
        pytest.skip(f"the weights of {DEFAULT_RERANKER} are not here: make models")
    reranker = open_reranker(f"onnx:{DEFAULT_RERANKER}").reranker
    assert reranker is not None
    return reranker
