"""Import: runs, transcripts and message logs of other agents into a namespace.

Floor 4. Below: the store, logic.transcripts. Above: memory.

A generator of progress. The file is read once, a batch at a time, so that its size does not matter. Each batch is one
transaction together with a cursor, a note that names the offset from which to go on: killed at any point, the same call
goes on there. Every item has the key `<format>:<id>`, so that reading anything twice adds nothing. A file that has
grown is read on; its last turn, which was not finished then, is replaced.
"""

from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from tacit.changes import Change, Enqueue, Put, SetNote
from tacit.errors import InvalidInput, NotFound, StorageError
from tacit.logic.transcripts import FORMATS, Format, detect, reader
from tacit.logic.transcripts.items import Maker
from tacit.logic.transcripts.lines import checked_head, document, entries, is_document, numbered
from tacit.logic.transcripts.records import Entry, Tally, Turn
from tacit.ports import Scope
from tacit.types import Episode, Filter, Item, Payload, Value

__all__ = ["Imported", "import_file"]

BATCH = 400
"""Items a transaction."""
BATCH_CHARACTERS = 8_000_000
LOOKED_AT = 50
"""First values by which a format is recognised."""
HEAD = 1 << 16
"""Bytes by which a file is judged."""


class Imported(Value, frozen=True, kw_only=True):
    """Progress of an import; the last one is its result."""

    path: str
    format: Format
    bytes: int = 0
    """Read so far, of `total`."""
    total: int = 0
    resumed_at: int = 0
    """Offset at which an earlier import had stopped; 0 if this one began at the beginning."""
    episodes: int = 0
    """New ones, as are the interactions."""
    interactions: int = 0
    replaced: int = 0
    """Turns that had not been finished when an earlier import read them."""
    known: int = 0
    """Items that were there already."""
    duplicates: int = 0
    """Lines that repeat another one."""
    malformed: int = 0
    """Lines that are no JSON; a broken last line of a file in use is one."""
    unknown: int = 0
    """Lines of a type that says nothing here."""
    sidechains: int = 0
    """Lines of sub-agents that were left out."""
    redacted: int = 0
    """Secrets taken out."""
    cut: int = 0
    """Texts cut to their bounds."""
    problems: tuple[str, ...] = ()
    """The first malformed lines, in words."""
    dry_run: bool = False
    done: bool = False


class _Cursor(Value, frozen=True, kw_only=True):
    """Note of where to go on."""

    offset: int = 0
    before: str = ""
    """Digest of the bytes just before the offset: the file up to there is the one that was read."""
    open: tuple[str, ...] = ()
    """Keys of turns that were not finished."""
    state: dict[str, str] = {}


def import_file(
    scope: Scope,
    path: str | Path,
    *,
    format: Format | None = None,
    sidechains: bool = False,
    dry_run: bool = False,
    restart: bool = False,
) -> Iterator[Imported]:
    """Import a file; yields progress after each batch, at last with `done`. The format is recognised if not given.

    `sidechains` takes sub-agents in, `restart` ignores the cursor, `dry_run` reads and counts everything and writes
    nothing. Raises `NotFound`, `InvalidInput` (a folder, an empty, compressed or binary file, no known format),
    `TooLarge` (one JSON document of more than 64 MB), `StorageError`; nothing was changed then.
    """
    file = _checked_path(path)
    if format is not None:
        reader(format)
    try:
        with file.open("rb") as stream:
            yield from _Import(scope, file, stream, format, sidechains, dry_run).run(restart=restart)
    except OSError as error:
        raise StorageError(
            f"cannot read {file.name}", cause=str(error), remedy="look at the file's rights and disk"
        ) from error


class _Import:
    """One import at work."""

    def __init__(
        self, scope: Scope, file: Path, stream: BinaryIO, format: Format | None, sidechains: bool, dry_run: bool
    ) -> None:
        self._scope = scope
        self._stream = stream
        self._total = file.stat().st_size
        self._head = checked_head(stream.read(HEAD), file.name)
        self._whole = is_document(self._head, self._total)
        self._format = format or self._detected(file.name)
        self._sidechains = sidechains
        self._dry_run = dry_run
        self._tally = Tally()
        self._maker = Maker(self._format, scope.new_id, scope.clock)
        first = self._head.split(b"\n", 1)[0]
        named = f"{file.resolve()}\n{self._format}\n{sidechains}".encode("utf-8", "surrogatepass")
        self._note = f"import/{blake2b(named + first, digest_size=16).hexdigest()}"
        self._progress = Imported(path=str(file), format=self._format, total=self._total, dry_run=dry_run)

    def run(self, *, restart: bool) -> Iterator[Imported]:
        cursor = _Cursor() if restart else self._cursor()
        self._progress = msgspec.structs.replace(self._progress, bytes=cursor.offset, resumed_at=cursor.offset)
        yield self._progress
        read = reader(self._format)
        turns = read(self._entries(cursor), self._tally, state=cursor.state, sidechains=self._sidechains)
        batch: list[Turn] = []
        size = read_any = 0
        for turn in turns:
            batch.append(turn)
            size += _size(turn)
            read_any += 1
            if 2 * len(batch) >= BATCH or size >= BATCH_CHARACTERS:
                cursor = self._write(batch, cursor)
                batch, size = [], 0
                yield self._progress
        if not read_any and not cursor.offset and not self._recognised():
            raise _unrecognised(Path(self._progress.path).name, self._tally)
        self._write(batch, cursor)
        self._progress = msgspec.structs.replace(self._progress, bytes=self._total, done=True)
        yield self._progress

    def _detected(self, name: str) -> Format:
        values = (entry.value for entry in self._entries(_Cursor(), Tally()))
        found = detect(islice(values, LOOKED_AT))
        if found is None:
            raise _unrecognised(name, Tally())
        return found

    def _recognised(self) -> bool:
        """Without a turn: whether the lines are at least of this format (a session that has only a summary)."""
        values = (entry.value for entry in self._entries(_Cursor(), Tally()))
        return detect(islice(values, LOOKED_AT)) == self._format

    def _entries(self, cursor: _Cursor, tally: Tally | None = None) -> Iterator[Entry]:
        self._stream.seek(cursor.offset)
        if self._whole:
            return document(self._stream.read())
        return entries(numbered(self._stream.readline, cursor.offset), tally or self._tally)

    def _cursor(self) -> _Cursor:
        """Where an earlier import stopped; the beginning, where the file before that point is another one now."""
        kept = self._scope.store.records(self._scope.namespace).note(self._note)
        try:
            cursor = msgspec.convert(kept, _Cursor) if kept is not None else _Cursor()
        except msgspec.ValidationError:
            return _Cursor()
        if self._whole or cursor.offset > self._total or cursor.before != self._before(cursor.offset):
            return _Cursor()
        return cursor

    def _before(self, offset: int) -> str:
        self._stream.seek(max(0, offset - HEAD))
        return blake2b(self._stream.read(min(HEAD, offset)), digest_size=16).hexdigest() if offset else ""

    def _write(self, batch: list[Turn], cursor: _Cursor) -> _Cursor:
        """One transaction: the batch's items, the job that embeds them, and the cursor."""
        here = self._stream.tell()
        items = [item for turn in batch for item in self._maker.items(turn)]
        moved = self._moved(batch, cursor) if batch else cursor
        if self._dry_run:
            stored = {(item.kind, item.key) for item in self._select([str(item.key) for item in items])}
            self._count(items, [(item.kind, item.key) not in stored for item in items], 0)
        elif batch:
            changes = self._puts(items, cursor.open)
            replaced = sum(put.on_conflict == "replace" for put in changes)
            note = SetNote(key=self._note, value=msgspec.to_builtins(moved))
            again = self._scope.new_id()
            jobs = [Enqueue(stage=stage, key=again) for stage in ("learn", "embed")]
            written: list[Change] = [*changes, *jobs, note]
            receipt = self._scope.store.write(self._scope.namespace, written)
            self._count(items, list(receipt.created), replaced)
        self._stream.seek(here)
        tally, mender = self._tally, self._maker.mender
        self._progress = msgspec.structs.replace(
            self._progress,
            bytes=min(here, self._total),
            duplicates=tally.duplicates,
            malformed=tally.malformed,
            unknown=tally.unknown,
            sidechains=tally.sidechains,
            problems=tuple(tally.problems),
            redacted=mender.redacted,
            cut=mender.cut,
        )
        return moved

    def _moved(self, batch: list[Turn], cursor: _Cursor) -> _Cursor:
        last = batch[-1]
        still = [self._maker.key(turn) for turn in batch if turn.open]
        kept = cursor.open if last.open else ()  # several turns may be open at the end, in more than one batch
        return _Cursor(
            offset=last.resume, before=self._before(last.resume), open=tuple({*kept, *still}), state=last.state
        )

    def _puts(self, items: list[Item], reopened: tuple[str, ...]) -> list[Put]:
        again = [str(item.key) for item in items if item.key in reopened]
        known = {(item.kind, item.key): item for item in self._select(again)}
        puts = []
        for item in items:
            old = known.get((item.kind, item.key))
            if old is not None and (old.text, _told(old.payload)) != (item.text, item.payload):
                item = msgspec.structs.replace(item, id=old.id, revision=old.revision)
                puts.append(Put(item=item, on_conflict="replace"))
            else:
                puts.append(Put(item=item, on_conflict="ignore"))
        return puts

    def _select(self, keys: list[str]) -> list[Item]:
        if not keys:
            return []
        found = Filter(kinds=("episode", "interaction"), keys=tuple(dict.fromkeys(keys)), current=True)
        return self._scope.store.select(self._scope.namespace, found, limit=2 * len(keys))

    def _count(self, items: list[Item], created: list[bool], replaced: int) -> None:
        new = [item.kind for item, is_new in zip(items, created, strict=True) if is_new]
        self._progress = msgspec.structs.replace(
            self._progress,
            episodes=self._progress.episodes + new.count("episode"),
            interactions=self._progress.interactions + new.count("interaction"),
            replaced=self._progress.replaced + replaced,
            known=self._progress.known + len(items) - len(new) - replaced,
        )


def _told(payload: Payload | None) -> Payload | None:
    """A payload as it was imported, without what learning has added."""
    return msgspec.structs.replace(payload, reward=None, reflection=None) if isinstance(payload, Episode) else payload


def _size(turn: Turn) -> int:
    steps = sum(len(step.arguments) + len(step.observation) for step in turn.steps)
    return len(turn.question) + len(turn.answer) + steps


def _checked_path(path: str | Path) -> Path:
    try:
        file = Path(path)
        folder, regular = file.is_dir(), file.is_file()
    except (ValueError, TypeError, OSError) as error:  # a NUL in the name, a name that is too long
        raise InvalidInput(
            "the path cannot be used", cause=str(error)[:200], remedy="pass the path of a file"
        ) from error
    if folder:
        raise InvalidInput(
            f"{ascii(str(file))[:200]} is a folder",
            cause="one file is imported at a time",
            remedy="pass the files in it; to index documents or code, use `tacit index`",
        )
    if not file.exists():
        raise NotFound(
            f"no file {ascii(str(file))[:200]}", cause="nothing is at this path", remedy="check the path's spelling"
        )
    if not regular:
        raise InvalidInput(
            f"{ascii(str(file))[:200]} is no regular file", cause="it is a device or a pipe", remedy="pass a file"
        )
    return file


def _unrecognised(name: str, tally: Tally) -> InvalidInput:
    told = f" ({tally.problems[0]})" if tally.problems else ""
    return InvalidInput(
        f"{name} is in no known format",
        cause=f"its first lines look like none of {', '.join(FORMATS)}{told}",
        remedy="name the format, or convert it: {id, task, steps: [{tool, args, obs, ok}], success}, one a line",
    )
