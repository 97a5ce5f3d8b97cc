"""Moves: the steps of episodes as they are compared with one another, and the alignment of two runs.

Floor 2. Below: the alignment of texts. Above: playbooks, pitfalls.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from tacit.logic.alignment import aligned, kind_of, lexemes
from tacit.types import Step

__all__ = ["Move", "alike", "matched", "moves", "phrased", "telling"]

MOST = 20
"""Moves of an episode that are compared: aligning two runs costs the product of their lengths."""
SAME = 0.45
"""From this likeness on two moves are taken for the same move."""
CLOSE = 0.7
"""From this likeness to the first one on, a move takes part in the words for all of them."""
ALIGNED = 6
SAID = 0.65
"""Share of a template that must be common for it to say more than an example does."""
BITS = 509
"""Of a set of words; a call has about 20, so that two different ones rarely meet."""
COMPARED = 320
"""Characters of a call that are compared."""
SHOWN = 160
VALUE = 80
ERROR = re.compile(
    r"error|fail|exception|not found|no such|cannot|can't|denied|invalid|unknown|timed out|refused|unexpected|abort",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """One step: what was called with what, and how it went."""

    tool: str
    action: str
    call: str
    """The arguments in one line: a command, or `key=value`."""
    words: int
    """The lexemes of action and call, numbers and paths masked, as a set of bits: comparing two takes 0.2 us."""
    failed: bool
    error: str = ""
    """The telling line of what a failed one answered."""


def moves(steps: Sequence[Step]) -> list[Move]:
    """The steps as moves; one that repeats the move before it is left out."""
    found: list[Move] = []
    for step in steps:
        move = _move(step)
        if found and (found[-1].tool, found[-1].call, found[-1].action) == (move.tool, move.call, move.action):
            if found[-1].failed and not move.failed:
                found[-1] = move
            continue
        found.append(move)
        if len(found) == MOST:
            break
    return found


def alike(one: Move, other: Move) -> float:
    """In [0, 1]: 0 for two tools, else from 0.3 by the Dice coefficient of their words."""
    if one.tool != other.tool:
        return 0.0
    if one.words == other.words:
        return 1.0
    return 0.3 + 1.4 * (one.words & other.words).bit_count() / (one.words.bit_count() + other.words.bit_count())


def matched(one: Sequence[Move], other: Sequence[Move]) -> tuple[float, list[tuple[int, int]]]:
    """-> (sum of the likenesses, places) of the best alignment in order (Needleman, Wunsch 1970, gaps are free)."""
    rows = [[0.0] * (len(other) + 1)]
    same = [[alike(a, b) for b in other] for a in one]
    for line in same:
        above, row, best = rows[-1], [0.0], 0.0
        for place, likeness in enumerate(line):
            if likeness >= SAME and above[place] + likeness > best:
                best = above[place] + likeness
            if above[place + 1] > best:
                best = above[place + 1]
            row.append(best)
        rows.append(row)
    pairs: list[tuple[int, int]] = []
    x, y = len(one), len(other)
    while x and y:
        likeness = same[x - 1][y - 1]
        if likeness >= SAME and rows[x][y] == rows[x - 1][y - 1] + likeness:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        elif rows[x - 1][y] >= rows[x][y - 1]:
            x -= 1
        else:
            y -= 1
    return rows[-1][-1], pairs[::-1]


def phrased(same: Sequence[Move]) -> str:
    """One line for moves that are the same: what was meant and the call, with placeholders where they differ.

    Where too little is common to say anything, the first one as it was.

    >>> one, other = moves([Step(tool="head", arguments="-n 3 a/b"), Step(tool="head", arguments="-n 3 c/d")])
    >>> phrased([one, other])
    'head -n 3 <path>'
    """
    close = [move for move in same if alike(same[0], move) >= CLOSE][:ALIGNED]
    action = _common([move.action for move in close])
    call = _common([move.call for move in close])
    tool = same[0].tool
    named = call if call.lower().startswith(tool.lower()) else f"{tool} {call}".strip()
    line = f"{action}: {named}" if action and action != call else named
    return line if len(line) <= SHOWN else line[:SHOWN].rstrip() + " …"


def telling(text: str) -> str:
    """The line that says what went wrong: the last of a traceback, else the first that reads like an error, else the
    first; at most 100 characters. "" where that is no words."""
    lines = [line.strip() for line in text[:8000].replace("\\n", "\n").splitlines() if line.strip()]
    if not lines:
        return ""
    if lines[0].startswith("Traceback"):
        found = lines[-1]
    else:
        found = next((line for line in lines if ERROR.search(line)), lines[0])
    found = " ".join(found.split())[:100]
    return found if sum(map(str.isalpha, found)) >= len(found) / 2 else ""


def _common(texts: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(filter(None, texts)))
    template = aligned(distinct)
    return str(template) if template.share >= SAID else distinct[0] if distinct else ""


def _move(step: Step) -> Move:
    call, action = _call(step.arguments), " ".join(step.action.split())
    failed = step.result in ("error", "timeout")
    return Move(
        tool=step.tool,
        action=action,
        call=call,
        words=_bits(f"{action} {call}"[:COMPARED]),
        failed=failed,
        error=(telling(step.observation) or step.result) if failed else "",
    )


@lru_cache(maxsize=4096)
def _bits(text: str) -> int:
    bits = 0
    for lexeme in lexemes(text):
        bits |= 1 << _place(lexeme.text)
    return bits


@lru_cache(maxsize=16384)
def _place(lexeme: str) -> int:
    kind = kind_of(lexeme)
    masked = f"<{kind}>" if kind in ("number", "path", "url") else lexeme.lower()
    return crc32(masked.encode("utf-8", "replace")) % BITS


def _call(arguments: str) -> str:
    """A command as it is; of a JSON object the texts in it, each by its first line."""
    if arguments[:1] == "{":
        try:
            values = json.loads(arguments)
        except ValueError:
            values = None
        if isinstance(values, dict):
            return _told(values)
    return " ".join(arguments[: 4 * SHOWN].split())


def _told(values: dict[str, object]) -> str:
    texts = {key: value.strip() for key, value in values.items() if isinstance(value, str) and value.strip()}
    if len(texts) == 1:
        return " ".join(next(iter(texts.values()))[: 4 * SHOWN].split())
    return " ".join(f"{key}={value.splitlines()[0][:VALUE].strip()}" for key, value in texts.items())
