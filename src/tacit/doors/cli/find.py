"""`tacit recall | context | show | list | feedback`: getting back what was recorded."""

from typing import TYPE_CHECKING, Annotated

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import checked_id, text_of
from tacit.doors.cli.options import WHERE, command
from tacit.doors.cli.output import emit, hint, many, plain, safe

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.memory import Memory
    from tacit.results import ContextPack, Recall
    from tacit.types import Item

__all__ = ["register"]

PATIENCE = 2.0
"""Seconds that a recall spends on embedding what waits: enough for some 500 short texts."""

Question = Annotated[str, typer.Argument(help="A question, in words; `-` reads standard input.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "recall", WHERE)(recall)
    command(app, "context", WHERE)(context)
    command(app, "show")(show)
    command(app, "list", WHERE)(list_items)
    command(app, "feedback", context_settings={"ignore_unknown_options": True})(feedback)


def recall(
    call: Call,
    question: Question,
    *,
    k: Annotated[int, typer.Option("-k", help="How many answers at most.")] = 10,
    best_sessions: Annotated[int, typer.Option(help="How many conversations to name as well, best first.")] = 0,
    why: Annotated[bool, typer.Option("--why", help="Show why each answer stands where it stands.")] = False,
    retired: Annotated[bool, typer.Option("--retired", help="Rules and patterns that were retired, too.")] = False,
) -> None:
    """Ask. The best answers, with their scores; an empty answer says why it is empty, and is no error.

    Example: tacit recall "which port does the API listen on" --kind fact --why
    """
    asked = text_of(question, "question")
    with call.memory(models=True) as memory:
        waiting = embed_waiting(memory)
        answer = memory.recall(asked, k=k, best_sessions=best_sessions, retired=retired, **call.where)
    emit(
        call, {**plain(answer), "unembedded": waiting}, lambda out: _show_recall(out, answer, why), quiet=_texts(answer)
    )
    if answer.results:
        hint(call, f"known {answer.known:.2f} · {answer.milliseconds:.0f} ms · rate it: tacit feedback {answer.id} 1")
    _say_waiting(call, waiting)


def context(
    call: Call,
    task: Annotated[str, typer.Argument(help="The task at hand; `-` reads standard input.", show_default=False)],
    *,
    budget: Annotated[int, typer.Option(help="Tokens that it may take, estimated.")] = 2000,
    k: Annotated[int, typer.Option("-k", help="How many items to choose from.")] = 20,
) -> None:
    """What to hand to an agent before a task: a block of text within a budget of tokens."""
    asked = text_of(task, "task")
    if budget < 1:
        from tacit.errors import InvalidInput

        raise InvalidInput("the budget is out of bounds", cause=str(budget)[:40], remedy="pass a positive number")
    with call.memory(models=True) as memory:
        waiting = embed_waiting(memory)
        pack = memory.context(asked, budget=budget, k=k, **call.where)
    emit(call, {**plain(pack), "unembedded": waiting}, lambda out: _show_pack(out, pack), quiet=pack.text)
    hint(call, f"{many(len(pack.entries), 'item')} · about {pack.tokens} of {budget} tokens · recall {pack.recall}")
    if pack.reason:
        hint(call, pack.reason)
    _say_waiting(call, waiting)


def show(
    call: Call,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Of items or open episodes.", show_default=False)],
) -> None:
    """Everything about an item; of an episode, also its steps."""
    from tacit.errors import NotFound

    ids = [checked_id(one) for one in ids]
    with call.memory() as memory:
        found = [item for one in dict.fromkeys(ids) for item in memory.get(one)]
    missing = sorted(set(ids) - {item.id for item in found})
    if missing:
        raise NotFound(
            f"no item {ascii(missing[0])[:80]}", cause="this namespace has none with that id", remedy="see `tacit list`"
        )
    emit(call, {"items": found}, lambda out: _show_items(out, found))


def list_items(
    call: Call,
    limit: Annotated[int, typer.Option("--limit", "-l", help="How many, from 1 to 1000.")] = 20,
    *,
    after: Annotated[int, typer.Option(help="The `next` of the page before.")] = 0,
    oldest: Annotated[bool, typer.Option("--oldest", help="The oldest first.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Episodes that have no outcome yet.")] = False,
) -> None:
    """Items, the latest first, a page at a time."""
    from tacit.errors import InvalidInput

    if not 1 <= limit <= 1000 or not 0 <= after < 2**63:
        raise InvalidInput(
            "no such page", cause=f"limit {limit}, after {after}"[:80], remedy="--limit 1 to 1000, --after from 0 on"
        )
    with call.memory() as memory:
        if open_:
            items = memory.open_episodes()
        else:
            items = memory.items(limit=limit, after=after, newest_first=not oldest, **call.where)
        total = sum(memory.stats().items.values())
    following = items[-1].sequence if len(items) == limit and not open_ else None
    told = {"items": items, "next": following, "total": total}
    emit(
        call,
        told,
        lambda out: _show_list(out, items, "no episode is open" if open_ else _none_of(total)),
        quiet="\n".join(item.id for item in items),
    )
    if following is not None:
        hint(call, f"more: --after {following}")


def feedback(
    call: Call,
    recall_id: Annotated[str, typer.Argument(help="What `tacit recall` printed.", show_default=False)],
    *,
    score: Annotated[str, typer.Argument(help="From -1 (bad) to 1 (good).", show_default=False)],
    item: Annotated[list[str] | None, typer.Option(help="Of these shown items only; several times.")] = None,
    note: Annotated[str, typer.Option(help="In words.")] = "",
) -> None:
    """Say how good a recall was."""
    from tacit.errors import InvalidInput

    try:
        number = float(score)
    except ValueError as error:
        raise InvalidInput(
            "the score is no number", cause=ascii(score)[:80], remedy="pass a number in [-1, 1]"
        ) from error
    with call.memory() as memory:
        given = memory.feedback(recall_id, number, items=[checked_id(one) for one in item or ()], note=note)
    emit(call, given, lambda out: out.print(f"✓ {number:+g} for recall {given.recall}"), quiet="")


def embed_waiting(memory: "Memory") -> int:
    """Embed what waits, for a bounded time; -> how many items still have no vector, 0 without an embedder."""
    if memory.embedder is None or memory.flush(timeout=PATIENCE):
        return 0
    return memory.unembedded()


def _say_waiting(call: Call, waiting: int) -> None:
    if waiting:
        hint(call, f"{many(waiting, 'item')} not embedded yet, searched by words alone: tacit queue run")


def _texts(answer: "Recall") -> str:
    from tacit.doors.cli.output import one_line

    return "\n".join(one_line(one.item.text, 1000) for one in answer.results)


def _show_recall(out: "Console", answer: "Recall", why: bool) -> None:
    from tacit.doors.cli.tables import recall_table, sessions_table

    if not answer.results:
        out.print("Nothing found.", style="bold")
    elif answer.abstained:
        out.print("Probably nothing that is known answers this. The closest:", style="bold yellow")
    if answer.results:
        out.print(recall_table(answer, why=why))
    if answer.sessions:
        out.print(sessions_table(answer))
    if answer.reason:
        out.print(safe(f"! {answer.reason}"), style="yellow", soft_wrap=True)


def _show_pack(out: "Console", pack: "ContextPack") -> None:
    if pack.text:
        out.print(safe(pack.text), soft_wrap=True)


def _show_items(out: "Console", items: "list[Item]") -> None:
    from tacit.doors.cli.tables import item_lines, steps_table
    from tacit.types import Episode

    for item in items:
        out.print(item_lines(item), soft_wrap=True)
        if isinstance(item.payload, Episode) and item.payload.steps:
            out.print(steps_table(item.payload))
            out.print()


def _none_of(total: int) -> str:
    return f"none of {many(total, 'item')} matches" if total else "nothing has been recorded in this namespace"


def _show_list(out: "Console", items: "list[Item]", nothing: str) -> None:
    from tacit.doors.cli.tables import items_table

    out.print(items_table(items) if items else nothing)
