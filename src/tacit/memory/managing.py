"""The face that manages: what is there, in and out of files, forgetting.

Floor 5. Below: base. Above: Memory.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Unpack

from tacit.changes import Job, StoreStats
from tacit.logic.about import Where, filtered
from tacit.logic.limits import LABEL
from tacit.logic.text import checked
from tacit.logic.transcripts import Format
from tacit.memory.base import Base
from tacit.operations import backup, embedding, exchange, forget, import_runs, index_folder, meter
from tacit.ports import Embedder
from tacit.types import Item, Trust

__all__ = ["Managing"]


class Managing(Base):
    """Methods take the keyword arguments of `Where`."""

    @property
    def embedder(self) -> Embedder | None:
        """What judges meaning here; None where words alone are searched."""
        return self._models.embedder

    def get(self, *ids: str) -> list[Item]:
        """The items with these ids; unknown ones are left out. An open episode is found as well."""
        ids = tuple(checked(one, "id", LABEL) for one in ids)
        found = {item.id: [item] for item in self._backend.read(self.namespace, ids)}
        drafts = self._backend.records(self.namespace).drafts
        return [item for one in ids for item in (found[one] if one in found else drafts(one))]

    def items(
        self, *, limit: int = 100, after: int = 0, newest_first: bool = False, **where: Unpack[Where]
    ) -> list[Item]:
        """A page of items; `after` is the `sequence` of the last one seen."""
        return self._backend.select(
            self.namespace, filtered(where), after=after, limit=limit, newest_first=newest_first
        )

    def open_episodes(self) -> list[Item]:
        """Episodes without an outcome, with the steps flushed so far."""
        return self._backend.records(self.namespace).drafts()

    def forget(self, *ids: str, dry_run: bool = False, **where: Unpack[Where]) -> forget.Forgotten:
        """Delete items by id or filter, with everything derived from them."""
        return forget.forget(
            self._scope,
            ids=ids,
            filter=filtered(where) if where else None,
            dry_run=dry_run,
            discard=getattr(self.embedder, "discard", None),
        )

    def stats(self) -> StoreStats:
        """Counts of this namespace."""
        return self._backend.records(self.namespace).stats()

    def unembedded(self) -> int:
        """How many items are not found by meaning yet, because they wait for a vector; 0 without an embedder."""
        if self.embedder is None:
            return 0
        return embedding.unembedded(self._backend, self.namespace, self.embedder)

    def export(self, **where: Unpack[Where]) -> Iterator[bytes]:
        """Items as JSONL, line by line; `import_file` reads it back."""
        return exchange.export(self._scope, filtered(where))

    def import_file(
        self,
        path: str | Path,
        *,
        format: Format | None = None,
        sidechains: bool = False,
        dry_run: bool = False,
        restart: bool = False,
    ) -> Iterator[import_runs.Imported | exchange.Exchanged]:
        """Import runs, a transcript, a message log or an export of tacit; yields progress, resumable, idempotent."""
        if format is None and exchange.is_export(Path(path)):
            return exchange.import_export(self._scope, Path(path), dry_run=dry_run)
        return import_runs.import_file(
            self._scope, path, format=format, sidechains=sidechains, dry_run=dry_run, restart=restart
        )

    def index_folder(
        self, folder: str | Path, *, dry_run: bool = False, gitignore: bool = True, trust: Trust = "medium"
    ) -> Iterator[index_folder.Indexed]:
        """Index documents and code, incrementally by content; yields progress."""
        progress = index_folder.index_folder(self._scope, folder, dry_run=dry_run, gitignore=gitignore, trust=trust)
        return progress if dry_run else meter.metered(self._meter, progress)

    def backup(self, target: str | Path, *, overwrite: bool = False) -> Path:
        """Write a consistent copy of the whole file, all namespaces, while others go on."""
        return backup.backup(self._in_file("a backup"), Path(target), overwrite=overwrite)

    def check(self) -> Iterator[tuple[int, int, str]]:
        """Verify every page and row of the file: yields (rows done, rows in all, problem or "")."""
        return self._in_file("a check").check()

    def jobs(self, *, states: Sequence[str] = (), limit: int = 100) -> list[Job]:
        """Jobs of this namespace, oldest first."""
        return self._backend.jobs(self.namespace, states=states, limit=limit)

    def revive_jobs(self) -> int:
        """Queue dead jobs again; -> how many."""
        revived = self._backend.revive(self.namespace)
        self._worker.wake()
        return revived

    def reembed(self, embedder: Embedder) -> Iterator[embedding.Reembedded]:
        """Move this namespace to another embedder; yields progress, resumable. Then open it with that embedder."""
        return embedding.reembed(self._backend, self.namespace, embedder)
