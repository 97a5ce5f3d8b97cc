"""What is learned is learned once: whoever works, how often, in which batches, and wherever a worker dies."""

import multiprocessing
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.learning.runs import written

import tacit
from tacit.changes import Enqueue
from tacit.memory import Memory
from tacit.operations import learn
from tacit.types import Pattern, Rule

FLAGS: dict[str, Any] = {"embedder": "none", "worker": False}


def state(memory: Memory) -> dict[str, Any]:
    """All that was learned, without ids and revisions, which differ from run to run."""
    patterns = {one.key: plain(one.payload) for one in memory.patterns(limit=100_000)}
    patterns |= {one.key: plain(one.payload) for one in memory.patterns(limit=100_000, retired=True)}
    rules = {one.key: plain(one.payload) for one in memory.rules(states=())}
    records = memory._backend.records(memory.namespace)
    learned = {space: records.learnings(space, limit=100_000) for space in memory.stats().learned}
    assert {"baselines", "prediction", "totals", "values"} <= learned.keys() or not patterns
    episodes = {
        one.key: (one.payload.reward, one.payload.reflection) for one in memory.items(kinds=["episode"], limit=9999)
    }
    return {"patterns": patterns, "rules": rules, "learned": learned, "episodes": episodes}


def plain(payload: Pattern | Rule) -> dict[str, Any]:
    found = msgspec.to_builtins(payload)
    for drifting in ("examples", "history", "first_seen", "last_seen"):  # ids, and when these runs were imported
        found.pop(drifting, None)
    return found


def test_the_same_sequence_in_five_episodes_is_one_pattern_with_count_five(tmp_path: Path):
    with tacit.open(tmp_path / "a.db", **FLAGS) as memory:
        for number in range(5):
            with memory.episode(f"release package {number}", domain="python") as episode:
                for tool in ("pytest", "build", "twine"):
                    episode.step(tool, arguments=f"{tool} package{number}", result="success")
                episode.success()
        memory.flush()
        whole = [one for one in memory.patterns(types=["tool_sequence"]) if len(one.payload.steps) == 3]
        assert [(one.payload.count, one.payload.successes, one.payload.failures) for one in whole] == [(5, 5.0, 0.0)]


def test_a_job_that_is_done_twice_changes_nothing(tmp_path: Path):
    with tacit.open(tmp_path / "a.db", **FLAGS) as memory:
        list(memory.import_file(written(tmp_path / "runs.jsonl", 120)))
        list(memory.learn())
        before = state(memory)
        assert before["patterns"]
        again = [Enqueue(stage="learn", key=f"again {number}") for number in range(3)]
        memory._backend.write(memory.namespace, again)
        list(memory.work())
        list(memory.learn())
        assert state(memory) == before


@pytest.mark.parametrize("transactions", [0, 1, 2, 5])
def test_a_worker_that_stops_anywhere_is_gone_on_from(tmp_path: Path, transactions: int):
    path = written(tmp_path / "runs.jsonl", 300)
    with tacit.open(tmp_path / "whole.db", **FLAGS) as memory:
        list(memory.import_file(path))
        list(memory.learn())
        expected = state(memory)
    with tacit.open(tmp_path / "cut.db", **FLAGS) as memory:
        list(memory.import_file(path))
        stopped = memory.work()
        assert len(list(islice(stopped, transactions))) == transactions
        stopped.close()
        assert learn.cursor_of(memory._backend, memory.namespace).episodes < 300
    with tacit.open(tmp_path / "cut.db", **FLAGS) as memory:
        list(memory.learn())
        assert state(memory) == expected


def test_what_comes_out_does_not_depend_on_the_number_of_workers(tmp_path: Path):
    """After 1,000 episodes: one process, against four processes that work while two of them record."""
    path = written(tmp_path / "runs.jsonl", 1_000)
    states = []
    for workers in (1, 4):
        file = tmp_path / f"{workers}.db"
        with tacit.open(file, **FLAGS) as memory:
            list(memory.import_file(path))
        pool = multiprocessing.get_context("spawn").Pool(workers)
        with pool:
            assert pool.map(work, [file] * workers) == [True] * workers
        with tacit.open(file, **FLAGS) as memory:
            assert learn.cursor_of(memory._backend, memory.namespace).episodes == 1_000
            list(memory.learn())
            states.append(state(memory))
    assert states[0] == states[1]
    assert len(states[0]["patterns"]) > 4


def work(file: Path) -> bool:
    with tacit.open(file, **FLAGS) as memory:
        memory.flush(timeout=120)
        return not memory.jobs(states=("dead",))
