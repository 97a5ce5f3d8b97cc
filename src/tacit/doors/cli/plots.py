"""Plots of characters: a curve of columns, an interval on a scale, a share as a bar.

They are drawn of blocks, so that they read the same piped into a file; colour only tells again what the shape says.
"""

from collections.abc import Sequence
from math import ceil

from rich.text import Text

__all__ = ["columns", "interval", "meter", "reach", "spark"]

EIGHTHS = " ▁▂▃▄▅▆▇█"
HEIGHT = 8
"""Lines of a curve."""
WIDE = 30
"""Up to so many values a column is two characters wide."""
WIDTH = 31
"""Characters of an interval: odd, so that zero has one of its own."""
BAR = 10
UNKNOWN = "·"


def columns(values: Sequence[float | None], *, low: float = 0.0, high: float = 1.0, form: str = "{:.2f}") -> Text:
    """One column a value, over a scale from `low` to `high`; a value that is not known is a dot on the ground."""
    span = (high - low) or 1.0
    heights = [None if value is None else min(1.0, max(0.0, (value - low) / span)) * HEIGHT for value in values]
    wide = len(values) <= WIDE
    text = Text()
    for line in range(HEIGHT - 1, -1, -1):
        label = {HEIGHT - 1: form.format(high), HEIGHT // 2 - 1: form.format((low + high) / 2), 0: form.format(low)}
        text.append(f"  {label.get(line, ''):>8} ", style="dim").append("│" if line else "┴", style="dim")
        cells = (_cell(height, line) for height in heights)
        text.append("".join(f"{cell}{cell} " if wide else cell for cell in cells), style="cyan").append("\n")
    return text


def spark(values: Sequence[float | None]) -> str:
    """One character a value, from the least of them to the most; a dot where it is not known.

    >>> spark([1.0, 2.0, None, 3.0]), spark([7.0, 7.0])
    ('▁▅·█', '▄▄')
    """
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    if low == high:
        return "".join(UNKNOWN if value is None else EIGHTHS[4] for value in values)
    return "".join(
        UNKNOWN if value is None else EIGHTHS[1 + round(7 * (value - low) / (high - low))] for value in values
    )


def interval(low: float, mean: float, high: float, *, bound: float) -> Text:
    """`├──●──┤` on a scale from `-bound` to `bound`; what lies beyond it ends in an arrow."""
    start, middle, end = (_place(value, bound) for value in (low, mean, high))
    cells = [" "] * WIDTH
    cells[WIDTH // 2] = "┊"
    for at in range(start, end + 1):
        cells[at] = "─"
    cells[start] = "◂" if low < -bound else "├"
    cells[end] = "▸" if high > bound else "┤"
    cells[middle] = "●"
    colour = "green" if low > 0 else "red" if high < 0 else ""
    return Text("".join(cells), style=colour)


def reach(bounds: Sequence[float]) -> float:
    """The bound of a scale that shows all of these, to the next tenth, 1 at most.

    >>> reach([-0.13, 0.42])
    0.5
    """
    return min(1.0, max(0.1, ceil(max(map(abs, bounds), default=0.1) * 10 - 1e-9) / 10))


def meter(share: float | None, width: int = BAR) -> str:
    """A share of 1 as a bar of a fixed length; dots where it is not known.

    >>> meter(0.5, 4)
    '██░░'
    """
    if share is None:
        return UNKNOWN * width
    full = round(min(1.0, max(0.0, share)) * width)
    return "█" * full + "░" * (width - full)


def _cell(height: float | None, line: int) -> str:
    if height is None:
        return UNKNOWN if line == 0 else " "
    filled = round((height - line) * 8)
    return EIGHTHS[min(8, max(1 if line == 0 else 0, filled))]


def _place(value: float, bound: float) -> int:
    share = (min(bound, max(-bound, value)) + bound) / (2 * bound)
    return round(share * (WIDTH - 1))
