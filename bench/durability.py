"""Durability: what was acknowledged is there after crashes, power cuts, full disks and damage, once.

    python -m bench.durability [--json] [--quick] [--only kill,jobs] [--seed N]

Everything goes through the product and real files; the first lines of each part say how. Not covered: disks that lie
about their syncs (the control shows what such a disk loses), several damages at once, damage to memory. A log that was
cut off is taken for a crash by SQLite: what it held is gone without a word, and reported as `earlier_state`.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench import durability_crash, durability_damage, durability_disk, durability_index, durability_jobs
from bench.common import arguments, machine, report, say

Part = Callable[[bool, int], dict[str, Any]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run; -> 0 where every part kept its promise, 1 where one did not, 2 for a part that does not exist."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--only", default="", help=f"some of {','.join(PARTS)}")
    options = parser.parse_args(argv)
    wanted = options.only.split(",") if options.only else list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        print(f"there is no part {unknown[0]}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    started = time.time()
    result: dict[str, Any] = {}
    for name in wanted:
        begun = time.time()
        result[name] = PARTS[name](options.quick, options.seed)
        result[name]["seconds"] = round(time.time() - begun, 1)
        say(f"{name}: {result[name]['seconds']} s")
    result |= {"ok": kept(result), "quick": options.quick, "machine": machine(started)}
    report(result, as_json=options.json, table=_table)
    return 0 if result["ok"] else 1


def kept(result: Mapping[str, Any]) -> bool:
    """Whether nothing was lost, doubled, stuck or silently wrong, and the control could see a loss."""
    bad = ("lost", "errors", "wrong_reads", "doubled", "stuck", "untyped")
    parts = [part for part in result.values() if isinstance(part, dict)]
    counts = [part.get(key, 0) for part in parts for key in bad]
    told = [part.get("ok", True) for part in parts]
    log = result.get("corruption", {}).get("log", {}).get("wrong_reads", 0)
    return not any(counts) and all(told) and not log and result.get("power_cut", {}).get("control_lost", 1) > 0


def _kill(quick: bool, seed: int) -> dict[str, Any]:
    return durability_crash.kills(12 if quick else 200, seed)


def _power_cut(quick: bool, seed: int) -> dict[str, Any]:
    result = durability_crash.power_cuts(24 if quick else 200, seed)
    control = durability_crash.power_cuts(12 if quick else 50, seed, deaf=("-wal",))
    return result | {"control_runs": control["runs"], "control_lost": control["cuts_with_loss"]}


def _writers(quick: bool, seed: int) -> dict[str, Any]:
    return durability_crash.writers(16 if quick else 64, 8 if quick else 25, seed)


def _disk_full(quick: bool, seed: int) -> dict[str, Any]:
    real = durability_disk.disk_full(seed)
    if quick or real["disk"] != "tmpfs":
        return real
    quota = durability_disk.disk_full(seed, real=False)
    both = {"ok": real["ok"] and quota["ok"], "disk": "tmpfs, and quota VFS", "wrong": real["wrong"] + quota["wrong"]}
    return both | {"acknowledged": real["acknowledged"] + quota["acknowledged"]}


def _corruption(quick: bool, seed: int) -> dict[str, Any]:
    return durability_damage.corruption(44 if quick else 300, seed)


def _index(quick: bool, seed: int) -> dict[str, Any]:
    return durability_index.index(seed, (0,) if quick else durability_index.MORE)


def _jobs(quick: bool, seed: int) -> dict[str, Any]:
    return durability_jobs.jobs(seed, every=3 if quick else 1, writes=8 if quick else 100)


PARTS: dict[str, Part] = {
    "kill": _kill,
    "power_cut": _power_cut,
    "writers": _writers,
    "disk_full": _disk_full,
    "corruption": _corruption,
    "index": _index,
    "jobs": _jobs,
}


def _table(result: Mapping[str, Any]) -> None:
    for name, part in result.items():
        if isinstance(part, dict):
            figures = ", ".join(f"{key} {value}" for key, value in part.items() if isinstance(value, int | float | str))
            print(f"{name:<11} {figures}")
            for line in part.get("wrong", []):
                print(f"{'':<11} ! {line}")
    print("every promise kept" if result["ok"] else "NOT every promise was kept")


if __name__ == "__main__":
    sys.exit(main())
