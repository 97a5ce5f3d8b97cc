"""What bench.learning found, for people: tables, curves over the episodes seen, the patterns in plain words."""

from collections.abc import Mapping, Sequence
from typing import Any

from tacit.types import Pattern

__all__ = ["sentence", "shown", "surest"]

BARS = "▁▂▃▄▅▆▇█"
TOLD = 5
"""Patterns of a file."""
SURE = 0.05


def shown(result: Mapping[str, Any]) -> None:
    """Print everything."""
    details: Mapping[str, Any] = result["details"]
    print("quick: few episodes, figures say little\n" if result["quick"] else "", end="")
    _table("next tool, first suggestion", details, "next_tool", ("tacit", "two_gram", "new_task", "in_three"))
    _table(
        "recovery that worked (last 2,000)",
        details,
        "recovery",
        ("tacit", "nearest_20", "by_failed_tool", "majority", "new_task"),
    )
    for kind in ("three_steps", "still_open", "all_episodes"):
        cases = {source: one["success"] for source, one in details.items()}
        _table(f"success after three steps, AUROC, {kind}", cases, kind, ("tacit", "logistic", "new_task"))
    _curves(details)
    for source, one in details.items():
        print(f"\n{source}: {one['patterns']} patterns; the surest:")
        for line in one["found"]:
            print(f"  - {line}")
        print("  milliseconds: " + ", ".join(f"{name} {value}" for name, value in one["milliseconds"].items()))


def _table(title: str, details: Mapping[str, Any], kind: str, columns: Sequence[str]) -> None:
    print(f"{title:46}" + "".join(f"{name:>16}" for name in columns))
    for source, one in details.items():
        row = one[kind]
        values = "".join(f"{row[name]:16.3f}" if row.get(name) is not None else f"{'-':>16}" for name in columns)
        print(f"  {source:35} {row['cases']:7}{values}")
    print()


def _curves(details: Mapping[str, Any]) -> None:
    print("Over the episodes seen, in ten stretches (bars from 0 to 1)")
    for source, one in details.items():
        for name, values in one["curves"].items():
            known = [value for value in values if value is not None]
            if known:
                print(f"  {source:22} {name:14} {_bars(values)}  {known[0]:.2f} to {known[-1]:.2f}")


def _bars(values: Sequence[float | None]) -> str:
    return "".join(" " if value is None else BARS[min(7, int(8 * value))] for value in values)


def surest(patterns: Sequence[Pattern]) -> list[str]:
    """The patterns whose difference in success is least likely to be chance, in plain words."""
    sure = [one for one in patterns if one.q_value is not None and one.q_value <= SURE and one.lift]
    sure.sort(key=lambda one: (-abs(one.lift or 0.0), one.q_value or 0.0, one.condition, one.action))
    return [sentence(one) for one in sure[:TOLD]]


def sentence(pattern: Pattern) -> str:
    """A pattern with its evidence, in words."""
    trials = pattern.successes + pattern.failures
    rate = (
        f"{100 * pattern.successes / trials:.0f} % of {trials:.0f} with an outcome went well"
        if trials
        else "no outcome"
    )
    lift, points = pattern.lift or 0.0, abs(100 * (pattern.lift or 0.0))
    compared = f"{points:.0f} points {'more' if lift > 0 else 'less'} than comparable ones without it"
    held = f", precision {pattern.precision:.2f} on episodes held back" if pattern.precision is not None else ""
    when = f"When {pattern.condition}: " if pattern.condition else ""
    return (
        f"{when}{pattern.action} [{pattern.pattern_type}] in {pattern.count} episodes; {rate}, {compared} "
        f"(q {pattern.q_value:.2g}{held})"
    )
