"""Relearning: after episodes were forgotten, what is learned is what the others teach, wherever a worker dies."""

from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.learning.runs import runs, written

import tacit
from tacit.changes import Enqueue, Put
from tacit.errors import Conflict
from tacit.logic.notes import LEARNING, RELEARNING
from tacit.memory import Memory
from tacit.operations import learn
from tacit.operations.relearn import KEPT
from tacit.types import Item, Pattern

FLAGS: dict[str, Any] = {"embedder": "none", "worker": False}
CANARY = "zyxquark"


def learned(memory: Memory) -> dict[str, Any]:
    """What was learned, without ids and without what the order of forgetting may leave (trust, the words quoted)."""
    records = memory._backend.records(memory.namespace)
    learned = [space for space in records.stats().learned if not space.startswith(KEPT)]
    spaces = {space: records.learnings(space, limit=100_000) for space in learned}
    counts = {one.key: (one.payload.count, one.payload.successes) for one in patterns(memory)}
    rewards = {one.text: one.payload.reward for one in memory.items(kinds=["episode"], limit=9_999)}
    return {"spaces": spaces, "patterns": counts, "rewards": rewards}


def patterns(memory: Memory) -> list[Any]:
    found = [*memory.patterns(limit=100_000), *memory.patterns(limit=100_000, retired=True)]
    assert all(isinstance(one.payload, Pattern) for one in found)
    return found


def episode_of(memory: Memory, run: int) -> Item:
    return next(one for one in memory.items(kinds=["episode"], limit=9_999) if f"item{run} " in one.text)


def lived(folder: Path, name: str, count: int, *, without: frozenset[int] = frozenset()) -> Memory:
    """A memory that has learned from some runs."""
    path = folder / f"{name}.jsonl"
    kept = [run for number, run in enumerate(runs(count)) if number not in without]
    path.write_bytes(b"\n".join(msgspec.json.encode(run) for run in kept))
    memory = tacit.open(folder / f"{name}.db", **FLAGS)
    list(memory.import_file(path))
    list(memory.learn())
    return memory


def test_a_forgotten_episode_is_out_of_every_count(tmp_path: Path):
    with lived(tmp_path, "all", 30) as memory, lived(tmp_path, "less", 30, without=frozenset([7, 20])) as other:
        assert learned(memory) != learned(other)
        done = memory.forget(episode_of(memory, 7).id, episode_of(memory, 20).id)
        assert done.relearn
        told = list(memory.learn())
        assert [one.episodes for one in told if one.episodes < 0] == []
        assert told[-1].episodes == 28
        assert learned(memory) == learned(other)
        assert memory._backend.records(memory.namespace).note(RELEARNING) is None


def test_patterns_keep_their_ids_and_what_they_are_worth(tmp_path: Path):
    with lived(tmp_path, "a", 30) as memory:
        before = {one.key: one.id for one in patterns(memory) if one.payload.count > 4}
        asked = memory.context("push item3 with git", budget=2_000)
        with memory.episode("push item999 with git") as episode:
            episode.recalled(asked.recall)
            episode.step("git", arguments="git push", result="success")
            episode.success()
        list(memory.learn())
        records = memory._backend.records(memory.namespace)
        worth = records.learnings("worth")
        assert worth, "the context pack showed what was learned"
        memory.forget(episode_of(memory, 11).id)
        list(memory.learn())
        assert records.learnings("worth") == worth, "effects are neither lost nor counted twice"
        after = {one.key: one.id for one in patterns(memory)}
        quoting = set(before) - {key for key, one in before.items() if after.get(key) == one}
        assert len(quoting) < len(before) / 2, "only those that quoted the episode are new"


@pytest.fixture(scope="module")
def without_5(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with lived(tmp_path_factory.mktemp("whole"), "less", 30, without=frozenset([5])) as memory:
        return learned(memory)


@pytest.mark.parametrize("steps", [1, 3, 5, 7])
def test_killed_anywhere_relearning_is_finished_by_the_next_worker(
    tmp_path: Path, steps: int, without_5: dict[str, Any]
):
    with lived(tmp_path, "killed", 30) as memory:
        memory.forget(episode_of(memory, 5).id)
        job = memory._backend.claim(["relearn"], namespace=memory.namespace)
        handler = memory._worker._handlers["relearn"]
        for _ in islice(handler(memory.namespace, job), steps):
            pass  # what it has written stays; the rest is never done, and the job comes back
        memory._backend.release(job)
        list(memory.learn())
        assert learned(memory) == without_5


def test_a_second_forgetting_meanwhile_begins_anew(tmp_path: Path):
    with lived(tmp_path, "less", 30, without=frozenset([5, 6])) as other:
        expected = learned(other)
    with lived(tmp_path, "a", 30) as memory:
        second = episode_of(memory, 6).id
        memory.forget(episode_of(memory, 5).id)
        jobs = memory._backend.claim(["relearn"], namespace=memory.namespace)
        for number, _ in enumerate(memory._worker._handlers["relearn"](memory.namespace, jobs)):
            if number == 4:
                memory.forget(second)
                break
        memory._backend.release(jobs)
        list(memory.learn())
        assert learned(memory) == expected


def test_what_a_learner_has_read_before_the_forgetting_cannot_be_written(tmp_path: Path):
    with tacit.open(tmp_path / "a.db", **FLAGS) as memory:
        list(memory.import_file(written(tmp_path / "runs.jsonl", 10)))
        transactions = memory._worker._handlers["learn"](memory.namespace, [])
        stale = next(transactions)
        assert any(isinstance(change, Put) for change in stale)
        gone = episode_of(memory, 3)
        memory.forget(gone.id)
        with pytest.raises(Conflict):
            memory._backend.write(memory.namespace, stale)
        assert memory.get(gone.id) == []
        list(memory.learn())
        assert memory.get(gone.id) == []
        assert all(gone.id not in one.payload.examples for one in patterns(memory))


def test_forgetting_what_was_not_learned_from_yet_relearns_nothing(tmp_path: Path):
    with tacit.open(tmp_path / "a.db", **FLAGS) as memory:
        list(memory.import_file(written(tmp_path / "runs.jsonl", 10)))
        assert not memory.forget(episode_of(memory, 3).id).relearn
        list(memory.learn())
        assert learn.cursor_of(memory._backend, memory.namespace).episodes == 9


def test_patterns_that_nothing_shows_any_more_go_with_what_was_derived_but_not_what_people_said(tmp_path: Path):
    with tacit.open(tmp_path / "a.db", **FLAGS) as memory:
        with memory.episode(f"{CANARY} the {CANARY}") as first:
            first.step(CANARY, arguments=CANARY, result="success")
            first.success()
        list(memory.learn())
        [*seen] = patterns(memory)
        assert seen
        with memory.episode(f"{CANARY} the {CANARY} again") as second:
            second.step(CANARY, arguments=CANARY, result="success")
            second.success()
        list(memory.learn())
        fact = memory.record_fact("a fact of its own", trust="high")
        memory.forget(first.id, second.id)
        list(memory.learn())
        assert patterns(memory) == []
        assert memory.get(fact.id) == [fact]
        records = memory._backend.records(memory.namespace)
        assert CANARY not in repr([records.learnings(space) for space in records.stats().learned])


def test_while_learning_is_parked_a_new_episode_waits_and_is_learned_from_later(tmp_path: Path):
    with lived(tmp_path, "a", 30) as memory:
        memory.forget(episode_of(memory, 5).id)
        jobs = memory._backend.claim(["relearn"], namespace=memory.namespace)
        next(memory._worker._handlers["relearn"](memory.namespace, jobs))
        memory._backend.write(memory.namespace, [Enqueue(stage="learn", key="now")])
        list(memory._worker.drain(["learn"]))
        parked = memory._backend.records(memory.namespace).note(LEARNING)
        assert isinstance(parked, dict)
        assert "episodes" not in parked, "nothing was learned"
        memory._backend.release(jobs)
        list(memory.learn())
        assert learn.cursor_of(memory._backend, memory.namespace).episodes == 29


def test_what_an_episode_had_too_many_patterns_to_begin_is_not_counted_for_it_afterwards(tmp_path: Path):
    def released(name: str, count: int) -> Memory:
        memory = tacit.open(tmp_path / name, **FLAGS)
        for number in range(count):
            with memory.episode(f"release item{number} of it", at=number + 1) as episode:
                for tool in ("lint", "pytest", "build", "sign", "twine"):
                    episode.step(tool, arguments=tool, result="success")
                episode.success()
        list(memory.learn())
        return memory

    with released("all.db", 7) as memory, released("less.db", 6) as other:
        assert len({count for count, _ in learned(other)["patterns"].values()}) > 1
        memory.forget(episode_of(memory, 6).id)
        list(memory.learn())
        assert learned(memory)["patterns"] == learned(other)["patterns"]
