"""The in-memory store: the readable specification of what every store does, and a store for tests and trials."""

from tacit.stores.memory.store import MemoryStore

__all__ = ["MemoryStore"]
