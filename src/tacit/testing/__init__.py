"""Doubles and contracts that ship: for our tests, and for whoever writes a store, an embedder or an agent. Floor 6."""

from tacit.testing.chat import ScriptedModel

__all__ = ["ScriptedModel"]
