"""`tacit metrics | bottlenecks`: what is measured, what it should be, what is worse than that."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.options import command
from tacit.doors.cli.output import emit, hint, many, one_line
from tacit.errors import InvalidInput

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from tacit.improvement import Bottleneck, Forecast, Snapshot, Target
    from tacit.memory import Memory

__all__ = ["register"]

DAY = 24.0
SPARK, COLUMNS = 24, 60
"""Stretches that a trend is shown in: in a table, as a plot."""
ROWS = 1_000
EVER = 24 * 3_650.0
"""Hours."""
STYLES = {"critical": "red bold", "high": "red", "medium": "yellow", "low": "cyan"}

Trend = list[tuple[int, float]]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "metrics")(metrics)
    command(app, "bottlenecks")(bottlenecks)


def metrics(
    call: Call,
    *,
    metric: Annotated[
        str | None, typer.Option("--metric", "-m", help="Only this one, as a plot.", show_default=False)
    ] = None,
    history: Annotated[float, typer.Option("--history", help="Hours that trends go back.")] = DAY,
    target: Annotated[
        list[str] | None,
        typer.Option("--target", help="METRIC=NUMBER, METRIC=learned or METRIC=shipped; several times."),
    ] = None,
) -> None:
    """Measure now, over the last hour of all processes, against the targets; keeps what it found.

    What is worse than its target by a tenth opens a bottleneck. Example: tacit metrics --target query_time_ms=50
    """
    from tacit.logic.improving.targets import METRICS

    wanted = _wanted(target or [])
    with call.memory() as memory:
        for name in METRICS if metric is None else [metric]:
            memory.trend(name, hours=history)  # type: ignore[arg-type]  # refuses what there is no trend of
        for name, value in wanted.items():
            memory.set_target(name, value)  # type: ignore[arg-type]
        snapshot = memory.analyze()
        shown = METRICS if metric is None else (metric,)
        trends: dict[str, Trend] = {name: memory.trend(name, hours=history) for name in shown}  # type: ignore[arg-type]
        forecasts = [one for one in memory.forecasts() if one.metric in shown]
        found = [one for one in memory.bottlenecks() if one.metric_name in shown]
    told = {
        "snapshot": snapshot,
        "trends": {name: [{"time": at, "value": value} for at, value in trend] for name, trend in trends.items()},
        "bottlenecks": found,
        "forecasts": forecasts,
    }
    if metric is None:
        emit(call, told, lambda out: _show(out, snapshot, trends, history, forecasts), quiet=_quiet(snapshot, shown))
    else:
        emit(call, told, lambda out: _plot(out, metric, snapshot, trends[metric], history, forecasts),
             quiet=_quiet(snapshot, shown))  # fmt: skip
    if found:
        hint(call, f"{many(len(found), 'bottleneck')}: tacit bottlenecks")


def bottlenecks(
    call: Call,
    *,
    all_of_them: Annotated[bool, typer.Option("--all", help="Those that were closed, too.")] = False,
    limit: Annotated[
        int, typer.Option("--limit", "-l", help="How many, the worst first; with --all, the latest.")
    ] = 20,
) -> None:
    """What is worse than its target, or is about to be, as of the last analysis."""
    if not 1 <= limit <= ROWS:
        raise InvalidInput("no such page", cause=f"limit {limit}"[:80], remedy=f"--limit 1 to {ROWS}")
    with call.memory() as memory:
        found = memory.bottlenecks(resolved=all_of_them, limit=limit)
        analysed = _analysed(memory)
    emit(
        call,
        {"bottlenecks": found, "analysed_at": analysed},
        lambda out: _show_bottlenecks(out, found, analysed),
        quiet="\n".join(f"{one.id} {one.severity} {one.metric_name}" for one in found),
    )


def _wanted(pairs: Sequence[str]) -> dict[str, float | str | None]:
    """METRIC=VALUE, all of them checked before any is set."""
    from tacit.logic.improving.targets import LEARNED, checked_targets

    found: dict[str, float | str | None] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign:
            raise InvalidInput(
                "--target takes METRIC=VALUE", cause=f"{ascii(pair)[:80]} has no `=`", remedy="query_time_ms=50"
            )
        value: float | str | None
        try:
            value = None if text == "shipped" else text if text == LEARNED else float(text)
        except ValueError:
            value = text  # refused below, with what is allowed
        checked_targets({}, name, value)
        found[name] = value
    return found


def _analysed(memory: "Memory") -> int | None:
    latest = memory.snapshots(hours=EVER, limit=1)
    return latest[0].timestamp if latest else None


def _quiet(snapshot: "Snapshot", shown: Sequence[str]) -> str:
    return "\n".join(f"{name} {snapshot.metrics[name]:g}" for name in shown if name in snapshot.metrics)


def _show(
    out: "Console", snapshot: "Snapshot", trends: dict[str, Trend], hours: float, forecasts: "Sequence[Forecast]"
) -> None:
    from rich.text import Text

    from tacit.doors.cli.plots import spark
    from tacit.doors.cli.tables import table
    from tacit.logic.improving.targets import valued

    past = f"last {hours:g} h"
    made = table("metric", "now", "target", past, "", right=("now", "target"), fixed=("metric", "now", "target", past))
    for name, trend in trends.items():
        target = snapshot.targets.get(name)
        wanted = "" if target is None else f"{'≥' if target.higher_is_better else '≤'} {valued(name, target.value)}"
        drawn = spark(_stretches(trend, snapshot.timestamp, hours, SPARK)) if trend else ""
        if name in snapshot.metrics:
            value = snapshot.metrics[name]
            made.add_row(name, valued(name, value), wanted, drawn, _judged(value, target))
        else:
            why = Text(one_line(snapshot.unmeasured.get(name, "not measured"), 100), style="dim")
            made.add_row(name, Text("·", style="dim"), wanted, drawn, why)
    out.print(made)
    _show_behind(out, snapshot)
    _show_breaches(out, snapshot, forecasts)


def _judged(value: float, target: "Target | None") -> Any:
    """How far a value is from its target, in words and in the colour of its severity."""
    from rich.text import Text

    from tacit.logic.improving.bottlenecks import deviation, severity

    if target is None:
        return Text("no target", style="dim")
    off = deviation(value, target)
    grade = severity(off)
    if not off:
        return Text("✓", style="green")
    side = "under" if target.higher_is_better else "over"
    told = f"{min(off, 9999):.0f} % {side}{f', {grade}' if grade else ''}"
    return Text(told, style=STYLES.get(grade or "", "dim"))


def _show_behind(out: "Console", snapshot: "Snapshot") -> None:
    """The counts that the values rest on."""
    detail = snapshot.detail
    parts = [many(detail["processes"], "process").replace("processs", "processes")]
    parts.append(many(detail.get("recalls", 0), "recall"))
    if "query_time_p50_ms" in detail:
        parts.append(f"half of them within {detail['query_time_p50_ms']:.3g} ms")
    parts += [f"{name} {count}" for name, count in detail.get("errors", {}).items()]
    parts.append(f"analysed in {snapshot.analysis_ms:.1f} ms")
    out.print(one_line(" · ".join(parts), 400), style="dim", soft_wrap=True)


def _show_breaches(out: "Console", snapshot: "Snapshot", forecasts: "Sequence[Forecast]") -> None:
    for one in forecasts:
        if one.breach_at is not None:
            hours = max(0.0, (one.breach_at - snapshot.timestamp) / 3.6e9)
            out.print(f"! {one.metric} passes its target in {hours:.1f} h, if the trend holds", style="yellow")


def _plot(
    out: "Console", name: str, snapshot: "Snapshot", trend: Trend, hours: float, forecasts: "Sequence[Forecast]"
) -> None:
    from tacit.doors.cli.plots import columns
    from tacit.logic.improving.targets import valued

    target = snapshot.targets.get(name)
    if not trend:
        out.print(f"{name}: {one_line(snapshot.unmeasured.get(name, 'not measured'), 200)}")
        return
    known = [value for _, value in trend] + ([target.value] if target else [])
    values = _stretches(trend, snapshot.timestamp, hours, min(COLUMNS, max(2, len(trend))))
    out.print(f"{name}, last {hours:g} h", style="bold")
    out.print(columns(values, low=min(0.0, *known), high=max(known) or 1.0, form="{:.3g}"))
    told = [f"now {valued(name, snapshot.metrics[name])}"] if name in snapshot.metrics else ["not measured now"]
    if target is not None:
        told.append(f"target {'≥' if target.higher_is_better else '≤'} {valued(name, target.value)} ({target.source})")
    for one in forecasts:
        ahead = (one.due_at - one.made_at) / 3.6e9
        told.append(f"in {ahead:.1f} h {valued(name, one.value)} (90 %: {one.low:.3g} to {one.high:.3g})")
    out.print(" · ".join(told), soft_wrap=True)
    _show_breaches(out, snapshot, forecasts)


def _stretches(trend: Trend, now: int, hours: float, count: int) -> list[float | None]:
    """The mean of each of so many stretches of equal length that end now; None where nothing was measured."""
    width = hours * 3.6e9 / count
    found: list[list[float]] = [[] for _ in range(count)]
    for at, value in trend:
        found[max(0, min(count - 1, count - 1 - int((now - at) / width)))].append(value)
    return [sum(values) / len(values) if values else None for values in found]


def _show_bottlenecks(out: "Console", found: "Sequence[Bottleneck]", analysed: int | None) -> None:
    if analysed is None:
        out.print("nothing has been analysed yet: tacit metrics")
        return
    from tacit.logic.times import iso

    if found:
        out.print(_table(found))
    else:
        out.print("✓ no bottleneck")
    out.print(f"as of {iso(analysed)[:16].replace('T', ' ')} UTC; analyse again: tacit metrics", style="dim")


def _table(found: "Sequence[Bottleneck]") -> "Table":
    from rich.text import Text

    from tacit.doors.cli.plots import meter
    from tacit.doors.cli.tables import day, table

    made = table("severity", "impact", "since", "what", fixed=("severity", "impact", "since"))
    for one in found:
        grade = "closed" if one.resolved else f"expected, {one.severity}" if one.forecast else one.severity
        style = "dim" if one.resolved else STYLES[one.severity]
        impact = f"{meter(one.impact_score / 100)} {one.impact_score:.0f}"
        made.add_row(Text(grade, style=style), impact, day(one.timestamp), one_line(one.description, 400))
    return made
