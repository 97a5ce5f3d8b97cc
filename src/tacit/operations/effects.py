"""Effects: what learned items are worth, and why an item is believed.

Floor 4. Below: the store, logic.effect. Above: memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tacit.errors import NotFound
from tacit.lessons import Account, Effect
from tacit.logic import effect
from tacit.logic.evidence import wilson_high, wilson_low
from tacit.logic.limits import LABEL
from tacit.logic.text import checked
from tacit.policy import Policy
from tacit.ports import Scope
from tacit.types import Filter, Item, Kind, Pattern, Rule, Solution

__all__ = ["LEARNED", "account", "effects"]

LEARNED: tuple[Kind, ...] = ("rule", "pattern", "knowledge")
SPACE = "worth"
PAGE = 1_000
RANK = {"hurts": 0, "helps": 1, "unproven": 2}


def effects(
    scope: Scope, policy: Policy, *, items: Sequence[str] = (), kinds: Sequence[Kind] = LEARNED
) -> list[Effect]:
    """What is known of these items, or (none named) of all that were ever shown or withheld; verdicts first.

    Unknown ids are left out.
    """
    ids = [checked(one, "id", LABEL) for one in items]
    rows = dict(_rows(scope)) if not ids else scope.store.records(scope.namespace).learned(SPACE, ids)
    wanted = ids or sorted(rows)
    found = [item for item in scope.store.read(scope.namespace, wanted) if ids or item.kind in kinds]
    pools = _pools(scope, found)
    told = [_effect(item, rows.get(item.id), pools, policy) for item in found]
    return sorted(told, key=lambda one: (RANK[one.verdict], -abs(one.mean), one.item))


def account(scope: Scope, policy: Policy, id: str) -> Account:
    """Why an item is believed. Raises `NotFound`."""
    found = scope.store.read(scope.namespace, [checked(id, "id", LABEL)])
    if not found:
        raise NotFound(f"no item {ascii(id)[:80]}", cause="this namespace has none with that id", remedy="list items")
    item = found[0]
    successes, trials = _counts(item)
    return Account(
        item=item,
        effect=effects(scope, policy, items=[item.id])[0],
        successes=successes,
        trials=trials,
        low=None if trials is None or successes is None else round(wilson_low(successes, trials), 3),
        high=None if trials is None or successes is None else round(wilson_high(successes, trials), 3),
        sources=tuple(scope.store.read(scope.namespace, item.derived_from)),
        derived=tuple(scope.store.select(scope.namespace, Filter(derived_from=(item.id,)), limit=PAGE)),
    )


def _rows(scope: Scope) -> Iterator[tuple[str, Any]]:
    records, after = scope.store.records(scope.namespace), ""
    while page := records.learnings(SPACE, after=after, limit=PAGE):
        yield from ((key, row) for key, row in page.items() if not key.startswith("pool/"))
        after = max(page)


def _pools(scope: Scope, items: Sequence[Item]) -> dict[str, Any]:
    keys = list(dict.fromkeys(effect.pool_key(item) for item in items))
    return scope.store.records(scope.namespace).learned(SPACE, keys)


def _effect(item: Item, row: Mapping[str, Any] | None, pools: Mapping[str, Any], policy: Policy) -> Effect:
    retired = isinstance(item.payload, Pattern | Rule) and item.payload.state == "retired"
    return effect.effect_of(item.id, row, policy, pool=pools.get(effect.pool_key(item)), retired=retired)


def _counts(item: Item) -> tuple[float | None, float | None]:
    match item.payload:
        case Pattern(successes=successes, failures=failures) | Solution(successes=successes, failures=failures):
            return successes, successes + failures
        case _:
            return None, None
