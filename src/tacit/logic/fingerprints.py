"""Fingerprints of errors: the telling line of what a tool said, masked of what changes from one time to the next.

Floor 2. Below: logic.masking. Above: the extractors, predictions.
"""

import re
from collections.abc import Collection

from tacit.logic.masking import MASK, template

__all__ = ["fingerprint", "label"]

HEAD, TAIL = 1_200, 800
"""Characters of a long message that are looked at: its beginning, and its end, where a traceback says what it is."""
LONGEST = 160
"""Characters of a fingerprint; what follows is detail."""
GAP = "\u2026"
SHORT = 72
"""Characters of a label."""
LETTERS = re.compile(r"[^\W\d_]{2}")
"""What a line needs to say anything."""

STATED = re.compile(
    r"^\s*(?:[\w.$:]{0,80}(?:Error|Exception|Failure|Warning)\b|(?:fatal|error|panic|FAIL(?:ED)?|ERROR|FATAL|Error|E)\b)"
    r"[^\n:]{0,60}:"
)
"""A line that begins by saying that it is an error: `ValueError: ...`, `error[E0308]: ...`, `fatal: ...`."""
HINTED = re.compile(
    r"\b(?:errors?|exception|fail(?:s|ed|ure)?|fatal|cannot|can't|can not|could ?n[o']t|unable|not? (?:such|found|a|an|"
    r"allowed|permitted|supported|valid|match\w*|recognized|defined|exist\w*)|denied|refused|rejected|invalid|illegal|"
    r"unexpected|unknown|unrecognized|undefined|unresolved|missing|timed? ?out|timeout|abort(?:ed|ing)?|panicked|"
    r"(?:does|do|is|was|did)(?:n't| not)|mismatch|forbidden|unauthorized|conflict|ambiguous|expected|requires?|"
    r"overflow|killed|terminated|broken|bad)\b",
    re.IGNORECASE,
)
"""Words with which people say that something went wrong."""
ESCAPED = ("\\r\\n", "\\n", "\\t")
WRAPPED = re.compile(r"^[\s{\[,]*\"\w{1,40}\"\s?:\s?\"?|(?:\"\s?,\s?\"\w{1,40}\"\s?:\s?[\w.]{1,40}|\"){0,3}\s?\}\s*$")
"""What is left of JSON around a line."""
UNSAFE = re.compile(r"[^\w\s\u2026.,:;'()+-]")


def fingerprint(text: str, named: Collection[str] = ()) -> str:
    """-> the template of what a tool said: equal for the same error at another time, path, number or name.

    `named`: words of the call that it answered, see `logic.masking.template`. At most `LONGEST` characters; "" where
    the text says nothing in words.

    >>> fingerprint("Traceback (most recent call last):\\n  File 'a.py', line 3\\nKeyError: 'name'")
    'KeyError: <*>'
    """
    return "; ".join(template(line, named) for line in _telling(text))[:LONGEST].strip()


def label(printed: str) -> str:
    """A fingerprint -> its short form, safe to be shown within a sentence: one line, words and gaps only, at most 72
    characters, no quotes, slashes, addresses or markup. "" where no word is left.

    >>> label('error: failed to push some refs to <*>')
    'error: failed to push some refs to …'
    """
    plain = " ".join(UNSAFE.sub(" ", printed.replace(MASK, GAP)).split())
    if len(plain) > SHORT:
        plain = plain[:SHORT].rsplit(" ", 1)[0]
    plain = plain.lstrip(f" ,:;.){GAP}").rstrip(" ,:;.(")
    return plain if _says(plain) else ""


def _telling(text: str) -> list[str]:
    """The line that says what went wrong: one that says so at its beginning, else one with a word for it, else the
    first. The first of its sort, but the last after a traceback. With it the line before, where that has such a word
    too: the reason that the other one sums up (`! [rejected] a -> b (fetch first)`, `error: failed to push`)."""
    if len(text) > HEAD + TAIL:
        text = text[:HEAD] + "\n" + text[-TAIL:]
    if "\\n" in text:  # JSON within the text
        for escape in ESCAPED:
            text = text.replace(escape, "\n")
    lines = text.splitlines()
    if "{" in text or "}" in text:
        lines = [WRAPPED.sub("", line) for line in lines]
    lines = [line for line in lines if _says(line)]
    if len(lines) < 2:
        return lines
    stated = [place for place, line in enumerate(lines) if STATED.match(line)]
    if not stated:
        return [next((line for line in lines if HINTED.search(line)), lines[0])]
    if "Traceback" in lines[0]:
        return [lines[stated[-1]]]
    first = stated[0]
    return lines[first - 1 : first + 1] if first and HINTED.search(lines[first - 1]) else [lines[first]]


def _says(line: str) -> bool:
    return LETTERS.search(line) is not None
