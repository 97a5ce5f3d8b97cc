"""Real episodes end to end: imported, learned from, embedded; what an episode costs at a thousand and at ten thousand.

Runs of `runs/*.jsonl` in one shuffled stream through the front door, 250 at a time: import, learn, embed, each timed.
Printed: episodes/s of each and together, peak memory of the process, the number of patterns after each thousand
episodes, and the cost of an episode around the ten-thousandth against that around the thousandth.
"""

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tacit
from bench.common import absent, arguments, machine, report, say

CHUNK = 250
LEARNING = ("relearn", "learn", "distill")


def main() -> int:
    """Ingest, print; -> exit status."""
    parser = arguments(__doc__ or "", data=True)
    parser.add_argument("--embedder", default=None, help="another embedder, or none; the default one otherwise")
    given = parser.parse_args()
    started = time.time()
    lines = _stream(given.data, given.seed)
    if not lines:
        return absent("runs/*.jsonl", given.data)
    lines = lines[: 1_000 if given.quick else 10_000]
    flags = {"embedder": given.embedder or ("hashing:384" if given.quick else None)}
    with tempfile.TemporaryDirectory() as folder:
        result = _ingest(Path(folder), lines, {key: value for key, value in flags.items() if value})
    result |= {"quick": given.quick, "machine": machine(started)}
    report(result, as_json=given.json, table=_print)
    return 0


def _stream(data: Path, seed: int) -> list[str]:
    lines = [line for file in sorted((data / "runs").glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    random.Random(seed).shuffle(lines)
    return lines


def _ingest(folder: Path, lines: list[str], flags: dict[str, Any]) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    with tacit.open(folder / "memory.tacit", worker=False, **flags) as memory:
        for start in range(0, len(lines), CHUNK):
            file = folder / f"{start}.jsonl"
            file.write_text("\n".join(lines[start : start + CHUNK]) + "\n", "utf-8")
            row: dict[str, Any] = {"episodes": min(start + CHUNK, len(lines))}
            row["import_s"] = _timed(memory.import_file(file))
            row["learn_s"] = _timed(memory._worker.drain(LEARNING))  # as in the background: reviews when they are due
            row["embed_s"] = _timed(memory.work())
            if row["episodes"] % 1_000 == 0 or row["episodes"] == len(lines):
                row["items"] = memory.stats().items
                say(f"{row['episodes']} episodes, {row['items']}, learning {1e3 * row['learn_s'] / CHUNK:.2f} ms each")
            rows.append(row)
        embedder = memory.embedder.name if memory.embedder else "none"
        size = memory.stats().bytes
    return _figures(rows, len(lines)) | {"embedder": embedder, "megabytes": round(size / 1e6, 1)}


def _figures(rows: list[dict[str, Any]], episodes: int) -> dict[str, Any]:
    parts = ("import_s", "learn_s", "embed_s")
    seconds = {part: sum(row[part] for row in rows) for part in parts}
    early, late = _around(rows, 1_000), _around(rows, episodes)
    return {
        "episodes": episodes,
        "episodes_per_s": round(episodes / sum(seconds.values()), 1),
        "episodes_per_s_by_part": {
            part.removesuffix("_s"): round(episodes / max(seconds[part], 1e-9), 1) for part in parts
        },
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "ms_per_episode_at_1k": _milliseconds(early),
        "ms_per_episode_at_the_end": _milliseconds(late),
        "cost_ratio": round(_total(late) / _total(early), 3),
        "learn_ratio": round(sum(r["learn_s"] for r in late) / sum(r["learn_s"] for r in early), 3),
        "growth": {str(row["episodes"]): row["items"] for row in rows if "items" in row},
    }


def _around(rows: list[dict[str, Any]], episodes: int) -> list[dict[str, Any]]:
    """Four chunks, a thousand episodes, the last of which ends at (or next to) this number."""
    last = min(range(len(rows)), key=lambda place: abs(rows[place]["episodes"] - episodes))
    return rows[max(0, last - 3) : last + 1]


def _total(rows: list[dict[str, Any]]) -> float:
    return float(sum(row["import_s"] + row["learn_s"] + row["embed_s"] for row in rows))


def _milliseconds(rows: list[dict[str, Any]]) -> dict[str, float]:
    count = CHUNK * len(rows)
    return {
        part.removesuffix("_s"): round(1e3 * sum(r[part] for r in rows) / count, 3)
        for part in ("import_s", "learn_s", "embed_s")
    }


def _timed(work: Iterator[object]) -> float:
    begun = time.perf_counter()
    for _ in work:
        pass
    return time.perf_counter() - begun


def _print(result: dict[str, Any]) -> None:
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    sys.exit(main())
