"""`tacit rules`: what is told to agents as a rule; who added it, who changed it, and what contradicts what."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tacit.doors.cli.call import Call
from tacit.doors.cli.inputs import checked_id, choices, read_input, text_of
from tacit.doors.cli.options import ABOUT, command, group
from tacit.doors.cli.output import emit, hint, many, one_line, safe
from tacit.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.logic.rules.contradictions import Contradiction
    from tacit.logic.rules.staleness import Stale
    from tacit.operations.review_rules import Proposal
    from tacit.operations.rules import Report
    from tacit.types import Item, RuleChange

__all__ = ["app"]

app = typer.Typer(help="What is told to agents as a rule: see, add, remove, import, and what teachers say of them.")

REPLY_BYTES = 10_000_000
"""Of a teacher's reply: as many as a file of rules may have."""
Type = Literal["CORE_RULE", "RESPONSE_PRINCIPLE", "BEHAVIORAL_ADJUSTMENT", "GENERAL_LEARNING"]
Id = Annotated[str, typer.Argument(metavar="ID", help="Of a rule.", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would become of it.")]


@group(app, helps=False)
def rules(call: Call) -> None:
    """What is told to agents as a rule. Without a command: list them."""
    list_rules(call)


@command(app, "list")
def list_rules(
    call: Call,
    *,
    state: Annotated[
        list[str] | None, typer.Option(help="active, retired or quarantined; several times.", show_default=False)
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="In every state.")] = False,
    type_: Annotated[list[str] | None, typer.Option("--type", help="Several times.", show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", "-l", min=1, max=10_000, help="How many, the surest first.")] = 50,
) -> None:
    """The rules that are told, the surest first; --all shows also those that are not."""
    from tacit.logic.rules.text import RuleState
    from tacit.types import RuleType

    states = [] if all_ else choices(state or ["active"], RuleState, "state")
    types = choices(type_ or (), RuleType, "type")
    with call.memory() as memory:
        found = memory.rules(states=states, types=types)
    shown = found[:limit]
    emit(
        call,
        {"rules": shown, "total": len(found)},
        lambda out: _show_rules(out, shown, len(found)),
        quiet="\n".join(one_line(item.text, 1_000) for item in shown),
    )


@command(app, "add", ABOUT)
def add(
    call: Call,
    text: Annotated[
        str, typer.Argument(help="With or without its head `[TYPE|0.9]`; `-`: standard input.", show_default=False)
    ],
    *,
    type_: Annotated[Type | None, typer.Option("--type", help="Wins over the head.", show_default=False)] = None,
    confidence: Annotated[
        float | None, typer.Option(help="From 0 to 1; wins over the head.", show_default=False)
    ] = None,
) -> None:
    """Add a rule in your name. Example: tacit rules add "[CORE_RULE|0.9] Ask before deleting files" """
    with call.memory(make=True) as memory:
        item = memory.add_rule(text_of(text, "rule"), rule_type=type_, confidence=confidence, **call.about)
    _one(call, item, "told from now on")


@command(app, "remove")
def remove(
    call: Call,
    rules: Annotated[list[str], typer.Argument(metavar="RULE...", help="Ids, or their texts.", show_default=False)],
) -> None:
    """Retire rules: they are told no more. `tacit rules restore` brings them back, `tacit forget` deletes them."""
    with call.memory() as memory:
        gone = memory.remove_rule(*rules)
    emit(
        call,
        {"rules": gone},
        lambda out: out.print(f"✓ retired {many(len(gone), 'rule')}"),
        quiet="\n".join(item.id for item in gone),
    )
    if gone:
        hint(call, f"back again: tacit rules restore {gone[0].id}")


@command(app, "restore")
def restore(call: Call, id: Id, *, reason: Annotated[str, typer.Option(help="Why, for its history.")] = "") -> None:
    """Bring a retired or quarantined rule back. It is not retired again by itself."""
    with call.memory() as memory:
        item = memory.restore_rule(checked_id(id), reason=reason)
    _one(call, item, "told again")


@command(app, "import")
def import_rules(
    call: Call,
    file: Annotated[str, typer.Argument(help="Rules separated by lines of ---.", show_default=False)],
    *,
    dry_run: DryRun = False,
) -> None:
    """Add the rules of a file. Read twice it adds nothing. `tacit rules export` writes such a file."""
    if "\0" in file:
        raise InvalidInput("this is no path", cause="it has a NUL character", remedy="name a file")
    if Path(file).is_dir():
        raise InvalidInput(f"{file} is a folder", cause="rules are read from a file", remedy="name a file in it")
    with call.memory(make=True, dry_run=dry_run) as memory:
        report = memory.import_rules(file, dry_run=dry_run)
    _report(call, report)


@command(app, "apply")
def apply(
    call: Call,
    reply: Annotated[
        str, typer.Argument(help="A file with a teacher's JSON or XML; `-`: standard input.", show_default=False)
    ],
    *,
    as_person: Annotated[bool, typer.Option("--as-person", help="You say so yourself: CORE_RULE may change.")] = False,
    trust: Annotated[
        Literal["high", "medium", "low"] | None, typer.Option(help="Of what the reply rests on.", show_default=False)
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Do what a teacher's reply asks for: add, update, remove, merge, reinforce, weaken.

    What cannot be read or may not be done is said and changes nothing. Example: ask-model | tacit rules apply -
    """
    told = read_input(reply, "the reply", REPLY_BYTES)
    about: dict[str, Any] = {} if trust is None else {"trust": trust}
    with call.memory(make=True, dry_run=dry_run) as memory:
        report = memory.apply_rules(told, by="person" if as_person else "teacher", dry_run=dry_run, **about)
    _report(call, report)


@command(app, "history")
def history(call: Call, id: Id) -> None:
    """How a rule became what it is: its latest fifty changes."""
    with call.memory() as memory:
        found = [item for item in memory.get(checked_id(id)) if item.kind == "rule"]
    if not found:
        raise NotFound(f"no rule {ascii(id)[:80]}", cause="this namespace has none with that id", remedy="tacit rules")
    changes = getattr(found[0].payload, "history", ())
    told = {"id": found[0].id, "rule": found[0].text, "history": changes}
    emit(call, told, lambda out: _show_history(out, found[0], changes))


@command(app, "export")
def export(call: Call) -> None:
    """The rules that are told, as the text that `tacit rules import` reads."""
    from tacit.logic.rules.text import exported

    with call.memory() as memory:
        text = exported(memory.rules())
    emit(call, {"text": text}, lambda out: out.print(safe(text), end="", soft_wrap=True), quiet=text.rstrip("\n"))


@command(app, "review")
def review(
    call: Call, *, days: Annotated[int, typer.Option(help="Unconfirmed for so long is out of date.")] = 90
) -> None:
    """What somebody should look at: rules that contradict each other, that are out of date, that say the same."""
    with call.memory(models=True) as memory:
        stale = memory.stale_rules(days=days)
        conflicts, merges = memory.rule_conflicts(), memory.rule_merges()
        texts = {item.id: item.text for item in memory.rules()}
    told = {"conflicts": conflicts, "stale": stale, "merges": merges}
    emit(call, told, lambda out: _show_review(out, conflicts, stale, merges, texts))


def _one(call: Call, item: "Item", became: str) -> None:
    def show(out: "Console") -> None:
        out.print(f"✓ {became}: {item.id}")
        out.print(f"  {one_line(item.text, 200)}", style="dim", soft_wrap=True)

    emit(call, item, show, quiet=item.id)


def _report(call: Call, report: "Report") -> None:
    told = {"applied": report.applied, "operations": report.operations, "reason": report.reason}
    told["dry_run"] = report.dry_run
    emit(call, told, lambda out: _show_report(out, report), quiet=str(report.applied))


def _show_rules(out: "Console", shown: "list[Item]", total: int) -> None:
    from tacit.doors.cli.learned_tables import rules_table

    if not shown:
        out.print('no such rule; add one: tacit rules add "Ask before deleting files"')
        return
    out.print(rules_table(shown))
    out.print(f"{len(shown):,} of {many(total, 'rule')}", style="dim")


def _show_history(out: "Console", item: "Item", changes: "tuple[RuleChange, ...]") -> None:
    from tacit.doors.cli.learned_tables import history_table

    out.print(safe(item.text), style="bold", soft_wrap=True)
    out.print(history_table(changes) if changes else "never changed")


def _show_report(out: "Console", report: "Report") -> None:
    from tacit.doors.cli.learned_tables import applied_table

    if report.operations:
        out.print(applied_table(report.operations))
    would = "would apply" if report.dry_run else "✓ applied"
    out.print(f"{would} {report.applied} of {many(len(report.operations), 'operation')}")
    if report.reason:
        out.print(safe(f"! {report.reason}"), style="yellow", soft_wrap=True)


def _show_review(
    out: "Console",
    conflicts: "list[Contradiction]",
    stale: "list[Stale]",
    merges: "list[Proposal]",
    texts: dict[str, str],
) -> None:
    from rich.text import Text

    def line(id: str) -> str:
        return f"\n    {id}  {one_line(texts.get(id, ''), 120)}"

    for one in conflicts:
        out.print(Text("contradict", style="red").append(f": {one.because}{line(one.first)}{line(one.second)}"))
    for old in stale:
        out.print(Text(old.kind, style="yellow").append(f": {one_line(old.because, 200)}{line(old.rule)}"))
    for two in merges:
        out.print(Text("the same", style="cyan").append(f" ({two.cosine:.2f}){line(two.first)}{line(two.second)}"))
    if not (conflicts or stale or merges):
        out.print("✓ nothing contradicts, is out of date, or is said twice")
