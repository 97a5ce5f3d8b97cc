"""Masking: a line of output without what changes from one time to the next, by classes of words and nothing else.

Floor 2. Below: nothing. Above: `logic.fingerprints`, and what shows commands without the names of one episode.

Masked are numbers and whatever has a digit in it, paths, addresses, dates, what is quoted, what follows an equals sign,
dotted names, identifiers with an underscore within a sentence, constants of programming languages, the names of people
and machines after the word that says so. No program is known by name. `python -m bench.fingerprints` measures how well
lines of the same event fall together.
"""

import re
from collections.abc import Collection, Sequence

__all__ = ["MASK", "template"]

MASK = "<*>"
"""Stands for what was masked; a run of masked things is one mask."""

X = "\x1a"
"""The mask while it is made: a character that no text has (`logic.text` takes controls for what they are)."""

QUOTED = re.compile(
    "\"[^\"\n]*\"|`[^`'\n]*[`']|(?<![A-Za-z0-9])'[^'\n]*(?:'(?![A-Za-z])|$)|[\u2018\u201c][^\u2019\u201d\n]{0,200}[\u2019\u201d]"
)
"""The last quote of a line may be left open: the rest stood on another one."""
LISTED = re.compile(r"\[[^\[\]\n]*\]")
VALUE = re.compile(r"=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s,;=\"']+)")
HARDWARE = re.compile(r"\b[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){3,31}\b")
WEB = re.compile(r"\b[A-Za-z][A-Za-z+]{1,11}://[^\s\"'<>)\]]+")
ARROW = re.compile(r"[^\s>]{1,200} -> [^\s>]{1,200}")
LESS = re.compile(r"<(?=\d)")
SEPARATORS = re.compile(r"([\s(){}\[\]<>,;:=]+)")
CHANGING = re.compile(rf"[\d/\\@{X}]")
NUMBERED = re.compile(r"([A-Za-z]{2,}[-_]?)\d+$")
"""`node-12`, `eth0`, `TS2345`: what it is stays, which one it is goes."""
STOPS = ".!?'\""
EMPTY = re.compile(r"([(\[{])\s*([)\]}])")
RUN = re.compile(rf"{X}(?:[\s,;:|/.&+-]*{X})+")

WORDS = {
    "constants": "true false null nil none True False None Null Nil TRUE FALSE NULL",
    "days": "Mon Tue Wed Thu Fri Sat Sun Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec January February March April June July August September "
    "October November December",
    "zones": "UTC GMT PST PDT MST MDT CST CDT EST EDT CET CEST AM PM am pm",
    "units": "B kB KB MB GB TB KiB MiB GiB TiB ns us ms s sec secs second seconds min mins minute minutes h hour hours",
    "names": "user username login account host hostname node domain",
    "plain": "a an and are as at by can cannot could did do does for from has have id in is may must name names no not "
    "of on or request that the to unknown was were which who will with",
}
CONSTANTS, DAYS, MONTHS, ZONES, UNITS, NAMES, PLAIN = (frozenset(words.split()) for words in WORDS.values())
"""After one of NAMES stands the name of somebody or of a machine: any word but the PLAIN ones."""
SPECIAL = CONSTANTS | DAYS | MONTHS
CUES = NAMES | {X, "for"}


def template(line: str, named: Collection[str] = ()) -> str:
    """-> the line with masks. `named`: words that the one who was answered had said (file names, ...): an echo of them
    is masked where it stands for a thing: after or before a colon, in brackets, or where it is no plain word.

    >>> template("mv: cannot stat '/tmp/a1.txt': No such file or directory")
    'mv: cannot stat <*>: No such file or directory'
    >>> template("Failed password for invalid user eve from 10.0.0.7 port 22")
    'Failed password for invalid user <*> from <*> port <*>'
    """
    text = line.replace(X, " ")
    if "->" in text:
        text = ARROW.sub(X, text)
    if "<" in text:
        text = LESS.sub("", text)
    if "=" in text:
        text = VALUE.sub("=" + X, text)
    if '"' in text or "'" in text or "`" in text or "\u2018" in text or "\u201c" in text:
        text = QUOTED.sub(_quoted, text)
    if "[" in text:
        text = LISTED.sub(lambda found: _listed(found.group(), named), text)
    if "://" in text:
        text = WEB.sub(X, text)
    if text.count(":") > 2:
        text = HARDWARE.sub(X, text)
    text = "".join(_words(SEPARATORS.split(text), named))
    text = EMPTY.sub(rf"\1{X}\2", text)
    return " ".join(RUN.sub(X, text).split()).replace(X, MASK)


def _quoted(found: re.Match[str]) -> str:
    """A quoted phrase of two or three plain words is a term, a request line keeps its verb; the rest is a name."""
    words = found.group()[1:-1].split()
    return found.group() if _is_term(words) or (1 < len(words) <= 3 and "/" in words[1]) else X


def _listed(text: str, named: Collection[str]) -> str:
    """Several words in brackets are a list, or a name, unless they are a term (`[remote rejected]`); one is a mark
    (`[preauth]`), or has its key (`[pid: 7]`)."""
    words = text[1:-1].split()
    term = _is_term(words) and not any(word in named for word in words)
    return text if len(words) < 2 or ":" in text or term else f"[{X}]"


def _is_term(words: Sequence[str]) -> bool:
    """Two or three plain words."""
    return 1 < len(words) <= 3 and all(word.isalpha() and word.islower() for word in words)


def _words(parts: list[str], named: Collection[str]) -> list[str]:
    """Words at even places, what separates them at odd ones."""
    before = ""
    at = 0
    for word in parts[::2]:
        if word.isalpha():
            if word in SPECIAL or before in CUES or word in named or (at and parts[at - 1][-1] in "=("):
                parts[at] = word = _plain(parts, at, before, named)
            before = word
        elif word:
            parts[at] = word = _mixed(parts, at, before, named)
            before = X if word[0] == X else word
        at += 2
    return parts


def _plain(parts: list[str], at: int, before: str, named: Collection[str]) -> str:
    """A word of letters: masked, or as it is."""
    word = parts[at]
    ahead = parts[at + 1] if at + 1 < len(parts) else ""
    behind = parts[at - 1] if at else ""
    following = parts[at + 2] if at + 2 < len(parts) else ""
    if before == X and word in UNITS:
        return ""
    masked = (
        word in CONSTANTS
        or (before == X and (word in ZONES or word in MONTHS))
        or (word in SPECIAL and (following in MONTHS or following[:1].isdigit()))
        or (before in NAMES and word not in PLAIN and ":" not in behind + ahead[:1])
        or (before == "for" and ahead == " " and following == "from")
        or _is_value(parts, at, before)
        or (bool(at) and word in named and (ahead[:1] == ":" or behind[-1:] in "[(" or ":" in behind))
    )
    return X if masked else word


def _is_value(parts: list[str], at: int, before: str) -> bool:
    """After `key =`, or alone in the brackets of a call."""
    behind, ahead = parts[at - 1] if at else "", parts[at + 1] if at + 1 < len(parts) else ""
    if "=" in behind:
        if ahead[:1] != "=":
            return True
        parts[at - 1] = behind.replace("=", "=" + X, 1)  # `key= other=1`: the first value is empty
        return False
    return behind == "(" and ahead[:1] == ")" and bool(before)


def _mixed(parts: list[str], at: int, before: str, named: Collection[str]) -> str:
    """A word that is not of letters alone: what changes in it is masked."""
    word = parts[at]
    core = word.rstrip(STOPS)
    end = word[len(core) :]
    if before in NAMES and core not in PLAIN:
        return X + end
    if CHANGING.search(core):
        numbered = NUMBERED.match(core)
        return (numbered[1] + X if numbered else X) + end
    if not core or core.isalpha():
        return word
    if core in named:
        return X + end
    ahead = parts[at + 1] if at + 1 < len(parts) else ""
    if (at == 0 and ahead != ":") or ahead[:2] in (": ", "::"):
        return word  # who speaks: `mod_ssl: `, `java.io.IOException: `, but not `db.example.org:5432`
    is_name = "_" in core or ("." in core[1:] and ".." not in core)
    return X + end if is_name else word
