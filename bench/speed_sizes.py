"""One memory that grows: what recording, embedding, recalling and remembering cost at each size.

    python -m bench.speed_sizes DATABASE < questions    (the child process whose memory is measured)

Above: bench.speed. Vectors are looked up (see `speed_corpus`) and put in through the store in large batches, as an
embedder that takes no time would; a recall's own time is all but the lookup of its question.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.common import say
from bench.speed_corpus import DIMENSION, Looked, questions
from tacit.changes import PutVectors, SetNote
from tacit.clock import new_id, system_clock
from tacit.logic.passages import passage_id
from tacit.memory import Memory
from tacit.operations.embedding import NOTE
from tacit.operations.recall import Models
from tacit.ports import Scope
from tacit.stores.sqlite import SqliteStore

__all__ = ["grown", "opened"]

NAMESPACE = "bench"
RECORDED = 1_000
"""Messages a call of `record_messages`."""
EMBEDDED = 4_096
"""Vectors a transaction."""
WARM = 20
"""Questions asked before the measured ones: a memory that has just been opened reads from the disk."""
ASKED_IN_CHILD = 20


def opened(path: Path, looked: Looked) -> Memory:
    """A memory with the embedder that looks up, and without a worker of its own."""
    store = SqliteStore(path)
    scope = Scope(store=store, namespace=NAMESPACE, clock=system_clock, new_id=new_id, source="bench")
    return Memory(store, scope, Models(embedder=looked), file=store, background=False)


def grown(
    folder: Path, texts: Sequence[str], sizes: Sequence[int], *, asked: int, looked: Looked, seed: int
) -> dict[str, Any]:
    """size -> what was measured when the memory had that many items."""
    path = folder / "grown.db"
    result: dict[str, Any] = {}
    with opened(path, looked) as memory:
        there = 0
        for size in sizes:
            row = _recorded(memory, looked, texts[there:size])
            there = size
            said = questions(texts[:size], asked + WARM, seed + size)
            for question, text in said:
                looked.learn(question, text)
            row |= _recalled(memory, said) | {"bytes_per_item": round(memory.stats().bytes / size)}
            row |= _resident(path, said[:ASKED_IN_CHILD], size, seed)
            result[str(size)] = row
            say(f"{size} items: {row}")
    return result


def _recorded(memory: Memory, looked: Looked, texts: Sequence[str]) -> dict[str, float]:
    """Record through the product, then put the vectors in."""
    begun = time.perf_counter()
    items = []
    for start in range(0, len(texts), RECORDED):
        items += memory.record_messages((text, "user", {}) for text in texts[start : start + RECORDED])
    recorded = time.perf_counter() - begun
    writing = 0.0
    for start in range(0, len(items), EMBEDDED):
        part = items[start : start + EMBEDDED]
        matrix = looked.embed([item.text for item in part], "document")
        begun = time.perf_counter()
        ids = tuple(passage_id(item.sequence, 0) for item in part)
        memory._backend.write(
            NAMESPACE,
            [PutVectors(model=looked.name, passages=ids, matrix=matrix), SetNote(key=NOTE, value=looked.name)],
        )
        writing += time.perf_counter() - begun
    return {"items_per_s": round(len(texts) / recorded), "vectors_per_s": round(len(texts) / writing)}


def _recalled(memory: Memory, said: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Milliseconds, p50 and p99, and p50 of the processor's time, which neighbours on a busy machine disturb less.

    `ready_s` is the first recall, which brings the index up to date.
    """
    begun = time.perf_counter()
    memory.recall(said[0][0])
    ready = time.perf_counter() - begun
    took, spent, found = [], [], []
    for question, text in said:
        begun, worked = time.perf_counter(), time.process_time()
        answer = memory.recall(question)
        took.append((time.perf_counter() - begun) * 1e3)
        spent.append((time.process_time() - worked) * 1e3)
        found.append(any(one.item.text == text for one in answer.results))
    p50, p99 = np.percentile(took[WARM:], [50, 99])
    return {
        "p50": round(float(p50), 2),
        "p99": round(float(p99), 2),
        "cpu_p50": round(float(np.median(spent[WARM:])), 2),
        "ready_s": round(ready, 2),
        "found": round(float(np.mean(found)), 3),
    }


def _resident(path: Path, said: Sequence[tuple[str, str]], size: int, seed: int) -> dict[str, float]:
    """What a fresh process takes more after opening the file and recalling, over the vectors' bytes as float32."""
    told = subprocess.run(
        [sys.executable, "-m", "bench.speed_sizes", str(path), str(seed)],
        input=json.dumps(list(said)),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    measured = json.loads(told.stdout)
    vectors = size * DIMENSION * 4
    return {
        "memory_mb": round(measured["after"] / 1e6, 1),
        "memory_ratio": round(measured["after"] / vectors, 3),
        "memory_peak_ratio": round(measured["peak"] / vectors, 3),
        "open_and_recall_s": round(measured["seconds"], 2),
    }


def _child(path: Path, seed: int, said: Sequence[tuple[str, str]]) -> dict[str, float]:
    looked = Looked(seed)
    for question, text in said:
        looked.learn(question, text)
    before, peak_before = _memory()
    begun = time.perf_counter()
    with opened(path, looked) as memory:
        memory.recall(said[0][0])
        seconds = time.perf_counter() - begun
        for question, _ in said:
            memory.recall(question)
        after, peak = _memory()
    return {"after": after - before, "peak": max(peak - max(before, peak_before), after - before), "seconds": seconds}


def _memory() -> tuple[int, int]:
    """(resident now, most so far) in bytes; where the system does not tell the first, both are the most."""
    unit = 1 if sys.platform == "darwin" else 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    statm = Path("/proc/self/statm")
    now = int(statm.read_text().split()[1]) * resource.getpagesize() if statm.exists() else most
    return now, most


if __name__ == "__main__":
    print(json.dumps(_child(Path(sys.argv[1]), int(sys.argv[2]), json.load(sys.stdin))))
