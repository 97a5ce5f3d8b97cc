"""Options that commands share, added to a command where it is declared: global ones, what is said of an item, filters.

Global options stand before or after the command. Typer reads a function's signature; `command` gives it one that has
the shared options as well, and hands what they hold to the function as one `Call`.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.errors import hang_up
from tacit.errors import InvalidInput

__all__ = ["ABOUT", "WHERE", "Shared", "command", "group"]

Command = Callable[..., None]


class Shared(NamedTuple):
    """A group of options: its place in `Call`, its title in the help, name -> (type, flags, help)."""

    place: Literal["options", "about", "where", "given", "flags"]
    panel: str
    options: Mapping[str, tuple[Any, tuple[str, ...], str]]


Text = str | None
Texts = list[str] | None

GLOBAL = Shared(
    "options",
    "Global options (before or after the command)",
    {
        "path": (Path | None, ("--db",), "The database file. [TACIT_PATH; tacit.db]"),
        "namespace": (Text, ("--namespace", "-n"), "Where to record and recall. [TACIT_NAMESPACE; default]"),
        "embedder": (Text, ("--embedder",), "auto, none, or such as onnx:MODEL. [TACIT_EMBEDDER; auto]"),
        "reranker": (Text, ("--reranker",), "none, auto, or onnx:MODEL. [TACIT_RERANKER; none]"),
        "json": (bool, ("--json",), "One JSON object on standard output; errors as JSON on standard error."),
        "quiet": (bool, ("--quiet", "-q"), "The bare result: no hints, no progress."),
        "debug": (bool, ("--debug",), "Show the traceback of an error."),
    },
)

ABOUT = Shared(
    "about",
    "What is said of it",
    {
        "at": (Text, ("--at",), "When it happened: ISO 8601. Now, if not given."),
        "author": (Text, ("--author",), "Who said or did it."),
        "session": (Text, ("--session",), "What belongs together, such as a conversation."),
        "domain": (Text, ("--domain",), "The field it is about."),
        "language": (Text, ("--language",), "Of the code, or of the words."),
        "tags": (Texts, ("--tag",), "May be given several times."),
        "metadata": (Texts, ("--meta",), "KEY=VALUE; may be given several times."),
        "source": (Text, ("--source",), "Where it comes from; `cli`, if not given."),
        "trust": (Text, ("--trust",), "high, medium or low: who vouches for it."),
        "key": (Text, ("--key",), "Its natural key: recorded again under it, it is the same thing."),
        "valid_from": (Text, ("--valid-from",), "It holds from this time on."),
        "valid_to": (Text, ("--valid-to",), "It holds until this time."),
        "derived_from": (Texts, ("--derived-from",), "Id of an item it was made from; forgotten with it."),
    },
)

WHERE = Shared(
    "where",
    "Filters (each may be given several times; they restrict together)",
    {
        "kinds": (Texts, ("--kind",), "Such as fact, message, episode, chunk."),
        "types": (Texts, ("--type",), "Sub-type within a kind."),
        "domains": (Texts, ("--domain",), "The field it is about."),
        "languages": (Texts, ("--language",), "Of the code, or of the words."),
        "authors": (Texts, ("--author",), "Who said or did it."),
        "sessions": (Texts, ("--session",), "Of which session."),
        "sources": (Texts, ("--source",), "Where it came from, such as cli or a folder."),
        "keys": (Texts, ("--key",), "Its natural key."),
        "tags": (Texts, ("--tag",), "Has all of these."),
        "metadata": (Texts, ("--meta",), "KEY=VALUE: has all of these."),
        "derived_from": (Texts, ("--derived-from",), "Made from this item."),
        "since": (Text, ("--since",), "Happened at or after: ISO 8601."),
        "until": (Text, ("--until",), "Happened before: ISO 8601."),
        "valid_at": (Text, ("--valid-at",), "Held at this time."),
        "current": (bool, ("--current",), "Leave out what was superseded."),
    },
)


def command(app: typer.Typer, name: str, *shared: Shared, **more: Any) -> Callable[[Command], Command]:
    """Declare a function `run(call, ...)` as a command, with the global options and the shared ones named."""

    def declare(run: Command) -> Command:
        app.command(name, **more)(_wrapped(run, (GLOBAL, *shared)))
        return run

    return declare


def group(app: typer.Typer, *, helps: bool = True, **more: Any) -> Callable[[Command], Command]:
    """Declare what a group of commands takes; `run` is called where none of its commands follows, or the help shown."""

    def declare(run: Command) -> Command:
        app.callback(invoke_without_command=True, **more)(_wrapped(run, (GLOBAL,), helps=helps))
        return run

    return declare


def _wrapped(run: Command, shared: tuple[Shared, ...], *, helps: bool = False) -> Command:
    """The function as Typer sees it."""
    call, *own = inspect.signature(run, eval_str=True).parameters.values()
    del call

    def wrapper(ctx: typer.Context, **given: Any) -> None:
        made = (ctx.obj or Call()).with_options(_taken(given, GLOBAL))
        for one in shared[1:]:
            made = _filled(made, one, _taken(given, one))
        ctx.obj = made
        if ctx.invoked_subcommand is not None:
            return
        try:
            if helps:
                typer.echo(ctx.get_help())
                return
            run(made, **given)
        except BrokenPipeError:
            raise typer.Exit(hang_up()) from None

    parameters = [inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)]
    parameters += [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
    for one in (*shared[1:], GLOBAL):
        parameters += _parameters(one)
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {one.name: one.annotation for one in parameters}
    wrapper.__doc__ = run.__doc__
    wrapper.__name__ = run.__name__
    return wrapper


def _parameters(shared: Shared) -> Iterable[inspect.Parameter]:
    for name, (kind, flags, text) in shared.options.items():
        option = typer.Option(*flags, help=text, rich_help_panel=shared.panel, show_default=False)
        yield inspect.Parameter(
            f"{shared.place}_{name}",
            inspect.Parameter.KEYWORD_ONLY,
            default=False if kind is bool else None,
            annotation=Annotated[kind, option],
        )


def _taken(given: dict[str, Any], shared: Shared) -> dict[str, Any]:
    """The values of a group of options, taken out of what was given; those that were not given are left out."""
    values = {name: given.pop(f"{shared.place}_{name}") for name in shared.options}
    return {name: value for name, value in values.items() if not (value is None or value is False or value == [])}


def _filled(call: Call, shared: Shared, values: Any) -> Call:
    if "metadata" in values:
        values["metadata"] = _metadata(values["metadata"])
    match shared.place:
        case "about":
            return replace(call, about=values)
        case "where":
            return replace(call, where=values)
        case "flags":
            return replace(call, flags={**call.flags, **values})
        case _:
            return replace(call, given={**call.given, **values})


def _metadata(pairs: Iterable[str]) -> dict[str, Any]:
    """KEY=VALUE -> a mapping; a value that is a JSON scalar is one (8080, true, null, "8080"), any other is text."""
    from tacit.logic.text import loads

    found: dict[str, Any] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign:
            raise InvalidInput("--meta takes KEY=VALUE", cause=f"{ascii(pair)[:80]} has no `=`", remedy="add a value")
        if key in found:
            raise InvalidInput("--meta names a key twice", cause=ascii(key)[:80], remedy="keep one of them")
        try:
            scalar = loads(value)
            found[key] = value if isinstance(scalar, dict | list) else scalar
        except InvalidInput:
            found[key] = value
    return found
