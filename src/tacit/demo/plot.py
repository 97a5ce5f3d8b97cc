"""Plots of characters: two curves in one grid, so that they read without colour.

Below: rich. Above: the screen.
"""

from collections.abc import Sequence

from rich.text import Text

__all__ = ["HEIGHT", "two_curves"]

HEIGHT = 7
"""Lines."""
STEP = 3
"""Columns from one point to the next."""
OFF, ON, BOTH, NOTHING = "○", "●", "◉", " "
STYLES = {OFF: "yellow", ON: "green", BOTH: "", NOTHING: ""}


def two_curves(off: Sequence[float], on: Sequence[float], *, low: float, high: float, form: str) -> Text:
    """A grid with `○` for the first curve, `●` for the second and `◉` where both are; the scale stands at its left."""
    rows = [[_mark(line, _line(a, low, high), _line(b, low, high)) for a, b in zip(off, on, strict=True)]
            for line in range(HEIGHT - 1, -1, -1)]  # fmt: skip
    text = Text()
    for line, marks in zip(range(HEIGHT - 1, -1, -1), rows, strict=True):
        value = low + (high - low) * line / (HEIGHT - 1)
        text.append(f"{form.format(value) if line % 3 == 0 else '':>5} ┤", style="dim")
        for mark in marks:
            text.append(f"{mark:^{STEP}}", style=STYLES[mark])
        text.append("\n")
    return text.append(f"{'':5} └" + "─" * (STEP * len(off)), style="dim")


def _line(value: float, low: float, high: float) -> int:
    return round(min(1.0, max(0.0, (value - low) / (high - low))) * (HEIGHT - 1))


def _mark(line: int, off: int, on: int) -> str:
    if line == off == on:
        return BOTH
    return OFF if line == off else ON if line == on else NOTHING
