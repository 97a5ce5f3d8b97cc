"""What writing costs: completing an episode against a bare commit of the same bytes, logging a step, recording in bulk.

Above: bench.speed.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw
import msgspec
import numpy as np

import tacit
from tacit.logic.words import terms
from tacit.memory import Memory
from tacit.types import Item, Success

__all__ = ["completing", "logging_a_step"]

STEPS = 10
TOOLS = ("bash", "read_file", "edit_file", "search", "run_tests")


def completing(folder: Path, texts: Sequence[str], *, rounds: int) -> dict[str, Any]:
    """Episodes of ten steps completed, each followed by a bare commit: the same bytes as one blob, in a plain SQLite
    file of the same folder, WAL, synchronous=FULL. -> the ratio of the medians, and both in microseconds.

    The bytes are those of the item (its payload of ten steps, its text) and of its words.
    """
    ours: list[float] = []
    bare: list[float] = []
    plain = apsw.Connection(str(folder / "bare.db"))
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        plain.execute(f"PRAGMA {pragma}").fetchall()
    plain.execute("CREATE TABLE written (number INTEGER PRIMARY KEY, bytes BLOB)").fetchall()
    size = 0
    with tacit.open(folder / "episodes.db", embedder="none", worker=False) as memory:
        for number in range(rounds):
            episode = memory.start_episode(texts[number], domain="bench")
            for step in range(STEPS):
                _log(memory, episode, texts, number + step)
            begun = time.perf_counter()
            item = memory.complete_episode(episode, Success(verdict=texts[number]))
            ours.append(time.perf_counter() - begun)
            blob = _bytes(item)
            size += len(blob)
            begun = time.perf_counter()
            plain.execute("BEGIN IMMEDIATE").fetchall()
            plain.execute("INSERT INTO written (bytes) VALUES (?)", (blob,)).fetchall()
            plain.execute("COMMIT").fetchall()
            bare.append(time.perf_counter() - begun)
    plain.close()
    return {
        "ratio": round(float(np.median(ours) / np.median(bare)), 2),
        "us_p50": round(float(np.median(ours)) * 1e6, 1),
        "bare_us_p50": round(float(np.median(bare)) * 1e6, 1),
        "bytes": round(size / rounds),
        "rounds": rounds,
    }


def logging_a_step(folder: Path, texts: Sequence[str], *, rounds: int) -> dict[str, float]:
    """`memory.log_step` with arguments of 40 to 80 and an observation of about 200 characters; every 50th flushes."""
    took: list[float] = []
    with tacit.open(folder / "steps.db", embedder="none", worker=False) as memory:
        for number in range(rounds):
            episode = memory.start_episode(texts[number % len(texts)])
            for step in range(100):
                begun = time.perf_counter()
                _log(memory, episode, texts, number + step)
                took.append(time.perf_counter() - begun)
            memory.complete_episode(episode, Success())
    p50, p90, p99 = np.percentile(took, [50, 90, 99]) * 1e6
    return {"p50": round(float(p50), 2), "p90": round(float(p90), 2), "p99": round(float(p99), 2), "steps": len(took)}


def _log(memory: Memory, episode: str, texts: Sequence[str], number: int) -> None:
    memory.log_step(
        episode,
        TOOLS[number % len(TOOLS)],
        action=f"look at part {number}",
        arguments=f"grep -rn {texts[number % len(texts)][:20]!r} src/part_{number}.py --include='*.py'",
        observation=texts[(number + 1) % len(texts)],
        result="success",
        latency_ms=12.5,
    )


def _bytes(item: Item) -> bytes:
    return msgspec.json.encode(item) + " ".join(terms(item.text)).encode()
