"""A turn -> what is remembered of it: an episode, an interaction, or both.

Floor 2. Below: records, logic.text, logic.redaction. Above: the importing verb. Here the texts of other programs become
ours: cleaned, secrets taken out, cut to the bounds, each counted.
"""

from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from tacit.logic.episode_text import episode_text
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
from tacit.logic.passages import short
from tacit.logic.recalled import without_recalled
from tacit.logic.redaction import redact
from tacit.logic.text import clean
from tacit.logic.transcripts.records import Turn
from tacit.logic.trust import vouched
from tacit.ports import Clock, NewId
from tacit.types import Episode, Failure, Interaction, Item, Kind, Outcome, Step, Success

__all__ = ["Maker", "Mender"]

CUT = " ... [cut]"
CONTEXT = 2
"""Texts said just before in the same session that a short interaction is found by, too."""


@dataclass
class Mender:
    """Mends texts and counts what it took out."""

    redacted: int = 0
    cut: int = 0

    def text(self, words: str, limit: int) -> str:
        """Cleaned, without what recall had put into it, redacted, at most `limit` characters."""
        if not words:
            return words
        mended, count = redact(without_recalled(clean(words)))
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
        """What was asked, what the agent answered at last, and what to keep of it."""
        return Interaction(
            question=self.text(turn.question, TEXT),
            answer=self.text(turn.answer, TEXT),
            takeaway=self.text(turn.takeaway, TEXT),
        )

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


class Maker:
    """Makes items of the turns of one file; their keys are `<format>:<id>`."""

    def __init__(self, format: str, new_id: NewId, clock: Clock) -> None:
        self.mender = Mender()
        self._format = format
        self._new_id = new_id
        self._clock = clock
        self._said: tuple[str, list[str]] = ("", [])

    def key(self, turn: Turn) -> str:
        """An id that is too long for a key, or not storable, goes in by its digest."""
        key = f"{self._format}:{turn.id}"
        if len(key) <= LABEL and key.isascii() and "\0" not in key:
            return key
        return f"{self._format}:{blake2b(key.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"

    def items(self, turn: Turn) -> list[Item]:
        """An episode where there were steps, an interaction where somebody asked."""
        now = self._clock()
        items = [self._episode(turn, now)] if turn.steps or not turn.exchange else []
        return [*items, self._interaction(turn, now)] if turn.exchange else items

    def _episode(self, turn: Turn, now: int) -> Item:
        payload = self.mender.episode(turn, now)
        text = episode_text(payload)
        return self._item("episode", text, payload, turn, now)

    def _interaction(self, turn: Turn, now: int) -> Item:
        said = self.mender.interaction(turn)
        parts = (("Q", said.question), ("A", said.answer), ("Takeaway", said.takeaway))
        text = "\n".join(f"{name}: {words}" for name, words in parts if words or name == "Q")
        item = self._item("interaction", text, said, turn, now)
        return msgspec.structs.replace(item, context=self._context(turn.session, text))

    def _item(self, kind: Kind, text: str, payload: Episode | Interaction, turn: Turn, now: int) -> Item:
        item = Item(
            id=self._new_id(),
            kind=kind,
            text=text,
            payload=payload,
            key=self.key(turn),
            type=payload.task_type if isinstance(payload, Episode) else "",
            author=self.mender.text(turn.agent, LABEL),
            session=self.mender.text(turn.session, LABEL),
            domain=self.mender.text(turn.domain, LABEL),
            metadata=self.mender.metadata(turn),
            source=f"import:{self._format}",
            created_at=now if turn.started_at is None else turn.started_at,
        )
        return vouched(item)

    def _context(self, session: str, text: str) -> tuple[str, ...]:
        """What was said just before in the session, as the recording verb has it; short texts only."""
        known, before = self._said
        before = before if session and known == session else []
        self._said = (session, [*before, text][-CONTEXT:])
        return tuple(one for one in before if short(one)) if short(text) else ()
