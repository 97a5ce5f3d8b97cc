"""Metrics: what an analysis takes, what measuring costs, and whether forecasts come true.

    python -m bench.improve_metrics [--json] [--quick]

The file has 100,000 items, 100,000 jobs that were done, and 5,000 samples of the last hour, each with 32 times of
recalls. An analysis is timed through the front door: this process's own sample, the snapshot, the bottlenecks, all on
disk when it returns; `cpu` is its processor time, which is what it takes where nobody else is at work. Idle cost is the
processor time of a process that has a memory open, with its background thread, and does nothing; what an hour of the
loop's own measuring takes is added. Forecasts are scored on metrics as they were measured while items were recorded,
steadily and in bursts, each a quarter of what is known ahead; and on made-up series, of which the truth is known.

Not covered: the cost of trials (`bench.improve`), other operating systems, and forecasts over days.
"""

import os
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import numpy as np

import tacit
from bench.common import arguments, machine, report, say
from tacit.changes import Enqueue, PutLearned
from tacit.clock import new_id, system_clock
from tacit.improvement import SAMPLES, SNAPSHOTS, Forecast, Sample, Target
from tacit.logic.improving.forecasts import FEWEST, foresee, score
from tacit.logic.improving.meters import KEPT
from tacit.logic.improving.moments import stamped
from tacit.memory import Memory
from tacit.memory.counting import counted
from tacit.operations.meter import Meter

__all__ = ["main"]

FULL = {"items": 100_000, "samples": 5_000, "analyses": 200, "idle": 30.0, "looks": 160, "series": 200}
QUICK = {"items": 20_000, "samples": 5_000, "analyses": 40, "idle": 10.0, "looks": 90, "series": 30}
HOUR = 3_600_000_000
PROCESSES = 100
BATCH = 1_000
WORDS = ("anchor", "bridge", "copper", "desert", "engine", "forest", "garden", "harbour", "island", "jungle")
SERIES, AHEAD = 48, 12
IDLE = """
import sys, time, tacit
with tacit.open(sys.argv[1], embedder="hashing:64") as memory:
    memory.recall("anchor")
    memory.flush()
    time.sleep(3)
    begun, cpu = time.perf_counter(), time.process_time()
    time.sleep(float(sys.argv[2]))
    print((time.process_time() - cpu) / (time.perf_counter() - begun))
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run it."""
    given = arguments(__doc__ or "").parse_args(argv)
    size, started = QUICK if given.quick else FULL, time.time()
    rng = np.random.default_rng(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.db"
        result: dict[str, Any] = {"quick": given.quick, "items": size["items"], "samples": size["samples"]}
        result |= analysis(path, size, rng)
        result |= costs(path, result, size)
        result["forecasts"] = {
            load: forecasts(Path(folder) / f"{load}.db", int(size["looks"]), load, rng) for load in ("steady", "bursts")
        }
    result["made_up"] = made_up(int(size["series"]), rng)
    result["machine"] = machine(started)
    report(result, as_json=given.json, table=table)
    return 0


def filled(path: Path, items: int, samples: int, rng: np.random.Generator) -> None:
    """Items, jobs that were done, and an hour of samples of many processes."""
    with tacit.open(path, embedder="none", worker=False) as memory:
        for first in range(0, items, BATCH):
            words = rng.choice(WORDS, size=(BATCH, 8))
            memory.record_messages([(" ".join(row), "user", {}) for row in words])
            memory._backend.write(memory.namespace, [Enqueue(stage="made", key=f"{first + n}") for n in range(BATCH)])
            jobs = memory._backend.claim(["made", "embed", "learn"], limit=2 * BATCH)
            memory._backend.finish(jobs, [])
            if first % 20_000 == 0:
                say(f"{first:,} of {items:,} items")
        now = system_clock()
        rows = {}
        for number in range(samples):
            at = now - HOUR * number // samples
            made = Sample(
                process=f"{number % PROCESSES}-1",
                begun=at - 60_000_000,
                ended=at,
                queries=tuple(np.round(rng.lognormal(2.5, 0.5, KEPT), 3).tolist()),
                recalls=KEPT,
                cpu_seconds=3.0,
                memory_mb=200.0,
                cache_hits=100,
                cache_misses=30,
                cache_firsts=20,
            )
            rows[stamped(new_id(), at)] = msgspec.to_builtins(made)
        memory._backend.write(memory.namespace, [PutLearned(space=SAMPLES, rows=rows)])


def analysis(path: Path, size: Mapping[str, float], rng: np.random.Generator) -> dict[str, Any]:
    """Milliseconds of `memory.analyze()`, of `memory.forecasts()` with a long history, and of a recall there."""
    filled(path, int(size["items"]), int(size["samples"]), rng)
    with tacit.open(path, embedder="none", worker=False) as memory:
        taken, processor = [], []
        for _ in range(int(size["analyses"])):
            begun, cpu = time.perf_counter(), time.process_time()
            found = memory.analyze()
            taken.append((time.perf_counter() - begun) * 1000)
            processor.append((time.process_time() - cpu) * 1000)
        told = found.detail
        recalls = []
        for _ in range(20):
            begun = time.perf_counter()
            memory.recall("anchor bridge")
            recalls.append((time.perf_counter() - begun) * 1000)
        _history(memory, rng)
        begun = time.perf_counter()
        memory.forecasts()
        foretold = (time.perf_counter() - begun) * 1000
    say(f"an analysis takes {median(taken):.1f} ms")
    return {
        "analysis_ms_p50": round(median(taken), 2),
        "analysis_ms_p95": round(float(np.percentile(taken, 95)), 2),
        "analysis_cpu_ms_p95": round(float(np.percentile(processor, 95)), 2),
        "samples_read": told["samples"],
        "forecasts_ms": round(foretold, 1),
        "recall_ms_p50": round(median(recalls), 2),
    }


def _history(memory: Memory, rng: np.random.Generator) -> None:
    """200 hourly snapshots, so that a forecast is made of every metric."""
    latest = memory.snapshots(hours=1, limit=1)[0]
    rows = {}
    for hours in range(1, 200):
        at = latest.timestamp - hours * HOUR // 100
        metrics = {name: value * (1 + 0.1 * rng.normal()) for name, value in latest.metrics.items()}
        made = msgspec.structs.replace(latest, id=stamped(new_id(), at), timestamp=at, metrics=metrics)
        rows[made.id] = msgspec.to_builtins(made)
    memory._backend.write(memory.namespace, [PutLearned(space=SNAPSHOTS, rows=rows)])


def costs(path: Path, measured: Mapping[str, Any], size: Mapping[str, float]) -> dict[str, Any]:
    """What a recall pays for being counted, and what a process pays for doing nothing."""
    meter = Meter(system_clock)

    class Plain:
        _meter = meter

        def call(self) -> None:
            """Nothing."""

    @counted
    class Watched(Plain):
        pass

    bare = min(timeit.repeat(Plain().call, number=20_000, repeat=7)) / 20_000
    watched = min(timeit.repeat(Watched().call, number=20_000, repeat=7)) / 20_000 - bare
    recalled = min(timeit.repeat(lambda: meter.recalled(3.0), number=20_000, repeat=7)) / 20_000
    idle = float(subprocess.check_output([sys.executable, "-c", IDLE, str(path), str(size["idle"])]))
    say(f"idle: {100 * idle:.3f} % of a core")
    daemon = _daemon(path.with_name("daemon.db"), float(size["idle"]))
    say(f"tacit improve --every 1h, waiting: {100 * daemon:.3f} % of a core")
    hourly = (measured["analysis_ms_p95"] + measured["forecasts_ms"]) / 3.6e6
    return {
        "meter_us_per_recall": round((recalled + watched) * 1e6, 3),
        "meter_share_of_recall": round((recalled + watched) * 1e3 / measured["recall_ms_p50"], 6),
        "idle_share_of_core": round(idle, 5),
        "daemon_share_of_core": round(daemon, 5),
        "idle_share_with_hourly_analysis": round(max(idle, daemon) + hourly, 5),
        "idle_seconds": size["idle"],
    }


def _daemon(path: Path, seconds: float) -> float:
    """Processor time of `tacit improve --every 1h` while it waits, by the system's own account."""
    with tacit.open(path, embedder="none", worker=False) as memory:
        memory.record_fact("The API listens on port 8080")
    flags = ["--db", str(path), "--embedder", "hashing:64"]
    command = [sys.executable, "-m", "tacit", "improve", "--every", "1h", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as daemon:
        try:
            assert daemon.stdout is not None
            daemon.stdout.readline()  # its first round is over
            time.sleep(3)
            begun, before = time.perf_counter(), _ticks(daemon.pid)
            time.sleep(seconds)
            return (_ticks(daemon.pid) - before) / os.sysconf("SC_CLK_TCK") / (time.perf_counter() - begun)
        finally:
            daemon.terminate()


def _ticks(pid: int) -> int:
    """Of processor time that a process has used (`man proc`, stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def forecasts(path: Path, looks: int, load: str, rng: np.random.Generator) -> dict[str, Any]:
    """Metrics as they were measured while items were recorded; forecasts walk through them, and are scored."""
    series: dict[str, list[tuple[int, float]]] = {}
    with tacit.open(path, embedder="hashing:64", worker=False) as memory:
        for number in range(looks):
            _work(memory, number, load, rng)
            found = memory.analyze()
            for name in ("database_size_mb", "memory_usage_mb", "query_time_ms", "cpu_percent"):
                if name in found.metrics:
                    series.setdefault(name, []).append((found.timestamp, found.metrics[name]))
    say(f"{load}: {looks} analyses while items were recorded")
    made = {name: list(_walked(name, points)) for name, points in series.items()}
    told: dict[str, Any] = {name: score(of_it) for name, of_it in made.items()}
    told["all"] = {
        "n": sum(map(len, made.values())),
        "covered": score([one for of_it in made.values() for one in of_it])["covered"],
    }
    return {name: {key: round(value, 4) for key, value in found.items()} for name, found in told.items()}


def _work(memory: Memory, number: int, load: str, rng: np.random.Generator) -> None:
    """Between two looks: some items and recalls; in bursts, ten times as much in every second score of looks."""
    count = 100 if load == "steady" else 400 if number // 20 % 2 else 20
    words = rng.choice(WORDS, size=(count, 8))
    memory.record_messages([(" ".join(row), "user", {}) for row in words])
    for _ in memory.work():
        pass
    for row in rng.choice(WORDS, size=(4, 2)):
        memory.recall(" ".join(row))


def _walked(name: str, points: Sequence[tuple[int, float]]) -> Iterator[Forecast]:
    """A forecast from every third place on, with what came a quarter of the known time later."""
    times, values = [at for at, _ in points], [value for _, value in points]
    for place in range(FEWEST, len(points), 3):
        ahead = (times[place - 1] - times[0]) // 4
        due = times[place - 1] + ahead
        if due > times[-1]:
            return
        made = foresee(name, times[:place], values[:place], ahead=ahead)
        if made is not None:
            came = float(np.interp(due, times, values))
            yield Forecast(
                id=str(place), metric=name, made_at=times[place - 1], due_at=due, value=made.value, low=made.low,
                high=made.high, came=came,
            )  # fmt: skip


def made_up(count: int, rng: np.random.Generator) -> dict[str, Any]:
    """48 values, 12 ahead, a target three times the noise away: intervals that cover, breaches that are told."""
    places = np.arange(SERIES + AHEAD)
    shapes: dict[str, Callable[[], np.ndarray]] = {
        "level": lambda: 100 + _dragging(rng, 0.0),
        "dragging": lambda: 100 + _dragging(rng, 0.8),
        "wandering": lambda: 100 + _dragging(rng, 1.0),
        "growing": lambda: 100 + 0.5 * places + _dragging(rng, 0.0),
        "stepped": lambda: 100 + 8 * (places >= 25) + _dragging(rng, 0.0),
        "bent": lambda: 100 + np.maximum(0, places - 20) + _dragging(rng, 0.0),
    }
    found = {}
    for name, shape in shapes.items():
        made, breaches = [], 0
        for _ in range(count):
            values = shape()
            times = [int(place) * HOUR for place in range(SERIES)]
            target = Target(value=float(np.median(values[SERIES - 5 : SERIES])) + 3.0)
            told = foresee("query_time_ms", times, values[:SERIES].tolist(), ahead=AHEAD * HOUR, target=target)
            if told is None:
                continue
            breaches += told.breach_at is not None
            made.append(
                Forecast(id="", metric="", made_at=0, due_at=0, value=told.value, low=told.low, high=told.high,
                         came=float(values[SERIES - 1 + AHEAD]))
            )  # fmt: skip
        told_of = score(made)
        found[name] = {"covered": round(told_of["covered"], 3), "breach_told": round(breaches / count, 3)}
    return found


def _dragging(rng: np.random.Generator, drag: float) -> np.ndarray:
    """Noise of deviation 1 in which each value keeps a share of the one before."""
    noise = rng.normal(size=SERIES + AHEAD)
    for place in range(1, len(noise)):
        noise[place] += drag * noise[place - 1]
    return noise


def table(result: Mapping[str, Any]) -> None:
    """For people."""
    for key, value in result.items():
        if isinstance(value, Mapping):
            print(f"{key}:")
            for name, inner in value.items():
                print(f"  {name:<20}{inner}")
        else:
            print(f"{key:<34}{value}")


if __name__ == "__main__":
    sys.exit(main())
