"""Cut out of a text what recall had put into it: recalled text is never learned again as if it were new.

Floor 2. Below: nothing. Above: everything that records a text.
"""

import re

__all__ = ["without_recalled"]

OPENING = re.compile(r'<tacit-memory recall=\\*"([0-9A-Za-z-]{1,64})\\*">')
"""As `logic.pack` writes it, also within a string that was encoded as JSON."""
CLOSING = re.compile(r"</tacit-memory ([0-9A-Za-z-]{1,64})>")


def without_recalled(text: str) -> str:
    r"""Without the context packs in it, each from its opening tag to the closing tag with the same recall id.

    A tag that is never closed stays, with what follows it. Linear in the length of the text, also of a hostile one.

    >>> without_recalled('a <tacit-memory recall="7">\n- fact\n</tacit-memory 7> b')
    'a  b'
    """
    if "<tacit-memory recall=" not in text:
        return text
    ends: dict[str, list[int]] = {}
    for closing in CLOSING.finditer(text):
        ends.setdefault(closing[1], []).append(closing.end())
    for found in ends.values():
        found.reverse()
    kept: list[str] = []
    at = 0
    for opening in OPENING.finditer(text):
        if opening.start() < at:
            continue  # within the block that was just cut
        later = ends.get(opening[1], [])
        while later and later[-1] < opening.end():
            later.pop()
        if later:
            kept.append(text[at : opening.start()])
            at = later.pop()
    return "".join([*kept, text[at:]])
