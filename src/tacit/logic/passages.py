"""Passages: the pieces of an item that are indexed, each with its own words and vector.

Floor 2. Above: stores index words by these, embedding makes one vector of each, ranking pools them.
Most items are one passage. A long one would match by its length alone, and an embedder reads 512 tokens of it.
"""

import re
from collections.abc import Sequence
from zlib import crc32

__all__ = ["MOST", "item_of", "passage_id", "passages", "passages_in", "saying", "short"]

SIZE = 600
"""Characters of a passage. A text up to 1.3 times as long stays whole."""
WHOLE = 780
MOST = 4096
"""Passages of one item; ids leave room for so many. More text than that is not searched (2 MB; texts end at 1 MB)."""
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")


def passages(text: str) -> list[str]:
    """Cut at lines, then at sentences, into passages of about `SIZE` characters; a short text stays whole.

    >>> passages("short")
    ['short']
    """
    if len(text) <= WHOLE:
        return [text]
    found: list[str] = []
    for line in text.splitlines():
        for piece in _cut(line.strip()):
            if found and len(found[-1]) + len(piece) < SIZE:
                found[-1] += "\n" + piece
            elif piece:
                found.append(piece)
    return found[:MOST] or [text[:WHOLE]]


def saying(text: str, context: Sequence[str]) -> int:
    """A number for what an item's vectors are made from: its words, and those said before it."""
    return crc32("\0".join((text, *context)).encode("utf-8", "replace"))


def passages_in(length: int) -> int:
    """Estimated number of passages of a text with so many characters: ranking needs its logarithm, not the number."""
    return 1 if length <= WHOLE else max(2, round(length / (0.85 * SIZE)))


def short(text: str) -> bool:
    """Whether a text is one passage. Only short ones lend context to, and take it from, their neighbours: whole long
    predecessors cost BEAM 14 points of lexical R@10."""
    return len(text) <= WHOLE


def passage_id(sequence: int, number: int) -> int:
    """Id of the number-th passage (from 0) of the item with this sequence."""
    return sequence * MOST + number


def item_of(passage: int) -> tuple[int, int]:
    """-> (sequence, number)."""
    return divmod(passage, MOST)


def _cut(line: str) -> Sequence[str]:
    """One line into pieces no longer than `SIZE`, at sentence ends where there are any."""
    if len(line) <= SIZE:
        return [line]
    found: list[str] = []
    for sentence in SENTENCE_END.split(line):
        for start in range(0, len(sentence), SIZE):
            part = sentence[start : start + SIZE]
            if start == 0 and found and len(found[-1]) + len(part) < SIZE:
                found[-1] += " " + part
            else:
                found.append(part)
    return found
