"""Bytes of a file -> its JSON values: one a line, or one document that holds a list.

Floor 2. Below: logic.text. Above: every reader of a format. What cannot be read is counted and passed over: transcripts
are written by other programs, and the last line of one in use is often broken off.
"""

from collections.abc import Iterable, Iterator

from tacit.errors import InvalidInput
from tacit.logic.limits import LINE_BYTES
from tacit.logic.text import loads
from tacit.logic.transcripts.records import Entry, Tally

__all__ = ["document", "entries"]


def entries(lines: Iterable[tuple[int, bytes]], tally: Tally) -> Iterator[Entry]:
    """The values of JSON lines, given as (offset of the line in its file, its bytes)."""
    for start, line in lines:
        if not line.strip(b" \t\r\n\xef\xbb\xbf"):
            continue
        if len(line) > LINE_BYTES:
            tally.problem(start, f"a line of more than {LINE_BYTES} bytes")
            continue
        try:
            value = loads(line)
        except InvalidInput as error:
            tally.problem(start, error.cause)
            continue
        yield Entry(start, start + len(line), value)


def document(data: bytes) -> Iterator[Entry]:
    """The values of one JSON document: its elements if it is a list of objects, else itself.

    A list of messages is one conversation, hence one value. Raises `InvalidInput`.
    """
    value = loads(data)
    if isinstance(value, list) and not any(isinstance(one, dict) and "role" in one for one in value):
        for one in value:
            yield Entry(0, len(data), one)
    else:
        yield Entry(0, len(data), value)
