"""Alignment: several texts that say the same of different things -> one text with placeholders where they differ.

Floor 2. Below: nothing. Above: distillation (patterns -> knowledge), playbooks (steps of several runs -> one step).

Progressive: the first text is a template without slots; each further one is aligned with the template by the longest
common subsequence of their lexemes, and what stands between two common lexemes becomes a slot.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Lexeme", "Slot", "Template", "aligned", "kind_of", "lexemes"]

LONGEST = 80
"""Lexemes of a text that are read: aligning two texts costs the product of their lengths, 0.5 ms at 80."""
LEXEME = re.compile(
    r"""<[a-z_]{2,16}>                               # a placeholder that somebody else has put
    | "[^"\s]{1,40}" | '[^'\s]{1,40}'                # a quoted word; longer quotes are read word by word
    | [a-z][a-z0-9+.-]{1,15}://[^\s"'<>|)]+          # an address
    | (?:[\w.~-]*/)+[\w.~*?-]*                       # a path
    | --?[A-Za-z][\w-]*                              # an option
    | \w+(?:[.-]\w+)*                                # a word, a number, a name with dots
    | [^\w\s]""",
    re.VERBOSE,
)
KINDS = (
    ("number", re.compile(r"[-+]?\d[\d.,:]*%?")),
    ("url", re.compile(r"[a-z][a-z0-9+.-]*://.*")),
    ("path", re.compile(r".*/.*")),
    ("option", re.compile(r"--?[A-Za-z].*")),
    ("text", re.compile(r"[\"'].*")),
    ("name", re.compile(r"\w.*")),
)


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A word, a path, a sign."""

    text: str
    glued: bool = False
    """Whether it follows the one before without a blank."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where the texts differ."""

    kinds: frozenset[str]
    optional: bool = False
    """Whether it was empty in some."""
    glued: bool = False
    width: int = 1
    """Lexemes that it stands for, at most."""

    @property
    def text(self) -> str:
        """`<path>`, `<number>`, ...; in brackets where it may be empty, as in the synopsis of a command.

        >>> Slot(frozenset(["path"]), optional=True).text
        '[<path>]'
        """
        only = next(iter(self.kinds)) if len(self.kinds) == 1 else "text"
        return f"[<{only}>]" if self.optional else f"<{only}>"


@dataclass(frozen=True, slots=True)
class Template:
    """What several texts have in common, with slots between."""

    parts: tuple[Lexeme | Slot, ...]

    @property
    def common(self) -> tuple[str, ...]:
        """The lexemes that all texts share, signs left out."""
        return tuple(part.text for part in self.parts if isinstance(part, Lexeme) and _is_word(part))

    @property
    def marked(self) -> tuple[str, ...]:
        """Those of them that stand in backticks or double quotes."""
        found, within = [], ""
        for part in self.parts:
            if isinstance(part, Lexeme) and part.text in '`"':
                within = "" if within == part.text else within or part.text
            elif isinstance(part, Lexeme) and _is_word(part) and (within or part.text[0] in '`"'):
                found.append(part.text)
        return tuple(found)

    @property
    def open(self) -> int:
        """Lexemes that the slots stand for."""
        return sum(part.width for part in self.parts if isinstance(part, Slot))

    @property
    def share(self) -> float:
        """Share of the lexemes that are common, signs left out, in [0, 1]; 1 for a text without a slot."""
        common = len(self.common)
        return common / (common + self.open) if common else float(not self.open)

    def __str__(self) -> str:
        out = ""
        for part in self.parts:
            out += part.text if part.glued or not out else " " + part.text
        return out


def lexemes(text: str) -> list[Lexeme]:
    """The first `LONGEST` lexemes of a text.

    >>> [one.text for one in lexemes("find /tmp/a -name '*.py' | wc")]
    ['find', '/tmp/a', '-name', "'*.py'", '|', 'wc']
    """
    found: list[Lexeme] = []
    end = -1
    for match in LEXEME.finditer(text[: 40 * LONGEST]):
        found.append(Lexeme(match.group(), match.start() == end))
        end = match.end()
        if len(found) == LONGEST:
            break
    return found


def kind_of(lexeme: str) -> str:
    """Name of the placeholder for a lexeme: number, path, url, option, name, text.

    >>> [kind_of(one) for one in ("12", "src/a.py", "<path>", "-x", "main")]
    ['number', 'path', 'path', 'option', 'name']
    """
    if len(lexeme) > 2 and lexeme[0] == "<" and lexeme[-1] == ">":
        return lexeme[1:-1]
    return next((kind for kind, form in KINDS if form.fullmatch(lexeme)), "text")


def aligned(texts: Iterable[str]) -> Template:
    """One template of several texts; their order matters little, the same order gives the same template.

    >>> print(aligned(["cat /etc/hosts | wc -l", "cat /etc/passwd | wc -l"]))
    cat <path> | wc -l
    """
    template: tuple[Lexeme | Slot, ...] | None = None
    for text in texts:
        new = tuple(lexemes(text))
        template = new if template is None else _merged(template, new)
    return Template(template or ())


def _merged(old: Sequence[Lexeme | Slot], new: Sequence[Lexeme]) -> tuple[Lexeme | Slot, ...]:
    parts: list[Lexeme | Slot] = []
    i = j = 0
    for x, y in (*_common(old, new), (len(old), len(new))):
        parts += _gap(old[i:x], new[j:y])
        if x < len(old):
            parts.append(old[x])
        i, j = x + 1, y + 1
    return tuple(parts)


def _common(old: Sequence[Lexeme | Slot], new: Sequence[Lexeme]) -> list[tuple[int, int]]:
    """Places of a longest common subsequence, by dynamic programming (Wagner, Fischer 1974)."""
    one = [part.text if isinstance(part, Lexeme) else None for part in old]
    two = [part.text for part in new]
    head = 0
    while head < min(len(one), len(two)) and one[head] == two[head]:
        head += 1
    tail = 0
    while tail < min(len(one), len(two)) - head and one[len(one) - 1 - tail] == two[len(two) - 1 - tail]:
        tail += 1
    middle = _lcs(one[head : len(one) - tail], two[head : len(two) - tail])
    return [
        *((place, place) for place in range(head)),
        *((x + head, y + head) for x, y in middle),
        *((len(one) - place, len(two) - place) for place in range(tail, 0, -1)),
    ]


def _lcs(one: Sequence[str | None], two: Sequence[str]) -> list[tuple[int, int]]:
    rows = [[0] * (len(two) + 1)]
    for a in one:
        above = rows[-1]
        row = [0]
        for place, b in enumerate(two):
            row.append(above[place] + 1 if a == b else max(above[place + 1], row[place]))
        rows.append(row)
    pairs: list[tuple[int, int]] = []
    x, y = len(one), len(two)
    while x and y:
        if one[x - 1] == two[y - 1]:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        elif rows[x - 1][y] >= rows[x][y - 1]:
            x -= 1
        else:
            y -= 1
    return pairs[::-1]


def _gap(old: Sequence[Lexeme | Slot], new: Sequence[Lexeme]) -> list[Lexeme | Slot]:
    """What stands between two common lexemes: slots, one for each place where both have as many, else one for all."""
    if not old and not new:
        return []
    if len(old) == len(new):
        return [_slot([x], [y]) for x, y in zip(old, new, strict=True)]
    return [_slot(old, new)]


def _slot(old: Sequence[Lexeme | Slot], new: Sequence[Lexeme]) -> Slot:
    bare = not new or all(isinstance(part, Slot) and part.optional for part in old)
    some = (*old, *new)
    kinds = {kind for part in some for kind in (part.kinds if isinstance(part, Slot) else [kind_of(part.text)])}
    several = len(old) > 1 or len(new) > 1
    width = max(sum(_width(part) for part in old), sum(_width(part) for part in new))
    return Slot(frozenset(["text"] if several else kinds), optional=bare, glued=some[0].glued, width=width)


def _width(part: Lexeme | Slot) -> int:
    return part.width if isinstance(part, Slot) else int(_is_word(part))


def _is_word(part: Lexeme) -> bool:
    return part.text[0].isalnum() or len(part.text) > 1
