"""The doctor: what is well, what is not, and how to mend it, on real files that were really damaged."""

import os
import stat
from pathlib import Path

import apsw
import pytest

import tacit
from tacit.changes import FileFacts
from tacit.errors import ModelError, StorageError
from tacit.opening import examine
from tacit.operations.doctor import DAY, Patient, doctor
from tacit.results import Check, Checking
from tacit.stores.sqlite import SqliteStore
from tacit.testing.clock import FrozenClock

EMBEDDER = "hashing:64"
NOW = 1_800_000_000_000_000


def found(path: Path, **flags) -> dict[str, Check]:
    """name -> what the doctor says of it."""
    checks = [seen for seen in examine(path, **{"embedder": EMBEDDER, **flags}) if isinstance(seen, Check)]
    assert len({one.name for one in checks}) == len(checks)
    assert all(bool(one.remedy) == (one.status != "ok") for one in checks), checks
    return {one.name: one for one in checks}


def remember(path: Path, **flags) -> tacit.Memory:
    return tacit.open(path, **{"embedder": EMBEDDER, "worker": False, **flags})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with remember(tmp_path / "memory.db") as memory:
        memory.record_fact("The API listens on port 8080")
        memory.record_message("x" * 20_000, role="user")
        memory.flush()
    return tmp_path / "memory.db"


def test_a_healthy_memory_is_well_in_every_point(path):
    checks = found(path)
    assert {one.status for name, one in checks.items() if name != "sandbox"} == {"ok"}, checks
    assert list(checks) == [
        "python", "file", "sqlite", "permissions", "durability", "checksums", "space", "ballast", "rows", "embedder",
        "vectors", "vector index", "queue", "episodes", "sandbox", "chat model",
    ]  # fmt: skip
    assert checks["durability"].found == "journal_mode wal, synchronous 2"


def test_looking_changes_nothing_and_makes_no_file(path, tmp_path):
    with remember(path, embedder="none") as memory:
        before = [*memory.export()], memory.stats(), memory.jobs()
    found(path)
    with remember(path, embedder="none") as memory:
        assert ([*memory.export()], memory.stats(), memory.jobs()) == before
    checks = found(tmp_path / "absent.db")
    assert (checks["file"].status, checks["file"].remedy) == ("failure", "run `tacit init`")
    assert not (tmp_path / "absent.db").exists()


def test_a_damaged_row_is_found(path):
    raw = apsw.Connection(str(path))
    raw.execute("UPDATE items SET text = 'The API listens on port 9090' WHERE text LIKE '%8080'")
    raw.close()
    checks = found(path)
    assert checks["rows"].status == "failure"
    assert "restore" in checks["rows"].remedy
    assert found(path, rows=False)["rows"].status == "ok"


def test_a_damaged_page_is_found_and_what_cannot_be_looked_at_is_said(path):
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(4096))
    checks = found(path)
    assert "failure" in {one.status for one in checks.values()}


def test_a_file_that_is_no_database_is_one_failure_and_the_rest_is_looked_at(tmp_path):
    (tmp_path / "text.db").write_text("Dear diary, " * 100)
    checks = found(tmp_path / "text.db")
    assert checks["file"].status == "failure"
    assert checks["embedder"].status == "ok"
    assert "rows" not in checks


def test_a_file_that_others_may_read_is_a_warning(path):
    path.chmod(0o644)
    permissions = found(path)["permissions"]
    assert permissions.status == "warning"
    assert permissions.remedy.startswith(f"run `chmod 600 {path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_another_embedder_is_a_failure_that_names_both(path):
    checks = found(path, embedder="hashing:128")
    assert checks["embedder"].status == "failure"
    assert "hashing:64" in checks["embedder"].found
    assert "hashing:128" in checks["embedder"].found
    assert "tacit reembed" in checks["embedder"].remedy


def test_an_embedder_that_is_missing_is_a_warning_unless_words_alone_are_wanted(path, tmp_path):
    missing = found(path, embedder="auto", models=tmp_path / "no-models")["embedder"]
    assert (missing.status, missing.remedy) == ("warning", "run `tacit init --model`")
    assert found(path, embedder="none")["embedder"].status == "ok"
    assert found(path, embedder="onnx:nothing")["embedder"].status == "failure"


def test_items_without_vectors_are_a_warning(path):
    with remember(path, embedder="none") as memory:
        memory.record_fact("Not embedded yet")
    vectors = found(path)["vectors"]
    assert (vectors.status, vectors.remedy) == ("warning", "run `tacit queue run`")
    assert "1 of 3 items" in vectors.found


def test_dead_stuck_and_old_jobs_are_warnings(tmp_path):
    store = SqliteStore(tmp_path / "memory.db", clock=lambda: NOW)
    with tacit.Memory(store, *_scope(store)) as memory:
        memory.record_fact("Alpha")
        old = look(store, clock=lambda: NOW + 2 * DAY, embedder=tacit_embedder())["queue"]
        assert (old.status, old.found) == ("warning", "1 job waiting, the oldest for 2 days")
        (job,) = store.claim(["embed"])
        stuck = look(store, clock=lambda: NOW + DAY)["queue"]
        assert (stuck.status, stuck.found) == ("warning", "1 job left by a worker that died")
        store.fail(job, "no memory left", retry_at=None)
        dead = look(store, clock=lambda: NOW)["queue"]
        assert dead.status == "warning"
        assert "no memory left" in dead.found
        assert "tacit queue revive" in dead.remedy


def test_an_episode_that_was_left_open_is_a_warning(tmp_path):
    store = SqliteStore(tmp_path / "memory.db", clock=lambda: NOW)
    with tacit.Memory(store, *_scope(store)) as memory:
        memory.start_episode("Forgotten")
        assert look(store, clock=lambda: NOW + DAY)["episodes"].status == "ok"
        late = look(store, clock=lambda: NOW + 3 * DAY)["episodes"]
        assert late.status == "warning"
        assert "the oldest for 3 days" in late.found


class Weak:
    """A file store whose facts are those of a file that is not well kept; the rest is the real one's."""

    def __init__(self, inner: SqliteStore, **facts) -> None:
        self._inner = inner
        self._facts = facts

    def facts(self) -> FileFacts:
        known = {"sqlite": "3.54.0", "journal_mode": "wal", "synchronous": 2, "page_checksums": True, "ballast": 1}
        return FileFacts(**{**known, **self._facts})

    def __getattr__(self, name):
        return getattr(self._inner, name)


@pytest.mark.parametrize(
    ("name", "facts", "status"),
    [
        ("sqlite", {"sqlite": "3.51.2"}, "failure"),
        ("sqlite", {"sqlite": "3.51.3"}, "ok"),
        ("durability", {"journal_mode": "delete"}, "failure"),
        ("durability", {"synchronous": 1}, "failure"),
        ("checksums", {"page_checksums": False}, "warning"),
        ("ballast", {"ballast": 0}, "warning"),
    ],
)
def test_a_file_that_is_not_well_kept_is_told(tmp_path, name, facts, status):
    store = SqliteStore(tmp_path / "memory.db")
    assert look(store, file=Weak(store, **facts))[name].status == status
    store.close()


class Broken:
    """An embedder whose endpoint is down, or that answers nonsense."""

    name = "broken:1"
    dimension = 4

    def __init__(self, answer=None) -> None:
        self._answer = answer

    def embed(self, texts, kind):
        if self._answer is None:
            raise ModelError("the endpoint is down", cause="nobody answers", remedy="start it")
        return self._answer


def test_an_embedder_that_does_not_answer_is_a_failure(tmp_path):
    import numpy as np

    store = SqliteStore(tmp_path / "memory.db")
    down = look(store, embedder=Broken())["embedder"]
    assert (down.status, down.remedy) == ("failure", "start it")
    nonsense = look(store, embedder=Broken(np.zeros((1, 4), dtype=np.float32)))["embedder"]
    assert nonsense.status == "failure"
    store.close()


class Failing(Weak):
    """A file store that cannot be read."""

    def check(self):
        yield 1, 10, ""
        raise StorageError("cannot read", cause="the disk is gone", remedy="look at the disk")


def test_a_look_that_fails_does_not_end_the_others(tmp_path):
    store = SqliteStore(tmp_path / "memory.db")
    checks = look(store, file=Failing(store))
    assert checks["rows"].status == "failure"
    assert checks["episodes"].status == "ok"
    store.close()


def test_reading_rows_tells_its_progress(path):
    seen = [one for one in examine(path, embedder="none") if isinstance(one, Checking)]
    assert seen
    assert seen[-1].done == seen[-1].total > 0


def look(store: SqliteStore, **more) -> dict[str, Check]:
    given = {"path": store.path, "namespace": "default", "clock": lambda: NOW, "store": store, "file": store, **more}
    return {one.name: one for one in doctor(Patient(**given)) if isinstance(one, Check)}


def tacit_embedder():
    from tacit.models.hashing import HashingEmbedder

    return HashingEmbedder(64)


def _scope(store: SqliteStore):
    from tacit.clock import new_id
    from tacit.operations.recall import Models
    from tacit.ports import Scope

    return Scope(store=store, namespace="default", clock=lambda: NOW, new_id=new_id), Models()


def test_where_nothing_can_hold_a_program_the_owner_is_warned(path):
    def looked(sandboxes):
        patient = Patient(path=path, namespace="default", clock=FrozenClock(), sandboxes=sandboxes)
        return [one for one in doctor(patient) if isinstance(one, Check) and one.name == "sandbox"]

    assert looked({}) == []
    (held,) = looked({"container": "no: none answers", "process": "Landlock"})
    assert (held.status, held.found) == ("ok", "process: Landlock")
    (bare,) = looked({"container": "no: none answers", "process": "no: no kernel for it"})
    assert bare.status == "warning"
    assert "none answers" in bare.found
