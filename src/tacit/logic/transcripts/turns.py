"""Who said and called what, in order -> turns.

Floor 2. Below: records. Above: the readers of Claude Code, Codex and message logs tell this what they find.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tacit.logic.limits import OBSERVATION, STEPS
from tacit.logic.transcripts.records import Turn
from tacit.types import Step, StepResult

__all__ = ["Turns"]

KEPT = 4 * OBSERVATION
"""Characters of a tool's answer that are held until it is redacted and cut: a turn stays within some 40 MB."""
CALLS = 10_000
"""Calls that still wait for their result; more are never seen in one turn."""


@dataclass
class _Open:
    """A turn being put together."""

    id: str
    question: str
    start: int
    about: dict[str, Any]
    answer: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    asked_at: int | None = None
    last_at: int | None = None


class Turns:
    """Puts turns together, one open turn a thread (the main line, and each sub-agent)."""

    def __init__(self) -> None:
        self.state: dict[str, str] = {}
        """Handed to every turn; a reader keeps here what it must know to go on from the middle of a file."""
        self._open: dict[str, _Open] = {}
        self._calls: dict[str, tuple[_Open, int, int | None]] = {}

    def asked(self, thread: str, id: str, question: str, *, start: int, at: int | None, **about: Any) -> Iterator[Turn]:
        """A person asked something: ends the thread's open turn, if there is one, and begins another."""
        done = self._open.pop(thread, None)
        self._open[thread] = _Open(id=id, question=question, start=start, about=about, asked_at=at, last_at=at)
        if done is not None:
            yield self._turn(done, open=False)

    def answered(self, thread: str, text: str, at: int | None, *, agent: str = "") -> None:
        """The agent said something. What it says last, after its last step, is its answer."""
        turn = self._open.get(thread)
        if turn is not None:
            turn.last_at = at or turn.last_at
            turn.about["agent"] = agent or turn.about.get("agent", "")
            if text.strip():
                turn.answer.append(text.strip())

    def called(self, thread: str, call: str, step: Step, at: int | None) -> None:
        """The agent called a tool; what it said before was a remark on the way."""
        turn = self._open.get(thread)
        if turn is None or len(turn.steps) >= STEPS:
            return
        if turn.answer and not step.action:
            step = msgspec.structs.replace(step, action=turn.answer[-1][:OBSERVATION])
        turn.answer.clear()
        turn.last_at = at or turn.last_at
        turn.steps.append(step)
        if call and len(self._calls) < CALLS:
            self._calls[call] = (turn, len(turn.steps) - 1, at)

    def returned(self, call: str, observation: str, result: StepResult, at: int | None) -> None:
        """A tool answered. A result without its call (it lies before the file's beginning) is passed over."""
        turn, index, called_at = self._calls.pop(call, (None, 0, None))
        if turn is None:
            return
        took = (at - called_at) / 1000 if at is not None and called_at is not None and at >= called_at else None
        turn.last_at = at or turn.last_at
        step = turn.steps[index]
        turn.steps[index] = msgspec.structs.replace(
            step, observation=observation[:KEPT], result=result, latency_ms=step.latency_ms or took
        )

    def close(self) -> Iterator[Turn]:
        """The file ends: the turns that are still open, the earliest first."""
        while self._open:
            thread = min(self._open, key=lambda name: self._open[name].start)
            resume = self._resume()
            turn = self._turn(self._open.pop(thread), open=True)
            yield msgspec.structs.replace(turn, resume=resume)

    def _resume(self) -> int:
        return min((turn.start for turn in self._open.values()), default=0)

    def _turn(self, done: _Open, *, open: bool) -> Turn:
        for call in [call for call, (turn, _, _) in self._calls.items() if turn is done]:
            del self._calls[call]
        return Turn(
            id=done.id,
            question=done.question,
            answer="\n\n".join(done.answer),
            steps=tuple(done.steps),
            started_at=done.asked_at,
            ended_at=done.last_at,
            open=open,
            resume=self._resume(),
            state=dict(self.state),
            **done.about,
        )
