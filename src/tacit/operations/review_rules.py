"""Review rules: which contradict each other, which may be out of date, which say the same.

Floor 4. Below: the store, logic.rules. Above: memory.

Reports only. Nothing here changes a rule: somebody reads them, and merges, removes or confirms.
"""

from collections.abc import Sequence

import numpy as np

from tacit.errors import InvalidInput
from tacit.logic.pages import every
from tacit.logic.passages import passage_id
from tacit.logic.rules.contradictions import Contradiction, contradictions, near_duplicates
from tacit.logic.rules.staleness import LONG, Stale, stale, tools_seen
from tacit.ports import Scope
from tacit.types import Filter, Item, Rule, Value

__all__ = ["Proposal", "conflicts", "proposals", "stale_rules"]


class Proposal(Value, frozen=True, kw_only=True):
    """Two rules that say the same in other words; somebody may merge them, nothing does so by itself."""

    first: str
    """Id; the older one."""
    second: str
    cosine: float
    keep: str
    """Text of the surer one, which a merge would keep."""


def conflicts(scope: Scope, model: str | None = None) -> list[Contradiction]:
    """Pairs of active rules that contradict each other: by words, and by the vectors of `model` where there are any."""
    active = _active(scope)
    return contradictions(active, _vectors(scope, active, model))


def stale_rules(scope: Scope, *, days: int = LONG) -> list[Stale]:
    """Active rules that nothing has confirmed for long, that name tools which are not seen any more, or that have
    lost their ground."""
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise InvalidInput("days is no number of days", cause=ascii(days)[:40], remedy="pass 1 or more")
    patterns = list(every(scope.store, scope.namespace, Filter(kinds=("pattern",))))
    found = {pattern.id: pattern for pattern in patterns}
    return stale(_active(scope), found, tools=tools_seen(patterns), now=scope.clock(), days=days)


def proposals(scope: Scope, model: str | None) -> list[Proposal]:
    """Pairs of active rules that say the same in other words, by the vectors of `model`: to be merged, or not."""
    found = _active(scope)
    active = {item.id: item for item in found}
    pairs = near_duplicates(found, _vectors(scope, found, model))
    return [
        Proposal(first=one, second=other, cosine=cosine, keep=max(active[one], active[other], key=_sure).text)
        for one, other, cosine in pairs
    ]


def _vectors(scope: Scope, items: Sequence[Item], model: str | None) -> dict[str, np.ndarray]:
    """id -> vector of the first passage, where there is one."""
    if model is None or not items:
        return {}
    matrix = scope.store.vectors(scope.namespace, model, [passage_id(item.sequence, 0) for item in items])
    if not matrix.size:
        return {}
    return {item.id: row for item, row in zip(items, matrix, strict=True) if bool(row.any())}


def _active(scope: Scope) -> list[Item]:
    """In the order in which they were made."""
    found = every(scope.store, scope.namespace, Filter(kinds=("rule",), current=True))
    return [item for item in found if isinstance(item.payload, Rule) and item.payload.state == "active"]


def _sure(item: Item) -> float:
    return item.payload.confidence if isinstance(item.payload, Rule) else 0.0
