"""Memories of ILEARN: `{user_input, bot_response, metrics: {takeaway, ...}, timestamp}`, one a line or in a list.

Floor 2. Below: records. Above: the importing verb. Each memory stands for itself.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import msgspec

from tacit.logic.transcripts.records import Entry, Tally, Turn
from tacit.logic.transcripts.values import obj, text, time

__all__ = ["is_memory", "turns"]


def is_memory(value: object) -> bool:
    """Whether a value looks like one."""
    found = obj(value)
    return isinstance(found.get("user_input"), str) and ("bot_response" in found or "metrics" in found)


def turns(
    entries: Iterable[Entry], tally: Tally, *, state: dict[str, str] | None = None, sidechains: bool = False
) -> Iterator[Turn]:
    """One exchange a memory. What is none is counted and passed over."""
    del state, sidechains  # a memory has neither
    for entry in entries:
        memory = obj(entry.value)
        if not is_memory(memory) or not memory["user_input"].strip():
            tally.unknown += 1
            continue
        metrics = obj(memory.get("metrics"))
        said = (memory["user_input"], text(memory.get("bot_response")), text(metrics.get("takeaway")))
        at = time(memory.get("timestamp"))
        yield Turn(
            id=_id(*said, str(memory.get("timestamp"))),
            question=said[0],
            answer=said[1],
            takeaway=said[2],
            metadata={
                name: value
                for name, value in metrics.items()
                if name != "takeaway" and name.isidentifier() and name.isascii() and len(name) <= 64
                if isinstance(value, str | int | float | bool)
            },
            started_at=at,
            ended_at=at,
            resume=entry.end,
        )


def _id(*parts: str) -> str:
    told = msgspec.json.encode([part.encode("utf-8", "replace").decode() for part in parts])
    return blake2b(told, digest_size=16).hexdigest()
