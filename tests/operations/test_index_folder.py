"""Index: incremental by content, within the folder, nothing binary, nothing secret."""

import itertools
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tacit.errors import InvalidInput, NotFound
from tacit.operations.index_folder import Indexed, index_folder
from tacit.ports import Scope
from tacit.stores.memory import MemoryStore
from tacit.stores.sqlite import SqliteStore
from tacit.types import Chunk, Filter, Item

NAMESPACE = "acme/bot"


@pytest.fixture(params=["memory", "sqlite"])
def scope(request, tmp_path_factory) -> Iterator[Scope]:
    ids, ticks = itertools.count(), itertools.count(step=1000)
    clock = lambda: 0  # noqa: E731
    file = tmp_path_factory.mktemp("store") / "memory.db"
    store = MemoryStore(clock=clock) if request.param == "memory" else SqliteStore(file, clock=clock)
    yield Scope(store=store, namespace=NAMESPACE, clock=lambda: next(ticks), new_id=lambda: f"id-{next(ids):08}")
    store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "src" / "app.py").write_text("def serve():\n    return 8080\n")
    (root / "README.md").write_text("# Project\n\nHow to run it.\n")
    return root


def finished(scope: Scope, folder: Path, **options: object) -> Indexed:
    *_, last = index_folder(scope, folder, **options)  # type: ignore[arg-type]
    assert last.finished
    assert last.done == last.total
    return last


def stored(scope: Scope) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in scope.store.select(NAMESPACE, Filter(kinds=("chunk",)), limit=10_000):
        assert isinstance(item.payload, Chunk)
        found.setdefault(item.payload.path, []).append(item)
    return found


def test_a_folder_becomes_chunks_that_say_where_they_are(scope, folder) -> None:
    told = finished(scope, folder)
    assert (told.added, told.chunks, told.unchanged) == (2, 2, 0)
    assert told.files_per_second is not None
    (code,) = stored(scope)["src/app.py"]
    assert code.text == "src/app.py serve\ndef serve():\n    return 8080"
    assert (code.type, code.language, code.metadata) == ("code", "python", {"path": "src/app.py"})
    assert code.source == f"folder:{folder.resolve().as_posix()}"
    assert code.key == f"{code.source}:src/app.py#0"
    (prose,) = stored(scope)["README.md"]
    assert (prose.type, prose.language) == ("prose", "markdown")
    assert {job.stage for job in scope.store.jobs(NAMESPACE)} == {"embed"}


def test_only_what_changed_is_written_again(scope, folder) -> None:
    finished(scope, folder)
    before = stored(scope)
    jobs = len(scope.store.jobs(NAMESPACE))
    same = finished(scope, folder)
    assert (same.added, same.changed, same.unchanged, same.chunks) == (0, 0, 2, 0)
    assert len(scope.store.jobs(NAMESPACE)) == jobs
    (folder / "README.md").write_text("# Project\n\nAnother way to run it.\n" + "More words. " * 400)
    told = finished(scope, folder)
    assert (told.changed, told.unchanged) == (1, 1)
    assert told.chunks > 2
    after = stored(scope)
    assert after["src/app.py"] == before["src/app.py"]
    assert "Another way" in after["README.md"][0].text
    (folder / "README.md").write_text("short now\n")
    finished(scope, folder)
    assert [item.text for item in stored(scope)["README.md"]] == ["README.md\nshort now"]


def test_what_was_deleted_ignored_or_became_binary_goes_away(scope, folder) -> None:
    for name in ("gone.md", "ignored.md", "binary.md"):
        (folder / name).write_text(f"words of {name}\n")
    finished(scope, folder)
    (folder / "gone.md").unlink()
    (folder / ".gitignore").write_text("ignored.*\n")
    (folder / "binary.md").write_bytes(b"\0\1")
    assert finished(scope, folder).deleted == 2
    assert sorted(stored(scope)) == [".gitignore", "README.md", "src/app.py"]


def test_what_somebody_forgot_is_indexed_again(scope, folder) -> None:
    from tacit.changes import Delete

    finished(scope, folder)
    items = [item.id for items in stored(scope).values() for item in items]
    scope.store.write(NAMESPACE, [Delete(ids=tuple(items))])
    assert finished(scope, folder).chunks == 2
    assert len(stored(scope)) == 2


def test_binaries_secrets_links_and_large_files_are_left_out_and_counted(scope, folder) -> None:
    (folder / "a.png").write_bytes(b"png")
    (folder / ".env").write_text("TOKEN=x")
    (folder / "poetry.lock").write_text("x")
    (folder / "large.txt").write_text("x" * 1_000_001)
    (folder / "data").write_bytes(b"\0" * 100)
    (folder / "empty.txt").write_text("")
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "x.js").write_text("x")
    outside = folder.parent / "outside.md"
    outside.write_text("not ours")
    (folder / "link.md").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    told = finished(scope, folder)
    assert told.skipped == {"binary": 1, "secret": 1, "generated": 1, "too large": 1, "link": 2, "no text": 2}
    assert sorted(stored(scope)) == ["README.md", "src/app.py"]


def test_rules_of_inner_folders_count_and_can_be_switched_off(scope, folder) -> None:
    (folder / "src" / ".gitignore").write_text("*.py\n!keep.py\n")
    (folder / "src" / "keep.py").write_text("kept = 1\n")
    finished(scope, folder)
    assert sorted(stored(scope)) == ["README.md", "src/.gitignore", "src/keep.py"]
    assert finished(scope, folder, gitignore=False).added == 1


def test_secrets_in_files_are_taken_out_and_odd_bytes_are_read(scope, folder) -> None:
    key = "ghp_" + "a1B2" * 9
    (folder / "notes.txt").write_bytes(f"key {key}\r\ncafe\u0301 ".encode() + b"\xff\n")
    (folder / "wide.txt").write_text("wide words", encoding="utf-16")
    told = finished(scope, folder)
    assert told.redacted == 1
    assert stored(scope)["notes.txt"][0].text == "notes.txt\nkey [redacted:github-token]\ncafé \ufffd"
    assert stored(scope)["wide.txt"][0].text == "wide.txt\nwide words"


def test_a_dry_run_writes_nothing(scope, folder) -> None:
    told = finished(scope, folder, dry_run=True)
    assert (told.added, told.chunks, told.dry_run) == (2, 2, True)
    assert stored(scope) == {}
    assert scope.store.jobs(NAMESPACE) == []


def test_an_indexing_that_is_killed_goes_on_where_it_was(scope, folder) -> None:
    for number in range(300):
        (folder / f"{number}.md").write_text(f"words {number}\n")
    *_, stopped = islice(index_folder(scope, folder), 20)
    done = len(stored(scope))
    assert 0 < done < 302
    told = finished(scope, folder)
    assert told.unchanged == done
    assert told.added == 302 - done
    assert len(stored(scope)) == 302
    assert stopped.total == told.total


def test_two_folders_and_two_namespaces_do_not_touch_each_other(scope, folder) -> None:
    other = folder.parent / "other"
    shutil.copytree(folder, other)
    finished(scope, folder)
    finished(scope, other)
    (other / "README.md").unlink()
    assert finished(scope, other).deleted == 1
    assert len(stored(scope)["README.md"]) == 1
    elsewhere = Scope(store=scope.store, namespace="acme/else", clock=scope.clock, new_id=scope.new_id)
    assert finished(elsewhere, folder).added == 2


def test_what_is_no_folder_is_refused(scope, folder) -> None:
    for path, error in (
        (folder / "README.md", InvalidInput),
        (folder / "nothing", NotFound),
        ("a\0b", InvalidInput),
        ("x" * 5000, InvalidInput),
    ):
        with pytest.raises(error) as caught:
            finished(scope, path)
        assert caught.value.remedy
    assert stored(scope) == {}
