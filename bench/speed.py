"""Speed, as ratios and at sizes: what writing costs against a bare commit, what recalling costs without the embedder.

    python -m bench.speed [--json] [--quick]

Vectors are looked up, not computed (see `speed_corpus`): a model's time is its own, and bench.batching measures it.
Not covered: many clients at once (see bench.durability), filters, the reranker. Machines differ, so writing is told as
a ratio to a bare SQLite commit in the same folder, alternating with it; medians bear a busy machine, the p99 does not.
"""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.common import arguments, machine, report, say
from bench.peers import side_by_side
from bench.speed_corpus import Looked, questions, sentences
from bench.speed_sizes import grown
from bench.speed_writes import completing, logging_a_step

__all__ = ["main"]

FULL = {"sizes": (1_000, 10_000, 100_000, 500_000), "asked": 500, "rounds": 500, "peers": 1_000}
QUICK = {"sizes": (1_000, 10_000, 50_000), "asked": 100, "rounds": 100, "peers": 100}
WIDTH = 50
"""Columns of the longest bar."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run; -> exit status."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--sizes", type=_sizes, help="items, such as 1000,10000 (instead of those of the mode)")
    parser.add_argument(
        "--folder", type=Path, help="where the databases are made (default: the system's for temporary)"
    )
    parser.add_argument("--no-peers", action="store_true", help="leave the side-by-side out")
    options = parser.parse_args(argv)
    started = time.time()
    amounts: dict[str, Any] = dict(QUICK if options.quick else FULL)
    if options.sizes:
        amounts["sizes"] = options.sizes
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        result = _measured(Path(folder), amounts, seed=options.seed, peers=not options.no_peers)
    result |= {"quick": options.quick, "machine": machine(started)}
    report(result, as_json=options.json, table=_table)
    return 0


def _measured(folder: Path, amounts: Mapping[str, Any], *, seed: int, peers: bool) -> dict[str, Any]:
    sizes = amounts["sizes"]
    texts = list(sentences(max(*sizes, amounts["peers"], 1_000), seed))
    looked = Looked(seed)
    say("episodes against bare commits")
    completed = completing(folder, texts, rounds=amounts["rounds"])
    logged = logging_a_step(folder, texts, rounds=max(10, amounts["rounds"] // 10))
    beside: dict[str, Any] = {"peers": {}}
    if peers:
        some = texts[: amounts["peers"]]
        asked = questions(some, amounts["asked"], seed)
        for question, text in asked:
            looked.learn(question, text)
        beside = side_by_side(folder, some, asked, looked)
    by_size = grown(folder, texts, sizes, asked=amounts["asked"], looked=looked, seed=seed)
    largest = by_size[str(max(sizes))]
    return {
        "complete_episode_ratio": completed["ratio"],
        "log_step_us_p50": logged["p50"],
        "recall_ms": {size: {"p50": row["p50"], "p99": row["p99"]} for size, row in by_size.items()},
        "items_per_s": largest["items_per_s"],
        "memory_ratio": largest["memory_ratio"],
        **beside,
        "complete_episode": completed,
        "log_step_us": logged,
        "by_size": by_size,
    }


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted({max(1, int(part)) for part in text.split(",")}))


def _table(result: Mapping[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(
        "items",
        "recall p50 ms",
        "p99 ms",
        "processor ms",
        "recorded/s",
        "memory / vectors",
        "bytes an item",
        "opened in s",
    )
    for size, row in result["by_size"].items():
        cells = ("p50", "p99", "cpu_p50", "items_per_s", "memory_ratio", "bytes_per_item", "open_and_recall_s")
        table.add_row(size, *(str(row[cell]) for cell in cells))
    console.print(table)
    _plot(console, result["by_size"])
    peers = Table("beside tacit", "ingest", "bulk ingest", "search", title="seconds of the peer over tacit's")
    for name, row in result["peers"].items():
        ratios = [row.get(f"{what}_ratio", row.get("skipped", "")) for what in ("ingest", "bulk_ingest", "search")]
        peers.add_row(name, *map(str, ratios))
    console.print(peers)
    console.print({key: result[key] for key in ("complete_episode", "log_step_us", "quick", "machine")})


def _plot(console: Any, by_size: Mapping[str, Any]) -> None:
    """Cost against size: bars of milliseconds, p50 filled and p99 light."""
    most = max(row["p99"] for row in by_size.values())
    console.print("recall, milliseconds without embedding: p50 and p99", style="bold")
    for size, row in by_size.items():
        filled = max(1, round(WIDTH * row["p50"] / most))
        light = max(0, round(WIDTH * row["p99"] / most) - filled)
        console.print(f"{int(size):>9,} {'█' * filled}{'░' * light} {row['p50']} / {row['p99']}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
