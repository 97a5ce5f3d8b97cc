"""Export and import: what goes out comes in again, equal, once, into any namespace."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

import tacit
from tacit.errors import InvalidInput
from tacit.memory import Memory
from tacit.operations.exchange import Exchanged
from tacit.types import Decision, Item, Project, Success

HEADER = b'{"format":"tacit-export","version":1,"namespace":"x"}\n'


def opened(path: Path | str, namespace: str = "acme/one") -> Memory:
    return tacit.open(path, namespace=namespace, embedder="hashing:384", worker=False)


def filled(memory: Memory) -> None:
    memory.record_fact("The API listens on port 8080", key="port", valid_from="2024-01-01")
    memory.record_fact("The API listens on port 9090", key="port", valid_from="2025-01-01", trust="high")
    source = memory.record_message(
        "東京の天気", session="s", author="Ada", tags=["b", "a"], metadata={"n": 1.5, "t": True}
    )
    memory.record_message("and a second one", session="s", derived_from=[source.id])
    memory.record_interaction("why?", "because", "reasons matter", at="2020-02-02")
    memory.set_preference("editor", {"name": "vim", "plugins": [None, 1]})
    memory.record_project("tacit", details=Project(name="tacit", tech_stack=("python",)))
    memory.record_conversation("we talked", key_decisions=["ship"])
    memory.record_decision(Decision(agent_type="p", context="which", options=("a", "b"), chosen="a", reward=-0.5))
    memory.record_learning_event("feedback", "ok", reward=0.5)
    memory.record_solution("feature", "needed x", "wrote x")
    with memory.episode("build", domain="ci") as episode:
        episode.step("bash", arguments="make", observation="ok\n", result="success", tokens=3)
        episode.complete(Success(artifacts=("a.whl",)))


def written(path: Path, lines: Iterable[bytes]) -> Path:
    path.write_bytes(b"".join(lines))
    return path


def bare(item: Item) -> Item:
    return msgspec.structs.replace(item, sequence=0, revision=1)


@pytest.mark.parametrize("target", ["same file", "another file", "in memory"])
def test_every_kind_of_item_comes_into_another_namespace_as_it_was(tmp_path: Path, target: str):
    path: Path | str = {"same file": tmp_path / "a.db", "another file": tmp_path / "b.db", "in memory": ":memory:"}[
        target
    ]
    with opened(tmp_path / "a.db") as one, opened(path, "acme/two") as two:
        filled(one)
        file = written(tmp_path / "out.jsonl", one.export())
        *_, last = two.import_file(file)
        assert last == Exchanged(
            items=12, known=0, bytes=file.stat().st_size - len(file.read_bytes().splitlines(True)[0])
        )
        assert [bare(item) for item in two.items()] == [bare(item) for item in one.items()]
        assert two.get_preference("editor") == {"name": "vim", "plugins": [None, 1]}
        assert [one.item.text for one in two.recall("which port does the API listen on", k=2).results] == [
            "The API listens on port 9090",
            "The API listens on port 8080",
        ]
        assert two.flush()
        assert two.unembedded() == 0


def test_importing_twice_is_the_same_as_once(tmp_path: Path):
    with opened(tmp_path / "a.db") as one, opened(tmp_path / "b.db") as two:
        filled(one)
        file = written(tmp_path / "out.jsonl", one.export())
        list(two.import_file(file))
        before = two.items()
        *_, again = two.import_file(file)
        assert (again.items, again.known) == (0, 12)  # type: ignore[union-attr]
        assert two.items() == before
        *_, back = one.import_file(file)
        assert (back.items, back.known) == (0, 12)  # type: ignore[union-attr]


def test_an_import_that_was_cut_off_goes_on_where_it_was(tmp_path: Path):
    with opened(tmp_path / "a.db") as one, opened(tmp_path / "b.db") as two:
        one.record_messages([(f"line {number}", "user", {}) for number in range(1200)])
        lines = list(one.export())
        written(tmp_path / "half.jsonl", [*lines[:700], lines[700][:20]])
        with pytest.raises(InvalidInput):
            list(two.import_file(tmp_path / "half.jsonl"))
        assert len(two.items(limit=2000)) == 500, "whole batches, or nothing"
        progress = list(two.import_file(written(tmp_path / "whole.jsonl", lines)))
        assert [(at.items, at.known) for at in progress] == [(0, 500), (500, 500), (700, 500)]  # type: ignore[union-attr]


def test_a_dry_run_counts_and_writes_nothing(tmp_path: Path):
    with opened(tmp_path / "a.db") as one, opened(tmp_path / "b.db") as two:
        filled(one)
        file = written(tmp_path / "out.jsonl", one.export())
        *_, last = two.import_file(file, dry_run=True)
        assert (last.items, last.dry_run) == (12, True)  # type: ignore[union-attr]
        assert (two.items(), two.jobs()) == ([], [])


def test_an_export_is_restricted_by_a_filter(tmp_path: Path):
    with opened(tmp_path / "a.db") as one:
        filled(one)
        exported = [msgspec.json.decode(line, type=Item) for line in list(one.export(kinds=["fact"], current=True))[1:]]
        assert [item.text for item in exported] == ["The API listens on port 9090"]


@pytest.mark.parametrize(
    "line",
    [
        b"not json\n",
        b"[]\n",
        b'{"id":"1"}\n',
        b'{"id":"1","kind":"dragon","text":"x"}\n',
        b'{"id":"1","kind":"fact","text":"x","text":"y"}\n',
        b'{"id":"1","kind":"fact","text":"x","payload":{"kind":"dragon"}}\n',
        b'{"id":"","kind":"fact","text":"x","payload":{"kind":"fact","statement":"x"}}\n',
        b'{"id":"1","kind":"fact","text":' + b"[" * 100_000 + b"\n",
        b"\xff\xfe\n",
    ],
)
def test_a_line_that_is_no_item_is_refused_and_nothing_is_written(tmp_path: Path, line: bytes):
    with opened(":memory:") as memory:
        with pytest.raises(InvalidInput):
            list(memory.import_file(written(tmp_path / "bad.jsonl", [HEADER, line])))
        assert memory.items() == []


def test_an_export_of_a_later_version_is_refused(tmp_path: Path):
    with opened(":memory:") as memory, pytest.raises(InvalidInput, match="version 2"):
        list(memory.import_file(written(tmp_path / "bad.jsonl", [HEADER.replace(b"1", b"2")])))


def test_what_was_learned_comes_with_its_episodes_and_counts_once(tmp_path: Path):
    def learned(memory: Memory) -> dict[str | None, tuple[int, float]]:
        list(memory.learn())
        return {one.key: (one.payload.count, one.payload.successes) for one in memory.patterns(limit=1_000)}

    with opened(tmp_path / "a.db") as memory:
        for number in range(7):
            with memory.episode(f"release package {number}") as episode:
                for tool in ("pytest", "twine"):
                    episode.step(tool, arguments=tool, result="success")
                episode.success()
        expected = learned(memory)
        (tmp_path / "all.jsonl").write_bytes(b"".join(memory.export()))
    with opened(tmp_path / "b.db") as memory:
        list(memory.import_file(tmp_path / "all.jsonl"))
        list(memory.work())
        assert learned(memory) == expected
        list(memory.import_file(tmp_path / "all.jsonl"))
        assert learned(memory) == expected
    assert max(count for count, _ in expected.values()) == 7
