"""Dials: a number or a word in a file that the owner allows to be turned.

Floor 2, pure. Above: the verb that improves a workspace, which reads them from its file.

A dial is found by the name of a constant (Python, at the outermost level) or by a pattern with one group; exactly one
place may fit, else it is refused: nobody shall wonder which one was turned.
"""

import ast
import math
import re
from collections.abc import Sequence
from typing import Literal

from tacit.errors import InvalidInput
from tacit.logic.refactoring.source import Module
from tacit.types import Value

__all__ = ["Dial", "Setting", "neighbours", "turned", "value_of"]

Setting = bool | int | float | str


class Dial(Value, frozen=True, kw_only=True):
    """What may be turned, and how far."""

    name: str
    file: str
    """Within the workspace."""
    constant: str = ""
    pattern: str = ""
    """With one group, which holds the value."""
    values: tuple[Setting, ...] = ()
    low: float | None = None
    high: float | None = None
    scale: Literal["linear", "log"] = "linear"


def value_of(dial: Dial, text: str) -> Setting:
    """What it stands at. Raises `InvalidInput` where no place fits, or several do, or it is no plain value."""
    start, end = _place(dial, text)
    written = text[start:end]
    if not dial.constant and dial.values and all(isinstance(one, str) for one in dial.values):
        return written
    try:
        value = ast.literal_eval(written.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = None if dial.constant else written
    if not isinstance(value, Setting):
        raise _bad(dial, f"{written[:40]!r} is no number, word or truth value")
    return value


def turned(dial: Dial, text: str, value: Setting) -> str:
    """The text with the dial at this value; everything else as it is."""
    start, end = _place(dial, text)
    literal = dial.constant or not isinstance(value, str)
    return text[:start] + (repr(value) if literal else str(value)) + text[end:]


def neighbours(dial: Dial, value: Setting) -> list[Setting]:
    """What to try next: the other values, nearest first; or steps of a third and a sixth of the range, and its ends.

    >>> neighbours(Dial(name="n", file="f", constant="N", values=(1, 2, 8, 64)), 8)
    [64, 2, 1]
    >>> neighbours(Dial(name="n", file="f", constant="N", low=1, high=1000, scale="log"), 10)
    [1, 100, 3, 32, 1000]
    """
    if dial.values:
        places = list(dial.values)
        at = places.index(value) if value in places else 0
        order = sorted(range(len(places)), key=lambda n: (abs(n - at), -n))
        return [places[n] for n in order if places[n] != value]
    if not isinstance(value, int | float) or isinstance(value, bool) or dial.low is None or dial.high is None:
        return []
    low, high, now = (_scaled(dial, one) for one in (float(dial.low), float(dial.high), float(value)))
    steps = [now + part * (high - low) for part in (-1 / 3, 1 / 3, -1 / 6, 1 / 6)]
    whole = isinstance(value, int)
    made = [_unscaled(dial, min(high, max(low, one)), whole=whole) for one in (*steps, low, high)]
    return [*dict.fromkeys(one for one in made if one != value)]


def _scaled(dial: Dial, value: float) -> float:
    return math.log(value) if dial.scale == "log" and value > 0.0 else value


def _unscaled(dial: Dial, value: float, *, whole: bool) -> int | float:
    real = math.exp(value) if dial.scale == "log" else value
    return round(real) if whole else float(f"{real:.6g}")


def _place(dial: Dial, text: str) -> tuple[int, int]:
    if dial.constant:
        return _constant(dial, text)
    try:
        found = list(re.finditer(dial.pattern, text))
    except re.error as error:
        raise _bad(dial, f"the pattern is no regular expression: {error}") from None
    if len(found) != 1 or found[0].re.groups != 1 or found[0].start(1) < 0:
        raise _bad(dial, f"the pattern fits {len(found)} places and has to fit one, with one group")
    return found[0].span(1)


def _constant(dial: Dial, text: str) -> tuple[int, int]:
    try:
        module = Module(dial.file, text)
    except (SyntaxError, ValueError):
        raise _bad(dial, "the file is no Python") from None
    found: list[ast.expr] = []
    for node in module.tree.body:
        targets: Sequence[ast.expr] = node.targets if isinstance(node, ast.Assign) else ()
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        named = any(isinstance(one, ast.Name) and one.id == dial.constant for one in targets)
        if named and isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            found.append(node.value)
    if len(found) != 1:
        raise _bad(
            dial, f"{dial.constant} is assigned in {len(found)} places at the outermost level, and must be in one"
        )
    return module.span(found[0])


def _bad(dial: Dial, cause: str) -> InvalidInput:
    return InvalidInput(
        f"the dial {dial.name!r} cannot be found in {dial.file}",
        cause=cause,
        remedy="name a constant of the file, or a pattern with one group that fits once",
    )
