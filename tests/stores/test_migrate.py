"""Which files are opened: ours, of a schema that we know, unchanged."""

import apsw
import pytest

from tacit.errors import StorageError
from tacit.stores.sqlite import SqliteStore
from tacit.stores.sqlite.migrate import _steps


def changed(path, statement, *values):
    SqliteStore(path).close()
    connection = apsw.Connection(str(path))
    connection.execute(statement, values).fetchall()
    connection.close()


def test_a_new_file_records_each_migration_with_its_digest(tmp_path):
    SqliteStore(tmp_path / "a.db").close()
    connection = apsw.Connection(str(tmp_path / "a.db"))
    assert connection.execute("SELECT name, digest FROM migrations ORDER BY number").fetchall() == _steps()
    connection.close()


def test_a_file_whose_migration_was_changed_is_refused(tmp_path):
    changed(tmp_path / "a.db", "UPDATE migrations SET digest = ?", "0" * 64)
    with pytest.raises(StorageError, match="another schema"):
        SqliteStore(tmp_path / "a.db")


def test_a_file_of_a_newer_tacit_is_refused(tmp_path):
    changed(tmp_path / "a.db", "INSERT INTO migrations VALUES (999, '0999_future.sql', 'x')")
    with pytest.raises(StorageError, match="newer tacit"):
        SqliteStore(tmp_path / "a.db")


def test_a_database_of_somebody_else_is_refused_and_left_alone(tmp_path):
    connection = apsw.Connection(str(tmp_path / "theirs.db"))
    connection.execute("CREATE TABLE notes (text TEXT)").fetchall()
    connection.close()
    with pytest.raises(StorageError, match="not a memory of tacit"):
        SqliteStore(tmp_path / "theirs.db")
    connection = apsw.Connection(str(tmp_path / "theirs.db"))
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("notes",)]
    connection.close()
