"""A check of a file tells of damage, and of nothing else."""

from pathlib import Path

import pytest

from tacit.changes import Delete, Put
from tacit.errors import Corrupted
from tacit.stores.sqlite import SqliteStore
from tacit.types import Fact, Item

NAMESPACE = "acme/support-bot"


def fact(number: int) -> Item:
    return Item(id=f"{number}", kind="fact", text=f"port {number}", payload=Fact(statement="x"))


def problems(store: SqliteStore) -> list[str]:
    return [problem for _, _, problem in store.check() if problem]


def test_a_file_that_is_written_to_between_two_checks_is_whole(tmp_path: Path) -> None:
    store, other = SqliteStore(tmp_path / "memory.tacit"), SqliteStore(tmp_path / "memory.tacit")
    for number in range(60):
        store.write(NAMESPACE, [Put(item=fact(number))])
        if number % 7 == 0:
            other.write(NAMESPACE, [Delete(ids=(f"{number}",))])
        assert problems(other) == []
    assert problems(store) == []
    store.close()
    other.close()


def test_damage_is_found_also_where_the_page_was_read_before(tmp_path: Path) -> None:
    path = tmp_path / "memory.tacit"
    store = SqliteStore(path)
    store.write(NAMESPACE, [Put(item=fact(number)) for number in range(500)])
    store.close()
    store = SqliteStore(path)
    assert problems(store) == []
    damaged = bytearray(path.read_bytes())
    place = damaged.rindex(b"port 250")
    damaged[place + 5] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(Corrupted):
        problems(store)
    store.close()
