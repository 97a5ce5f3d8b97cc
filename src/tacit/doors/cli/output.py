"""What goes to standard output: one JSON object, or text and tables for people.

What is shown was written by strangers (tools, pages, transcripts), so no character of it may steer the terminal.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tacit.doors.cli.call import Call

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "emit", "hint", "json_text", "many", "one_line", "plain", "safe", "write_json"]

PIPED_WIDTH = 140
"""Columns of a table that no terminal bounds."""
STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
"""Controls of C0 and C1 (but tab and newline), marks that reorder or hide text, halves of characters."""


def safe(text: str) -> str:
    r"""The text with everything that could steer a terminal shown as an escape.

    >>> safe("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return STEERING.sub(_escaped, text.replace("\r\n", "\n"))


def one_line(text: str, limit: int) -> str:
    """Safe, on one line, at most `limit` characters."""
    line = " ".join(safe(text[: limit * 8]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def many(count: int, noun: str) -> str:
    """A count with its noun.

    >>> many(1, "item"), many(1200, "item")
    ('1 item', '1,200 items')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def plain(value: Any) -> Any:
    """A value of the library as JSON has it, with every field, also those that hold their default."""
    fields = getattr(value, "__struct_fields__", None)
    if fields is not None:
        tag = value.__struct_config__.tag
        named = {value.__struct_config__.tag_field: tag} if tag else {}
        return named | {name: plain(getattr(value, name)) for name in fields}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


def json_text(value: Any) -> str:
    """One line of JSON; what could steer a terminal is escaped, which JSON allows within its texts."""
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False)
    return STEERING.sub(lambda found: json.dumps(found.group())[1:-1], text)


def write_json(stream: TextIO, value: Any) -> None:
    """One line, in UTF-8 whatever the terminal's encoding is, for that is what JSON is in."""
    stream.flush()
    stream.buffer.write(json_text(value).encode() + b"\n")
    stream.flush()


def emit(call: Call, value: Any, show: "Callable[[Console], None]", *, quiet: str | None = None) -> None:
    """Print a result: as JSON, or, with --quiet, its one telling word (all of it where there is none), or in full."""
    if call.json:
        write_json(sys.stdout, value)
    elif call.quiet and quiet is not None:
        sys.stdout.write(safe(quiet) + "\n" if quiet else "")
    else:
        show(console())
    sys.stdout.flush()


def hint(call: Call, text: str) -> None:
    """Say something beside the result, on standard error: not with --quiet, not with --json."""
    if not call.quiet and not call.json:
        console(error=True).print(safe(text), style="dim", soft_wrap=True)


def console(*, error: bool = False) -> "Console":
    """A console that interprets nothing in what it prints; colours only on a terminal, and never with NO_COLOR."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(file=stream, markup=False, highlight=False, emoji=False, width=width)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
