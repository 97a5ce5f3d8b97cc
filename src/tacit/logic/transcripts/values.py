"""Small readings that the formats share: texts of content blocks, times, argument texts.

Floor 2. Below: nothing. Above: the readers of the formats. Untrusted values: anything may be of any type.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["arguments", "command", "joined", "obj", "text", "time", "without_blocks"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHELLS = frozenset({"bash", "sh", "zsh", "/bin/bash", "/bin/sh", "/bin/zsh"})
TEXTS = frozenset({"text", "input_text", "output_text"})


def text(value: object) -> str:
    """A text as it is, anything else as none."""
    return value if isinstance(value, str) else ""


def obj(value: object) -> dict[str, Any]:
    """An object as it is, anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def joined(content: object) -> str:
    """The words of a message's content: a text, or a list of blocks of which those with text count."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(filter(None, map(_block, content)))


def _block(block: object) -> str:
    if isinstance(block, str):
        return block
    found = obj(block)
    if text(found.get("type")) in TEXTS:
        return text(found.get("text"))
    return "[image]" if "image" in text(found.get("type")) else ""


def arguments(value: object) -> str:
    """What a tool was called with: a command line where it is one, a text as it is, else JSON."""
    if isinstance(value, str):
        return value
    found = obj(value)
    for name in ("command", "cmd"):
        if found.get(name):
            return command(found[name])
    return json.dumps(value, ensure_ascii=False) if value else ""


def command(value: object) -> str:
    """A command line; `["bash", "-lc", "make"]` is `make`."""
    if isinstance(value, list):
        words = [word for word in value if isinstance(word, str)]
        if len(words) == 3 and words[0] in SHELLS and words[1].startswith("-"):
            return words[2]
        return " ".join(words)
    return text(value)


def time(value: object) -> int | None:
    """ISO 8601, or seconds or milliseconds since 1970 -> microseconds; None for anything else."""
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
            aware = found if found.tzinfo else found.replace(tzinfo=UTC)
            return max(0, (aware - EPOCH) // timedelta(microseconds=1))
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e14:
        return None
    return round(value * 1_000) if value > 1e11 else round(value * 1_000_000)


def without_blocks(words: str, tag: str) -> str:
    """Cut out what stands between `<tag>` and `</tag>`; a block that is not closed reaches to the end."""
    opening, closing = f"<{tag}>", f"</{tag}>"
    kept: list[str] = []
    at = 0
    while (start := words.find(opening, at)) >= 0:
        kept.append(words[at:start])
        end = words.find(closing, start)
        at = end + len(closing) if end >= 0 else len(words)
    return "".join([*kept, words[at:]]).strip()
