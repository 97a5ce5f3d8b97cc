"""The embedded default: one SQLite file. Floor 3."""

from tacit.stores.sqlite.maintenance import in_use, verify_file
from tacit.stores.sqlite.store import SqliteStore

__all__ = ["SqliteStore", "in_use", "verify_file"]
