"""Index: a folder of documents and code, as chunks that are found like everything else.

Floor 4. Below: the store, logic.chunks, logic.ignores. Above: memory.

A generator of progress. Incremental by content: each chunk carries the digest of its file, so an unchanged file costs
reading it; a changed one has its chunks replaced, a deleted one has them deleted, each in one transaction. What was
indexed is kept in notes, a shard of the paths in each; files are done shard by shard, so that a call that was killed
goes on where it stopped, and one file changed rewrites one small note.
"""

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import cast

import msgspec

from tacit.changes import Change, Delete, Enqueue, Put, SetNote
from tacit.errors import InvalidInput, NotFound
from tacit.logic.chunks import chunk
from tacit.logic.ignores import FOLDERS, Rules, rules, unwanted
from tacit.logic.limits import FILE_BYTES, LABEL
from tacit.logic.redaction import redact
from tacit.logic.text import clean
from tacit.logic.trust import vouched
from tacit.ports import Scope
from tacit.types import Chunk, Filter, Item, Trust, Value

__all__ = ["Indexed", "index_folder"]

SHARDS = 64
"""Notes a folder: 10,000 files are 156 a note."""
BATCH = 400
"""Chunks a transaction, or one file's if it has more."""
IGNORE_BYTES = 100_000
NO_CODE = frozenset({"", "markdown", "rst", "text", "html", "csv"})


class Indexed(Value, frozen=True, kw_only=True):
    """Progress of indexing; the last one is its result."""

    folder: str
    done: int = 0
    """Files, of `total`."""
    total: int = 0
    added: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0
    skipped: dict[str, int] = {}
    """Why -> how many files: binary, secret, generated, too large, unreadable, link, no text."""
    chunks: int = 0
    """Written."""
    redacted: int = 0
    """Secrets taken out."""
    files_per_second: float | None = None
    """Measured from the beginning; None before the clock has moved."""
    dry_run: bool = False
    finished: bool = False


def index_folder(
    scope: Scope, folder: str | Path, *, dry_run: bool = False, gitignore: bool = True, trust: Trust = "medium"
) -> Iterator[Indexed]:
    """Index a folder; yields progress after each transaction, at last with `finished`.

    Left out: what `.gitignore` files say (unless `gitignore` is False), version control and caches, binaries, files
    over 1 MB, files that hold only secrets, links. Raises `NotFound` and `InvalidInput` for what is no folder.
    """
    root = _checked_folder(folder)
    yield from _Indexing(scope, root, dry_run, trust).run(gitignore=gitignore)


class _Indexing:
    """One indexing at work."""

    def __init__(self, scope: Scope, root: Path, dry_run: bool, trust: Trust) -> None:
        self._scope = scope
        self._root = root
        self._trust = trust
        self._source = f"folder:{root.as_posix()}"
        if len(self._source) > LABEL:
            self._source = f"folder:{_digest(self._source.encode())}"
        self._note = f"index/{_digest(self._source.encode('utf-8', 'surrogatepass'))}"
        self._dry_run = dry_run
        self._skipped: dict[str, int] = {}
        self._began = scope.clock()
        self._progress = Indexed(folder=str(root), dry_run=dry_run)

    def run(self, *, gitignore: bool) -> Iterator[Indexed]:
        shards: list[list[str]] = [[] for _ in range(SHARDS)]
        for path in self._walk(gitignore=gitignore):
            shards[_shard(path)].append(path)
        self._count(total=sum(map(len, shards)))
        yield self._progress
        for number, paths in enumerate(shards):
            yield from self._do(number, paths)
        self._count(finished=1)
        yield self._progress

    def _walk(self, *, gitignore: bool) -> Iterator[str]:
        """Paths of the files that count, from the root, with forward slashes."""
        waiting: list[tuple[str, Rules | None]] = [("", None)]
        while waiting:
            base, above = waiting.pop()
            try:
                entries = sorted(os.scandir(self._root / base), key=lambda entry: entry.name)
            except OSError:
                self._skip("unreadable")
                continue
            here = self._rules(base, above) if gitignore else None
            for entry in entries:
                path = base + entry.name
                if entry.is_symlink():
                    self._skip("link")
                elif entry.is_dir():
                    if entry.name not in FOLDERS and not (here and here.ignored(path, folder=True)):
                        waiting.append((f"{path}/", here))
                elif entry.is_file() and not (here and here.ignored(path, folder=False)) and self._wanted(entry, path):
                    yield path

    def _wanted(self, entry: os.DirEntry[str], path: str) -> bool:
        reason = unwanted(entry.name)
        if not reason and entry.stat().st_size > FILE_BYTES:
            reason = "too large"
        if not reason and not path.isprintable():  # lone surrogates of a name that is not UTF-8 among them
            reason = "unreadable"
        if reason:
            self._skip(reason)
        return not reason

    def _rules(self, base: str, above: Rules | None) -> Rules | None:
        try:
            with (self._root / base / ".gitignore").open("rb") as stream:
                return rules(stream.read(IGNORE_BYTES).decode("utf-8", "replace").splitlines(), base, above)
        except OSError:
            return above

    def _do(self, number: int, paths: list[str]) -> Iterator[Indexed]:
        """One shard: what is gone first, then what is new or changed."""
        note = f"{self._note}/{number}"
        indexed = self._indexed(note)
        digests = self._digests(indexed)
        gone = sorted(set(indexed) - set(paths))
        changes: list[Change] = []
        chunks = 0
        for path in gone:
            changes += self._delete(path, indexed.pop(path))
        self._count(deleted=len(gone))
        for path in paths:
            data = self._read(path)
            if data is not None and _digest(data) == digests.get(path) and path in indexed:
                self._count(done=1, unchanged=1)
                continue
            items = self._items(path, data) if data is not None else None
            self._count(done=1)
            if items is None:
                continue
            known = indexed.pop(path, 0)
            changes += [*self._delete(path, known), *(Put(item=item, on_conflict="ignore") for item in items)]
            if not items:
                self._skip("no text")
            else:
                indexed[path] = len(items)
                self._count(changed=known > 0, added=known == 0)
            chunks += len(items)
            if chunks >= BATCH:
                yield self._write(note, indexed, changes, chunks)
                changes, chunks = [], 0
        if changes:
            yield self._write(note, indexed, changes, chunks)

    def _write(self, note: str, indexed: dict[str, int], changes: list[Change], chunks: int) -> Indexed:
        if not self._dry_run:
            kept = SetNote(key=note, value=dict(indexed) or None)
            job = [Enqueue(stage="embed", key=self._scope.new_id())] if chunks else []
            self._scope.store.write(self._scope.namespace, [*changes, *job, kept])
        self._count(chunks=chunks)
        return self._progress

    def _indexed(self, note: str) -> dict[str, int]:
        """path -> number of its chunks, as noted."""
        try:
            return msgspec.convert(self._scope.store.records(self._scope.namespace).note(note) or {}, dict[str, int])
        except msgspec.ValidationError:
            return {}

    def _digests(self, indexed: dict[str, int]) -> dict[str, str]:
        """path -> digest of the file that its chunks were cut from; missing where somebody has forgotten them."""
        keys = [self._key(path, 0) for path in indexed]
        return {found.path: found.digest for _, found in self._select(keys)}

    def _select(self, keys: list[str]) -> list[tuple[str, Chunk]]:
        """(id, chunk) of the keys that are there."""
        found: list[tuple[str, Chunk]] = []
        for start in range(0, len(keys), BATCH):
            part = Filter(kinds=("chunk",), keys=tuple(keys[start : start + BATCH]), current=True)
            items = self._scope.store.select(self._scope.namespace, part, limit=BATCH)
            found += [(item.id, cast("Chunk", item.payload)) for item in items]
        return found

    def _delete(self, path: str, count: int) -> list[Change]:
        ids = [one for one, _ in self._select([self._key(path, number) for number in range(count)])]
        return [Delete(ids=tuple(ids))] if ids else []

    def _read(self, path: str) -> bytes | None:
        try:
            return (self._root / path).read_bytes()
        except OSError:
            self._skip("unreadable")
            return None

    def _items(self, path: str, data: bytes) -> list[Item]:
        """The chunks of a file; none where it is binary after all, or blank."""
        text = _decoded(data)
        if text is None:
            return []
        mended, redacted = redact(clean(text))
        self._count(redacted=redacted)
        digest = _digest(data)
        now = self._scope.clock()
        items = [
            Item(
                id=self._scope.new_id(),
                kind="chunk",
                text=f"{path} {piece.symbol}".rstrip() + "\n" + piece.text,
                payload=Chunk(
                    path=path,
                    start_line=piece.start_line,
                    end_line=piece.end_line,
                    symbol=piece.symbol,
                    digest=digest,
                ),
                key=self._key(path, number),
                type="prose" if piece.language in NO_CODE else "code",
                language=piece.language,
                metadata={"path": path[:LABEL]},
                source=self._source,
                trust=self._trust,
                created_at=now,
            )
            for number, piece in enumerate(chunk(path, mended))
        ]
        return [vouched(item) for item in items]

    def _key(self, path: str, number: int) -> str:
        key = f"{self._source}:{path}#{number}"
        return key if len(key) <= LABEL else f"folder:{_digest(key.encode('utf-8', 'surrogatepass'))}"

    def _skip(self, reason: str) -> None:
        self._skipped[reason] = self._skipped.get(reason, 0) + 1

    def _count(self, **more: int) -> None:
        before = self._progress
        now = {name: getattr(before, name) + count for name, count in more.items()}
        elapsed = self._scope.clock() - self._began
        done = now.get("done", before.done)
        self._progress = msgspec.structs.replace(
            before,
            **{**now, "finished": bool(now.get("finished", before.finished))},
            skipped=dict(self._skipped),
            files_per_second=done * 1_000_000 / elapsed if elapsed > 0 else None,
        )


def _checked_folder(folder: str | Path) -> Path:
    try:
        root = Path(folder).resolve()
        there, is_folder = root.exists(), root.is_dir()
    except (ValueError, TypeError, OSError, RuntimeError) as error:  # a NUL, a name that is too long, a loop of links
        raise InvalidInput(
            "the path cannot be used", cause=str(error)[:200], remedy="pass the path of a folder"
        ) from error
    if not there:
        raise NotFound(
            f"no folder {ascii(str(root))[:200]}", cause="nothing is at this path", remedy="check the path's spelling"
        )
    if not is_folder:
        raise InvalidInput(
            f"{ascii(str(root))[:200]} is no folder",
            cause="folders are indexed",
            remedy="pass the folder; runs and transcripts are imported with `tacit import`",
        )
    return root


def _decoded(data: bytes) -> str | None:
    """UTF-8, or what a byte order mark says; unknown bytes are replaced. None for binary data."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data:
        return None
    else:
        text = data.decode("utf-8-sig", "replace")
        if text.count("\ufffd") > 16 + len(text) // 10:
            return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _shard(path: str) -> int:
    return blake2b(path.encode("utf-8", "surrogatepass"), digest_size=2).digest()[0] % SHARDS
