"""The vector index: exact as brute force, approximate nearly so once ranked exactly, and never a file that misleads."""

import os
import subprocess
import sys
import threading
import time
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tacit.errors import Corrupted, InvalidInput, StorageError
from tacit.stores.vector_index import OVERFETCH, VectorIndex, load_index, make_index
from tacit.stores.vectors.approximate import ApproximateIndex, is_usable
from tacit.stores.vectors.exact import BLOCK, ExactIndex
from tacit.stores.vectors.file import ABANDONED, DIGEST, HEADER, MAGIC, VERSION
from tacit.stores.vectors.growing import EXACT, GrowingIndex

KINDS = [ExactIndex, GrowingIndex, ApproximateIndex] if is_usable(8) else [ExactIndex]
needs_package = pytest.mark.skipif(not is_usable(8), reason="the extra `index` is not installed")


def unit(count: int, dimension: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def clusters(count: int, dimension: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((40, dimension))
    vectors = centres[rng.integers(0, 40, count)] + 0.5 * rng.standard_normal((count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def brute(held: dict[int, np.ndarray], vector: np.ndarray, k: int) -> list[int]:
    scored = sorted((-float(row @ vector), key) for key, row in held.items())
    return [key for _, key in scored[:k]]


ids_of = st.lists(st.integers(-5, 30), max_size=12)
steps = st.lists(st.tuples(st.sampled_from(["add", "remove"]), ids_of), max_size=12)


def follow(index: VectorIndex, operations: list[tuple[str, list[int]]]) -> dict[int, np.ndarray]:
    """Do the same to the index and to a dictionary."""
    held: dict[int, np.ndarray] = {}
    for number, (verb, ids) in enumerate(operations):
        if verb == "add":
            vectors = unit(len(ids), 8, seed=number)
            index.add(np.array(ids, np.int64), vectors)
            held.update(zip(ids, vectors, strict=True))
        else:
            index.remove(np.array(ids, np.int64))
            for key in ids:
                held.pop(key, None)
        assert len(index) == len(held)
    return held


@given(steps, st.integers(1, 40))
def test_the_exact_index_answers_as_brute_force_does(operations: list[tuple[str, list[int]]], k: int) -> None:
    index = ExactIndex(8)
    held = follow(index, operations)
    question = unit(1, 8, seed=99)[0]
    ids, scores = index.search(question, k)
    assert (ids.dtype, scores.dtype) == (np.int64, np.float32)
    truth = [float(held[key] @ question) for key in brute(held, question, k)]
    assert scores.tolist() == pytest.approx(truth, abs=1e-6)
    assert [float(held[key] @ question) for key in ids.tolist()] == pytest.approx(truth, abs=1e-6)
    assert len(set(ids.tolist())) == len(ids)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(operations=steps)
def test_every_index_holds_what_was_added_and_not_removed(kind: type, operations: list[tuple[str, list[int]]]) -> None:
    index = kind(8)
    held = follow(index, operations)
    ids, scores = index.search(unit(1, 8)[0], 1000)
    assert sorted(ids.tolist()) == sorted(held)
    assert (np.diff(scores) <= 0).all()


def test_rows_move_between_blocks_without_a_trace() -> None:
    vectors = unit(2 * BLOCK + 10, 8)
    index = ExactIndex(8)
    index.add(np.arange(BLOCK - 3), vectors[: BLOCK - 3])
    index.add(np.arange(BLOCK - 3, len(vectors)), vectors[BLOCK - 3 :])
    index.remove(np.arange(0, len(vectors), 2))
    left = np.arange(1, len(vectors), 2)
    for row in left[:: BLOCK // 4]:
        assert index.search(vectors[row], 1)[0].tolist() == [row]
    before = index.nbytes
    index.remove(left)
    assert (len(index), index.nbytes) == (0, 0)
    assert before > 0


def test_equal_scores_are_ordered_by_id_wherever_they_lie() -> None:
    one = unit(1, 8)
    index = ExactIndex(8)
    index.add(np.array([9, 3, 7, 5]), np.repeat(one, 4, axis=0))
    assert index.search(one[0], 2)[0].tolist() == [3, 5]


@needs_package
@pytest.mark.parametrize("seed", range(3))
def test_candidates_ranked_exactly_hold_the_ten_nearest(seed: int) -> None:
    vectors, questions = clusters(6_000, 384, seed), clusters(50, 384, seed + 100)
    exact, approximate = ExactIndex(384), ApproximateIndex(384)
    for index in (exact, approximate):
        index.add(np.arange(len(vectors)), vectors)
    found = 0
    for question in questions:
        truth = exact.search(question, 10)[0]
        candidates = approximate.search(question, OVERFETCH * 50)[0]
        ranked = candidates[np.argsort(-(vectors[candidates] @ question))][:10]
        found += len(set(truth.tolist()) & set(ranked.tolist()))
    assert found >= 0.98 * 10 * len(questions)


@needs_package
def test_an_index_that_grows_stays_whole_when_it_turns() -> None:
    vectors = unit(EXACT + 30, 8)
    index = GrowingIndex(8)
    index.add(np.arange(EXACT), vectors[:EXACT])
    assert index.is_exact
    index.add(np.arange(EXACT - 5, EXACT + 30), vectors[EXACT - 5 :])
    assert not index.is_exact
    assert len(index) == EXACT + 30
    assert index.search(vectors[3], 50)[0].tolist().count(3) == 1
    assert not GrowingIndex(8, EXACT + 1).is_exact


@needs_package
def test_bad_input_does_not_turn_an_index() -> None:
    index = GrowingIndex(8)
    index.add(np.arange(EXACT), unit(EXACT, 8))
    with pytest.raises(InvalidInput):
        index.add(np.array([EXACT]), np.full((1, 8), np.nan, np.float32))
    assert index.is_exact
    assert len(index) == EXACT


BAD_ROWS = [
    (np.array([1, 2]), unit(1, 8)),
    (np.array([1]), unit(1, 16)),
    (np.array([1]), unit(1, 8)[0]),
    (np.array([[1]]), unit(1, 8)),
    (np.array([1.5]), unit(1, 8)),
    (np.array([1]), np.full((1, 8), np.nan, np.float32)),
    (np.array([1]), np.full((1, 8), np.inf, np.float32)),
    (np.array([1]), np.full((1, 8), 1e20, np.float32)),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", range(len(BAD_ROWS)))
def test_bad_rows_change_nothing(kind: type, bad: int) -> None:
    index = kind(8)
    kept = unit(2, 8, seed=5)
    index.add(np.array([1, 2]), kept)
    before = index.search(kept[0], 5)
    with pytest.raises(InvalidInput):
        index.add(*BAD_ROWS[bad])
    after = index.search(kept[0], 5)
    assert [part.tolist() for part in before] == [part.tolist() for part in after]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("vector", "k"), [(unit(1, 16)[0], 1), (unit(1, 8), 1), (np.full(8, np.nan), 1), (unit(1, 8)[0], 0)]
)
def test_bad_questions_are_refused(kind: type, vector: np.ndarray, k: int) -> None:
    index = kind(8)
    index.add(np.array([1]), unit(1, 8))
    with pytest.raises(InvalidInput):
        index.search(vector, k)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_saved_answers_as_before(kind: type, tmp_path: Path) -> None:
    vectors = unit(300, 8)
    index = kind(8)
    index.add(np.arange(300) * 1000 - 7, vectors)
    index.remove(np.array([-7]))
    index.save(tmp_path / "index")
    loaded = load_index(tmp_path / "index", 8)
    assert len(loaded) == 299
    for question in vectors[:20]:
        here, there = index.search(question, 25), loaded.search(question, 25)
        assert here[0].tolist() == there[0].tolist()
        assert here[1].tolist() == there[1].tolist()
    loaded.add(np.array([-7]), vectors[:1])
    assert loaded.search(vectors[0], 1)[0].tolist() == [-7]


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_index_can_be_asked_and_kept(kind: type, tmp_path: Path) -> None:
    index = kind(8)
    index.save(tmp_path / "index")
    for one in (index, load_index(tmp_path / "index", 8)):
        ids, scores = one.search(unit(1, 8)[0], 3)
        assert (len(one), ids.tolist(), scores.tolist()) == (0, [], [])
        assert (ids.dtype, scores.dtype) == (np.int64, np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_and_cuts_anywhere_are_found(kind: type, tmp_path: Path) -> None:
    """Every byte of the header, of the digest, and of an exact index; each hundredth of codes, which take 50 kB."""
    path = tmp_path / "index"
    index = kind(8)
    index.add(np.arange(5), unit(5, 8))
    index.save(path)
    whole = path.read_bytes()
    edges = {*range(HEADER.size + 8), *range(len(whole) - DIGEST - 8, len(whole))}
    places = sorted(edges | set(range(0, len(whole), max(1, len(whole) // 240))))
    damaged = [whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :] for place in places]
    cut = [whole[:place] for place in places]
    for content in [*damaged, *cut, whole + b"\0", whole + whole, bytes(len(whole))]:
        path.write_bytes(content)
        with pytest.raises(Corrupted):
            load_index(path, 8)
    path.write_bytes(whole)
    assert len(load_index(path, 8)) == 5


def forged(path: Path, *, version: int = VERSION, kind: int = 1, count: int = 0, payload: bytes = b"") -> Path:
    body = HEADER.pack(MAGIC, version, kind, 8, count) + payload
    path.write_bytes(body + blake2b(body, digest_size=DIGEST).digest())
    return path


@pytest.mark.parametrize(
    "made",
    [
        {"version": VERSION + 1},
        {"kind": 77},
        {"count": 1},
        {"count": 2**63},
        {"payload": b"1234"},
        {"count": 2, "payload": bytes(2 * (8 + 32))},
        {"count": 1, "payload": bytes(8) + np.full(8, np.nan, "<f4").tobytes()},
        {"kind": 2, "payload": b""},
        {"kind": 2, "count": 1, "payload": b"not what the package writes"},
    ],
)
def test_a_whole_file_that_makes_no_sense_is_refused(made: dict[str, int | bytes], tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        load_index(forged(tmp_path / "index", **made), 8)  # type: ignore[arg-type]


@needs_package
def test_codes_of_another_number_of_vectors_are_refused(tmp_path: Path) -> None:
    index = ApproximateIndex(8)
    index.add(np.arange(5), unit(5, 8))
    index.save(tmp_path / "index")
    codes = (tmp_path / "index").read_bytes()[HEADER.size : -DIGEST]
    with pytest.raises(Corrupted):
        load_index(forged(tmp_path / "forged", kind=2, count=4, payload=codes), 8)


def test_files_that_are_absent_foreign_or_of_another_dimension_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        load_index(tmp_path / "absent", 8)
    with pytest.raises(StorageError):
        load_index(tmp_path, 8)
    (tmp_path / "foreign").write_bytes(b"SQLite format 3\0" + bytes(4096))
    with pytest.raises(Corrupted):
        load_index(tmp_path / "foreign", 8)
    ExactIndex(8).save(tmp_path / "index")
    with pytest.raises(StorageError, match="8 dimensions, and 16"):
        load_index(tmp_path / "index", 16)


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    small = ExactIndex(8)
    small.add(np.arange(2), unit(2, 8))
    small.save(tmp_path / "index")
    program = """
import resource, sys
from pathlib import Path
import numpy as np
from tacit.errors import StorageError
from tacit.stores.vectors.exact import ExactIndex
index = ExactIndex(8)
index.add(np.arange(5000), np.ones((5000, 8), np.float32))
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    index.save(Path(sys.argv[1]))
except StorageError as error:
    print("refused:", error.remedy)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "index"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("refused:")
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
    assert len(load_index(tmp_path / "index", 8)) == 2
    with pytest.raises(StorageError):
        small.save(tmp_path / "no such folder" / "index")


def test_what_a_killed_process_left_is_swept_and_what_another_writes_is_not(tmp_path: Path) -> None:
    old, fresh = tmp_path / "index.old.tmp", tmp_path / "index.fresh.tmp"
    for left in (old, fresh):
        left.write_bytes(b"half")
    long_ago = time.time() - 2 * ABANDONED
    os.utime(old, (long_ago, long_ago))
    ExactIndex(8).save(tmp_path / "index")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "index.fresh.tmp"]


@pytest.mark.parametrize("kind", KINDS)
def test_questions_are_answered_whole_while_others_add_and_remove(kind: type) -> None:
    vectors = unit(2_000, 16)
    index = kind(16)
    index.add(np.arange(1_000), vectors[:1_000])
    done = threading.Event()

    def churn() -> None:
        try:
            for row in range(1_000, 2_000):
                index.add(np.array([row]), vectors[row : row + 1])
                index.remove(np.array([row - 500]))
        finally:
            done.set()

    other = threading.Thread(target=churn)
    other.start()
    asked = 0
    while not done.is_set() or not asked:
        ids, scores = index.search(vectors[7], 10)
        assert len(set(ids.tolist())) == 10
        assert ids[0] == 7
        assert np.isfinite(scores).all()
        asked += 1
    other.join()
    assert sorted(index.search(vectors[7], 5_000)[0].tolist()) == [*range(500), *range(1_500, 2_000)]


WITHOUT = """
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
import numpy as np

class Blocker(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "turbovec":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocker())
from tacit.errors import StorageError
from tacit.stores.vector_index import load_index, make_index
folder = Path(sys.argv[1])
vectors = np.load(folder / "vectors.npy")
index = make_index(8, 1_000_000)
index.add(np.arange(len(vectors)), vectors)
print(type(index).__name__, index.search(vectors[0], 10)[0].tolist())
print(load_index(folder / "exact", 8).search(vectors[0], 10)[0].tolist())
try:
    load_index(folder / "approximate", 8)
except StorageError as error:
    print(error.cause)
"""


def test_without_the_package_the_same_is_found(tmp_path: Path) -> None:
    vectors = unit(500, 8)
    np.save(tmp_path / "vectors.npy", vectors)
    index = make_index(8)
    index.add(np.arange(500), vectors)
    index.save(tmp_path / "exact")
    forged(tmp_path / "approximate", kind=2)
    done = subprocess.run([sys.executable, "-c", WITHOUT, tmp_path], capture_output=True, text=True, check=True)
    nearest = index.search(vectors[0], 10)[0].tolist()
    cause = "it was written by turbovec, which is not installed"
    assert done.stdout.splitlines() == [f"ExactIndex {nearest}", f"{nearest}", cause]


def test_a_dimension_that_the_package_does_not_take_is_compared_exactly() -> None:
    index = make_index(383, 1_000_000)
    assert isinstance(index, ExactIndex)


def test_importing_the_index_imports_no_package() -> None:
    program = "import sys, tacit.stores.vector_index; print('turbovec' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
