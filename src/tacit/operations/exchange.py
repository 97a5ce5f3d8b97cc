"""Exchange: every item of a namespace <-> JSONL, one item a line, readable by anything.

Floor 4. Below: the store. Above: memory.

The first line names the format. Vectors are left out: they are derived. Reading back is idempotent by id, so that an
interrupted import is simply run again.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from tacit.changes import Change, Enqueue, Put
from tacit.errors import InvalidInput
from tacit.logic.limits import LINE_BYTES
from tacit.logic.pages import every
from tacit.logic.text import loads
from tacit.ports import Scope
from tacit.types import Filter, Item, Value

__all__ = ["Exchanged", "export", "import_export", "is_export", "read_export"]

FORMAT = "tacit-export"
VERSION = 1
PAGE = 500
HEADER = 1_000
"""Bytes in which a first line must end to be ours."""


class Exchanged(Value, frozen=True, kw_only=True):
    """Progress of reading an export."""

    items: int = 0
    known: int = 0
    """Items that were there already."""
    bytes: int = 0
    dry_run: bool = False


def export(scope: Scope, filter: Filter) -> Iterator[bytes]:
    """Lines, each with its newline: a header, then the items in their order."""
    yield msgspec.json.encode({"format": FORMAT, "version": VERSION, "namespace": scope.namespace}) + b"\n"
    for item in every(scope.store, scope.namespace, filter):
        yield msgspec.json.encode(msgspec.structs.replace(item, sequence=0, revision=1)) + b"\n"


def read_export(scope: Scope, lines: Iterable[bytes], *, dry_run: bool = False) -> Iterator[Exchanged]:
    """Put the items of an export into this namespace; yields progress. What comes with its episodes is counted
    anew, so that nothing counts twice. Raises `InvalidInput` at a malformed line."""
    numbered = enumerate(lines, start=1)
    _header(next(numbered, (1, b""))[1])
    progress = Exchanged(dry_run=dry_run)
    batch: list[Item] = []
    size, lived = 0, False
    for number, line in numbered:
        if len(batch) >= PAGE:
            progress = _write(scope, batch, progress, size)
            batch, size = [], 0
            yield progress
        if line.strip():
            batch.append(_item(line, number))
            lived = lived or batch[-1].kind == "episode"
        size += len(line)
    yield _write(scope, batch, progress, size, relearn=lived)


def is_export(path: Path) -> bool:
    """Whether a file begins as an export does, of whatever version."""
    try:
        with path.open("rb") as file:
            header = loads(file.readline(HEADER))
    except (InvalidInput, OSError, ValueError):
        return False
    return isinstance(header, dict) and header.get("format") == FORMAT


def import_export(scope: Scope, path: Path, *, dry_run: bool = False) -> Iterator[Exchanged]:
    """`read_export` of a file."""
    with path.open("rb") as file:
        yield from read_export(scope, iter(lambda: file.readline(LINE_BYTES), b""), dry_run=dry_run)


def _write(scope: Scope, batch: list[Item], progress: Exchanged, size: int, *, relearn: bool = False) -> Exchanged:
    """`relearn`: patterns came with their counts, and the episodes that were counted came, too: they are counted anew,
    once, with the last of them."""
    known = {item.id for item in scope.store.read(scope.namespace, [item.id for item in batch])}
    new = [item for item in batch if item.id not in known]
    if new and not progress.dry_run:
        changes: list[Change] = [Put(item=item, on_conflict="ignore") for item in new]
        stages = ("embed", "relearn") if relearn else ("embed",)
        scope.store.write(scope.namespace, [*changes, *(Enqueue(stage=one, key=scope.new_id()) for one in stages)])
    return Exchanged(
        items=progress.items + len(new),
        known=progress.known + len(known),
        bytes=progress.bytes + size,
        dry_run=progress.dry_run,
    )


def _header(line: bytes) -> None:
    header: Any = loads(line) if line.strip() else None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise InvalidInput(
            "this is no export of tacit", cause="its first line does not say so", remedy="pass a file of `tacit export`"
        )
    if header.get("version") != VERSION:
        raise InvalidInput(
            f"the export is of version {ascii(header.get('version'))[:20]}",
            cause=f"this tacit reads version {VERSION}",
            remedy="use the tacit that wrote it, or a newer one",
        )


def _item(line: bytes, number: int) -> Item:
    loads(line)  # refuses duplicate keys, NaN and bottomless nesting, which the decoder below would let through
    try:
        return msgspec.json.decode(line, type=Item)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InvalidInput(
            f"line {number} is no item", cause=str(error)[:300], remedy="export again; nothing after this line was read"
        ) from error
