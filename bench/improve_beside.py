"""A trial beside the live process: what it costs those who recall meanwhile. Part of `bench.improve`."""

import shutil
import tempfile
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import numpy as np

import tacit
from tacit.improvement import Case
from tacit.memory import Memory

__all__ = ["beside"]

SPELL = 200
"""Recalls, without trials and with them in turn."""


def beside(template: Path, *, spells: int) -> dict[str, Any]:
    """p95 of recalls while the loop runs in another process, over p95 without; in the same run, in turns."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "live.db"
        shutil.copy(template, path)
        times: dict[bool, list[float]] = {False: [], True: []}
        with tacit.open(path, worker=False, reranker="none") as memory:
            cases = memory.cases()
            _recalls(memory, cases[:SPELL])  # warm
            for turn in range(2 * spells):
                busy = bool(turn % 2)
                if not busy:
                    times[busy] += _recalls(memory, cases)
                    continue
                begun, ended = (get_context("spawn").Event() for _ in range(2))
                trying = get_context("spawn").Process(target=_trying, args=(str(path), begun, ended))
                trying.start()
                begun.wait()
                times[busy] += _recalls(memory, cases)
                ended.set()
                trying.join()
    alone, together = (float(np.quantile(times[busy], 0.95)) for busy in (False, True))
    return {
        "p95_alone_ms": round(alone, 3),
        "p95_beside_a_trial_ms": round(together, 3),
        "ratio": round(together / alone, 3),
        "recalls": len(times[True]),
    }


def _recalls(memory: Memory, cases: Sequence[Case]) -> list[float]:
    """Milliseconds each, of as many as a spell has, at the pace of somebody who uses the answers."""
    times = []
    for number in range(SPELL):
        case = cases[number % len(cases)]
        begun = time.perf_counter()
        memory.recall(case.query, domains=case.filter.domains)
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.005)
    return times


def _trying(path: str, begun: Event, ended: Event) -> None:
    """Trial after trial, until those who recall are done."""
    with tacit.open(path, worker=False, reranker="none") as memory:
        memory.set_target("query_time_ms", 0.5)
        for told in memory.improve(trials=1_000, apply=False):
            if told.stage == "proposed":
                begun.set()
            if ended.is_set():
                return
        begun.set()
