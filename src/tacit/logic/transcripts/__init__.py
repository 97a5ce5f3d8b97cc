"""Transcripts of agents -> turns: one module a format, found by name or by looking at the first lines.

Floor 2. Below: the formats. Above: the importing verb.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Protocol, get_args

from tacit.errors import InvalidInput
from tacit.logic.transcripts import anthropic_messages, claude_code, codex, ilearn, openai_messages, runs
from tacit.logic.transcripts.records import Entry, Tally, Turn

__all__ = ["FORMATS", "Format", "Reader", "detect", "reader"]

Format = Literal["runs", "claude_code", "codex", "openai_messages", "anthropic_messages", "ilearn"]
FORMATS: tuple[Format, ...] = get_args(Format)


class Reader(Protocol):
    """Entries of a file -> its turns; what is passed over is counted in the tally."""

    def __call__(
        self, entries: Iterable[Entry], tally: Tally, *, state: dict[str, str] | None = None, sidechains: bool = False
    ) -> Iterator[Turn]:
        """Yields turns as they end; those open at the end of the entries last."""
        ...


_READERS: dict[Format, Reader] = {
    "runs": runs.turns,
    "claude_code": claude_code.turns,
    "codex": codex.turns,
    "openai_messages": openai_messages.turns,
    "anthropic_messages": anthropic_messages.turns,
    "ilearn": ilearn.turns,
}
# In the order of asking: what the later ones accept is wider.
_KNOWN_BY: tuple[tuple[Format, Callable[[object], bool]], ...] = (
    ("runs", runs.is_run),
    ("ilearn", ilearn.is_memory),
    ("claude_code", claude_code.is_claude_code),
    ("codex", codex.is_codex),
    ("anthropic_messages", anthropic_messages.is_anthropic),
    ("openai_messages", openai_messages.is_openai),
)


def reader(format: Format) -> Reader:
    """What reads a format. Raises `InvalidInput` for an unknown name."""
    if format not in _READERS:
        raise InvalidInput(
            "unknown format", cause=f"{ascii(format)[:80]} is none of them", remedy=f"use one of {', '.join(FORMATS)}"
        )
    return _READERS[format]


def detect(values: Iterable[object]) -> Format | None:
    """The format that most of the first values look like; None where they look like none."""
    votes: Counter[Format] = Counter()
    for value in values:
        votes.update([name for name, matches in _KNOWN_BY if matches(value)][:1])
    return votes.most_common(1)[0][0] if votes else None
