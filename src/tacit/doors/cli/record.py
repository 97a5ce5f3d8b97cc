"""`tacit record ...`: one command a kind of thing, each prints the id of what it recorded."""

from typing import Annotated, Any, Literal, cast

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import text_of
from tacit.doors.cli.options import ABOUT, Shared, command, group
from tacit.doors.cli.recorded import recorded

__all__ = ["app"]

app = typer.Typer(help="Record a message, a fact, a decision, an episode, ...")

DECIDED = Shared(
    "given",
    "What is told of the choice",
    {
        "options": (list[str] | None, ("--option",), "What could have been chosen; several times."),
        "agent_type": (str | None, ("--agent",), "Who chose."),
        "reasoning": (str | None, ("--reasoning",), "Why."),
        "outcome": (str | None, ("--outcome",), "How it turned out, where that is known."),
        "reward": (float | None, ("--reward",), "From -1 (bad) to 1 (good)."),
    },
)

Said = Annotated[str, typer.Argument(help="The text; `-` reads standard input.", show_default=False)]
Reward = Annotated[float | None, typer.Option("--reward", help="From -1 (bad) to 1 (good).", show_default=False)]


@group(app)
def record(call: Call) -> None:
    """Record a message, a fact, a decision, an episode, ... Durable when the command returns."""


@command(app, "message", ABOUT)
def message(
    call: Call, text: Said, *, role: Annotated[str, typer.Option(help="Such as user or assistant.")] = ""
) -> None:
    """One utterance; --author and --session say whose, and of which conversation."""
    with call.memory(make=True) as memory:
        recorded(call, memory.record_message(text_of(text, "text"), role=role, **call.about))


@command(app, "interaction", ABOUT)
def interaction(
    call: Call,
    question: Said,
    *,
    answer: Annotated[str, typer.Argument(help="What was answered; `-` reads standard input.")] = "",
    takeaway: Annotated[str, typer.Option(help="What to remember of it.")] = "",
) -> None:
    """One exchange: a question, its answer, and what to take away from it."""
    with call.memory(make=True) as memory:
        said = memory.record_interaction(
            text_of(question, "question"), text_of(answer, "answer"), takeaway, **call.about
        )
        recorded(call, said)


@command(app, "fact", ABOUT)
def fact(call: Call, statement: Said) -> None:
    """A statement that holds; with --key, it supersedes the fact that had this key.

    Example: tacit record fact "The API listens on 8080" --key api/port
    """
    with call.memory(make=True) as memory:
        recorded(call, memory.record_fact(text_of(statement, "statement"), **call.about))


@command(app, "preference", ABOUT)
def preference(
    call: Call,
    key: Annotated[str, typer.Argument(help="Such as editor/tabs.", show_default=False)],
    *,
    value: Annotated[str, typer.Argument(help="JSON, or else plain text; `-` reads standard input.")],
    category: Annotated[str, typer.Option(help="A group of preferences.")] = "general",
    text: Annotated[bool, typer.Option("--text", help="Take the value as text, also where it is JSON.")] = False,
) -> None:
    """What somebody likes: a key and any JSON value. A second call replaces the value."""
    given = text_of(value, "value")
    about = {name: said for name, said in call.about.items() if name != "key"}
    with call.memory(make=True) as memory:
        recorded(
            call, memory.set_preference(key, given if text else _json_or_text(given), category, **cast("Any", about))
        )


@command(app, "project", ABOUT)
def project(
    call: Call,
    name: Annotated[str, typer.Argument(help="Its name.", show_default=False)],
    *,
    path: Annotated[str, typer.Option(help="Where it lies.")] = "",
    description: Annotated[str, typer.Option(help="What it is.")] = "",
    tech: Annotated[list[str] | None, typer.Option(help="A part of its tech stack; several times.")] = None,
    status: Annotated[str, typer.Option(help="Such as active or paused.")] = "active",
) -> None:
    """Something that is being worked on; a second call replaces what was known of it."""
    from tacit.types import Project

    details = Project(name=name, path=path, description=description, tech_stack=tuple(tech or ()), status=status)
    about = {key: said for key, said in call.about.items() if key != "key"}
    with call.memory(make=True) as memory:
        recorded(call, memory.record_project(name, details=details, **cast("Any", about)))


@command(app, "conversation", ABOUT)
def conversation(
    call: Call,
    summary: Said,
    *,
    decided: Annotated[list[str] | None, typer.Option(help="What was decided in it; several times.")] = None,
    feedback: Annotated[str, typer.Option(help="What the user said of it.")] = "",
) -> None:
    """The summary of a conversation, with what was decided in it."""
    with call.memory(make=True) as memory:
        said = memory.record_conversation(
            text_of(summary, "summary"), key_decisions=decided or [], user_feedback=feedback, **call.about
        )
        recorded(call, said)


@command(app, "decision", DECIDED, ABOUT)
def decision(
    call: Call, context: Said, *, chosen: Annotated[str, typer.Option(help="What was chosen.", show_default=False)]
) -> None:
    """A choice among options."""
    from tacit.types import Decision

    given = {"agent_type": "", "options": [chosen], **call.given}
    options = tuple(given.pop("options"))
    made = Decision(context=text_of(context, "context"), chosen=chosen, options=options, **given)
    with call.memory(make=True) as memory:
        recorded(call, memory.record_decision(made, **call.about))


@command(app, "event", ABOUT)
def event(
    call: Call,
    type_: Annotated[
        Literal["success", "failure", "feedback"],
        typer.Argument(metavar="success|failure|feedback", show_default=False),
    ],
    *,
    task: Said,
    outcome: Annotated[str, typer.Option(help="What came of it.")] = "",
    reward: Reward = None,
) -> None:
    """A success, a failure, or feedback on a task."""
    with call.memory(make=True) as memory:
        told = memory.record_learning_event(
            type_, text_of(task, "task"), outcome=outcome, reward=reward or 0.0, **call.about
        )
        recorded(call, told)


@command(app, "solution", ABOUT)
def solution(
    call: Call,
    type_: Annotated[
        Literal["error_fix", "feature", "optimization"],
        typer.Argument(metavar="error_fix|feature|optimization", show_default=False),
    ],
    *,
    problem: Said,
    solved_by: Annotated[str, typer.Argument(help="What solved it; `-` reads standard input.", show_default=False)],
) -> None:
    """A problem and what solved it; the same again counts as one more success."""
    with call.memory(make=True) as memory:
        said = memory.record_solution(type_, text_of(problem, "problem"), text_of(solved_by, "solution"), **call.about)
        recorded(call, said)


@command(app, "episode", ABOUT)
def episode(
    call: Call, file: Annotated[str, typer.Argument(help="A JSON file; `-` reads standard input.", show_default=False)]
) -> None:
    """One finished task run, as JSON with its steps and its outcome.

    Example: {"task": "Fix the build", "steps": [{"tool": "make", "arguments": "test", "result": "error",
    "observation": "no rule"}], "outcome": {"status": "success", "verdict": "green"}}
    """
    from tacit.doors.cli.episode_json import read_episode, record_episode

    given = read_episode(file)
    with call.memory(make=True) as memory:
        recorded(call, record_episode(memory, given, call.about))


def _json_or_text(given: str) -> Any:
    from tacit.errors import InvalidInput
    from tacit.logic.text import loads

    looks_like_json = given.strip()[:1] in tuple('{["-0123456789') or given.strip() in ("true", "false", "null")
    if not looks_like_json:
        return given
    try:
        return loads(given)
    except InvalidInput:
        if given.strip()[0] in '{["':
            raise  # meant as JSON, and broken: keeping it as text would hide that
        return given
