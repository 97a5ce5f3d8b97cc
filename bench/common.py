"""What every benchmark shares: arguments, one JSON object, bootstrap intervals, machine facts."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["ABSENT", "absent", "arguments", "interval", "machine", "report", "say"]

RESAMPLES = 2_000
ABSENT = 3
"""Exit status where what a benchmark measures with is not on this machine: `make bench` says so and goes on."""


def arguments(doc: str, *, data: bool = False) -> argparse.ArgumentParser:
    """--json, --quick, --seed; with `data`, --data DIR (default: $TACIT_DATA, else ../shared/data)."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0], epilog="Progress goes to stderr.")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else on stdout")
    parser.add_argument("--quick", action="store_true", help="fewer cases; the output says so")
    parser.add_argument("--seed", type=int, default=0)
    if data:
        default = Path(os.environ.get("TACIT_DATA", "../shared/data"))
        parser.add_argument("--data", type=Path, default=default, help="folder with the data sets")
    return parser


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


def absent(what: str, data: Path) -> int:
    """Say that there is no such data; -> exit status."""
    say(f"no {what} in {data}; name the folder with --data or TACIT_DATA")
    return ABSENT


def report(result: Mapping[str, Any], *, as_json: bool, table: Callable[[Mapping[str, Any]], None]) -> None:
    """The result as JSON, or as the benchmark's own tables."""
    if as_json:
        print(json.dumps(result))
    else:
        table(result)


def interval(values: Sequence[float], *, seed: int = 0) -> list[float]:
    """Mean and 95 % percentile bootstrap interval (Efron, 1979): [mean, low, high]."""
    sample = np.asarray(values, dtype=np.float64)
    if not sample.size:
        return [float("nan")] * 3
    draws = np.random.default_rng(seed).integers(0, sample.size, size=(RESAMPLES, sample.size))
    means = sample[draws].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return [round(float(sample.mean()), 4), round(float(low), 4), round(float(high), 4)]


def machine(started: float) -> dict[str, Any]:
    """Facts that a reader of the figures wants."""
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "seconds": round(time.time() - started, 1),
    }
