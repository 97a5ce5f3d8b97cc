"""Both stores keep the contract."""

from pathlib import Path

import pytest

from tacit.ports import Backend, Clock
from tacit.stores.memory import MemoryStore
from tacit.stores.sqlite import SqliteStore
from tacit.testing.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    def make_store(self, clock: Clock) -> Backend:
        return MemoryStore(clock=clock)


class TestSqliteStore(StoreContract):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "memory.tacit"

    def make_store(self, clock: Clock) -> Backend:
        return SqliteStore(self.path, clock=clock)
