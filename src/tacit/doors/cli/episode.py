"""`tacit episode start | step | end`: an episode that a script or a hook records as it goes, over many processes."""

from typing import Annotated, Literal

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import checked_id, text_of
from tacit.doors.cli.options import ABOUT, Shared, command, group
from tacit.doors.cli.output import emit
from tacit.doors.cli.recorded import recorded

__all__ = ["app"]

app = typer.Typer(help="Record an episode step by step: start, step, end.")

STEP = Shared(
    "given",
    "What is logged",
    {
        "action": (str | None, ("--action",), "What was meant by it."),
        "arguments": (str | None, ("--arguments",), "A command line, or JSON."),
        "observation": (str | None, ("--observation",), "What it answered; `-` reads standard input."),
        "result": (Literal["success", "error", "timeout", "unknown"] | None, ("--result",), "How it went."),
        "latency_ms": (float | None, ("--latency-ms",), "How long it took."),
        "tokens": (int | None, ("--tokens",), "What it cost."),
        "reward": (float | None, ("--reward",), "What the environment paid for it."),
    },
)
OUTCOME = Shared(
    "given",
    "What is told of the outcome",
    {
        "verdict": (str | None, ("--verdict",), "With success: how it was judged."),
        "artifacts": (list[str] | None, ("--artifact",), "With success: what was made; several times."),
        "completed": (list[str] | None, ("--completed",), "With partial: a part that is done; several times."),
        "failed": (list[str] | None, ("--failed",), "With partial: a part that is not; several times."),
        "reason": (str | None, ("--reason",), "With failure or abstained: why."),
        "details": (str | None, ("--details",), "With failure: more of it."),
        "at_step": (int | None, ("--at-step",), "With abstained: after which step."),
    },
)

Id = Annotated[str, typer.Argument(help="What `tacit episode start` printed.", show_default=False)]


@group(app)
def episode(call: Call) -> None:
    """Record an episode step by step, from as many processes as you like.

    Example: ID=$(tacit -q episode start "Fix the build"); tacit episode step $ID make --result error; tacit episode end
    $ID success
    """


@command(app, "start", ABOUT)
def start(
    call: Call,
    task: Annotated[str, typer.Argument(help="What is to be done; `-` reads standard input.", show_default=False)],
    *,
    type_: Annotated[str, typer.Option("--type", help="Such as debugging or testing.")] = "other",
    complexity: Annotated[Literal["simple", "moderate", "complex"], typer.Option()] = "moderate",
    framework: Annotated[str, typer.Option(help="Such as django.")] = "",
    agent: Annotated[str, typer.Option(help="Who does it.")] = "",
) -> None:
    """Start an episode; prints its id."""
    with call.memory(make=True) as memory:
        started = memory.start_episode(
            text_of(task, "task"),
            task_type=type_,
            complexity=complexity,
            framework=framework,
            agent=agent,
            **call.about,
        )
    emit(call, {"id": started}, lambda out: out.print(f"✓ started episode {started}"), quiet=started)


@command(app, "step", STEP)
def step(
    call: Call, id: Id, *, tool: Annotated[str, typer.Argument(help="The tool or program.", show_default=False)]
) -> None:
    """Log one tool call of an episode; durable when the command returns."""
    given = dict(call.given)
    if "observation" in given:
        given["observation"] = text_of(given["observation"], "observation")
    with call.memory() as memory:
        opened = memory.resume_episode(checked_id(id))
        opened.step(tool, **given)
        opened.flush()
        (draft,) = memory.get(id)
        number = len(getattr(draft.payload, "steps", ()))
    emit(call, {"id": id, "steps": number}, lambda out: out.print(f"✓ step {number} of {id}"), quiet="")


@command(app, "end", OUTCOME)
def end(
    call: Call,
    id: Id,
    *,
    status: Annotated[
        Literal["success", "partial", "failure", "abstained"],
        typer.Argument(metavar="success|partial|failure|abstained", show_default=False),
    ],
    recall: Annotated[
        list[str] | None, typer.Option(help="Id of a recall that it worked with: its outcome rates it.")
    ] = None,
) -> None:
    """Complete an episode with its outcome."""
    from tacit.doors.cli.episode_json import outcome_of

    outcome = outcome_of(
        status, **{name: tuple(told) if isinstance(told, list) else told for name, told in call.given.items()}
    )
    with call.memory() as memory:
        opened = memory.resume_episode(checked_id(id))
        for one in recall or ():
            opened.recalled(checked_id(one))
        recorded(call, opened.complete(outcome))
