"""Rules that may be out of date: not confirmed for long, about tools that are not seen any more, or without a ground.

Floor 2. Below: the nouns. Above: operations.rules reports them; nothing acts on a finding.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from tacit.logic.times import iso
from tacit.types import Item, Pattern, Rule, Value

__all__ = ["LONG", "Stale", "stale", "tools_seen"]

DAY = 86_400_000_000
LONG = 90
"""Days without a confirmation, or without a sight of a tool, that are told."""
CONFIRMING = frozenset(["add", "update", "merge", "reinforce", "promote", "restore"])
NAME = re.compile(r"[\w.-]*\w")


class Stale(Value, frozen=True, kw_only=True):
    """A reason to look at a rule again."""

    rule: str
    """Id."""
    kind: Literal["unconfirmed", "unseen", "groundless"]
    since: int
    """Microseconds: the last confirmation, the last sight."""
    because: str
    """In words."""


def tools_seen(patterns: Sequence[Item]) -> dict[str, int]:
    """When each tool was last seen, by the patterns that use it."""
    seen: dict[str, int] = {}
    for item in patterns:
        if isinstance(item.payload, Pattern):
            for tool in item.payload.tools:
                seen[tool] = max(seen.get(tool, 0), item.payload.last_seen)
    return seen


def stale(
    rules: Sequence[Item], patterns: Mapping[str, Item], *, tools: Mapping[str, int], now: int, days: int = LONG
) -> list[Stale]:
    """What speaks for looking again at the active rules, in their order.

    `patterns`: id -> those that rules are derived from; `tools`: name -> when it was last seen. A tool counts as gone
    `days` before the latest sight of any: a memory that rests for a year makes nothing stale by that.
    """
    latest = max(tools.values(), default=0)
    gone = {tool: at for tool, at in tools.items() if at < latest - days * DAY}
    found: list[Stale] = []
    for item in rules:
        rule = item.payload
        if not isinstance(rule, Rule) or rule.state != "active":
            continue
        grounds = [patterns[one] for one in item.derived_from if one in patterns]
        confirmed = _confirmed(item, rule, grounds)
        if confirmed < now - days * DAY:
            because = f"nothing has confirmed it since {iso(confirmed)[:10]}"
            found.append(Stale(rule=item.id, kind="unconfirmed", since=confirmed, because=because))
        found += [
            Stale(rule=item.id, kind="unseen", since=at, because=f"{tool} was last seen on {iso(at)[:10]}")
            for tool, at in sorted(gone.items())
            if _names(rule.rule, tool)
        ]
        if rule.origin == "earned" and grounds and all(_retired(one) for one in grounds):
            because = "the patterns that it was earned by are retired"
            found.append(Stale(rule=item.id, kind="groundless", since=confirmed, because=because))
    return found


def _confirmed(item: Item, rule: Rule, grounds: Sequence[Item]) -> int:
    """The last time that somebody, or the evidence, stood by it."""
    told = [change.at for change in rule.history if change.operation in CONFIRMING]
    seen = [one.payload.last_seen for one in grounds if isinstance(one.payload, Pattern)]
    return max([item.created_at, *told, *seen])


def _retired(pattern: Item) -> bool:
    return isinstance(pattern.payload, Pattern) and pattern.payload.state == "retired"


def _names(text: str, tool: str) -> bool:
    """Whether a text names a tool, as a word of its own; short names only where they stand in backticks."""
    if f"`{tool}`" in text:
        return True
    return len(tool) > 2 and tool in {name.group() for name in NAME.finditer(text)}
