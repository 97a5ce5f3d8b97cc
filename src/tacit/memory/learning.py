"""The face that learns: patterns, rules, effects, advice, playbooks.

Floor 5. Below: base. Above: Memory.
"""

from tacit.memory.base import Base

__all__ = ["Learning"]


class Learning(Base):
    """What was learned from the episodes, and what it is worth."""
