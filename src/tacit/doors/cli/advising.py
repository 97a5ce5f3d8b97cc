"""`tacit advise`: what experience says of a task that is under way."""

from typing import TYPE_CHECKING, Annotated

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import checked_id, read_input, text_of
from tacit.doors.cli.options import command
from tacit.doors.cli.output import emit, many, one_line, safe
from tacit.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from tacit.lessons import Advice, Suggestion
    from tacit.memory import Memory
    from tacit.types import Episode, Step

__all__ = ["register"]

SHOWN = 5
"""Tools; --json has all of them."""


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "advise")(advise)


def advise(
    call: Call,
    task: Annotated[
        str, typer.Argument(help="The task; `-` reads standard input. Needless with --episode.", show_default=False)
    ] = "",
    *,
    episode: Annotated[str | None, typer.Option(help="Id of an episode: its task and its steps so far.")] = None,
    steps: Annotated[str | None, typer.Option(help="A file of steps, a JSON list; `-`: standard input.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="What could be done now; several times.")] = None,
    domain: Annotated[str, typer.Option(help="The field it is about.")] = "",
    agent: Annotated[str, typer.Option(help="Who does it.")] = "",
) -> None:
    """What to do next: which tools come next, what got past such an error, what each option is worth.

    An option is worded as the step would be: tool, then what with. Example: tacit advise "Push my branch" --steps
    steps.json --option "git pull --rebase" --option "git push --force"
    """
    if episode is not None and (task or steps is not None):
        raise InvalidInput("--episode goes alone", cause="it has its task and its steps", remedy="leave the others out")
    asked = text_of(task, "task")
    taken = _read_steps(steps) if steps is not None else ()
    if episode is None and not asked.strip():
        raise InvalidInput("the task is empty", cause="advice is on a task", remedy="name it, or --episode ID")
    with call.memory() as memory:
        if episode is not None:
            opened = _episode(memory, checked_id(episode))
            asked, taken, agent = opened.task, opened.steps, agent or opened.agent
        told = memory.advise(asked, taken, options=option or (), domain=domain, agent=agent)
    emit(call, told, lambda out: _show(out, told), quiet=_best(told))


def _episode(memory: "Memory", id: str) -> "Episode":
    from tacit.types import Episode

    found = [item.payload for item in memory.get(id) if isinstance(item.payload, Episode)]
    if not found:
        raise NotFound(f"no episode {ascii(id)[:80]}", cause="none has that id", remedy="see `tacit list --open`")
    return found[0]


def _read_steps(source: str) -> "tuple[Step, ...]":
    """Steps as `tacit record episode` takes them."""
    import msgspec

    from tacit.doors.cli.episode_json import StepInput
    from tacit.logic.limits import LINE_BYTES
    from tacit.logic.steps import Measured, checked_step
    from tacit.logic.text import loads

    try:
        given = msgspec.convert(loads(read_input(source, "the steps", LINE_BYTES)), list[StepInput])
    except msgspec.ValidationError as error:
        raise InvalidInput(
            "these are no steps", cause=str(error)[:300], remedy='pass a JSON list such as [{"tool": "make"}]'
        ) from error
    return tuple(
        checked_step(
            one.tool,
            one.action,
            one.arguments,
            one.observation,
            one.result,  # type: ignore[arg-type]
            Measured(latency_ms=one.latency_ms, tokens=one.tokens, reward=one.reward),
        )
        for one in given
    )


def _best(told: "Advice") -> str:
    """The option of most value, else what got past such an error, else the next tool."""
    if told.options:
        return max(told.options, key=lambda one: one.value).option
    return next((one.tool for one in (*told.recoveries, *told.next_tools)), "")


def _show(out: "Console", told: "Advice") -> None:
    if told.success is not None:
        from tacit.doors.cli.plots import meter

        out.print(f"success  {meter(told.success, 20)} {told.success:.2f}")
    if told.recovering:
        _show_tools(out, "after such an error", told.recoveries)
    _show_tools(out, "next", told.next_tools)
    if told.ends is not None:
        out.print(f"nothing more is done with {told.ends:.2f}", style="dim")
    _show_options(out, told)
    if told.reason:
        out.print(safe(f"! {told.reason}"), style="yellow", soft_wrap=True)


def _show_tools(out: "Console", title: str, tools: "Sequence[Suggestion]") -> None:
    from tacit.doors.cli.plots import meter
    from tacit.doors.cli.tables import table

    if tools:
        made = table(title, "probability", fixed=("probability",))
        for one in tools[:SHOWN]:
            made.add_row(one_line(one.tool, 60), f"{meter(one.probability)} {one.probability:.2f}")
        out.print(made)


def _show_options(out: "Console", told: "Advice") -> None:
    from tacit.doors.cli.plots import interval, reach
    from tacit.doors.cli.tables import table

    if not told.options:
        return
    spans = [(one.value - 1.96 * one.uncertainty, one.value + 1.96 * one.uncertainty) for one in told.options]
    bound = reach([edge for span in spans for edge in span])
    made = table("option", "value", "with 95 %", "because", right=("value",), fixed=("value", "with 95 %"))
    for one, (low, high) in sorted(zip(told.options, spans, strict=True), key=lambda pair: -pair[0].value):
        because = one_line(one.because, 300) or f"tried {many(one.tried, 'time')}"
        drawn = interval(low, one.value, high, bound=bound)
        made.add_row(one_line(one.option, 80), f"{one.value:+.2f}", drawn, because)
    out.print(made)
