"""Items, recalls and counts as people read them."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from tacit.doors.cli.output import one_line, safe
from tacit.logic.reward import effective, reward_line
from tacit.logic.times import iso
from tacit.types import Episode, Item

if TYPE_CHECKING:
    from tacit.results import Recall, Why

__all__ = ["bars", "day", "item_lines", "items_table", "recall_table", "sessions_table", "steps_table", "table"]

TEXT = 400
"""Characters of one item in a table; `tacit show` has all of it."""
BAR = 32
DAY = 86_400_000_000
"""Microseconds."""
MARKS = {"success": "green", "error": "red", "timeout": "red"}


def table(*columns: str, right: Sequence[str] = (), fixed: Sequence[str] = ()) -> Table:
    """An empty table in the one style that all commands have."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", no_wrap=name in fixed, overflow="fold")
    return made


def day(time: int) -> str:
    """The date of a time."""
    return iso(time)[:10]


def recall_table(answer: "Recall", *, why: bool) -> Table:
    """One row an answer, best first."""
    made = table("#", "score", "date", "kind", "text", right=("#", "score"), fixed=("#", "score", "date", "kind"))
    for place, one in enumerate(answer.results, start=1):
        text = Text(one_line(one.item.text, TEXT))
        if one.why.superseded:
            text.append("  (superseded)", style="yellow")
        text.append(f"\n{one.item.id}", style="dim")
        if why:
            text.append(f"\n{_reasons(one.why)}", style="cyan")
        made.add_row(str(place), f"{one.score:.2f}", day(one.item.created_at), one.item.kind, text)
    return made


def sessions_table(answer: "Recall") -> Table:
    """One row a conversation, best first."""
    made = table("#", "score", "session", "best items", right=("#", "score"), fixed=("#", "score"))
    for place, one in enumerate(answer.sessions, start=1):
        made.add_row(str(place), f"{one.score:.2f}", one_line(one.session, TEXT), " ".join(one.items))
    return made


def items_table(items: Sequence[Item]) -> Table:
    """One row an item."""
    made = table("id", "date", "kind", "source", "text", fixed=("id", "date", "kind"))
    for item in items:
        text = Text(one_line(item.text, 120))
        if item.superseded_by:
            text.append("  (superseded)", style="yellow")
        made.add_row(item.id, day(item.created_at), item.kind, one_line(item.source, 24), text)
    return made


def item_lines(item: Item) -> Text:
    """Everything that is known of an item, but its steps."""
    is_open = isinstance(item.payload, Episode) and item.payload.outcome is None
    text = Text.assemble((item.kind.replace("_", " "), "bold"), (" (open) " if is_open else " "), (item.id, "bold"))
    for name, value in _facts(item).items():
        text.append(f"\n  {name + ':':<15}", style="dim").append(safe(value))
    body = item.payload.task if isinstance(item.payload, Episode) else item.text
    return text.append("\n\n").append(safe(body)).append("\n")


def steps_table(episode: Episode) -> Table:
    """One row a step."""
    made = table("#", "tool", "result", "ms", "what", "answer", right=("#", "ms"), fixed=("#", "result", "ms"))
    for place, step in enumerate(episode.steps, start=1):
        took = "" if step.latency_ms is None else f"{step.latency_ms:.0f}"
        result = Text(step.result, style=MARKS.get(step.result, ""))
        what = " · ".join(filter(None, [step.action, step.arguments]))
        made.add_row(
            str(place), one_line(step.tool, 24), result, took, one_line(what, TEXT), one_line(step.observation, TEXT)
        )
    return made


def bars(counts: Mapping[str, int]) -> Text:
    """Counts as bars, the largest first."""
    most = max(counts.values(), default=0)
    text = Text()
    for name, count in sorted(counts.items(), key=lambda pair: -pair[1]):
        length = max(1, round(BAR * count / most)) if count else 0
        text.append(f"  {safe(name):<16}{count:>9,}  ").append("█" * length, style="cyan").append("\n")
    return text


def _reasons(why: "Why") -> str:
    parts = []
    if why.words:
        parts.append(f"words {', '.join(one_line(word, 40) for word in why.words)}")
    for name, value in (("bm25", why.lexical), ("cosine", why.cosine), ("reranker", why.reranker)):
        if value is not None:
            parts.append(f"{name} {value:.2f}")
    parts.append(f"relevance {why.relevance:.2f}")
    added = ("recency", "situation", "dated", "confidence", "effect")
    parts += [f"{name} {value:+.3f}" for name in added if (value := getattr(why, name))]
    if why.evidence:
        parts.append(why.evidence)
    if why.supersedes:
        parts.append(f"newer than {', '.join(dict.fromkeys(why.supersedes))}")
    return "why: " + " · ".join(parts)


def _facts(item: Item) -> dict[str, str]:
    found = {
        "created": iso(item.created_at),
        "key": item.key or "",
        "type": item.type,
        "author": item.author,
        "session": item.session,
        "domain": item.domain,
        "language": item.language,
        "tags": ", ".join(item.tags),
        "metadata": ", ".join(f"{key}={value}" for key, value in item.metadata.items()),
        "source": item.source,
        "trust": item.trust,
        "valid from": "" if item.valid_from is None else iso(item.valid_from),
        "valid to": "" if item.valid_to is None else iso(item.valid_to),
        "superseded by": item.superseded_by or "",
        "derived from": ", ".join(item.derived_from),
        "revision": str(item.revision) if item.revision > 1 else "",
        **_told(item),
    }
    return {name: value for name, value in found.items() if value}


def _told(item: Item) -> dict[str, str]:
    """What the payload says and the text does not; of an episode its outcome, for its steps have a table."""
    if isinstance(item.payload, Episode):
        return {"outcome": _outcome(item.payload), **_learned(item.payload)}
    told = {}
    for name in item.payload.__struct_fields__ if item.payload is not None else ():
        value = getattr(item.payload, name)
        if name != "history" and value not in (None, "", ()) and _words(value) not in item.text:
            told[name.replace("_", " ")] = iso(value) if name.endswith("_seen") else _words(value)
    return told


def _outcome(episode: Episode) -> str:
    outcome = episode.outcome
    if outcome is None:
        return ""
    fields = {name: getattr(outcome, name) for name in outcome.__struct_fields__}
    said = [_words(value) for value in fields.values() if value not in (None, "", ())]
    return ": ".join(filter(None, [str(outcome.__struct_config__.tag), "; ".join(said)]))


def _learned(episode: Episode) -> dict[str, str]:
    """Its reward, as it was given and as it counts today, and what it says of itself."""
    found = {}
    if episode.reward is not None:
        age = (time.time() * 1e6 - (episode.ended_at or episode.started_at)) / DAY
        now = effective(episode.reward.value, age)
        aged = f"; after {age:.0f} days it counts {now:+.2f}" if age >= 1 else ""
        found["reward"] = reward_line(episode.reward) + aged
    if episode.reflection is not None:
        for name in episode.reflection.__struct_fields__:
            found[name] = f"\n{' ' * 17}".join(getattr(episode.reflection, name))
    return found


def _words(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)
