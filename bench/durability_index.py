"""The saved vector index deleted, damaged, or of another time or file: the answers stay what they were."""

import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from bench.common import say
from tacit.changes import Change, Delete, Put, PutVectors
from tacit.clock import new_id
from tacit.logic.passages import passage_id
from tacit.stores.sqlite import SqliteStore
from tacit.types import Fact, Filter, Item

NAMESPACE, MODEL = "default", "random:64"
DIMENSION = 64
FIRST = 20_000
"""Vectors from which an index is saved; up to so many it is exact."""
MORE = (0, 6_000)
"""So many are added before the second save; with them the index is an approximate one."""
APPROXIMATE = 0.98
"""Recall at 10 that an approximate index must have on random vectors, which are the hardest there are."""
QUESTIONS = 20
WANTED = 10
Answers = list[list[tuple[int, float]]]


def index(seed: int, more: Sequence[int] = MORE) -> dict[str, Any]:
    """Every way in which the file of an index can be wrong, for an index of each size."""
    said: list[str] = []
    cases = 0
    recalls = []
    for added in more:
        with tempfile.TemporaryDirectory() as name:
            tried, recall = _one_size(Path(name), added, random.Random(seed), said)
            cases += tried
            recalls.append(recall)
    return {
        "ok": not said,
        "cases": cases,
        "sizes": [FIRST + added for added in more],
        "recall_at_10": recalls,
        "wrong": said[:5],
    }


def _one_size(folder: Path, added: int, rng: random.Random, said: list[str]) -> tuple[int, float]:
    size = FIRST + added
    numbers = np.random.default_rng(rng.randrange(2**32))
    questions = _units(numbers, QUESTIONS)
    path, other = folder / "one.db", folder / "other.db"
    for database in (path, other):
        with closing(SqliteStore(database)) as store:
            _add(store, numbers, FIRST)
            _ask(store, questions)
    early = folder / "early.db"
    _copy(path, early)
    with closing(SqliteStore(path)) as store:
        _add(store, numbers, added)
        _ask(store, questions)
    cases = _cases(rng, path, early, other)
    recall = 1.0
    for what, spoil in cases.items():
        spoil()
        recall = min(recall, _compared(path, questions, f"{size} vectors, index {what}", said))
    _restored(early, path, numbers)
    recall = min(recall, _compared(path, questions, f"{size} vectors, index of another history", said))
    say(f"index: {size} vectors, {len(cases) + 1} ways to spoil it, wrong {len(said)}, recall@10 {recall:.4f}")
    return len(cases) + 1, round(recall, 4)


def _cases(rng: random.Random, path: Path, early: Path, other: Path) -> dict[str, Callable[[], None]]:
    folder = _folder(path)
    file = folder / "1.vectors"
    manifest = folder / "1.json"

    def changed(target: Path, change: Callable[[bytearray], None]) -> Callable[[], None]:
        def spoil() -> None:
            content = bytearray(target.read_bytes())
            change(content)
            target.write_bytes(content)

        return spoil

    def flip(content: bytearray) -> None:
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)

    def truncate(content: bytearray) -> None:
        del content[rng.randrange(len(content)) :]

    def replaced(source: Path) -> Callable[[], None]:
        kept = source.with_name(source.name + ".kept")
        shutil.copytree(_folder(source), kept)
        return lambda: [shutil.copy2(one, folder / one.name) for one in kept.iterdir()] and None

    return {
        "as it was": lambda: None,
        "deleted": lambda: shutil.rmtree(folder),
        "truncated": changed(file, truncate),
        "with a bit flipped": changed(file, flip),
        "with its manifest flipped": changed(manifest, flip),
        "without manifest": manifest.unlink,
        "emptied": lambda: file.write_bytes(b"") and None,
        "older": replaced(early),
        "of another file": replaced(other),
    }


def _compared(path: Path, questions: np.ndarray, what: str, said: list[str]) -> float:
    """Answers of a new process's store, against every row compared; -> recall at 10."""
    with closing(SqliteStore(path)) as store:
        found, exact = _ask(store, questions), _exact(store, questions)
        vectors = store.records(NAMESPACE).stats().vectors[MODEL]
    same = sum(len({key for key, _ in a} & {key for key, _ in b}) for a, b in zip(found, exact, strict=True))
    recall = same / (len(questions) * WANTED)
    least = 1.0 if vectors <= FIRST else APPROXIMATE
    true = [dict(answer) for answer in exact]
    wrong = [
        score
        for answer, scores in zip(found, true, strict=True)
        for key, score in answer
        if abs(score - scores.get(key, score)) > 1e-3
    ]
    if recall < least or wrong:
        said.append(f"{what}: recall {recall}, wrong scores {len(wrong)}")
    return recall


def _restored(early: Path, path: Path, numbers: np.random.Generator) -> None:
    """A backup is put in the place of the file, other vectors follow, and the index of the lost history stays."""
    shutil.rmtree(_folder(path), ignore_errors=True)
    with closing(SqliteStore(path)) as store:
        _ask(store, _units(numbers, 1))
    shutil.copyfile(early, path)
    with closing(SqliteStore(path)) as store:
        _add(store, numbers, 400)
        gone = [item.id for item in store.select(NAMESPACE, Filter(), limit=5)]
        store.write(NAMESPACE, [Delete(ids=tuple(gone))])


def _add(store: SqliteStore, numbers: np.random.Generator, count: int) -> None:
    for start in range(0, count, 2_000):
        part = min(2_000, count - start)
        puts: list[Change] = [Put(item=_item()) for _ in range(part)]
        made = store.write(NAMESPACE, puts).items
        ids = tuple(passage_id(item.sequence, 0) for item in made)
        store.write(NAMESPACE, [PutVectors(model=MODEL, passages=ids, matrix=_units(numbers, part))])


def _item() -> Item:
    return Item(id=new_id(), kind="fact", text="a fact", payload=Fact(statement="a fact"))


def _units(numbers: np.random.Generator, count: int) -> np.ndarray:
    vectors = numbers.standard_normal((count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _ask(store: SqliteStore, questions: np.ndarray) -> Answers:
    hits = [store.nearest(NAMESPACE, MODEL, question, Filter(), WANTED) for question in questions]
    return [list(zip(one.passages.tolist(), one.scores.tolist(), strict=True)) for one in hits]


def _exact(store: SqliteStore, questions: np.ndarray) -> Answers:
    """From the rows, without any index."""
    sequences: list[int] = []
    while page := store.select(NAMESPACE, Filter(), after=sequences[-1] if sequences else 0, limit=5_000):
        sequences += [item.sequence for item in page]
    ids = np.array([passage_id(sequence, 0) for sequence in sequences], np.int64)
    scores = store.vectors(NAMESPACE, MODEL, ids.tolist()) @ questions.T
    best = np.argsort(-scores, axis=0, kind="stable")[:WANTED]
    return [[(int(ids[row]), float(scores[row, turn])) for row in best[:, turn]] for turn in range(len(questions))]


def _folder(path: Path) -> Path:
    return path.with_name(path.name + ".index")


def _copy(path: Path, target: Path) -> None:
    shutil.copyfile(path, target)
    shutil.copytree(_folder(path), _folder(target))
