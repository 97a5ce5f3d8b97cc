"""One file in many hands: threads, forks, closing twice, two versions, a second process while a worker stops."""

import random
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import apsw
import pytest

import tacit
from tacit.changes import Enqueue, Put
from tacit.errors import Corrupted, StorageError
from tacit.operations.worker import Worker
from tacit.stores.sqlite import SqliteStore
from tacit.stores.sqlite.migrate import _steps
from tacit.testing.clock import FrozenClock
from tacit.testing.vfs import PowerCutVFS
from tacit.types import Fact, Filter, Item

NAMESPACE = "default"


def item(number: int) -> Item:
    return Item(id=f"id-{number}", kind="fact", text=f"fact {number}", payload=Fact(statement=f"fact {number}"))


def test_threads_share_a_store_and_their_commits(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "a.db")) as store:

        def write(first: int) -> None:
            for number in range(first, first + 25):
                store.write(NAMESPACE, [Put(item=item(number))])
                assert store.read(NAMESPACE, [f"id-{number}"])

        threads = [threading.Thread(target=write, args=(100 * turn,)) for turn in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store.select(NAMESPACE, Filter(), limit=1000)) == 200
        assert [problem for *_, problem in store.check() if problem] == []


FORKING = """
import os, sys
from tacit.changes import Put
from tacit.errors import StorageError
from tacit.stores.sqlite import SqliteStore
from tacit.types import Fact, Filter, Item

def item(number):
    return Item(id=str(number), kind="fact", text="a fact", payload=Fact(statement="a fact"))

store = SqliteStore(sys.argv[1])
store.write("default", [Put(item=item(1))])
child = os.fork()
if child == 0:
    try:
        store.write("default", [Put(item=item(2))])
    except StorageError:
        store.close()
        os._exit(7)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
store.write("default", [Put(item=item(3))])
assert [one.id for one in store.select("default", Filter())] == ["1", "3"]
store.close()
"""


def test_a_forked_child_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    """In a process of its own: this one may have threads, with which nobody should fork."""
    done = subprocess.run(
        [sys.executable, "-c", FORKING, tmp_path / "a.db"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_closing_twice_is_allowed_and_using_it_afterwards_is_a_typed_error(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    store.close()
    store.close()
    with pytest.raises(StorageError, match="closed"):
        store.write(NAMESPACE, [Put(item=item(1))])


def test_a_file_of_the_first_schema_is_opened_and_written_while_another_connection_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    folder = Path(str(_first_schema()))
    old = apsw.Connection(str(path))
    name, digest = _steps()[0]
    old.execute("PRAGMA application_id = 0x74616369; PRAGMA journal_mode = WAL").fetchall()
    old.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL) STRICT")
    old.execute(folder.read_text("utf-8")).fetchall()
    old.execute("INSERT INTO migrations VALUES (1, ?, ?)", (name, digest))
    reading = old.execute("SELECT name FROM sqlite_schema")
    reading.fetchone()
    with closing(SqliteStore(path)) as store:
        store.write(NAMESPACE, [Put(item=item(1))])
        assert [problem for *_, problem in store.check() if problem] == []
    assert reading.fetchall()
    old.close()


def _first_schema() -> Path:
    import tacit.stores.sqlite

    return Path(tacit.stores.sqlite.__file__).parent / "migrations" / _steps()[0][0]


def test_a_worker_that_is_stopped_gives_its_jobs_back_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with tacit.open(path, embedder="hashing:384", worker=False) as memory:
        memory.record_messages((f"message {number}", "user", {}) for number in range(300))
        working = memory.work()
        next(working)
        working.close()
        assert [(job.state, job.attempts) for job in memory.jobs()] == [("queued", 0)]
        assert memory.flush()
        assert memory.unembedded() == 0


def test_a_handler_that_fails_leaves_the_reason_and_the_job(tmp_path: Path) -> None:
    clock = FrozenClock()
    with closing(SqliteStore(tmp_path / "a.db", clock=clock)) as store:
        store.write(NAMESPACE, [Enqueue(stage="broken", key="one")])
        list(Worker(store, clock, {"broken": lambda *_: iter([[Put(item=item(1)), Put(item=item(1))]])}).drain())
        job = store.jobs(NAMESPACE)[0]
        assert (job.state, job.attempts) == ("queued", 1)
        assert "exists" in job.error
        assert store.select(NAMESPACE, Filter()) == []


@pytest.mark.parametrize("table", ["items", "vectors", "notes", "jobs"])
def test_the_check_finds_a_row_that_is_missing_without_a_trace(tmp_path: Path, table: str) -> None:
    path = tmp_path / "a.db"
    with tacit.open(path, embedder="hashing:384") as memory:
        memory.record_fact("a fact that will be gone")
        memory.flush()
    behind = apsw.Connection(str(path))
    behind.execute(f"DROP TRIGGER {table}_deleted; DELETE FROM {table}").fetchall()
    behind.close()
    with closing(SqliteStore(path)) as store:
        assert any(f"table {table} has 0 rows where 1 were written" in problem for *_, problem in store.check())


def test_the_check_finds_words_that_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(SqliteStore(path)) as store:
        store.write(NAMESPACE, [Put(item=item(number)) for number in range(3)])
    behind = apsw.Connection(str(path))
    behind.execute("DELETE FROM words_1 WHERE rowid = (SELECT max(sequence) * 4096 FROM items)").fetchall()
    behind.close()
    with closing(SqliteStore(path)) as store:
        assert any("words of namespace default" in problem for *_, problem in store.check())


def test_a_changed_byte_of_a_row_is_raised_and_not_returned(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(SqliteStore(path)) as store:
        store.write(NAMESPACE, [Put(item=item(1))])
    content = path.read_bytes()
    path.write_bytes(content.replace(b"fact 1", b"fact 7"))
    with pytest.raises(Corrupted), closing(SqliteStore(path)) as store:
        store.read(NAMESPACE, ["id-1"])


def test_a_power_cut_keeps_what_was_synced_and_may_tear_the_rest(tmp_path: Path) -> None:
    vfs = PowerCutVFS("cut-for-a-test")
    connection = apsw.Connection(str(tmp_path / "a.db"), vfs="cut-for-a-test")
    connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (x)").fetchall()
    connection.execute("INSERT INTO t VALUES (1)").fetchall()
    for turn in range(20):
        place = tmp_path / f"cut{turn}"
        place.mkdir()
        vfs.cut(place, random.Random(turn))
        left = apsw.Connection(str(place / "a.db"))
        assert left.execute("SELECT x FROM t").fetchall() == [(1,)]
        left.close()
    connection.close()
