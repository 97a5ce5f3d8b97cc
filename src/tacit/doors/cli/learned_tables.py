"""What was learned, as people read it: patterns, rules, effects, accounts, playbooks, advice, curves."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from tacit.doors.cli.output import many, one_line, safe
from tacit.doors.cli.plots import columns, interval, meter, reach
from tacit.doors.cli.tables import day, table
from tacit.logic.evidence import confidence
from tacit.types import Item, Pattern, Rule, RuleChange

if TYPE_CHECKING:
    from rich.table import Table

    from tacit.lessons import Account, Effect, Playbook, Point
    from tacit.operations.rules import Applied

__all__ = [
    "account_lines",
    "applied_table",
    "curve",
    "effects_table",
    "history_table",
    "patterns_table",
    "playbook_lines",
    "points_table",
    "rules_table",
]

TEXT = 300
VERDICTS = {"helps": "green", "hurts": "red", "unproven": "dim"}
STATES = {"retired": "red", "quarantined": "yellow"}
STATUS = {"applied": "green", "refused": "yellow", "unread": "red"}


def patterns_table(items: Sequence[Item]) -> "Table":
    """One row a pattern: how often it was seen, how that went, what it says."""
    made = table(
        "type", "seen", "success", "sure", "lift", "pattern",
        right=("seen", "sure", "lift"), fixed=("type", "seen", "success", "sure", "lift"),
    )  # fmt: skip
    for item in items:
        pattern = item.payload
        if isinstance(pattern, Pattern):
            trials = pattern.successes + pattern.failures
            share = pattern.successes / trials if trials else None
            told = f"{meter(share)} {share:.2f}" if share is not None else meter(None)
            sure = f"{confidence(pattern.successes, trials, item.trust):.2f}"
            lift = "" if pattern.lift is None else f"{pattern.lift:+.2f}" + _stars(pattern.q_value)
            made.add_row(pattern.pattern_type, f"{pattern.count:,}", told, sure, lift, _named(item, pattern.state))
    return made


def rules_table(items: Sequence[Item]) -> "Table":
    """One row a rule, the surest first."""
    made = table("type", "confidence", "origin", "rule", right=("confidence",), fixed=("type", "confidence", "origin"))
    for item in items:
        rule = item.payload
        if isinstance(rule, Rule):
            sure = f"{meter(rule.confidence)} {rule.confidence:.2f}"
            made.add_row(rule.rule_type, sure, rule.origin, _named(item, rule.state, rule.rule))
    return made


def history_table(changes: Sequence[RuleChange]) -> "Table":
    """One row a change, the oldest first; text and confidence as they were before it."""
    made = table("date", "what", "by", "before", "text before", "why", fixed=("date", "what", "by"))
    for one in changes:
        made.add_row(
            day(one.at), one.operation, one_line(one.by, 20), f"{one.confidence:.2f}", one_line(one.text, TEXT),
            one_line(one.reason, TEXT),
        )  # fmt: skip
    return made


def applied_table(operations: "Sequence[Applied]") -> "Table":
    """One row an operation of a reply, or a rule of a file."""
    made = table("#", "action", "what became of it", "rule", right=("#",), fixed=("#", "action"))
    for one in operations:
        became = Text(one.status, style=STATUS[one.status])
        if one.reason:
            became.append(f": {one_line(one.reason, TEXT)}", style="default")
        made.add_row(str(one.number), one_line(one.action, 20), became, one_line(one.text, TEXT))
    return made


def effects_table(effects: "Sequence[Effect]", items: Mapping[str, Item]) -> "Table":
    """One row an effect, with its interval on one scale for all."""
    bound = reach([value for one in effects for value in (one.low, one.high, one.mean)])
    scale = f"{-bound:+.1f}{'0':^27}{bound:+.1f}"
    made = table(
        "verdict", "effect", scale, "shown", "withheld", "item",
        right=("effect", "shown", "withheld"), fixed=("verdict", "effect", scale, "shown", "withheld"),
    )  # fmt: skip
    for one in effects:
        item = items.get(one.item)
        what = Text(one.item) if item is None else _named(item, "retired" if one.retired else "active")
        if one.reason:
            what.append(f"\n{one_line(one.reason, TEXT)}", style="dim")
        verdict = Text(one.verdict, style=VERDICTS[one.verdict])
        drawn = interval(one.low, one.mean, one.high, bound=bound)
        made.add_row(verdict, f"{one.mean:+.2f}", drawn, f"{one.shown:,}", f"{one.withheld:,}", what)
    return made


def account_lines(account: "Account") -> Text:
    """Why an item is believed."""
    item, effect = account.item, account.effect
    text = Text.assemble((item.kind, "bold"), " ", (item.id, "bold"), f"\n  {one_line(item.text, TEXT)}\n")
    facts = {"trust": item.trust, "from": one_line(item.source, 80)}
    if account.trials:
        facts["evidence"] = (
            f"{account.successes:g} of {account.trials:g} episodes went well: between {account.low:.2f} and "
            f"{account.high:.2f} with 95 % confidence"
        )
    facts["effect"] = (
        f"{effect.verdict}: {effect.mean:+.2f}, between {effect.low:+.2f} and {effect.high:+.2f} "
        f"({many(effect.shown, 'episode')} with it, {effect.withheld:,} without)"
    )
    facts["because"] = one_line(effect.reason, TEXT)
    for name, value in facts.items():
        if value:
            text.append(f"  {name + ':':<10}", style="dim").append(f"{value}\n")
    for name, items in (("made from", account.sources), ("made into", account.derived)):
        if items:
            text.append(f"  {name} {many(len(items), 'item')}\n", style="dim")
        for one in items[:10]:
            text.append(f"    {one.kind} {one.id}  {one_line(one.text, 90)}\n")
    return text


def playbook_lines(book: "Playbook") -> Text:
    """The steps of a playbook, numbered, with when to go by it and what to look out for."""
    text = Text()
    for number, step in enumerate(book.steps, start=1):
        tools = f"  [{', '.join(one_line(one, 40) for one in step.tools)}]" if step.tools else ""
        text.append(f"{number:>3}. {one_line(step.do, TEXT)}").append(f"{tools}\n", style="cyan")
    facts = {"when": book.when, "not when": book.when_not, "expect": book.expected}
    for name, value in facts.items():
        if value:
            text.append(f"  {name + ':':<10}", style="dim").append(f"{one_line(value, TEXT)}\n")
    for one in book.pitfalls:
        text.append("  beware:   ", style="yellow").append(f"{one_line(one, TEXT)}\n")
    if book.steps:
        text.append("  sure:     ", style="dim").append(
            f"{meter(book.confidence)} {book.confidence:.2f}, {book.trust} trust\n"
        )
    return text


def curve(points: "Sequence[Point]") -> Text:
    """Success and steps over the stretches, as two plots."""
    text = Text("success\n", style="bold").append_text(columns([one.success for one in points]))
    most = max((one.steps for one in points), default=0.0) or 1.0
    text.append("\nsteps\n", style="bold")
    return text.append_text(columns([one.steps for one in points], high=most, form="{:.1f}"))


def points_table(points: "Sequence[Point]") -> "Table":
    """One row a stretch."""
    names = ("episodes", "from", "to", "success", "steps", "reward", "with memory")
    made = table(*names, right=("episodes", "steps", "reward", "with memory"), fixed=names)
    for one in points:
        success = meter(one.success) + ("" if one.success is None else f" {one.success:.2f}")
        reward = "" if one.reward is None else f"{one.reward:+.2f}"
        made.add_row(
            f"{one.first:,} to {one.first + one.episodes - 1:,}", day(one.started_at), day(one.ended_at), success,
            f"{one.steps:.1f}", reward, f"{one.with_memory:.0%}",
        )  # fmt: skip
    return made


def _named(item: Item, state: str, text: str = "") -> Text:
    made = Text(one_line(text or item.text, TEXT))
    if state in STATES:
        reason = getattr(item.payload, "reason", "")
        made.append(f"  ({state}{': ' + one_line(reason, 120) if reason else ''})", style=STATES[state])
    return made.append(f"\n{safe(item.id)}", style="dim")


def _stars(q_value: float | None) -> str:
    """How sure a contrast is, among all that were looked at."""
    return "" if q_value is None or q_value > 0.1 else "*" if q_value > 0.01 else "**"
