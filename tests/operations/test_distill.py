"""Distilling: again changes nothing, killed it goes on, and no knowledge outlives what it quotes."""

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import tacit
from tacit.changes import Delete, Put
from tacit.errors import Conflict
from tacit.memory import Memory
from tacit.operations import distill as verb
from tacit.types import Item, Knowledge, Pattern

PLACES = pytest.mark.parametrize("place", ["agent.db", ":memory:"])


def opened(folder: Path, place: str = "agent.db") -> Memory:
    return tacit.open(
        place if place == ":memory:" else folder / place, embedder="none", worker=False, namespace="default"
    )


def pattern(name: str, condition: str, action: str, **more: Any) -> Item:
    payload = Pattern(
        pattern_type="error_recovery", extractor="x", condition=condition, action=action, count=4, successes=3,
        failures=1,
    )  # fmt: skip
    return Item(id=name, kind="pattern", key=f"x:{name}", text=condition, payload=payload, source="learn", **more)


def missing_tables(count: int, **more: Any) -> list[Item]:
    return [
        pattern(f"t{n}", f"select failed with Table shop.t{n} does not exist", "list the tables", **more)
        for n in range(count)
    ]


def write(memory: Memory, *items: Item) -> None:
    memory._backend.write(memory.namespace, [Put(item=item) for item in items])


def known(memory: Memory) -> list[Item]:
    return memory.items(kinds=["knowledge"], limit=9_999)


def run(memory: Memory) -> verb.Distilled:
    return list(memory.distill())[-1]


@PLACES
def test_three_similar_patterns_become_one_piece_of_knowledge_with_a_placeholder(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        write(memory, *missing_tables(2))
        assert run(memory).knowledge == 0, "two are no group"
        write(memory, missing_tables(3)[2])
        assert (run(memory).written, run(memory).written) == (1, 0)
        [item] = known(memory)
        assert isinstance(item.payload, Knowledge)
        assert item.payload.pattern == "When select failed with Table <name> does not exist: list the tables"
        assert (item.payload.source_count, item.trust, item.derived_from) == (3, "medium", ("t0", "t1", "t2"))
        assert item.payload.confidence == pytest.approx(0.301, abs=0.001), "that of 3 in 4, not of 9 in 12"
        assert memory.recall("which tables are there?").results[0].item.kind in ("knowledge", "pattern")


@PLACES
def test_a_second_time_changes_nothing_and_a_third_looks_at_nothing(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        write(memory, *missing_tables(5))
        run(memory)
        before = known(memory)
        second, third = run(memory), run(memory)
        assert (second.written, second.removed, third.unchanged) == (0, 0, True)
        assert known(memory) == before


def test_one_more_member_updates_the_knowledge_in_its_place(tmp_path: Path):
    with opened(tmp_path) as memory:
        write(memory, *missing_tables(3))
        run(memory)
        [before] = known(memory)
        write(memory, pattern("other", "insert failed with Table shop.t9 does not exist", "list the tables"))
        run(memory)
        [after] = known(memory)
        assert isinstance(after.payload, Knowledge)
        assert (after.id, after.revision, after.payload.source_count) == (before.id, 2, 4)
        assert "<name> failed with Table <name> does not exist" in after.text
        assert after.key != before.key, "less is common by now"


def test_knowledge_without_a_group_goes_and_what_others_wrote_stays(tmp_path: Path):
    with opened(tmp_path) as memory:
        told = Knowledge(category="c", pattern="p", applicability="", confidence=1.0, source_count=3)
        write(memory, *missing_tables(3), Item(id="told", kind="knowledge", text="p", payload=told, source="person"))
        run(memory)
        assert len(known(memory)) == 2
        memory._backend.write(memory.namespace, [Delete(ids=("t0",))])
        assert run(memory).removed == 1
        assert [item.id for item in known(memory)] == ["told"]


def test_forgetting_a_pattern_forgets_what_was_distilled_from_it_until_others_say_it(tmp_path: Path):
    with opened(tmp_path) as memory:
        write(memory, *missing_tables(4))
        run(memory)
        memory.forget("t1")
        assert known(memory) == []
        run(memory)
        assert [item.derived_from for item in known(memory)] == [("t0", "t2", "t3")]


@pytest.mark.parametrize("transactions", range(5))
def test_stopped_anywhere_the_next_call_goes_on(tmp_path: Path, transactions: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(verb, "BATCH", 1)
    groups = [
        pattern(f"{tool}{n}", f"{tool} failed with File {tool}{n}.txt is missing", f"{tool} --force again")
        for tool in ("tar", "make", "rsync", "curl")
        for n in range(3)
    ]
    with opened(tmp_path, ":memory:") as whole, opened(tmp_path) as memory:
        write(whole, *groups)
        write(memory, *groups)
        run(whole)
        for _ in islice(memory.distill(), transactions):
            pass
        run(memory)
        assert {one.key: one.payload for one in known(memory)} == {one.key: one.payload for one in known(whole)}
        assert len(known(memory)) == 4


def test_knowledge_of_what_was_forgotten_meanwhile_is_not_written(tmp_path: Path):
    with opened(tmp_path) as memory:
        write(memory, *missing_tables(3))
        transaction = next(memory._worker._handlers["distill"](memory.namespace, []))
        memory.forget("t1")
        with pytest.raises(Conflict):
            memory._backend.write(memory.namespace, transaction)
        run(memory)
        assert known(memory) == []


def test_patterns_of_low_trust_keep_to_themselves(tmp_path: Path):
    with opened(tmp_path) as memory:
        write(memory, *missing_tables(3, trust="medium"))
        low = [
            pattern(f"low{n}", f"select failed with Table shop.u{n} does not exist", "list the tables") for n in (1, 2)
        ]
        write(memory, *(Item(**{**_fields(item), "trust": "low"}) for item in low))
        run(memory)
        [item] = known(memory)
        assert isinstance(item.payload, Knowledge)
        assert (item.trust, item.payload.source_count) == ("medium", 3)


def _fields(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__struct_fields__}


def test_what_episodes_taught_is_distilled_and_is_the_same_in_whatever_portions(tmp_path: Path):
    found = []
    for portions in (1, 4):
        with opened(tmp_path, f"{portions}.db") as memory:
            for number in range(20):
                tool = ("curl", "wget", "ssh", "scp", "rsync")[number % 5]
                with memory.episode(f"fetch file {number} with {tool}", domain="network") as episode:
                    episode.step(tool, arguments=f"{tool} a{number}", observation="connection refused", result="error")
                    episode.step("vpn", arguments="vpn up", result="success")
                    episode.step(tool, arguments=f"{tool} a{number}", result="success")
                    episode.success()
                if number % 20 % (20 // portions) == 0:
                    memory.flush()
            list(memory.learn())
            found.append({one.key: (one.text, one.payload) for one in known(memory)})
    assert found[0] == found[1]
    assert any("connection refused" in text and "vpn" in text for text, _ in found[0].values())
