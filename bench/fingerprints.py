"""Fingerprints: do lines of the same event fall into one group, and lines of another event into another?

Data: folder `logs` of --data, Loghub-2k samples as CSV files, one a system (columns Content and EventTemplate; Zhu et
al. 2023). Measured is the grouping accuracy (Zhu et al. 2019): the share of lines whose group is exactly the lines of
their template. Nothing is learned and no system is known by name: the function reads one line at a time.

Beside it, in the same run: digits masked, and a regular expression for paths, hexadecimal and other numbers.
"""

import csv
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.common import absent, arguments, machine, report, say
from tacit.logic.fingerprints import fingerprint

QUICK = 500
"""Lines of a system with --quick."""
DIGITS = re.compile(r"\d+")
SIMPLE = re.compile(r"(/[\w./-]+)|(\b(?:0x)?[0-9a-fA-F]{6,}\b)|(\d+(?:\.\d+)*)")
METHODS: dict[str, Callable[[str], str]] = {
    "tacit": fingerprint,
    "digits masked": lambda line: DIGITS.sub("*", line),
    "simple regex": lambda line: SIMPLE.sub("*", line),
}
SPEED_CHARACTERS = 200
ROUNDS = 200


def grouping_accuracy(groups: Sequence[str], templates: Sequence[str]) -> float:
    """Share of lines whose group is exactly the set of lines of their template."""
    found, wanted = _places(groups), _places(templates)
    right = {tuple(places) for places in wanted.values()}
    return sum(len(places) for places in found.values() if tuple(places) in right) / len(groups)


def _places(labels: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, label in enumerate(labels):
        places[label].append(place)
    return places


def read(path: Path, *, quick: bool) -> tuple[list[str], list[str]]:
    """-> (contents, templates)"""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[: QUICK if quick else None]
    return [row["Content"] for row in rows], [row["EventTemplate"] for row in rows]


def microseconds(lines: Sequence[str]) -> float:
    """Processor time of a fingerprint of 200 characters, on lines of all systems joined to that length; the median."""
    text = " ".join(line.strip() for line in lines)
    texts = [text[at : at + SPEED_CHARACTERS] for at in range(0, min(len(text), 200_000), SPEED_CHARACTERS)]
    times = []
    for _ in range(max(1, ROUNDS // 20)):
        begun = time.process_time()
        for one in texts:
            fingerprint(one)
        times.append((time.process_time() - begun) / len(texts))
    return round(sorted(times)[len(times) // 2] * 1e6, 1)


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print; -> exit status."""
    parser = arguments(__doc__ or "", data=True)
    args = parser.parse_args(argv)
    begun = time.time()
    paths = sorted((args.data / "logs").glob("*.csv"))
    if not paths:
        return absent("logs/*.csv", args.data)
    systems: dict[str, dict[str, float]] = {}
    sample: list[str] = []
    for path in paths:
        lines, templates = read(path, quick=args.quick)
        sample += lines[:: max(1, len(lines) // 100)]
        systems[path.stem] = {
            name: round(grouping_accuracy([method(line) for line in lines], templates), 4)
            for name, method in METHODS.items()
        }
        say(f"{path.stem}: {systems[path.stem]}")
    mean = {name: round(sum(one[name] for one in systems.values()) / len(systems), 4) for name in METHODS}
    result = {
        "grouping_accuracy": systems,
        "mean": mean,
        "systems": len(systems),
        "microseconds_200_characters": microseconds(sample),
        "quick": args.quick,
        "machine": machine(begun),
    }
    report(result, as_json=args.json, table=_table)
    return 0


def _table(result: Mapping[str, Any]) -> None:
    print("grouping accuracy   " + "".join(f"{name:>16}" for name in METHODS))
    for system, found in (*result["grouping_accuracy"].items(), ("mean", result["mean"])):
        print(f"{system:<20}" + "".join(f"{found[name]:>16.3f}" for name in METHODS))
    print(f"{result['microseconds_200_characters']} us for 200 characters")


if __name__ == "__main__":
    sys.exit(main())
