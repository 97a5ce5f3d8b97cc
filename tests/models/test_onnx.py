"""The local models, with their real weights."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from tacit.errors import ModelError
from tacit.models.located import locate
from tacit.models.onnx import OnnxEmbedder, OnnxReranker
from tacit.models.table import DEFAULT_EMBEDDER, DEFAULT_RERANKER
from tacit.ports import Embedder, Reranker
from tacit.testing.embedder_contract import EmbedderContract


class TestLocalEmbedder(EmbedderContract):
    tolerance = 0.0  # one text a run: the same bits, whoever asks

    @pytest.fixture
    def embedder(self, local_embedder: Embedder) -> Embedder:
        return local_embedder

    def test_knows_that_other_words_mean_the_same(self, embedder: Embedder) -> None:
        texts = [
            "the file could not be opened because access was denied",
            "she bought tickets for the concert on Saturday",
            "sort the list before you search it",
        ]
        question = embedder.embed(["permission error when reading"], "query")[0]
        assert int(np.argmax(embedder.embed(texts, "document") @ question)) == 0

    def test_reads_no_more_than_512_tokens_of_a_text(self, embedder: Embedder) -> None:
        start = "the quick brown fox jumps over the lazy dog " * 100
        ours, longer = embedder.embed([start, start + "and something else entirely"], "document")
        assert np.array_equal(ours, longer)

    def test_embeds_what_is_not_valid_unicode(self, embedder: Embedder) -> None:
        assert np.isfinite(embedder.embed(["half a character: \ud83d"], "document")).all()


def test_many_threads_and_one_give_the_same_bits(local_embedder: Embedder) -> None:
    files = locate(DEFAULT_EMBEDDER)
    assert files is not None
    texts = [f"turn {number}: " + "word " * number for number in range(24)]
    one = OnnxEmbedder("onnx:one", files, dimension=384, threads=1).embed(texts, "document")
    many = OnnxEmbedder("onnx:many", files, dimension=384, threads=5).embed(texts, "document")
    assert np.array_equal(one, many)
    assert np.array_equal(one, local_embedder.embed(texts, "document"))


def test_mean_pooling_and_a_query_prefix_are_applied() -> None:
    files = locate(DEFAULT_EMBEDDER)
    if files is None:
        pytest.skip("no weights here: make models")
    mean = OnnxEmbedder("onnx:mean", files, dimension=384, pooling="mean", query_prefix="query: ")
    first = OnnxEmbedder("onnx:first", files, dimension=384)
    assert not np.allclose(mean.embed(["a text"], "document"), first.embed(["a text"], "document"))
    assert np.array_equal(mean.embed(["a text"], "query"), mean.embed(["query: a text"], "document"))


def test_a_model_of_another_dimension_than_the_table_says_is_refused() -> None:
    files = locate(DEFAULT_EMBEDDER)
    if files is None:
        pytest.skip("no weights here: make models")
    with pytest.raises(ModelError, match="384 dimensions instead of 383"):
        OnnxEmbedder("onnx:other", files, dimension=383).embed(["a text"], "document")


def test_a_file_that_is_no_model_is_a_model_error(tmp_path: Path) -> None:
    tokenizer = {
        "version": "1.0",
        "added_tokens": [],
        "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"},
    }
    (tmp_path / "tokenizer.json").write_bytes(msgspec.json.encode(tokenizer))
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    files = {name: tmp_path / name for name in ("model.onnx", "tokenizer.json")}
    with pytest.raises(ModelError, match=r"python -m tacit\.models\.weights broken"):
        OnnxEmbedder("onnx:broken", files, dimension=384).embed(["a text"], "document")
    with pytest.raises(ModelError, match="cannot be run"):
        OnnxReranker("onnx:absent", {"tokenizer.json": tmp_path / "no", "model.onnx": tmp_path / "no"}).score(
            "a", ["b"]
        )


def test_the_reranker_prefers_the_text_that_answers(local_reranker: Reranker) -> None:
    texts = [
        "New York City is famous for the Metropolitan Museum of Art.",
        "Berlin has a population of 3,520,031 registered inhabitants in an area of 891.82 square kilometers.",
        "",
    ]
    scores = local_reranker.score("How many people live in Berlin?", texts)
    assert scores.shape == (3,)
    assert scores.dtype == np.float32
    assert int(np.argmax(scores)) == 1
    assert scores[1] > 5 > -5 > scores[0]


def test_the_reranker_scores_a_pair_alike_in_any_company(local_reranker: Reranker) -> None:
    texts = [f"text number {number} " + "about bread " * number for number in range(12)]
    together = local_reranker.score("what is it about?", texts)
    alone = [float(local_reranker.score("what is it about?", [text])[0]) for text in texts]
    assert together.tolist() == alone
    assert local_reranker.score("what is it about?", texts[::-1])[::-1].tolist() == alone


def test_the_reranker_bears_long_empty_and_broken_input(local_reranker: Reranker) -> None:
    assert local_reranker.score("a question", []).shape == (0,)
    odd = local_reranker.score("why? " * 5_000, ["", "word " * 50_000, "\ud83d", "東京都の天気"])
    assert np.isfinite(odd).all()


def test_the_reranker_reads_as_many_tokens_as_it_was_told() -> None:
    files = locate(DEFAULT_RERANKER)
    if files is None:
        pytest.skip("no weights here: make models")
    text = "nothing to see here " * 30 + "Berlin has 3,520,031 inhabitants"
    short = OnnxReranker("onnx:short", files, max_tokens=64).score("How many people live in Berlin?", [text])
    long = OnnxReranker("onnx:long", files, max_tokens=256).score("How many people live in Berlin?", [text])
    assert long[0] > short[0]
