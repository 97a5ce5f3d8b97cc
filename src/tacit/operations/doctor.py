"""Doctor: everything that can go wrong with a memory, looked at, each with how to mend it.

Floor 4. Below: store, file, queue and embedder, handed in; what could not be opened is handed in as its error. Above:
opening, which collects them. Nothing here is changed or mended.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tacit.changes import FileFacts, StoreStats
from tacit.errors import ModelError, TacitError
from tacit.ports import Backend, Clock, Embedder, FileStore
from tacit.results import Check, Checking, CheckStatus

__all__ = ["Patient", "doctor"]

WAL_RESET_MENDED = (3, 51, 3)
"""Older SQLite can corrupt a database when two connections reset its write-ahead log at once (sqlite.org/wal.html)."""
FULL = 2
"""`PRAGMA synchronous`: with NORMAL, 173 of 200 simulated power cuts lost acknowledged commits."""
TIGHT = 100_000_000
"""Bytes free under which an owner should hear of it."""
HOUR = 3_600_000_000
DAY = 24 * HOUR
SHOWN = 3
JOBS = 1000
COUNTED = 100_000


@dataclass(frozen=True, kw_only=True)
class Patient:
    """What is examined. What could not be opened is None, with the error beside it."""

    path: Path | None
    """None: the memory lives in the process."""
    namespace: str
    clock: Clock
    store: Backend | None = None
    file: FileStore | None = None
    unopened: TacitError | None = None
    embedder: Embedder | None = None
    words_only: str = ""
    """Why there is no embedder that knows meaning."""
    wanted: str = ""
    """The embedder that the settings name."""
    unloaded: TacitError | None = None
    """Why the embedder that the settings name cannot be used: not installed, or not the one of the database."""
    sandboxes: Mapping[str, str] = field(default_factory=dict)
    """Rung -> what it is made of here, or `no: ` and why it is not to be had."""
    chat: str = ""
    """The chat model and where its replies come from, or why there is none."""
    unusable_chat: TacitError | None = None
    """Why the chat model that the settings name cannot be asked."""
    rows: bool = True
    """Whether to read every page and row."""
    _facts: list[FileFacts] = field(default_factory=list)

    def facts(self) -> FileFacts | None:
        """What the file says of itself, asked once."""
        if self.file is not None and not self._facts:
            self._facts.append(self.file.facts())
        return self._facts[0] if self._facts else None

    def stats(self) -> StoreStats | None:
        """Counts of the namespace."""
        return None if self.store is None else self.store.records(self.namespace).stats()


Look = Callable[[Patient], Iterator[Check | Checking]]


def doctor(patient: Patient) -> Iterator[Check | Checking]:
    """Every look in turn; one that the store refuses becomes a failure and the others go on."""
    for look in LOOKS:
        try:
            yield from look(patient)
        except TacitError as error:
            yield Check(name=look.__name__.strip("_"), status="failure", found=_said(error), remedy=error.remedy)


def _python(patient: Patient) -> Iterator[Check]:
    del patient
    yield Check(name="python", status="ok", found=f"{sys.version.split()[0]} on {sys.platform}")


def _sandbox(patient: Patient) -> Iterator[Check]:
    """What would hold the programs of trials."""
    held = {rung: how for rung, how in patient.sandboxes.items() if not how.startswith("no: ")}
    if held:
        rung, how = next(iter(held.items()))
        yield Check(name="sandbox", status="ok", found=f"{rung}: {how}")
    elif patient.sandboxes:
        why = "; ".join(f"{rung}: {how.removeprefix('no: ')}" for rung, how in patient.sandboxes.items())
        yield Check(
            name="sandbox",
            status="warning",
            found=f"nothing here can hold a program of a trial, so none is run ({why})",
            remedy="install bubblewrap, or start Docker or podman",
        )


def _chat_model(patient: Patient) -> Iterator[Check]:
    """Not asked: that may cost money."""
    if patient.unusable_chat is not None:
        error = patient.unusable_chat
        yield Check(name="chat model", status="failure", found=_said(error), remedy=error.remedy)
    elif patient.chat:
        yield Check(name="chat model", status="ok", found=patient.chat)


def _file(patient: Patient) -> Iterator[Check]:
    if patient.unopened is not None:
        error = patient.unopened
        yield Check(name="file", status="failure", found=_said(error), remedy=error.remedy)
    elif patient.path is not None:
        size = sum(part.stat().st_size for part in _parts(patient.path))
        yield Check(name="file", status="ok", found=f"{patient.path} opens; {size / 1e6:.1f} MB with its companions")


def _sqlite(patient: Patient) -> Iterator[Check]:
    facts = patient.facts()
    if facts is None:
        return
    version = tuple(int(part) for part in facts.sqlite.split(".") if part.isdigit())
    if version >= WAL_RESET_MENDED:
        yield Check(name="sqlite", status="ok", found=facts.sqlite)
    else:
        yield Check(
            name="sqlite",
            status="failure",
            found=f"{facts.sqlite} has the WAL-reset fault, which can corrupt a database; it was mended in 3.51.3",
            remedy="run `pip install --upgrade apsw`",
        )


def _permissions(patient: Patient) -> Iterator[Check]:
    if patient.path is None or os.name != "posix":
        return
    loose = [part for part in _parts(patient.path) if part.stat().st_mode & 0o077]
    if loose:
        names = " ".join(str(part) for part in loose)
        found = f"other users of this machine may read {names}"
        yield Check(name="permissions", status="warning", found=found, remedy=f"run `chmod 600 {names}`")
    elif patient.path.exists():
        yield Check(name="permissions", status="ok", found="for its owner alone")


def _durability(patient: Patient) -> Iterator[Check]:
    facts = patient.facts()
    if facts is None:
        return
    found = f"journal_mode {facts.journal_mode}, synchronous {facts.synchronous}"
    if facts.journal_mode == "wal" and facts.synchronous >= FULL:
        yield Check(name="durability", status="ok", found=found)
    else:
        remedy = "put the file on a local disk (not a network share), and see that no other program changed its mode"
        yield Check(name="durability", status="failure", found=f"{found}: a power cut could lose work", remedy=remedy)


def _checksums(patient: Patient) -> Iterator[Check]:
    facts = patient.facts()
    if facts is None:
        return
    if facts.page_checksums:
        yield Check(name="checksums", status="ok", found="every page and row carries one")
    else:
        yield Check(
            name="checksums",
            status="warning",
            found="pages carry none, so damage is found in rows only",
            remedy="`tacit export`, then `tacit import` into a new file",
        )


def _rows(patient: Patient) -> Iterator[Check | Checking]:
    if patient.file is None:
        return
    if not patient.rows:
        yield Check(name="rows", status="ok", found="not read: --quick")
        return
    problems: list[str] = []
    total = 0
    for done, total, problem in patient.file.check():
        if problem:
            problems.append(problem)
        yield Checking(done=done, total=total)
    if problems:
        more = f", and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        found = f"{'; '.join(problems[:SHOWN])}{more}"
        remedy = "restore a backup (`tacit restore`); until then nothing damaged is ever returned"
        yield Check(name="rows", status="failure", found=found, remedy=remedy)
    else:
        yield Check(name="rows", status="ok", found=f"{total:,} pages and rows read, all sound")


def _space(patient: Patient) -> Iterator[Check]:
    if patient.path is None or not patient.path.parent.is_dir():
        return
    free = shutil.disk_usage(patient.path.parent).free
    size = sum(part.stat().st_size for part in _parts(patient.path))
    found = f"{free / 1e9:.1f} GB free beside {size / 1e6:.1f} MB"
    if free < max(TIGHT, size):
        yield Check(name="space", status="warning", found=f"{found}: too little for a copy", remedy="free some space")
    else:
        yield Check(name="space", status="ok", found=found)


def _ballast(patient: Patient) -> Iterator[Check]:
    facts = patient.facts()
    if facts is None:
        return
    if facts.ballast:
        found = f"{facts.ballast / 1e6:.1f} MB in reserve, so that a full disk still takes a delete"
        yield Check(name="ballast", status="ok", found=found)
    else:
        remedy = "free some space and open the database again: it makes its own"
        yield Check(name="ballast", status="warning", found="no reserve for a full disk", remedy=remedy)


def _embedder(patient: Patient) -> Iterator[Check]:
    if patient.unloaded is not None:
        error = patient.unloaded
        yield Check(name="embedder", status="failure", found=_said(error), remedy=error.remedy)
    elif patient.embedder is None:
        on_purpose = patient.wanted == "none"
        remedy = "" if on_purpose else "run `tacit init --model`"
        status: CheckStatus = "ok" if on_purpose else "warning"
        yield Check(name="embedder", status=status, found=patient.words_only or "words alone", remedy=remedy)
    else:
        yield _tried(patient.embedder, patient.words_only)


def _tried(embedder: Embedder, words_only: str) -> Check:
    try:
        vector = embedder.embed(["Does this embedder work?"], "query")
    except ModelError as error:
        return Check(name="embedder", status="failure", found=_said(error), remedy=error.remedy)
    if vector.shape != (1, embedder.dimension) or not np.isclose(np.linalg.norm(vector), 1, atol=1e-3):
        found = f"{embedder.name} answers with something that is no unit vector of {embedder.dimension}"
        return Check(name="embedder", status="failure", found=found, remedy="name another one, then `tacit reembed`")
    found = f"{embedder.name} answers, {embedder.dimension} dimensions"
    return Check(name="embedder", status="ok", found=f"{found}; {words_only}" if words_only else found)


def _vectors(patient: Patient) -> Iterator[Check]:
    stats = patient.stats()
    if patient.store is None or stats is None or patient.embedder is None:
        return
    total = sum(stats.items.values())
    missing = len(patient.store.records(patient.namespace).unembedded(patient.embedder.name, limit=COUNTED))
    if missing:
        many = f"{missing:,}" if missing < COUNTED else f"{COUNTED:,} or more"
        found = f"{many} of {total:,} items wait to be embedded, and are searched by words alone"
        yield Check(name="vectors", status="warning", found=found, remedy="run `tacit queue run`")
    else:
        yield Check(name="vectors", status="ok", found=f"all {total:,} items have one")


def _index(patient: Patient) -> Iterator[Check]:
    facts = patient.facts()
    if facts is not None:
        yield Check(name="vector index", status="ok", found=facts.index)


def _queue(patient: Patient) -> Iterator[Check]:
    if patient.store is None:
        return
    now = patient.clock()
    jobs = patient.store.jobs(patient.namespace, states=("queued", "leased", "dead"), limit=JOBS)
    dead = [job for job in jobs if job.state == "dead"]
    stuck = [job for job in jobs if job.state == "leased" and job.leased_until < now]
    waiting = [job for job in jobs if job.state == "queued" and job.not_before <= now]
    oldest = now - min((job.created_at for job in waiting), default=now)
    if dead:
        found = f"{_many(len(dead), 'job')} failed too often, the first: {dead[0].error[:200] or 'its worker died'}"
        yield Check(name="queue", status="warning", found=found, remedy="mend that, then run `tacit queue revive`")
    elif stuck:
        found = f"{_many(len(stuck), 'job')} left by a worker that died"
        yield Check(name="queue", status="warning", found=found, remedy="run `tacit queue run`: it takes them over")
    elif oldest > HOUR and patient.embedder is not None:
        found = f"{_many(len(waiting), 'job')} waiting, the oldest for {_span(oldest)}"
        yield Check(name="queue", status="warning", found=found, remedy="run `tacit queue run`")
    else:
        yield Check(name="queue", status="ok", found=f"{_many(len(jobs), 'job')} waiting" if jobs else "empty")


def _episodes(patient: Patient) -> Iterator[Check]:
    if patient.store is None:
        return
    drafts = patient.store.records(patient.namespace).drafts()
    now = patient.clock()
    old = [draft for draft in drafts if now - draft.created_at > DAY]
    if old:
        found = f"{_many(len(old), 'episode')} open for over a day, the oldest for {_span(now - old[0].created_at)}"
        remedy = f"see `tacit list --open`, and end them: tacit episode end {old[0].id} abstained"
        yield Check(name="episodes", status="warning", found=found, remedy=remedy)
    else:
        yield Check(name="episodes", status="ok", found=f"{len(drafts)} open")


def _extractors(patient: Patient) -> Iterator[Check]:
    """Somebody's own, that raised: the log of another process said so, if anything did."""
    failed = {} if patient.store is None else patient.store.records(patient.namespace).learnings("extractors")
    for name, row in sorted(failed.items())[:SHOWN]:
        found = f"extractor {name} failed on {_many(row['failed'], 'episode')}, the latest: {row['latest']}"
        yield Check(name="extractors", status="warning", found=found, remedy="mend it; its patterns are missing")


def _parts(path: Path) -> list[Path]:
    """The database and its companions, as far as they are there."""
    return [part for end in ("", "-wal", "-shm") if (part := path.with_name(path.name + end)).is_file()]


def _said(error: TacitError) -> str:
    return f"{error.what}: {error.cause}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _span(microseconds: int) -> str:
    hours = microseconds / HOUR
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


LOOKS: tuple[Look, ...] = (
    _python, _file, _sqlite, _permissions, _durability, _checksums, _space, _ballast, _rows, _embedder, _vectors,
    _index, _queue, _episodes, _extractors, _sandbox, _chat_model,
)  # fmt: skip
