"""Backup and restore: a copy is whole while others write, and replaces nothing that is in use."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

import tacit
from tacit.errors import Busy, ConfigurationError, Conflict, InvalidInput, NotFound, StorageError
from tacit.memory import Memory
from tacit.opening import restore_backup
from tacit.testing.clock import FrozenClock

HOLDER = """
import sys, tacit
with tacit.open(sys.argv[1], embedder="none", worker=False) as memory:
    print("open", flush=True)
    sys.stdin.read()
"""


def opened(path: Path, namespace: str = "default") -> Memory:
    return tacit.open(path, namespace=namespace, embedder="hashing:384", worker=False, clock=FrozenClock())


def test_a_backup_that_is_made_while_another_thread_writes_is_a_state_that_was(tmp_path: Path):
    stop = threading.Event()
    with opened(tmp_path / "a.db") as memory:

        def write() -> None:
            number = 0
            while not stop.is_set():
                memory.record_messages([(f"{number}/{part}", "user", {}) for part in range(3)])
                number += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(5):
                memory.backup(tmp_path / f"copy{number}.db")
        finally:
            stop.set()
            writer.join()
        written = memory.items(limit=100_000)
    for number in range(5):
        restored = restore_backup(tmp_path / f"copy{number}.db", tmp_path / "restored.db", overwrite=True)
        with opened(restored) as memory:
            items = memory.items(limit=100_000)
            assert items == written[: len(items)], "nothing is missing in the middle"
            assert len(items) % 3 == 0, "no transaction is there by half"
            assert [problem for *_, problem in memory.check() if problem] == []


def test_a_restored_memory_answers_as_the_first_one_did_in_all_namespaces(tmp_path: Path):
    with opened(tmp_path / "a.db") as one, opened(tmp_path / "a.db", "other") as other:
        one.record_fact("The API listens on port 9090")
        other.record_fact("The owl sings")
        one.flush()
        draft = one.start_episode("left open")
        one.log_step(draft, "bash", arguments="make")
        one.flush()
        asked = one.recall("which port")
        assert one.backup(tmp_path / "copy.db") == tmp_path / "copy.db"
    restore_backup(tmp_path / "copy.db", tmp_path / "b.db")
    with opened(tmp_path / "b.db") as one, opened(tmp_path / "b.db", "other") as other:
        assert one.recall("which port").results == asked.results
        assert [item.text for item in other.items()] == ["The owl sings"]
        assert one.recalls()[-1].id == asked.id
        assert one.open_episodes()[0].payload.steps[0].arguments == "make"
        assert one.unembedded() == 0


def test_restoring_is_refused_while_another_process_has_the_file_open(tmp_path: Path):
    with opened(tmp_path / "a.db") as memory:
        memory.record_fact("kept")
        memory.backup(tmp_path / "copy.db")
        memory.record_fact("newer than the copy")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "a.db")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(Busy, match="in use"):
            restore_backup(tmp_path / "copy.db", tmp_path / "a.db", overwrite=True)
        holder.communicate()
    with opened(tmp_path / "a.db") as memory:
        assert [item.text for item in memory.items()] == ["kept", "newer than the copy"]
    restore_backup(tmp_path / "copy.db", tmp_path / "a.db", overwrite=True)
    with opened(tmp_path / "a.db") as memory:
        assert [item.text for item in memory.items()] == ["kept"]
    with opened(tmp_path / "a.db.replaced") as memory:
        assert len(memory.items()) == 2, "what was replaced is kept beside it"


def test_restoring_is_refused_while_this_process_has_the_file_open(tmp_path: Path):
    with opened(tmp_path / "a.db") as memory:
        memory.backup(tmp_path / "copy.db")
        with pytest.raises(Busy):
            restore_backup(tmp_path / "copy.db", tmp_path / "a.db", overwrite=True)
        memory.record_fact("still writable")
    assert not list(tmp_path.glob("*.restoring*"))


def test_neither_backup_nor_restore_overwrites_by_itself(tmp_path: Path):
    with opened(tmp_path / "a.db") as memory:
        memory.backup(tmp_path / "copy.db")
        with pytest.raises(Conflict):
            memory.backup(tmp_path / "copy.db")
        memory.record_fact("new")
        memory.backup(tmp_path / "copy.db", overwrite=True)
        with pytest.raises(InvalidInput):
            memory.backup(tmp_path / "a.db", overwrite=True)
        with pytest.raises(NotFound):
            memory.backup(tmp_path / "nowhere" / "copy.db")
    with pytest.raises(Conflict):
        restore_backup(tmp_path / "copy.db", tmp_path / "a.db")
    with opened(tmp_path / "a.db") as memory:
        assert memory.stats().items == {"fact": 1}


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty"])
def test_a_damaged_backup_replaces_nothing(tmp_path: Path, damage: str):
    with opened(tmp_path / "a.db") as memory:
        memory.record_messages([(f"number {number} " * 20, "user", {}) for number in range(200)])
        memory.backup(tmp_path / "copy.db")
        memory.record_fact("newer")
    copy = tmp_path / "copy.db"
    whole = copy.read_bytes()
    at = whole.index(b"number 77 ")
    copy.write_bytes(
        {
            "cut": whole[: len(whole) // 2],
            "flipped": whole[:at] + b"N" + whole[at + 1 :],
            "text": b"hello, I am no database\n" * 500,
            "empty": b"",
        }[damage]
    )
    with pytest.raises(StorageError, match="cannot be restored"):
        restore_backup(copy, tmp_path / "a.db", overwrite=True)
    with opened(tmp_path / "a.db") as memory:
        assert memory.stats().items == {"fact": 1, "message": 200}
    assert not list(tmp_path.glob("*.restoring*"))


def test_a_memory_without_a_file_has_no_backup(tmp_path: Path):
    with tacit.open(":memory:", embedder="none", worker=False) as memory:
        for call in (lambda: memory.backup(tmp_path / "copy.db"), memory.check):
            with pytest.raises(ConfigurationError, match="needs a file"):
                call()
