"""Text and JSON as they come in -> the one form that every store can keep.

Floor 2. Below: logic.limits. Above: every edge. Two ways in: `clean` mends (imports, tool output), `checked` refuses
(everything a caller passes on purpose). Both give NFC without NUL and without lone surrogates, so that SQLite and
PostgreSQL keep the same text and equal words have equal bytes.
"""

import json
import math
import re
import unicodedata
from collections import Counter
from typing import Any

import msgspec

from tacit.errors import InvalidInput, TooLarge
from tacit.logic.limits import JSON_DEPTH

__all__ = ["checked", "checked_json", "clean", "loads"]

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
REPLACEMENT = "\ufffd"
BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
"""A string (an open one ends with the text, so that the scan stays linear) or a bracket."""


def clean(text: str) -> str:
    """Mend a text: NFC, each NUL or lone surrogate replaced by U+FFFD. Never fails, changes nothing else.

    >>> clean("cafe\\u0301\\0")
    'café\ufffd'
    """
    if text.isascii():
        return text.replace("\0", REPLACEMENT)
    return unicodedata.normalize("NFC", UNSTORABLE.sub(REPLACEMENT, text))


def checked(text: object, field: str, limit: int) -> str:
    """A caller's text in NFC, at most `limit` characters.

    Raises `InvalidInput` for what is no text, or has a NUL or a lone surrogate; `TooLarge` over the limit.
    """
    if not isinstance(text, str):
        raise InvalidInput(
            f"{field} is not a text", cause=f"it is of type {type(text).__name__}", remedy=f"pass {field} as text"
        )
    if len(text) > limit:
        raise _too_large(field, len(text), limit, "characters")
    if text.isascii():
        if "\0" in text:
            raise _unstorable(field, "\0", text.index("\0"))
        return text
    found = UNSTORABLE.search(text)
    if found:
        raise _unstorable(field, found.group(), found.start())
    normal = unicodedata.normalize("NFC", text)
    if len(normal) > limit:  # a few characters have a longer composed form
        raise _too_large(field, len(normal), limit, "characters")
    return normal


def checked_json(value: object, field: str, limit_bytes: int) -> Any:
    """A caller's JSON value, with texts in NFC and tuples as lists; at most `limit_bytes` as JSON.

    Raises `InvalidInput`: nested deeper than `JSON_DEPTH`, NaN or infinite, an integer beyond 64 bits, keys that are
    no text or that are equal once normalised, a type that JSON does not have. Raises `TooLarge` over the limit.
    """
    budget = _Budget(field, limit_bytes)
    mended = _json(value, budget, 0)
    size = len(msgspec.json.encode(mended))
    if size > limit_bytes:
        raise _too_large(field, size, limit_bytes, "bytes")
    return mended


def loads(data: bytes | str) -> Any:
    """Parse untrusted JSON. Raises `InvalidInput`, never anything else.

    Refused: malformed UTF-8 or JSON, duplicate keys, NaN and Infinity, nesting deeper than `JSON_DEPTH`. Integers of
    any size are kept; lone surrogates in escapes are left for `clean` or `checked`.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if _too_deep(raw):
        raise InvalidInput(
            "the JSON is nested too deeply", cause=f"the bound is {JSON_DEPTH} levels", remedy="flatten it"
        )
    try:
        return json.loads(data if isinstance(data, str) else raw.decode("utf-8-sig"), **_HOOKS)
    except (ValueError, RecursionError) as error:  # decoding errors and the hooks' own refusals are ValueErrors
        raise InvalidInput("malformed JSON", cause=str(error)[:200], remedy="pass well-formed JSON in UTF-8") from error


def _too_large(field: str, size: int, limit: int, unit: str) -> TooLarge:
    return TooLarge(
        f"{field} is too large", cause=f"it has {size} {unit}, the bound is {limit}", remedy="shorten or split it"
    )


def _unstorable(field: str, character: str, at: int) -> InvalidInput:
    what = "a NUL character" if character == "\0" else f"a lone surrogate (U+{ord(character):04X})"
    return InvalidInput(
        f"{field} cannot be stored",
        cause=f"it has {what} at position {at}",
        remedy="remove it, or pass the text through tacit.clean first",
    )


class _Budget:
    """Stops the walk over a huge value long before it is copied: every node costs at least two bytes."""

    def __init__(self, field: str, limit: int) -> None:
        self.field = field
        self.limit = limit
        self.spent = 0

    def spend(self, bytes_: int) -> None:
        self.spent += bytes_
        if self.spent > self.limit:
            raise _too_large(self.field, self.spent, self.limit, "bytes or more")


def _json(value: object, budget: _Budget, depth: int) -> Any:
    if depth > JSON_DEPTH:
        raise _refused(budget.field, f"it is nested deeper than {JSON_DEPTH} levels", "flatten it")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        budget.spend(len(value) + 2)
        return checked(value, budget.field, budget.limit)
    if isinstance(value, int | float):
        return _number(value, budget)
    if isinstance(value, list | tuple):
        budget.spend(len(value) + 1)
        return [_json(inner, budget, depth + 1) for inner in value]
    if isinstance(value, dict):
        return _object(value, budget, depth)
    raise _refused(budget.field, f"JSON has no {type(value).__name__}", "pass text, numbers, lists and objects")


def _number(value: float, budget: _Budget) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        raise _refused(budget.field, f"it has {value}, which JSON does not have", "use null, or leave it out")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise _refused(budget.field, "it has an integer beyond 64 bits", "write it as text")
    return value


def _object(value: dict[Any, Any], budget: _Budget, depth: int) -> dict[str, Any]:
    mended: dict[str, Any] = {}
    budget.spend(4 * len(value))
    for key, inner in value.items():
        if not isinstance(key, str):
            raise _refused(budget.field, f"a key is of type {type(key).__name__}", "use text for keys")
        name = checked(key, f"a key of {budget.field}", budget.limit)
        if name in mended:
            raise _refused(budget.field, f"the key {name[:80]!r} is there twice", "keep one of them")
        budget.spend(len(name))
        mended[name] = _json(inner, budget, depth + 1)
    return mended


def _refused(field: str, cause: str, remedy: str) -> InvalidInput:
    return InvalidInput(f"{field} cannot be kept as JSON", cause=cause, remedy=remedy)


def _too_deep(raw: bytes) -> bool:
    """Count brackets outside of strings, without recursion. Quick where the text cannot be deep."""
    if raw.count(b"[") + raw.count(b"{") <= JSON_DEPTH:
        return False
    depth = 0
    for token in BRACKETS.finditer(raw):
        if token.group() in b"[{":
            depth += 1
            if depth > JSON_DEPTH:
                return True
        elif token.group() in b"]}":
            depth -= 1
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise ValueError(f"the key {ascii(counts.most_common(1)[0][0])[:80]} is there twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:40]} is beyond the range of a float")
    return number


def _integer(digits: str) -> int:
    if len(digits) > 4000:  # Python refuses longer ones, quadratic in time
        raise ValueError(f"an integer of {len(digits)} digits")
    return int(digits)


_HOOKS: dict[str, Any] = {
    "object_pairs_hook": _unique,
    "parse_constant": _no_constant,
    "parse_float": _float,
    "parse_int": _integer,
}
