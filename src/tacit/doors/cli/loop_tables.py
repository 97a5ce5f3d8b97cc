"""The loop as people read it: trials with their intervals, one trial in detail, the lab notebook day by day, dials."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tacit.doors.cli.output import one_line
from tacit.doors.cli.plots import interval
from tacit.doors.cli.tables import table
from tacit.logic.times import iso

if TYPE_CHECKING:
    from tacit.improvement import Application, Entry, Improvement, Judgement, Trial

__all__ = ["applications_table", "clock", "dial_rows", "notebook", "span", "trial_lines", "trials_table", "verdict"]

WHAT = 160
"""Characters of a description in a table."""
WIDE = 36
"""Characters of an id."""
SAYS = 600
"""Of a line of the notebook."""
STYLES = {
    "accepted": "green", "kept": "green", "applied": "cyan", "rejected": "", "rolled back": "red bold",
    "bottleneck": "yellow", "recovered": "green", "failed": "red", "notified": "dim", "proposed": "dim",
    "asked": "magenta",
}  # fmt: skip
MARKS = {
    "accepted": "✓", "kept": "✓", "recovered": "✓", "applied": "▸", "rejected": "✗", "rolled back": "◂",
    "bottleneck": "!", "failed": "✗", "proposed": "?", "notified": "@", "asked": "¿",
}  # fmt: skip
UNITS = {"milliseconds": "ms", "p95_ms": "ms"}
INWORDS = ("bottleneck", "recovered", "kept", "rolled back")
"""Their text has their figures."""
FIGURES = 6
"""Of a line, at most."""


def clock(time: int) -> str:
    """A time to the minute, in UTC."""
    return iso(time)[:16].replace("T", " ")


def verdict(trial: "Trial") -> str:
    """accepted, rejected, or failed: it could not be measured."""
    if trial.judgement is None:
        return "failed"
    return "accepted" if trial.judgement.accepted else "rejected"


def span(trial: "Trial") -> tuple[float, float] | None:
    """The interval of the change in percent, as the change is told: of quality, relative to the old."""
    judged = trial.judgement
    if judged is None:
        return None
    old = trial.before.get("quality", 0.0) if judged.primary == "quality" else 1.0
    return 100 * judged.low / max(old, 1e-6), 100 * judged.high / max(old, 1e-6)


def trials_table(trials: "Sequence[Trial]", improvements: "Mapping[str, Improvement]") -> Table:
    """One row a trial."""
    made = table(
        "when", "what", "change %", "with 95 %", "p, level", "verdict", "cases", "s",
        right=("change %", "cases", "s"), fixed=("when", "change %", "p, level", "verdict", "cases", "s"),
    )  # fmt: skip
    made.columns[1].min_width = WIDE
    for one in trials:
        judged, bounds = one.judgement, span(one)
        what = Text(one_line(_description(one, improvements).partition(" (")[0], WHAT))
        what.append(f"\n{one.id}", style="dim")
        said = verdict(one)
        made.add_row(
            clock(one.timestamp),
            what,
            "" if judged is None else f"{one.performance_change_percent:+.1f}",
            "" if bounds is None else f"{bounds[0]:+.1f} to {bounds[1]:+.1f}",
            "" if judged is None else f"{judged.p_value:.2g}, {judged.level:.2g}",
            Text(said, style=STYLES[said]),
            "" if judged is None else str(judged.cases),
            f"{one.execution_time:.1f}",
        )
    return made


def trial_lines(trial: "Trial", improvement: "Improvement | None") -> RenderableType:
    """Everything that is known of a trial."""
    said = verdict(trial)
    text = Text.assemble((f"trial {trial.number} ", "bold"), (trial.id, "bold"), "\n")
    facts: dict[str, str] = {
        "when": f"{clock(trial.timestamp)} UTC, {trial.execution_time:.1f} s in the sandbox {trial.sandbox or '?'}",
        "improvement": trial.improvement,
    }
    if improvement is not None:
        facts |= {
            "what": one_line(improvement.description, 2_000),
            "origin": one_line(improvement.origin, 80),
            "estimated": f"{improvement.expected_improvement:+.0f} %, confidence {improvement.confidence:.2f}",
        }
    facts["verdict"] = f"{said}: {_reason(trial)}"
    for name, value in facts.items():
        text.append(f"  {name + ':':<13}", style="dim").append(value, style=STYLES[said] if name == "verdict" else "")
        text.append("\n")
    for warning in (*trial.errors, *trial.warnings):
        text.append(f"  ! {one_line(warning, 1_000)}\n", style="yellow")
    parts: list[RenderableType] = [text]
    if trial.success:
        parts.append(_sides(trial))
    if trial.judgement is not None:
        parts.append(_interval(trial, trial.judgement))
    return Group(*parts)


def applications_table(found: "Sequence[Application]", improvements: "Mapping[str, Improvement]") -> Table:
    """One row an application."""
    made = table("applied", "state", "what", fixed=("applied", "state"))
    for one in found:
        known = improvements.get(one.improvement)
        what = Text(one_line("" if known is None else known.description, WHAT)).append(
            f"\n{one.improvement}", style="dim"
        )
        made.add_row(clock(one.applied_at), one.state, what)
    return made


def notebook(lines: "Sequence[Entry]") -> RenderableType:
    """The lab notebook, the oldest line first: a heading a day, a row a line.

    A proposal has one line, as far as it goes, and comes again in short; `tacit trials ID` tells all of it.
    """
    proposed = {one.refers[0]: one.text for one in lines if one.what == "proposed" and one.refers}
    parts: list[RenderableType] = []
    for day, entries in groupby(lines, key=lambda one: iso(one.timestamp)[:10]):
        parts += [Text(f"\n{day}", style="bold"), _day(entries, proposed)]
    return Group(*parts)


def _day(entries: "Iterator[Entry]", proposed: Mapping[str, str]) -> Table:
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column("time", no_wrap=True)
    made.add_column("what", no_wrap=True)
    made.add_column("change", no_wrap=True, justify="right")
    made.add_column("text", overflow="fold")
    for one in entries:
        said, text = _told(one, proposed)
        style = STYLES.get(said, "")
        line = Text(one_line(text, SAYS), style="dim" if said in ("proposed", "notified") else "")
        if said == "proposed":  # what became of it says it again
            line.no_wrap, line.overflow = True, "ellipsis"
        if said not in INWORDS and (figures := _figures(one.figures)):
            line.append(f"  {figures}", style="cyan")
        what = Text(f"{MARKS.get(said, '·')} {one_line(said, 14)}", style=style)
        change = f"{one.figures['change_percent']:+.1f} %" if "change_percent" in one.figures else ""
        made.add_row(Text(iso(one.timestamp)[11:16], style="dim"), what, Text(change, style=style or "dim"), line)
    return made


def _told(one: "Entry", proposed: Mapping[str, str]) -> tuple[str, str]:
    """(what it was, in words); of a trial its verdict."""
    text = one.text
    if one.what != "proposed":
        for whole in filter(None, (proposed.get(about) for about in one.refers)):
            text = text.replace(whole, whole.partition(" (")[0])
    if one.what != "trial":
        return one.what, text
    head, _, rest = text.partition(": ")
    return (head, rest) if head in ("accepted", "rejected") else ("failed", text)


def _figures(figures: Mapping[str, float]) -> str:
    told = []
    for name, value in [one for one in figures.items() if one[0] != "change_percent"][:FIGURES]:
        words = one_line(name, 40).replace("_ms", "").replace("_", " ")
        told.append(f"{words} {value:.3g}{' ' + UNITS[name] if name in UNITS else ''}")
    return " · ".join(told)


def _sides(trial: "Trial") -> Table:
    made = table("measure", "before", "after", right=("before", "after"), fixed=("measure", "before", "after"))
    for name, before in trial.before.items():
        after = trial.after.get(name)
        made.add_row(one_line(name, 40), f"{before:.4g}", "" if after is None else f"{after:.4g}")
    return made


def _interval(trial: "Trial", judged: "Judgement") -> RenderableType:
    """The primary measure and the guards, with what they rest on."""
    made = table("judged by", "change", "with 95 %", "", fixed=("judged by", "change", ""))
    low, high = span(trial) or (0.0, 0.0)
    bound = max(1.0, abs(low), abs(high), abs(trial.performance_change_percent))
    drawn = Text.assemble(
        f"{low:+.1f} to {high:+.1f} % ", interval(low, trial.performance_change_percent, high, bound=bound)
    )
    told = f"p {judged.p_value:.2g}, level {judged.level:.2g}, {judged.cases} cases"
    made.add_row(one_line(judged.primary, 40), f"{trial.performance_change_percent:+.2f} %", drawn, told)
    for guard in judged.guards:
        held = Text("held" if guard.passed else "broken", style="green" if guard.passed else "red")
        lowest = f"at least {guard.low:+.4g}, allowed {0.0 - guard.margin:+.4g}"
        made.add_row(f"guard {one_line(guard.measure, 40)}", "", lowest, held)
    return made


def _description(trial: "Trial", improvements: "Mapping[str, Improvement]") -> str:
    known = improvements.get(trial.improvement)
    return trial.improvement if known is None else known.description


def _reason(trial: "Trial") -> str:
    return one_line(trial.judgement.reason if trial.judgement else "it could not be measured", 1_000)


def dial_rows(now: Mapping[str, Any], shipped: Mapping[str, Any]) -> Table:
    """One row a dial; those that differ from what was shipped stand out."""
    made = table("dial", "value", "shipped", right=("value", "shipped"), fixed=("dial",))
    for name, value in now.items():
        turned = value != shipped.get(name)
        made.add_row(Text(name, style="bold cyan" if turned else ""), _short(value), _short(shipped.get(name)))
    return made


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else one_line(str(value), 60)
