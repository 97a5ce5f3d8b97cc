"""What finding candidates by meaning costs, by kind of index and by size: the evidence of docs/decisions/0004.

Real vectors (messages of the recall sets, by the local model), grown by copies with noise: 0.02 a dimension, which
leaves a cosine of 0.93 to the original. A kind is asked for candidates, which are then ranked exactly; recall is
against all vectors compared. Kinds whose package is not installed are left out, and named. Not measured: reading the
blobs, other languages, other processors.
"""

import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.common import arguments, machine, report, say
from bench.index_kinds import KINDS, Candidates
from bench.sets import beam, locomo
from tacit.models.open import open_embedder

NOISE = 0.02
LONGEST = 400
"""Characters of a message that are embedded."""
WANTED = 200
"""After the exact ranking."""
ASKED = (200, 300, 400, 800, 1600)
"""Candidates; the last is what a filter costs that leaves one in eight."""


def main() -> int:
    """Embed, measure, print."""
    parser = arguments(__doc__ or "", data=True)
    parser.add_argument("--vectors", type=Path, help="npz file of the real vectors: read if it is there, else written")
    parser.add_argument("--sizes", type=int, nargs="*", help="vectors in the index; default 10k, 100k, 500k")
    given = parser.parse_args()
    started = time.time()
    sizes = given.sizes or ([20_000] if given.quick else [10_000, 100_000, 500_000])
    texts, questions = _real(given.data, given.vectors, (1_000, 50) if given.quick else (12_000, 150))
    result: dict[str, Any] = {"quick": given.quick, "real_vectors": len(texts), "questions": len(questions)}
    result["missing"] = [name for name, kind in KINDS.items() if kind.missing()]
    for size in sizes:
        result[str(size)] = _size(_grown(texts, size, given.seed), questions)
    result["machine"] = machine(started)
    report(result, as_json=given.json, table=_print)
    return 0


def _real(data: Path, kept: Path | None, most: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of messages and of questions."""
    if kept is not None and kept.exists():
        with np.load(kept) as file:
            return file["texts"][: most[0]], file["questions"][: most[1]]
    embedder, reason = open_embedder("auto")
    talks = [*locomo(data), *beam(data)]
    if embedder is None or not talks:
        raise SystemExit(reason or f"no recall sets in {data}")
    texts = list(dict.fromkeys(said.text[:LONGEST] for talk in talks for said in talk.said))
    questions = [question.text for talk in talks for question in talk.questions]
    rng = np.random.default_rng(0)
    texts, questions = (
        [some[i] for i in rng.permutation(len(some))[:limit]]
        for some, limit in zip((texts, questions), most, strict=True)
    )
    say(f"embedding {len(texts)} messages")
    made = embedder.embed(texts, "document"), embedder.embed(questions, "query")
    if kept is not None:
        np.savez(kept, texts=made[0], questions=made[1])
    return made


def _grown(real: np.ndarray, size: int, seed: int) -> np.ndarray:
    """The real vectors, then noisy copies of them, float32 (size, dimension)."""
    rng = np.random.default_rng(seed)
    grown = real[np.arange(size) % len(real)]
    for start in range(len(real), size, 50_000):
        part = grown[start : start + 50_000]
        part += NOISE * rng.standard_normal(part.shape, dtype=np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return grown


def _size(vectors: np.ndarray, questions: np.ndarray) -> dict[str, Any]:
    nearest = []
    for question in questions:
        scores = np.einsum("ij,j->i", vectors, question)
        near = np.argpartition(-scores, WANTED)[:WANTED]
        nearest.append(near[np.argsort(-scores[near])])
    found = {}
    for name, kind in KINDS.items():
        if not kind.missing():
            say(f"{len(vectors)} vectors: {name}")
            found[name] = _kind(kind.make, vectors, questions, np.array(nearest))
            gc.collect()
    return found


def _kind(
    make: Callable[[int], Candidates], vectors: np.ndarray, questions: np.ndarray, nearest: np.ndarray
) -> dict[str, Any]:
    before, begun = _resident_mb(), time.perf_counter()
    index = make(vectors.shape[1])
    for start in range(0, len(vectors), 10_000):
        part = vectors[start : start + 10_000]
        index.add(np.arange(start, start + len(part)), part)
    index.search(questions[0], WANTED)
    found: dict[str, Any] = {"build_s": round(time.perf_counter() - begun, 3)}
    found["resident_mb"] = round(_resident_mb() - before, 1)
    found["candidates"] = {str(k): _asked(index, vectors, questions, nearest, k) for k in ASKED}
    found |= _kept(index, vectors.shape[1])
    return found | _added(index, vectors, questions)


def _asked(
    index: Candidates, vectors: np.ndarray, questions: np.ndarray, nearest: np.ndarray, k: int
) -> dict[str, float]:
    seconds, at10, at200 = [], 0, 0
    for question, truth in zip(questions, nearest, strict=True):
        begun = time.perf_counter()
        candidates = index.search(question, k)[0]
        seconds.append(time.perf_counter() - begun)
        ranked = candidates[np.argsort(-(vectors[candidates] @ question))][:WANTED]
        at10 += len(np.intersect1d(ranked[:10], truth[:10]))
        at200 += len(np.intersect1d(ranked, truth))
    return {
        "recall10": round(at10 / len(questions) / 10, 4),
        "recall200": round(at200 / len(questions) / WANTED, 4),
        "ms_p50": round(float(np.percentile(seconds, 50)) * 1e3, 3),
        "ms_p99": round(float(np.percentile(seconds, 99)) * 1e3, 3),
    }


def _kept(index: Candidates, dimension: int) -> dict[str, float]:
    """Save and load, for the kinds that ship."""
    if index.load is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        begun = time.perf_counter()
        index.save(path)
        saved = time.perf_counter()
        index.load(path, dimension)
        loaded = time.perf_counter()
        size = path.stat().st_size
    return {"save_s": round(saved - begun, 3), "load_s": round(loaded - saved, 3), "file_mb": round(size / 1e6, 1)}


def _added(index: Candidates, vectors: np.ndarray, questions: np.ndarray) -> dict[str, float]:
    """One new vector at a time, and the first question after each."""
    adding, asking = [], []
    for number, question in enumerate(questions):
        row = vectors[number : number + 1]
        begun = time.perf_counter()
        index.add(np.array([len(vectors) + number]), row)
        added = time.perf_counter()
        index.search(question, 2 * WANTED)
        asking.append(time.perf_counter() - added)
        adding.append(added - begun)
    return {
        "add_one_us": round(float(np.median(adding)) * 1e6, 1),
        "ms_after_add_p50": round(float(np.median(asking)) * 1e3, 3),
    }


def _resident_mb() -> float:
    """Of this process, now; 0 where the system does not say."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if statm.exists() else 0.0


def _print(result: Mapping[str, Any]) -> None:
    print("size    kind                 build s  MB     k     R@10    R@200   ms p50  ms p99  after add")
    for size in (key for key in result if key.isdigit()):
        for name, row in result[size].items():
            for k, asked in row["candidates"].items():
                print(
                    f"{size:7} {name:20} {row['build_s']:7.2f} {row['resident_mb']:6.0f} {k:>5}"
                    f" {asked['recall10']:7.4f} {asked['recall200']:7.4f} {asked['ms_p50']:7.2f} {asked['ms_p99']:7.2f}"
                    f" {row['ms_after_add_p50']:7.2f}"
                )


if __name__ == "__main__":
    sys.exit(main())
