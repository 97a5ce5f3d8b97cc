"""The screen of what was learned: the curve, the three patterns, the story of the rule. All fits into 80 columns.

Below: the school, rich. Above: the screen.
"""

import statistics
from collections.abc import Sequence
from textwrap import wrap

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tacit.demo.agent import BUDGET
from tacit.demo.plot import two_curves
from tacit.demo.ruled import RULE, Lived, Story
from tacit.demo.school import School
from tacit.demo.stream import Curve
from tacit.demo.valued import Valued

__all__ = ["learned"]

LINE = 74
"""Characters of a line of text."""
STRIP = 60
"""Episodes in a line."""
MARKS = {True: "✓", False: "✗"}
STYLES = {"✓": "green", "✗": "red"}


def learned(school: School, first: int) -> list[RenderableType]:
    """The parts, numbered from `first`."""
    parts = [_curves(school.curve, first), _patterns(school.patterns, first + 1)]
    return [*parts, _rule(school.story, first + 2)] if school.story else parts


def _curves(curve: Curve, number: int) -> RenderableType:
    none, memory = curve.none, curve.memory
    head = Text.from_markup(
        f"[bold]{number}  It learns[/bold]\n"
        f"   A stream of {none.tasks} tasks, done twice: without memory (○), and with one that is\n"
        "   empty at first and learns from every task before the next (●; ◉: both).\n"
        f"   A point is {curve.on[0].episodes} tasks. What they wish comes back, about other files."
    )
    plots = Table.grid(padding=(0, 1, 0, 0))
    plots.add_row(Text("   tasks done", style="bold"), Text("   commands a task", style="bold"))
    plots.add_row(
        two_curves(_success(curve, on=False), _success(curve, on=True), low=0.0, high=1.0, form="{:.0%}"),
        two_curves(
            [p.steps for p in curve.off], [p.steps for p in curve.on], low=0.0, high=float(BUDGET), form="{:.0f}"
        ),
    )
    last, before = curve.on[-1], curve.off[-1]
    tail = (
        f"   All {none.tasks}:  without {none.done} done, {none.mean_steps:.1f} commands a task; "
        f"with {memory.done} done, {memory.mean_steps:.1f} commands.\n"
        f"   Last {last.episodes}:  without {before.success or 0:.0%} done, {before.steps:.1f} commands; "
        f"with {last.success or 0:.0%} done, {last.steps:.1f} commands.\n"
        f"   To learn from an episode takes {statistics.median(curve.learn_ms):.0f} ms."
    )
    return Group(head, Padding(plots, (1, 0, 0, 0)), Text(tail))


def _success(curve: Curve, *, on: bool) -> list[float]:
    return [point.success or 0.0 for point in (curve.on if on else curve.off)]


def _patterns(patterns: Sequence[Valued], number: int) -> RenderableType:
    text = Text.from_markup(
        f"[bold]{number}  What it learned[/bold]: the patterns that gained most, with their evidence\n"
        "   (q: the share of false finds among patterns as sure as this one)"
    )
    if not patterns:
        text.append("\n   None so far: nothing that was seen came with more success.")
    for place, one in enumerate(patterns, start=1):
        text.append("\n")
        lines = wrap(one.says, LINE - 3)[:3]
        text.append(f"   {place}. " + "\n      ".join(lines) + "\n", style="green")
        text.append(f"      {_evidence(one)}\n      {_shown(one)}", style="")
        if one.tasks:
            more = f"      from {one.pattern.count} tasks like: {one.tasks[0]}"
            text.append("\n" + (more if len(more) <= LINE else more[: LINE - 1] + "…"), style="dim")
    return text


def _evidence(one: Valued) -> str:
    pattern = one.pattern
    trials = pattern.successes + pattern.failures
    q = "" if pattern.q_value is None else f", q {pattern.q_value:.2g}"
    return (
        f"{pattern.successes:g} of {trials:g} done with it, {one.without:.0%} of the comparable without it "
        f"({pattern.lift or 0:+.0%}{q})"
    )


def _shown(one: Valued) -> str:
    effect = one.account.effect
    if not effect.shown + effect.withheld:
        return "in no context pack so far"
    return (
        f"in {effect.shown} tasks' packs, left out of {effect.withheld} by a draw: effect {effect.verdict}, "
        f"{effect.mean:+.2f}"
    )


def _rule(story: Story, number: int) -> RenderableType:
    text = Text.from_markup(
        f"[bold]{number}  A bad rule is found out[/bold]\n   Somebody adds a rule that sounds like good advice:\n"
    )
    text.append("   " + "\n   ".join(wrap(f"“{RULE}”", LINE)) + "\n", style="italic")
    text.append(
        "   The agent obeys. The task was to keep those edits. Each column is a task, in\n"
        "   their order: ✓ done, ✗ not, in the line of what its context packs had.\n"
    )
    for start in range(0, len(story.lived), STRIP):
        part = story.lived[start : start + STRIP]
        for had, name in (("shown", "rule shown"), ("withheld", "left out"), ("", "no rule")):
            text.append(f"   {name:11}").append_text(_strip(part, had)).append("\n")
        text.append_text(_where(story, start))
    return text.append(_ending(story))


def _strip(part: Sequence[Lived], had: str) -> Text:
    text = Text()
    for one in part:
        mark = MARKS[one.ok] if one.had == had else " "
        text.append(mark, style=STYLES.get(mark, ""))
    return text


def _where(story: Story, start: int) -> Text:
    """Where the rule was retired, below the strips."""
    at = -1 if story.retired_at is None else story.retired_at - 1 - start
    told = f"   {'':11}{' ' * at}▲ retired\n" if 0 <= at < STRIP else "\n" if start + STRIP < len(story.lived) else ""
    return Text(told, style="bold")


def _ending(story: Story) -> str:
    effect = story.effect
    (with_it, shown), (without, withheld) = story.count("shown"), story.count("withheld")
    lines = f"   With the rule {with_it} of {shown} tasks were done, without it {without} of {withheld}"
    measured = f"effect {effect.mean:+.2f}, between {effect.low:+.2f} and {effect.high:+.3f} whenever one looks"
    if story.retired_at is None:
        return f"{lines}.\n   Not retired in {len(story.lived)} tasks: {measured}."
    done, after = story.count(after=True)
    return (
        f"{lines}:\n   {measured}.\n"
        f"   So tacit retired it after task {story.retired_at}, by itself. After that {done} of {after} were done.\n"
        + "\n".join(f"   · {line}" for line in story.history)
    )
