"""What of an item is searched by meaning.

Floor 2. Above: the worker embeds this, re-embedding too. Words are searched in `text` and `context` by the store.
"""

from tacit.types import Item

__all__ = ["embedded_text"]

LONGEST = 4_000
"""Characters: more than any embedder here reads (512 tokens), so that tokenising stays cheap."""


def embedded_text(item: Item) -> str:
    """The text to embed."""
    return item.text[:LONGEST]
