"""The text of a rule, `[TYPE|confidence] text`: read, written, and reduced to what tells two rules apart.

Floor 2. Below: the nouns, logic.text. Above: everything that makes a rule.
"""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b
from typing import Literal, get_args

from tacit.errors import InvalidInput
from tacit.logic.text import checked
from tacit.types import Item, Rule, RuleType, Value

__all__ = [
    "HEAD",
    "RULE_BYTES",
    "RULE_TYPES",
    "RuleState",
    "Told",
    "canonical",
    "checked_confidence",
    "checked_type",
    "exported",
    "key_of",
    "parsed",
    "rendered",
]

RuleState = Literal["active", "retired", "quarantined"]

RULE_TYPES: tuple[RuleType, ...] = get_args(RuleType)
RULE_BYTES = 100_000
"""Of one rule, in UTF-8."""
HEAD = re.compile(r"\[\s*+(?:" + "|".join(RULE_TYPES).replace("_", "[ _-]") + r")\s*+(?:\|[^\]\n]*+)?\]", re.IGNORECASE)
"""Anything that looks like the head of a rule, also a sloppy one."""
OPENING = re.compile(r"\s*+\[([^\[\]|\n]{1,60})(?:\|([^\[\]|\n]{0,40}))?\]\s*+")
NUMBER = re.compile(r"(\d{0,3}(?:\.\d{0,12})?)\s*+(%?)")
TYPOGRAPHIC = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2212": "-"}
)
BULLET = re.compile(r"^(?:[-*\u2022]\s+|\d{1,3}[.)]\s+)")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
ORDINARY = re.compile(r"(?<![-\w/.])[^\W\d_]{2,}(?![\w/.]\w)")
"""A word of letters alone that is no part of an option, a path or a name: its case says nothing."""
QUOTED = re.compile(r"(`[^`\n]*`)")


class Told(Value, frozen=True, kw_only=True):
    """A rule as somebody wrote it: None is what the text does not say."""

    text: str
    """Without its head, trimmed."""
    rule_type: RuleType | None = None
    confidence: float | None = None


def parsed(text: object, field: str = "the rule", limit: int = RULE_BYTES) -> Told:
    """Read `[TYPE|confidence] text`; the head, or its number, may be missing.

    The type may be written in any case, with blanks or hyphens; the confidence as 0.8 or 80 %. Raises `InvalidInput`
    for an unknown type before a number, a confidence out of [0, 1], no text; `TooLarge` over `limit` bytes.

    >>> parsed("[GENERAL_LEARNING|0.8] Read the error first.")
    Told(text='Read the error first.', rule_type='GENERAL_LEARNING', confidence=0.8)
    """
    told = checked(text, field, limit)
    if len(told.encode()) > limit:
        checked("x" * (limit + 1), field, limit)
    head = OPENING.match(told)
    kind = None if head is None else _type(head[1])
    if head is None or (kind is None and head[2] is None):
        return Told(text=_worded(told, field))
    if kind is None:
        raise InvalidInput(
            f"{field} is of an unknown type", cause=ascii(head[1].strip())[:80], remedy=f"use {', '.join(RULE_TYPES)}"
        )
    confidence = None if head[2] is None else _confidence(head[2], field)
    return Told(text=_worded(told[head.end() :], field), rule_type=kind, confidence=confidence)


def rendered(rule: Rule) -> str:
    """As it is told to an agent and written to a file; `parsed` reads it back.

    >>> rendered(Rule(rule_type="CORE_RULE", rule="Never push to main.", confidence=1))
    '[CORE_RULE|1.00] Never push to main.'
    """
    return f"[{rule.rule_type}|{rule.confidence:.2f}] {rule.rule}"


def exported(items: Iterable[Item]) -> str:
    """Rules as the text that importing reads: each with its head, `---` lines between them."""
    return "\n---\n".join(rendered(item.payload) for item in items if isinstance(item.payload, Rule)) + "\n"


def canonical(text: str) -> str:
    """What is the same for two writings of one rule: blanks, case of ordinary words, quotes, bullets, the final stop.

    Case stays where it means something (`-v` and `-V`, `PATH_A`, what stands in backticks), and so does every sign
    within: `a < b` and `a > b` are two rules.

    >>> canonical("- Run  pytest with `-X`.") == canonical("run pytest WITH `-X`")
    True
    """
    folded = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).translate(TYPOGRAPHIC)
    folded = BULLET.sub("", " ".join(folded.split()))
    parts = QUOTED.split(folded)
    parts[::2] = [ORDINARY.sub(lambda word: word[0].casefold(), part) for part in parts[::2]]
    return "".join(parts).rstrip(" .!;,:\u3002\uff01")


def key_of(text: str) -> str:
    """The natural key of a rule: a digest of its canonical text.

    >>> key_of("Be brief.") == key_of("be  brief")
    True
    """
    return "rule:" + blake2b(canonical(text).encode("utf-8", "replace"), digest_size=16).hexdigest()


def checked_confidence(confidence: object, field: str = "the confidence") -> float:
    """In [0, 1], with the two decimals that a rule shows. Raises `InvalidInput`."""
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise InvalidInput(f"{field} is out of bounds", cause=ascii(confidence)[:80], remedy="pass a number in [0, 1]")
    return round(float(confidence), 2)


def checked_type(rule_type: object) -> RuleType:
    """Raises `InvalidInput` for anything that is no type of rules."""
    known = next((kind for kind in RULE_TYPES if kind == rule_type), None)
    if known is None:
        raise InvalidInput(
            "unknown type of rule", cause=ascii(rule_type)[:80], remedy=f"use one of {', '.join(RULE_TYPES)}"
        )
    return known


def _type(name: str) -> RuleType | None:
    wanted = re.sub(r"[ _-]+", "_", name.strip()).upper()
    return next((kind for kind in RULE_TYPES if kind == wanted), None)


def _confidence(digits: str, field: str) -> float:
    number = NUMBER.fullmatch(digits.strip())
    if number is None or number[1] in ("", "."):
        raise InvalidInput(
            f"the confidence of {field} is no number", cause=ascii(digits)[:80], remedy="write it like 0.8"
        )
    return checked_confidence(float(number[1]) / (100 if number[2] else 1), f"the confidence of {field}")


def _worded(text: str, field: str) -> str:
    """Trimmed, also at the ends of lines. Raises `InvalidInput` where no letter or digit is left."""
    trimmed = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))
    if not any(character.isalnum() for character in trimmed):
        raise InvalidInput(f"{field} is empty", cause="it has no words", remedy="say what is to be done")
    return trimmed
