"""`tacit learn | patterns | effect | why | playbook | timeline`: what was learned, and what it is worth."""

from collections.abc import Iterator
from heapq import nlargest
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import checked_id, choices, text_of
from tacit.doors.cli.options import WHERE, command
from tacit.doors.cli.output import emit, hint, many, safe
from tacit.doors.cli.progress import progress
from tacit.errors import InvalidInput, TacitError

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.lessons import Account, Effect, Learning, Playbook, Point
    from tacit.memory import Memory
    from tacit.types import Item, Pattern

__all__ = ["register"]

STAGES = ("relearn", "learn", "distill")
PAGE = 1_000
MOST = 10_000
"""Rows of a table."""
Order = Literal["success", "seen", "lift", "reward", "latest"]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "learn")(learn)
    command(app, "patterns", WHERE)(patterns)
    command(app, "effect")(effect)
    command(app, "why")(why)
    command(app, "playbook", WHERE)(playbook)
    command(app, "timeline", WHERE)(timeline)


def learn(call: Call) -> None:
    """Learn here and now from the episodes that wait. Without it the background worker of any door does so.

    May be interrupted and run again: every episode is learned from once.
    """
    from tacit.lessons import Learning

    told = Learning()
    with call.memory() as memory, progress(call, "learning") as advance:
        total = memory.stats().items.get("episode", 0)
        for told in memory.learn():
            advance(told.episodes, total, f"{many(told.episodes, 'episode')}, {many(told.new_patterns, 'pattern')}")
        failed = [
            job for job in memory.jobs(states=("queued", "dead"), limit=PAGE) if job.error and job.stage in STAGES
        ]
    if failed:
        raise TacitError(
            "not everything could be learned from",
            cause=failed[0].error[:300],
            remedy="see `tacit queue`; nothing is lost, run it again when that is mended",
        )
    emit(call, told, lambda out: _show_learned(out, told), quiet="")
    if told.new_patterns:
        hint(call, "see them: tacit patterns")


def patterns(
    call: Call,
    *,
    order: Annotated[
        Order, typer.Option("--sort", help="By how sure their success is, how often they were seen, and so on.")
    ] = "success",
    retired: Annotated[bool, typer.Option("--retired", help="Those that proved worthless.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-l", help="How many, the best first.")] = 20,
) -> None:
    """Patterns that episodes have in common, with their evidence.

    --type tool_sequence, decision_point, error_recovery, context, heuristic, hybrid, solution or custom.
    Example: tacit patterns --type error_recovery --sort lift
    """
    _check_limit(limit)
    state = "retired" if retired else "active"
    with call.memory() as memory:
        found = [item for item in _patterns(memory, call.where) if getattr(item.payload, "state", "") == state]
    best = nlargest(limit, found, key=lambda item: _rank(item, order))
    emit(
        call,
        {"patterns": best, "total": len(found)},
        lambda out: _show_patterns(out, best, len(found)),
        quiet="\n".join(item.id for item in best),
    )


def effect(
    call: Call,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Of items; all, if none.")] = None,
    *,
    verdict: Annotated[
        Literal["helps", "hurts", "unproven"] | None, typer.Option(help="Only those.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-l", help="How many, verdicts first.")] = 20,
) -> None:
    """What items are worth: success with them minus success without them, by withholding them now and then."""
    from tacit.errors import NotFound

    _check_limit(limit)
    named = list(dict.fromkeys(checked_id(one) for one in ids or ()))
    with call.memory() as memory:
        found = memory.effects(*named)
        missing = sorted(set(named) - {one.item for one in found})
        if missing:
            raise NotFound(
                f"no item {ascii(missing[0])[:80]}", cause="this namespace has none with that id", remedy="tacit effect"
            )
        chosen = [one for one in found if verdict in (None, one.verdict)]
        shown = chosen[:limit]
        items = {item.id: item for item in memory.get(*(one.item for one in shown))}
    emit(
        call,
        {"effects": shown, "total": len(chosen)},
        lambda out: _show_effects(out, shown, items, len(chosen)),
        quiet="\n".join(f"{one.item} {one.verdict} {one.mean:+.4f}" for one in shown),
    )


def why(call: Call, id: Annotated[str, typer.Argument(metavar="ID", help="Of an item.", show_default=False)]) -> None:
    """Why an item is believed: where it comes from, what speaks for it, what it is worth."""
    with call.memory() as memory:
        account = memory.why(checked_id(id))
    emit(call, account, lambda out: _show_account(out, account))


def playbook(
    call: Call,
    task: Annotated[str, typer.Argument(help="The task at hand; `-` reads standard input.", show_default=False)],
) -> None:
    """How to go about a task: the steps of similar ones that went well, and what went wrong in the others."""
    from tacit.doors.cli.find import embed_waiting

    asked = text_of(task, "task")
    with call.memory(models=True) as memory:
        embed_waiting(memory)
        book = memory.playbook(asked, **call.where)
    emit(call, book, lambda out: _show_playbook(out, book), quiet="\n".join(one.do for one in book.steps))


def timeline(
    call: Call,
    *,
    buckets: Annotated[int, typer.Option("--buckets", "-b", help="How many stretches, from 1 to 1000.")] = 20,
) -> None:
    """The learning curve: success, steps and reward over the episodes in their order.

    Example: tacit timeline --domain intercode-sql --buckets 30
    """
    with call.memory() as memory:
        points = memory.timeline(buckets=buckets, **{**call.where, "kinds": []})
    emit(call, {"points": points}, lambda out: _show_timeline(out, points))


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MOST:
        raise InvalidInput("no such page", cause=f"limit {limit}"[:80], remedy=f"--limit 1 to {MOST}")


def _patterns(memory: "Memory", where: Any) -> Iterator["Item"]:
    """All of them, a page at a time."""
    from tacit.types import PatternType

    choices(where.get("types", ()), PatternType, "type of pattern")
    after = 0
    while page := memory.items(limit=PAGE, after=after, **{**where, "kinds": ["pattern"]}):
        yield from page
        after = page[-1].sequence


def _rank(item: "Item", order: Order) -> tuple[float, int, int]:
    from tacit.logic.evidence import confidence

    pattern: Pattern = item.payload  # type: ignore[assignment]
    trials = pattern.successes + pattern.failures
    ranks = {
        "success": confidence(pattern.successes, trials, item.trust),
        "seen": float(pattern.count),
        "lift": -1.0 if pattern.lift is None else pattern.lift,
        "reward": pattern.reward if trials else -1.0,
        "latest": float(pattern.last_seen),
    }
    return ranks[order], pattern.count, -item.sequence


def _show_learned(out: "Console", told: "Learning") -> None:
    if not told.episodes:
        out.print("✓ nothing waited to be learned from")
    else:
        out.print(f"✓ learned from {many(told.episodes, 'episode')}")
    for count, noun in ((told.new_patterns, "new pattern"), (told.rules, "rule"), (told.retired, "retired item")):
        if count:
            out.print(f"  {many(count, noun)}")


def _show_patterns(out: "Console", best: "list[Item]", total: int) -> None:
    from tacit.doors.cli.learned_tables import patterns_table

    if not best:
        out.print("no such pattern; episodes are learned from in the background, or now: tacit learn")
        return
    out.print(patterns_table(best))
    out.print(f"{len(best):,} of {many(total, 'pattern')}", style="dim")


def _show_effects(out: "Console", shown: "list[Effect]", items: "dict[str, Item]", total: int) -> None:
    from tacit.doors.cli.learned_tables import effects_table

    if not shown:
        out.print("nothing has been shown or withheld yet; contexts do so: tacit context, and episodes that name them")
        return
    out.print(effects_table(shown, items))
    out.print(f"{len(shown):,} of {many(total, 'item')}", style="dim")


def _show_account(out: "Console", account: "Account") -> None:
    from tacit.doors.cli.learned_tables import account_lines, effects_table

    out.print(account_lines(account), soft_wrap=True)
    if account.effect.shown or account.effect.withheld:
        out.print(effects_table([account.effect], {account.item.id: account.item}))


def _show_playbook(out: "Console", book: "Playbook") -> None:
    from tacit.doors.cli.learned_tables import playbook_lines

    out.print(playbook_lines(book), end="", soft_wrap=True)
    if book.reason:
        out.print(safe(f"! {book.reason}"), style="yellow", soft_wrap=True)


def _show_timeline(out: "Console", points: "list[Point]") -> None:
    from tacit.doors.cli.learned_tables import curve, points_table

    if not points:
        out.print("no episode is there yet")
        return
    out.print(curve(points))
    out.print(points_table(points))
