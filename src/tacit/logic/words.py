"""Text -> search terms, the same for every store: folded, split by script, stemmed.

Floor 2. Below: nothing. Above: stores index what this returns, recall asks with it.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import chain

import Stemmer

__all__ = ["terms", "tokens"]

# Scripts that do not put spaces between words: matched by overlapping pairs of characters.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f"
)
TOKEN = re.compile(f"[{UNSPACED}]+|[^\\W_{UNSPACED}]+(?:_[^\\W_{UNSPACED}]+)*")
ASCII_TOKEN = re.compile(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*")
BLANKED = bytes(code if code < 128 and (chr(code).isalnum() or chr(code) == "_") else 32 for code in range(256))
"""All but letters, digits and underscores as blanks, in ASCII."""
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
LONGEST = 64
"""Longer tokens are cut: hashes and base64 would only bloat the index."""

_stemmer = Stemmer.Stemmer("porter", maxCacheSize=0)


@lru_cache(maxsize=65536)
def _stem(token: str) -> str:
    return str(_stemmer.stemWord(token))


def _fold(text: str) -> str:
    """Compatibility forms and diacritics removed: `Ｃafé` -> `Cafe`."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not _is_latin_mark(c)))


def _is_latin_mark(character: str) -> bool:
    return "\u0300" <= character <= "\u036f"


def tokens(text: str) -> list[str]:
    """Tokens in order, folded and in lower case, not stemmed.

    An identifier gives itself and its parts; a run of unspaced script gives its pairs of characters.

    >>> tokens("getUserName fails, 東京都")
    ['getusername', 'get', 'user', 'name', 'fails', '東京', '京都']
    """
    if text.isascii():
        return [part for token in ASCII_TOKEN.findall(text) for part in _parts(token)]
    found: list[str] = []
    for match in TOKEN.finditer(_fold(text)):
        token = match.group()
        if token[0] >= "\u0e00" and re.match(f"[{UNSPACED}]", token[0]):
            found += [token[i : i + 2] for i in range(max(1, len(token) - 1))]
            continue
        found.append(token[:LONGEST].lower())
        if "_" in token or not (token.islower() or token.istitle() or token.isupper()):
            parts = [part.lower()[:LONGEST] for part in PART.findall(token)]
            if len(parts) > 1:
                found += parts
    return found


def _parts(token: str) -> list[str]:
    """An ASCII token, followed by what it consists of where that is more than one."""
    lowered = token.lower()
    found = [lowered[:LONGEST]]
    if "_" in token or not (lowered == token or token.istitle() or token.isupper()):
        parts = [part.lower()[:LONGEST] for part in PART.findall(token)]
        if len(parts) > 1:
            found += parts
    return found


@lru_cache(maxsize=65536)
def _stems(word: str) -> tuple[str, ...]:
    """The terms of an ASCII word. Looked up whole, a text takes 7 microseconds instead of 12: most of what recording
    costs."""
    plain = word.islower() and word.isalnum()  # nine in ten
    parts = [word] if plain else [part for token in ASCII_TOKEN.findall(word) for part in _parts(token)]
    return tuple([_stemmer.stemWord(part) for part in parts])


def terms(text: str) -> list[str]:
    """The tokens, stemmed (Porter, 1980), in order and with repetitions.

    >>> terms("Running the tests")
    ['run', 'the', 'test']
    """
    if text.isascii():
        words = text.encode().translate(BLANKED).decode().split()
        if max(map(len, words), default=0) <= LONGEST:  # a long one is not to be kept
            return list(chain.from_iterable(map(_stems, words)))
    return [_stem(token) for token in tokens(text)]
