"""Estimate how many tokens a text costs a language model, without its tokenizer.

Floor 2. Below: nothing. Above: budgets of context packs and of working memory. An estimate, and called one wherever it
is shown.
"""

import re

__all__ = ["estimate_tokens"]

CHARACTERS = 4.0
"""Characters a token in Latin text: the rule of thumb that the model vendors publish."""
DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u11ff\u3000-\u30ff\u3100-\u9fff\uac00-\ud7af\uf900-\ufaff\U0001f000-\U0003ffff]+"
)
"""Thai, Khmer, kana, Han, Hangul, emoji: about one token a character."""


def estimate_tokens(text: str) -> int:
    """-> estimated tokens; 0 only for the empty text.

    >>> estimate_tokens("estimate"), estimate_tokens("東京都")
    (2, 3)
    """
    if text.isascii():
        return -(-len(text) // 4)
    dense = sum(len(run) for run in DENSE.findall(text))
    others = text.encode("utf-8", "replace")
    # Latin letters with marks, Cyrillic, Greek, Arabic take two bytes and about half a token each: a quarter a byte.
    rest = max(0, len(others) - 3 * dense)
    return dense + int(-(-rest // CHARACTERS))
