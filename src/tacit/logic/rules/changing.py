"""Change a rule and keep its history: every way in which a rule changes goes through here.

Floor 2. Below: the nouns. Above: operations, promotion.
"""

from typing import Literal

import msgspec

from tacit.types import Item, Rule, RuleChange

__all__ = ["HISTORY", "changed", "ended", "restored"]

HISTORY = 50
"""Latest changes kept of a rule."""

Operation = Literal["add", "update", "remove", "merge", "reinforce", "weaken", "promote", "retire", "restore"]
By = Literal["person", "teacher", "evidence", "effect"]


def changed(item: Item, rule: Rule, operation: Operation, *, now: int, by: str, reason: str = "") -> Item:
    """The item with another rule in it, and a line of history on what it was; a new one's line has no text before."""
    was = item.payload
    known = isinstance(was, Rule) and was is not rule
    line = RuleChange(
        at=now,
        operation=operation,
        text=was.rule if known and isinstance(was, Rule) else "",
        confidence=was.confidence if known and isinstance(was, Rule) else 0.0,
        by=by,
        reason=reason[:500],
    )
    kept = msgspec.structs.replace(rule, history=(*rule.history, line)[-HISTORY:])
    return msgspec.structs.replace(item, payload=kept, text=kept.rule, type=kept.rule_type)


def ended(item: Item, operation: Literal["retire", "remove", "merge"], *, now: int, by: str, reason: str) -> Item:
    """The rule retired: it is kept with its history, and not valid any more from now on."""
    was = item.payload
    if not isinstance(was, Rule):
        return item
    gone = changed(item, msgspec.structs.replace(was, state="retired", reason=reason[:500]), operation, now=now, by=by,
                   reason=reason)  # fmt: skip
    return msgspec.structs.replace(gone, valid_to=now)


def restored(item: Item, *, now: int, by: str, reason: str = "") -> Item:
    """The rule active again."""
    was = item.payload
    if not isinstance(was, Rule):
        return item
    back = changed(item, msgspec.structs.replace(was, state="active", reason=""), "restore", now=now, by=by,
                   reason=reason)  # fmt: skip
    return msgspec.structs.replace(back, valid_to=None)
