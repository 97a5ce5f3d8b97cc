"""A turn -> what is remembered of it: an episode, an interaction, or both.

Floor 2. Below: records, logic.text, logic.redaction. Above: the importing verb. Here the texts of other programs become
ours: cleaned, secrets taken out, cut to the bounds, each counted.
"""

from dataclasses import dataclass

import msgspec

from tacit.logic.limits import (
    ARGUMENTS_BYTES,
    DESCRIPTION,
    EPISODE_BYTES,
    LABEL,
    METADATA_VALUE,
    OBSERVATION,
    STEPS,
    TEXT,
)
from tacit.logic.redaction import redact
from tacit.logic.text import clean
from tacit.logic.transcripts.records import Turn
from tacit.types import Episode, Failure, Interaction, Outcome, Step, Success

__all__ = ["Mender", "interaction_text"]

CUT = " ... [cut]"


@dataclass
class Mender:
    """Mends texts and counts what it took out."""

    redacted: int = 0
    cut: int = 0

    def text(self, words: str, limit: int) -> str:
        """Cleaned, redacted, at most `limit` characters."""
        if not words:
            return words
        mended, count = redact(clean(words))
        self.redacted += count
        if len(mended) > limit:
            self.cut += 1
            mended = mended[: limit - len(CUT)] + CUT
        return mended

    def metadata(self, turn: Turn) -> dict[str, str | int | float | bool | None]:
        """Texts mended; a number that no store can keep becomes a text."""
        return {name: self._value(value) for name, value in turn.metadata.items()}

    def _value(self, value: str | int | float | bool | None) -> str | int | float | bool | None:
        if isinstance(value, str):
            return self.text(value, METADATA_VALUE)
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            return str(value)[:METADATA_VALUE]
        return value

    def episode(self, turn: Turn, now: int) -> Episode:
        """The task and its steps; the outcome is None where the transcript does not say it."""
        return Episode(
            task=self.text(turn.question, DESCRIPTION),
            agent=self.text(turn.agent, LABEL),
            steps=tuple(self._steps(turn)),
            outcome=self._outcome(turn.outcome),
            started_at=now if turn.started_at is None else turn.started_at,
            ended_at=turn.ended_at,
        )

    def interaction(self, turn: Turn) -> Interaction:
        """What was asked, and what the agent answered at last."""
        return Interaction(question=self.text(turn.question, TEXT), answer=self.text(turn.answer, TEXT))

    def _steps(self, turn: Turn) -> list[Step]:
        kept: list[Step] = []
        size = 0
        for step in turn.steps[:STEPS]:
            mended = self._step(step)
            size += len(mended.arguments) + len(mended.observation) + len(mended.action)
            if size > EPISODE_BYTES:
                break
            kept.append(mended)
        self.cut += len(kept) < len(turn.steps)
        return kept

    def _step(self, step: Step) -> Step:
        return msgspec.structs.replace(
            step,
            tool=self.text(step.tool, LABEL),
            action=self.text(step.action, OBSERVATION),
            arguments=self.text(step.arguments, ARGUMENTS_BYTES),
            observation=self.text(step.observation, OBSERVATION),
        )

    def _outcome(self, outcome: Outcome | None) -> Outcome | None:
        match outcome:
            case Success():
                return Success(verdict=self.text(outcome.verdict, TEXT))
            case Failure():
                return Failure(reason=self.text(outcome.reason, TEXT), details=self.text(outcome.details, TEXT))
            case _:
                return outcome


def interaction_text(said: Interaction) -> str:
    """The words by which an interaction is found; the recording verb writes the same."""
    return f"Q: {said.question}\nA: {said.answer}" if said.answer else f"Q: {said.question}"
