"""Alter: what an improvement changes beside the policy, as changes of a transaction, and what takes it back.

Floor 4. Below: the store. Above: memory applies and rolls back; a trial alters its copy.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from tacit.changes import Change, Put, TuneIndex
from tacit.errors import Conflict, InvalidInput
from tacit.improvement import Alteration
from tacit.ports import Scope
from tacit.types import Item, Pattern, Rule

__all__ = ["altered", "taken_back"]


def altered(scope: Scope, alteration: Alteration) -> tuple[list[Change], dict[str, Any]]:
    """(changes, what undoes them). Of a policy nothing: a pointer moves. Raises `InvalidInput`, `Conflict`."""
    match alteration.kind:
        case "policy":
            return [], {}
        case "retire":
            return _retired(scope, alteration)
        case "index":
            return [TuneIndex(column=alteration.index)], {"index": alteration.index}
        case kind:
            raise InvalidInput(
                f"a change of kind {kind!r} is not applied to a memory",
                cause="it changes what lies outside of it",
                remedy="see the description of the improvement for what to do",
            )


def taken_back(scope: Scope, undo: Mapping[str, Any]) -> list[Change]:
    """What undoes an alteration. Raises `Conflict` where what it changed was changed again since."""
    states: dict[str, str] = undo.get("states", {})
    changes: list[Change] = [TuneIndex(column=undo["index"], present=False)] if "index" in undo else []
    for item in scope.store.read(scope.namespace, [*states]):
        if not isinstance(item.payload, Pattern | Rule):
            continue
        if item.payload.state != "retired":
            raise Conflict(
                f"item {item.id} is not retired any more",
                cause="somebody changed it since",
                remedy="nothing needs to be taken back for it",
            )
        changes.append(_put(item, states[item.id]))
    return changes


def _retired(scope: Scope, alteration: Alteration) -> tuple[list[Change], dict[str, Any]]:
    changes: list[Change] = []
    states: dict[str, str] = {}
    for item in scope.store.read(scope.namespace, list(alteration.items)):
        if isinstance(item.payload, Pattern | Rule) and item.payload.state != "retired":
            states[item.id] = item.payload.state
            changes.append(_put(item, "retired"))
    if not changes:
        raise Conflict("nothing to retire", cause="none of the items is active", remedy="propose again")
    return changes, {"states": states}


def _put(item: Item, state: str) -> Put:
    payload = msgspec.convert({**msgspec.to_builtins(item.payload), "state": state}, type(item.payload))
    return Put(item=msgspec.structs.replace(item, payload=payload), on_conflict="replace")
