"""The cache of vectors: right or absent, in one process or several."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.errors import ModelError
from tacit.models.cached import OVERHEAD, CacheCounts, CachedEmbedder, VectorFile
from tacit.testing.embedder_contract import EmbedderContract
from tacit.testing.embedders import CountingEmbedder, FlakyEmbedder, HashingEmbedder


class TestCachedInMemory(EmbedderContract):
    tolerance = 0.0

    @pytest.fixture
    def embedder(self) -> CachedEmbedder:
        return CachedEmbedder(HashingEmbedder())


class TestCachedInAFile(EmbedderContract):
    tolerance = 0.0

    @pytest.fixture
    def embedder(self, tmp_path: Path) -> CachedEmbedder:
        return CachedEmbedder(HashingEmbedder(), max_bytes=0, file=VectorFile(tmp_path / "vectors.db"))


def test_equal_texts_are_embedded_once() -> None:
    inner = CountingEmbedder()
    cached = CachedEmbedder(inner)
    first = cached.embed(["a", "b", "a"], "document")
    second = cached.embed(["b", "a", "c"], "document")
    assert inner.asked == [("document", "a"), ("document", "b"), ("document", "c")]
    assert np.array_equal(first[[1, 0]], second[:2])
    assert cached.counts == CacheCounts(memory=2, file=0, misses=4, firsts=4)
    assert cached.counts.hit_rate == pytest.approx(1 / 3)


def test_a_miss_of_what_was_asked_before_is_told_from_one_that_no_cache_could_know() -> None:
    cached = CachedEmbedder(CountingEmbedder(), max_bytes=0)
    cached.embed(["a", "b"], "document")
    cached.embed(["b", "c"], "document")
    assert cached.counts == CacheCounts(memory=0, file=0, misses=4, firsts=3)


def test_a_model_that_fails_is_counted() -> None:
    cached = CachedEmbedder(FlakyEmbedder(HashingEmbedder(), failures=2))
    for _ in range(2):
        with pytest.raises(ModelError):
            cached.embed(["a"], "query")
    assert cached.counts.failures == 2


def test_questions_and_documents_are_kept_apart() -> None:
    inner = CountingEmbedder()
    cached = CachedEmbedder(inner)
    cached.embed(["a"], "document")
    cached.embed(["a"], "query")
    assert inner.asked == [("document", "a"), ("query", "a")]


def test_a_failure_is_not_remembered() -> None:
    cached = CachedEmbedder(FlakyEmbedder(failures=1))
    with pytest.raises(ModelError):
        cached.embed(["a"], "document")
    assert np.array_equal(cached.embed(["a"], "document"), HashingEmbedder().embed(["a"], "document"))


def test_memory_stays_within_its_bound_and_the_latest_stay() -> None:
    inner = CountingEmbedder()
    cached = CachedEmbedder(inner, max_bytes=3 * (384 * 4 + OVERHEAD))
    for text in ("a", "b", "c", "a", "d"):  # d takes the place of b, which was asked for longest ago
        cached.embed([text], "document")
    inner.asked.clear()
    cached.embed(["a", "c", "d"], "document")
    assert inner.asked == []
    cached.embed(["b"], "document")
    assert inner.asked == [("document", "b")]


def test_a_file_serves_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "vectors.db"
    script = (
        "import sys; from pathlib import Path\n"
        "from tacit.models.cached import CachedEmbedder, VectorFile\n"
        "from tacit.testing.embedders import HashingEmbedder\n"
        "CachedEmbedder(HashingEmbedder(), file=VectorFile(Path(sys.argv[1]))).embed(['a', 'b'], 'document')\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    inner = CountingEmbedder()
    cached = CachedEmbedder(inner, file=VectorFile(path))
    vectors = cached.embed(["a", "b", "c"], "document")
    assert inner.asked == [("document", "c")]
    assert np.array_equal(vectors, HashingEmbedder().embed(["a", "b", "c"], "document"))
    assert cached.counts == CacheCounts(memory=0, file=2, misses=1, firsts=1)
    cached.close()
    cached.close()


def test_two_models_never_share_a_vector(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    CachedEmbedder(HashingEmbedder(64), file=VectorFile(path)).embed(["a"], "document")
    assert CachedEmbedder(HashingEmbedder(32), file=VectorFile(path)).embed(["a"], "document").shape == (1, 32)


def test_what_is_discarded_is_gone_from_memory_and_file(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    inner = CountingEmbedder()
    cached = CachedEmbedder(inner, file=VectorFile(path))
    cached.embed(["a secret", "another"], "document")
    cached.discard(["a secret"])
    inner.asked.clear()
    cached.embed(["a secret", "another"], "document")
    assert inner.asked == [("document", "a secret")]
    cached.discard(["a secret", "another"])
    cached.close()
    assert apsw.Connection(str(path)).execute("SELECT count(*) FROM vectors").fetchall() == [(0,)]
    content = path.read_bytes()
    assert inner.inner.embed(["a secret"], "document").tobytes() not in content


def test_the_file_keeps_no_text(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    cached = CachedEmbedder(HashingEmbedder(), file=VectorFile(path))
    cached.embed(["my password is swordfish"], "document")
    cached.close()
    assert b"swordfish" not in path.read_bytes()


def test_the_file_stays_within_its_bound(tmp_path: Path) -> None:
    file = VectorFile(tmp_path / "vectors.db", max_vectors=10)
    embedder = CachedEmbedder(HashingEmbedder(), max_bytes=0, file=file)
    for number in range(30):
        embedder.embed([f"text {number}"], "document")
    file.close()
    rows = apsw.Connection(str(file.path)).execute("SELECT count(*) FROM vectors").fetchall()
    assert rows == [(10,)]
    embedder.embed(["text 29", "text 20"], "document")
    assert embedder.counts == CacheCounts(memory=0, file=2, misses=30, firsts=30)


def test_a_flipped_bit_is_a_miss_and_never_a_wrong_vector(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    CachedEmbedder(HashingEmbedder(), file=VectorFile(path)).embed(["a"], "document")
    database = apsw.Connection(str(path))
    [(blob,)] = database.execute("SELECT vector FROM vectors").fetchall()
    database.execute("UPDATE vectors SET vector = ?", (bytes([blob[0] ^ 1]) + blob[1:],))
    database.close()
    again = CachedEmbedder(HashingEmbedder(), file=VectorFile(path))
    assert np.array_equal(again.embed(["a"], "document"), HashingEmbedder().embed(["a"], "document"))
    assert again.counts.misses == 1


@pytest.mark.parametrize("content", [b"not a database at all " * 500, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_costs_time_and_nothing_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vectors.db"
    path.write_bytes(content)
    file = VectorFile(path)
    cached = CachedEmbedder(HashingEmbedder(), max_bytes=0, file=file)
    expected = HashingEmbedder().embed(["a"], "document")
    assert np.array_equal(cached.embed(["a"], "document"), expected)
    assert file.faults == 1
    assert np.array_equal(cached.embed(["a"], "document"), expected)
    assert cached.counts == CacheCounts(memory=0, file=1, misses=1, firsts=1)


def test_a_file_that_cannot_be_there_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("a file, not a folder")
    file = VectorFile(tmp_path / "in the way" / "vectors.db")
    cached = CachedEmbedder(HashingEmbedder(), file=file)
    assert cached.embed(["a"], "document").shape == (1, 384)
    assert cached.embed(["a"], "document").shape == (1, 384)
    assert file.faults == 2  # one reading, one writing; then memory answers
    cached.discard(["a"])
    cached.close()


def test_a_file_deleted_under_way_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    cached = CachedEmbedder(HashingEmbedder(), max_bytes=0, file=VectorFile(path))
    cached.embed(["a"], "document")
    cached.close()
    path.unlink()
    cached.embed(["a"], "document")
    assert path.is_file()


def test_many_threads_agree(tmp_path: Path) -> None:
    cached = CachedEmbedder(HashingEmbedder(), max_bytes=20_000, file=VectorFile(tmp_path / "vectors.db"))
    texts = [f"text {number}" for number in range(40)]
    expected = HashingEmbedder().embed(texts, "document")

    def ask(start: int) -> bool:
        order = [(start + step) % 40 for step in range(40)]
        return np.array_equal(cached.embed([texts[place] for place in order], "document"), expected[order])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(24)))


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=12), st.integers(0, 8))
def test_a_cache_of_any_size_answers_as_the_embedder_would(batches: list[list[str]], room: int) -> None:
    plain = HashingEmbedder(16)
    cached = CachedEmbedder(HashingEmbedder(16), max_bytes=room * (16 * 4 + OVERHEAD))
    for batch in batches:
        assert np.array_equal(cached.embed(batch, "document"), plain.embed(batch, "document"))
    counts = cached.counts
    assert counts.memory + counts.misses == sum(len(batch) for batch in batches)
