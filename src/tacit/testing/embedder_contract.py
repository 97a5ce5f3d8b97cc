"""What every embedder promises, as tests that anyone can inherit.

Floor 6. A subclass gives an embedder by a fixture:

    class TestMine(EmbedderContract):
        @pytest.fixture
        def embedder(self):
            return MyEmbedder()
"""
# ruff: noqa: S101 - these are tests: they assert

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np

from tacit.ports import Embedder

__all__ = ["EmbedderContract"]

TEXTS = (
    "the build fails because a header is missing",
    "install the package that carries the header, then build again",
    "",
    " \n\t ",
    "Größe der Datenbank überprüfen",
    "データベースの大きさを調べる",
    "проверить размер базы данных",
    "🙂👍🏽 e\u0301 \u200d \ufffd",
    "x",
    "!?",
    "def read(path): return open(path).read()",
    "long " * 20_000,
)


class EmbedderContract:
    """Inherit, give a fixture `embedder`, and run pytest."""

    tolerance = 1e-6
    """How far two vectors of one text may lie apart. Raise it for a server whose vectors depend on the batch."""

    def test_gives_a_float32_row_of_the_stated_dimension_for_each_text(self, embedder: Embedder) -> None:
        """The shape and the type that stores expect."""
        vectors = embedder.embed(TEXTS, "document")
        assert vectors.shape == (len(TEXTS), embedder.dimension)
        assert vectors.dtype == np.float32

    def test_gives_finite_rows_of_unit_length_for_every_kind_of_text(self, embedder: Embedder) -> None:
        """So that a dot product is a cosine, also for empty, foreign and very long texts."""
        for kind in _kinds():
            vectors = embedder.embed(TEXTS, kind)
            assert np.isfinite(vectors).all()
            np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)

    def test_gives_no_rows_for_no_texts(self, embedder: Embedder) -> None:
        """(0, dimension), not an error."""
        for kind in _kinds():
            nothing = embedder.embed([], kind)
            assert nothing.shape == (0, embedder.dimension)
            assert nothing.dtype == np.float32

    def test_gives_the_same_vector_whoever_else_is_in_the_batch(self, embedder: Embedder) -> None:
        """A text has one vector: it can be cached and compared."""
        together = embedder.embed(TEXTS, "document")
        alone = np.concatenate([embedder.embed([text], "document") for text in TEXTS])
        backwards = embedder.embed(TEXTS[::-1], "document")[::-1]
        np.testing.assert_allclose(together, alone, atol=self.tolerance)
        np.testing.assert_allclose(together, backwards, atol=self.tolerance)

    def test_gives_the_same_vector_to_every_thread(self, embedder: Embedder) -> None:
        """One embedder serves the callers and the worker at once."""
        expected = embedder.embed(TEXTS, "query")

        def ask(_: int) -> np.ndarray:
            return embedder.embed(TEXTS, "query")

        with ThreadPoolExecutor(4) as pool:
            for vectors in pool.map(ask, range(8)):
                np.testing.assert_allclose(vectors, expected, atol=self.tolerance)

    def test_puts_a_question_near_the_text_that_has_its_words(self, embedder: Embedder) -> None:
        """The least that finding by vectors needs."""
        texts = ["how to bake bread with rye flour", "the compiler reports a missing header file"]
        question = embedder.embed(["compiler reports missing header"], "query")[0]
        near = embedder.embed(texts, "document") @ question
        assert near[1] > near[0]

    def test_hands_out_vectors_that_the_caller_may_change(self, embedder: Embedder) -> None:
        """No answer is shared with a later one."""
        first = embedder.embed(["mine to change"], "document")
        kept = first.copy()
        first[:] = 0.0
        np.testing.assert_allclose(embedder.embed(["mine to change"], "document"), kept, atol=self.tolerance)

    def test_has_a_name_that_says_provider_and_model(self, embedder: Embedder) -> None:
        """Vectors are kept under it, and never compared across names."""
        provider, colon, model = embedder.name.partition(":")
        assert colon
        assert provider
        assert model


def _kinds() -> Sequence[Literal["document", "query"]]:
    return ("document", "query")
