"""What every transcript is read into: turns, each a request with the steps and the answer that followed.

Floor 2. Below: the nouns. Above: the readers of the formats yield these, the importing verb stores them.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tacit.types import Outcome, Step, Value

__all__ = ["Entry", "Tally", "Turn"]


class Entry(NamedTuple):
    """One JSON value of a file."""

    start: int
    """Offset of its first byte."""
    end: int
    """Offset after its last byte: where the next one begins."""
    value: Any


class Turn(Value, frozen=True, kw_only=True):
    """One request and what came of it. Texts are as found: not yet cleaned, redacted or bounded."""

    id: str
    """The same for the same turn, however often and in whatever file it is read."""
    question: str
    answer: str = ""
    takeaway: str = ""
    """What to keep of the exchange, where somebody has said so."""
    steps: tuple[Step, ...] = ()
    outcome: Outcome | None = None
    """None where the transcript does not say how it ended."""
    exchange: bool = True
    """False: there is a task, but nobody asked and answered."""
    session: str = ""
    agent: str = ""
    domain: str = ""
    metadata: dict[str, str | int | float | bool | None] = {}
    started_at: int | None = None
    ended_at: int | None = None
    open: bool = False
    """The file ended within this turn: it may have grown when the file is read again."""
    resume: int = 0
    """Offset from which reading can go on once this turn is stored."""
    state: dict[str, str] = {}
    """What the reader must be told when it goes on from there."""


@dataclass
class Tally:
    """What was passed over, counted while reading."""

    malformed: int = 0
    """Lines that are no JSON, or broken off."""
    unknown: int = 0
    """Lines of a type that says nothing here."""
    duplicates: int = 0
    sidechains: int = 0
    """Lines of sub-agents, left out unless asked for."""
    problems: list[str] = field(default_factory=list)
    """The first few, in words."""

    def problem(self, offset: int, what: str) -> None:
        """Count a malformed line and keep the first few in words."""
        self.malformed += 1
        if len(self.problems) < 5:
            self.problems.append(f"byte {offset}: {what}")
