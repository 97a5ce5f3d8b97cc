"""Advice: what a chat model is asked about a program, and what of its reply may be tried.

Floor 2, pure. Below: excerpts, reach. Above: the verb that asks. The reply is data, of low trust: read strictly, each
patch checked before anything runs.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from tacit.chat import Message
from tacit.logic.refactoring.excerpts import GAP, Excerpt
from tacit.types import Value

__all__ = ["MOST_PATCHES", "SCHEMA", "Advised", "Ended", "Replacement", "question", "read"]

MOST_PATCHES = 3
"""Of one reply: each costs as much as any other trial."""
LONGEST_WHY = 160
MOST_ENDED = 12
LONGEST_DIFF = 600
"""Characters of a patch of its own that the model is told again."""

OLD = "    return [word for word in words if words.count(word) > 1]"
NEW = """    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return [word for word in words if counts[word] > 1]"""
EXAMPLE = json.dumps(
    {"patches": [{"why": "counts all words once", "replacements": [{"file": "texts.py", "old": OLD, "new": NEW}]}]}
)
"""Without it a model of 0.5B replaced single names (three replies); with it, it wrote lines, and in places took this
file for one of its own. No more of it was usable either way."""

SYSTEM = f"""You make a program faster, or better by the measure that is named, without changing what it does.
You are shown the functions in which it spends its time. Answer with JSON alone, of this form (for another program):
{EXAMPLE}
- Up to {MOST_PATCHES} patches, the most promising first; each is tried by itself on the files as they are shown.
- "old" is copied from the file, letter by letter with its indentation, and stands in it exactly once: take whole lines,
  or a whole function. "new" takes its place.
- Lines `{GAP}` stand where something was left out: they are in no file.
- What is called from outside keeps its name, its arguments and its results, for every input. Tests that you do not see
  are run, and what the benchmark prints must stay the same.
- No new files, no files but those shown, no new imports but from modules of the standard library that only compute
  (functools, itertools, collections, bisect, heapq, math, array, re, and such).
- "why" says in a few words what is saved.
- Prefer a better algorithm to a smaller constant. If nothing is worth trying, answer {{"patches": []}}."""

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "patches": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "why": {"type": "string"},
                    "replacements": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {name: {"type": "string"} for name in ("file", "old", "new")},
                            "required": ["file", "old", "new"],
                            "additionalProperties": False,
                        },
                    },
                },
                "required": ["why", "replacements"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["patches"],
    "additionalProperties": False,
}
"""Of the reply, in the part of JSON Schema that endpoints can hold a model to."""


class Replacement(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one file: this text by that."""

    file: str
    old: str
    new: str


class Advised(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A patch as a model wrote it down."""

    why: str
    replacements: tuple[Replacement, ...]

    @property
    def said(self) -> str:
        """Why, on one line of plain characters: what a model says gets into terminals and into messages of commits."""
        plain = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in self.why[: LONGEST_WHY * 4])
        line = " ".join(plain.split())[:LONGEST_WHY].rstrip(" .")
        # Commits are known for taken back by git's own words, which no model shall say.
        return "" if "reverts commit" in line.casefold() else line


class _Answer(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    patches: tuple[Advised, ...]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What was tried before, and what became of it."""

    description: str
    how: str
    diff: str = ""
    mine: bool = False
    """Whether it is a model's, of this run: it is shown its diff again."""


def question(shown: Sequence[Excerpt], *, measure: str, ended: Iterable[Ended] = ()) -> list[Message]:
    """What the model is asked. `measure`: what the benchmark measures, in words."""
    parts = [f"The benchmark measures {measure}. One run of it was watched:"]
    parts += [f"- {told}" for one in shown for told in one.told]
    if before := [*ended][-MOST_ENDED:]:
        parts.append("\nTried before; do not propose these again:")
        parts += [f"- {one.description}: {one.how}{_again(one)}" for one in before]
    parts += [f"\n=== {one.path} ===\n{one.text}" for one in shown]
    return [Message(role="system", text=SYSTEM), Message(role="user", text="\n".join(parts))]


def read(text: str) -> tuple[Advised, ...] | str:
    """The patches of a reply, or why it is none: it has to be JSON of the form of `SCHEMA`, and nothing else.

    >>> read("Sure! {}")
    'the reply is not the JSON that was asked for: JSON is malformed: invalid character (byte 0)'
    >>> read('{"patches": []}')
    ()
    """
    try:
        patches = msgspec.json.decode(text.encode(), type=_Answer).patches
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        return f"the reply is not the JSON that was asked for: {str(error)[:200]}"
    return patches if len(patches) <= MOST_PATCHES else f"it has {len(patches)} patches, of at most {MOST_PATCHES}"


def _again(one: Ended) -> str:
    return f"\n{one.diff[:LONGEST_DIFF]}" if one.mine else ""
