"""`tacit episode start | step | end`: an episode that a script or a hook records as it goes, over many processes."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import checked_id, text_of
from tacit.doors.cli.options import ABOUT, command, group
from tacit.doors.cli.output import emit
from tacit.doors.cli.recorded import recorded

__all__ = ["app"]

app = typer.Typer(help="Record an episode step by step: start, step, end.")

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


@command(app, "step")
def step(
    call: Call,
    id: Id,
    tool: Annotated[str, typer.Argument(help="The tool or program.", show_default=False)],
    action: Annotated[str, typer.Option(help="What was meant by it.")] = "",
    arguments: Annotated[str, typer.Option(help="A command line, or JSON.")] = "",
    observation: Annotated[str, typer.Option(help="What it answered; `-` reads standard input.")] = "",
    result: Annotated[Literal["success", "error", "timeout", "unknown"], typer.Option()] = "unknown",
    latency_ms: Annotated[float | None, typer.Option(show_default=False)] = None,
    tokens: Annotated[int | None, typer.Option(show_default=False)] = None,
    reward: Annotated[float | None, typer.Option(help="What the environment paid.", show_default=False)] = None,
) -> None:
    """Log one tool call of an episode; durable when the command returns."""
    with call.memory() as memory:
        opened = memory.resume_episode(checked_id(id))
        opened.step(
            tool,
            action=action,
            arguments=arguments,
            observation=text_of(observation, "observation"),
            result=result,
            latency_ms=latency_ms,
            tokens=tokens,
            reward=reward,
        )
        opened.flush()
        (draft,) = memory.get(id)
        number = len(getattr(draft.payload, "steps", ()))
    emit(call, {"id": id, "steps": number}, lambda out: out.print(f"✓ step {number} of {id}"), quiet="")


@command(app, "end")
def end(
    call: Call,
    id: Id,
    status: Annotated[
        Literal["success", "partial", "failure", "abstained"],
        typer.Argument(metavar="success|partial|failure|abstained", show_default=False),
    ],
    verdict: Annotated[str, typer.Option(help="With success: how it was judged.")] = "",
    artifact: Annotated[list[Path] | None, typer.Option(help="With success: what was made; several times.")] = None,
    completed: Annotated[list[str] | None, typer.Option(help="With partial: a part that is done.")] = None,
    failed: Annotated[list[str] | None, typer.Option(help="With partial: a part that is not.")] = None,
    reason: Annotated[str, typer.Option(help="With failure or abstained: why.")] = "",
    details: Annotated[str, typer.Option(help="With failure: more of it.")] = "",
    recall: Annotated[
        list[str] | None, typer.Option(help="Id of a recall that it worked with: it takes feedback.")
    ] = None,
) -> None:
    """Complete an episode with its outcome."""
    from tacit.doors.cli.episode_json import outcome_of

    told: dict[str, Any] = {
        "verdict": verdict,
        "artifacts": tuple(str(one) for one in artifact or ()),
        "completed": tuple(completed or ()),
        "failed": tuple(failed or ()),
        "reason": reason,
        "details": details,
    }
    outcome = outcome_of(status, **told)
    with call.memory() as memory:
        opened = memory.resume_episode(checked_id(id))
        for one in recall or ():
            opened.recalled(checked_id(one))
        recorded(call, opened.complete(outcome))
