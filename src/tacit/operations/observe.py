"""Observe: what the loop's catalogue wants to know of a memory beside its metrics. No case is among it.

Floor 4. Below: the store. Above: memory, before it proposes.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from tacit.changes import RecallLog
from tacit.lessons import Effect
from tacit.logic.improving.catalogue import UNSHOWN_DAYS, FilterUse, Observed, Retirable
from tacit.ports import FileStore, Scope
from tacit.types import Filter, Pattern, Rule

__all__ = ["observed"]

LOOKED_AT = 500
"""Latest recalls."""
OLDEST = 500
"""Learned items, the oldest first, that are looked at for whether anybody was ever shown them."""
DAY = 86_400_000_000
COLUMNS = {
    "types": "type", "domains": "domain", "languages": "language", "authors": "author", "sources": "source",
    "since": "created_at", "until": "created_at",
}  # fmt: skip
"""Field of a filter -> the column that it restricts."""


def observed(
    scope: Scope,
    file: FileStore | None,
    *,
    effects: Sequence[Effect],
    embedder: str,
    embedders: Sequence[str],
    reranking: bool,
) -> Observed:
    """`effects`: of all items that were shown. `embedders`: installed ones, by the names that settings take."""
    recalls = scope.store.records(scope.namespace).recalls(limit=LOOKED_AT)
    return Observed(
        present=("reranker",) if reranking else (),
        recalls=len(recalls),
        filters=_filters(scope, file, recalls),
        indexed=() if file is None else file.facts().tuned,
        embedder=embedder,
        embedders=tuple(embedders),
        retirable=_retirable(scope, {one.item: one for one in effects}),
    )


def _filters(scope: Scope, file: FileStore | None, recalls: Sequence[RecallLog]) -> tuple[FilterUse, ...]:
    """Columns that recalls filter by; the plan is asked of a filter that was really used, of that field alone."""
    if file is None:
        return ()
    used: Counter[str] = Counter()
    seen: dict[str, Filter] = {}
    for recall in recalls:
        fields = [name for name in COLUMNS if getattr(recall.filter, name) not in ((), None)]
        used.update({COLUMNS[name] for name in fields})
        for name in fields:
            seen.setdefault(COLUMNS[name], msgspec.structs.replace(Filter(), **{name: getattr(recall.filter, name)}))
    return tuple(
        FilterUse(column=column, count=count, scanned=file.scans(scope.namespace, seen[column]))
        for column, count in sorted(used.items())
    )


def _retirable(scope: Scope, effects: dict[str, Effect]) -> tuple[Retirable, ...]:
    hurting = [
        Retirable(item=one.item, verdict=one.verdict, shown=one.shown)
        for one in effects.values()
        if one.verdict == "hurts" and not one.retired
    ]
    until = int(scope.clock() - UNSHOWN_DAYS * DAY)
    old = scope.store.select(scope.namespace, Filter(kinds=("pattern", "rule"), until=until), limit=OLDEST)
    unseen = [
        Retirable(item=item.id, age_days=(scope.clock() - item.created_at) / DAY)
        for item in old
        if item.id not in effects
        and isinstance(item.payload, Pattern | Rule)
        and item.payload.state == "active"
        and item.type != "CORE_RULE"
    ]
    return (*hurting, *unseen)
