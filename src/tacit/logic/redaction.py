"""Secrets out of a text, before anything is stored: `redact`.

Floor 2. Below: logic.secrets_table, logic.literals. Above: every verb that writes.

Nearly every text has no secret, so the cost of finding that out is what counts: one look at the text's trigrams says
which rules could match at all; their patterns are tried only where their literals stand.
"""

import re
from collections.abc import Iterator

from tacit.logic.literals import Literals
from tacit.logic.secrets_table import RULES, Rule

__all__ = ["redact", "redact_all"]

_LITERALS = [(literal, index) for index, rule in enumerate(RULES) for literal in rule.literals]
SECRETS = Literals([rule.literals for rule in RULES])
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
SHORT = 300
"""Characters up to which substring searches cost less than setting up numpy (6 microseconds)."""
PASSES = 8
"""A replacement can lay bare the boundary of a neighbour; more than three passes were never seen."""
LONG = 500
"""A refused value longer than this is skipped whole, so that values within values stay linear."""

STRONG = re.compile(r"(?i)passw|passphrase|pwd|secret")
WORD = re.compile(r"[A-Za-z_][A-Za-z_.-]*+")
NAMED = re.compile(r"[A-Za-z_]+\d{0,5}[A-Za-z_]*(?:\.[A-Za-z_]\w*)*|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
"""The name of a type or of an attribute: at most one number in it, or dots between names."""
FLAG = re.compile(r"(?<![\w-])--(?:[a-z]{1,20}-){0,3}$")
PLACEHOLDER = re.compile(
    r"\[redacted:[a-z-]+\]|[$<{%*@].*|\W+|x+|\.{3}.*|(?:your|my|the|some|an?)[-_ ].*|example|placeholder|changeme"
    r"|change[-_]me|undefined|null|none|nil|true|false|required|optional|string|str|bool|boolean|bytes|int|object|any"
    r"|process\.env.*|os\.(?:environ|getenv).*|import\.meta.*|secrets?\..*|vars?\..*|env\..*|self\..*|this\..*",
    re.DOTALL | re.IGNORECASE,
)
PATH = re.compile(r"(?:/|\./|\.\./|~/|[A-Za-z]:[\\/]).*", re.DOTALL)


def redact(text: str) -> tuple[str, int]:
    """-> (the text with each secret replaced by `[redacted:<label>]`, how many were). Idempotent, linear.

    >>> redact("export GITHUB_TOKEN=ghp_" + "a1B2" * 9)
    ('export GITHUB_TOKEN=[redacted:github-token]', 1)
    """
    count = 0
    for _ in range(PASSES):
        found = 0
        suspects = _suspects(text)
        lowered = _lower(text) if suspects else ""
        for rule in suspects:
            hits = _hits(rule, lowered)
            text, replaced = _apply(rule, text, hits) if hits else (text, 0)
            if replaced:
                found += replaced
                lowered = _lower(text)
        if not found:
            break
        count += found
    return text, count


def redact_all(*texts: str) -> tuple[str, ...]:
    """Each as `redact` leaves it. Most have no secret: one look at all of them together, 7 microseconds instead of 16
    for the three texts of a step, says so.

    >>> redact_all("ls", "total 0")
    ('ls', 'total 0')
    """
    return tuple(redact(text)[0] for text in texts) if _suspects("\n".join(texts)) else texts


def _suspects(text: str) -> list[Rule]:
    """The rules of which a literal is in the text, in the order of the table."""
    lowered = text.lower()
    if len(text) <= SHORT:
        return [RULES[index] for index in sorted({index for literal, index in _LITERALS if literal in lowered})]
    return [RULES[index] for index in sorted(SECRETS.within(lowered))]


def _apply(rule: Rule, text: str, hits: list[int]) -> tuple[str, int]:
    pieces: list[str] = []
    done = skip = count = 0
    for start in hits:
        match = rule.pattern.match(text, start) if start >= skip else None
        if match is None:
            continue
        first, last = _span(rule, match)
        if last > first:
            pieces += [text[done:first], f"[redacted:{rule.label}]"]
            done = skip = last
            count += 1
        elif match.end() - start > LONG:
            skip = match.end()
    return ("".join([*pieces, text[done:]]), count) if count else (text, 0)


def _lower(text: str) -> str:
    """In lower case, each character where it was."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.translate(_ASCII_LOWER)  # a few capitals become two


def _hits(rule: Rule, lowered: str) -> list[int]:
    """Where the literals of a rule stand, ascending."""
    hits = [start for literal in rule.literals if literal in lowered for start in _find_all(lowered, literal)]
    return sorted(hits)


def _find_all(text: str, literal: str) -> Iterator[int]:
    start = text.find(literal)
    while start >= 0:
        yield start
        start = text.find(literal, start + 1)


def _span(rule: Rule, match: re.Match[str]) -> tuple[int, int]:
    """What of a match is the secret; (0, 0) where it is none."""
    if rule.judged:
        group = "quoted" if match["quoted"] else "plain"
        return match.span(group) if _looks_secret(match) else (0, 0)
    return match.span("secret" if "secret" in match.re.groupindex else 0)


def _looks_secret(match: re.Match[str]) -> bool:
    """Whether the value of `NAME=value` is one: no placeholder, no path, no reference to a variable."""
    value: str = match["quoted"] or match["plain"]
    if PLACEHOLDER.fullmatch(value) or PATH.fullmatch(value):
        return False
    before = match.string[max(0, match.start() - 64) : match.start()]
    flag = match["between"] in ("=", " ") and FLAG.search(before) is not None
    if match["between"].isspace() and not (flag and _has_digit(value)):
        return False  # `--password hunter2` is a secret, `the password policy` is none
    plain = match["quoted"] is None
    if plain and match.string[match.end() : match.end() + 1] in ("(", "[", "{"):
        return False  # a call
    if not STRONG.search(match["name"]) and not flag:
        least = 16 if match["name"].lower() == "token" else 12
        named = plain and (NAMED.fullmatch(value) is not None)  # Ed25519PrivateKey, x25519.PublicKey
        return len(value) >= least and not named and _has_digit(value) and any(map(str.isalpha, value))
    if match["quoted"] or flag:
        return flag or WORD.fullmatch(value) is None or match["name"].lower() not in value.lower()
    if not WORD.fullmatch(value):
        return _has_digit(value) or len(value) >= 8
    # A bare word is a variable in code, and a secret in an environment file, a query or a connection string.
    told = match["name"].isupper() or before.endswith(("?", "&", ";"))
    return told and match["between"] == "=" and "." not in value


def _has_digit(value: str) -> bool:
    return any(map(str.isdigit, value))
