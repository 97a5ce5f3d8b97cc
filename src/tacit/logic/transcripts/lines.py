"""Bytes of a file -> its JSON values: one a line, or one document that holds a list.

Floor 2. Below: logic.text. Above: every reader of a format. What cannot be read is counted and passed over: transcripts
are written by other programs, and the last line of one in use is often broken off.
"""

from collections.abc import Callable, Iterable, Iterator

from tacit.errors import InvalidInput, TooLarge
from tacit.logic.limits import LINE_BYTES
from tacit.logic.text import loads
from tacit.logic.transcripts.records import Entry, Tally

__all__ = ["checked_head", "document", "entries", "is_document", "numbered"]

MAGICS = {
    b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz",
    b"SQLite format 3": "SQLite", b"%PDF": "PDF",
}  # fmt: skip


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


def checked_head(head: bytes, name: str) -> bytes:
    """The first bytes of a file of text. Raises `InvalidInput` for an empty, a compressed or a binary one."""
    if not head.strip():
        raise InvalidInput(f"{name} is empty", cause="there is nothing in it to import", remedy="pass another file")
    packed = next((kind for magic, kind in MAGICS.items() if head.startswith(magic)), None)
    if packed is not None:
        raise InvalidInput(
            f"{name} is a {packed} file", cause="only JSON text is imported", remedy="unpack or export it first"
        )
    if b"\0" in head:
        raise InvalidInput(
            f"{name} is binary", cause="it has NUL bytes", remedy="pass JSON or JSON lines in UTF-8 (not UTF-16)"
        )
    return head


def is_document(head: bytes, total: int) -> bool:
    """Whether the file is one JSON document, not JSON lines: a list, or an object over several lines."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"[":
        whole = True
    else:
        first = start.split(b"\n", 1)[0]
        whole = start[:1] == b"{" and len(first) < len(start) and first.count(b"{") > first.count(b"}")
        whole = whole and not first.rstrip().endswith(b"}")
    if whole and total > LINE_BYTES:
        raise TooLarge(
            "the JSON document is too large",
            cause=f"it has {total} bytes, one document may have {LINE_BYTES}",
            remedy="convert it to JSON lines, one object a line (`jq -c '.[]'`): these may be of any size",
        )
    return whole


def numbered(readline: Callable[[int], bytes], offset: int) -> Iterator[tuple[int, bytes]]:
    """Lines with their offsets; of one that is too long, the first piece only."""
    while line := readline(LINE_BYTES + 1):
        start, offset = offset, offset + len(line)
        while len(line) > LINE_BYTES and not line.endswith(b"\n"):
            piece = readline(LINE_BYTES)
            offset += len(piece)
            if not piece or piece.endswith(b"\n"):
                break
        yield start, line
