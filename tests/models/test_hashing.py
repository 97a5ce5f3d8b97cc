"""The embedder without a model."""

import numpy as np
import pytest

from tacit.errors import InvalidInput
from tacit.testing.embedder_contract import EmbedderContract
from tacit.testing.embedders import HashingEmbedder


class TestHashing(EmbedderContract):
    tolerance = 0.0

    @pytest.fixture
    def embedder(self) -> HashingEmbedder:
        return HashingEmbedder()


@pytest.mark.parametrize("dimension", [8, 64, 384, 1024])
def test_has_as_many_dimensions_as_its_name_says(dimension: int) -> None:
    embedder = HashingEmbedder(dimension)
    assert embedder.name == f"hashing:{dimension}"
    assert embedder.embed(["some words"], "document").shape == (1, dimension)


@pytest.mark.parametrize("dimension", [-1, 0, 7, 65_537])
def test_refuses_a_dimension_that_makes_no_sense(dimension: int) -> None:
    with pytest.raises(InvalidInput, match="between 8 and 65,536"):
        HashingEmbedder(dimension)


def test_says_that_it_knows_nothing_of_meaning() -> None:
    assert HashingEmbedder.is_semantic is False


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("the tests are running", "run the test", "bake a loaf of bread"),
        ("authentification failed", "authentication failure", "the disk is full"),
        ("東京都の天気", "明日の東京都", "大阪の歴史"),
        ("get_user_name is undefined", "getUserName", "set the colour"),
    ],
)
def test_puts_texts_that_share_words_or_pieces_nearer(text: str, near: str, far: str) -> None:
    first, second, third = HashingEmbedder().embed([text, near, far], "document")
    assert first @ second > first @ third


def test_gives_the_vector_that_it_always_gave() -> None:
    vector = HashingEmbedder(16).embed(["record and recall"], "document")[0]
    expected = [0.2627, 0.5852, -0.1248, 0.1248, 0.0, -0.3098, 0.185, -0.2495, -0.185, -0.185, 0.0, -0.4604]
    expected += [0.0, 0.1248, 0.0132, -0.2622]
    np.testing.assert_allclose(vector, expected, atol=5e-4)
