"""Fingerprints of errors: what a tool said, masked of all that changes from one time to the next.

Floor 2. Below: nothing. Above: the extractors; predictions.
"""

import re

__all__ = ["fingerprint", "label"]

READ = 2_000
"""Characters of a message that are looked at."""
CHANGING = re.compile(r"\S*\d\S*|\S*[/\\]\S*|\"[^\"\n]*\"|'[^'\n]*'")
LABEL = 80


def fingerprint(text: str) -> str:
    """-> the template of a message: equal for the same error at another time, path, number or name; "" for nothing."""
    return " ".join(CHANGING.sub("<*>", text[:READ]).split())[: LABEL * 2]


def label(text: str) -> str:
    """A short form of the template that is safe to show: words only, on one line, at most 80 characters."""
    return fingerprint(text)[:LABEL]
