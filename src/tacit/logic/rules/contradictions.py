"""Pairs of rules that cannot both be followed: one says no where the other says yes, opposite words, other numbers.

Floor 2. Below: logic.words. Above: operations.rules reports them; nothing acts on a finding.

Rules are compared clause by clause, on what they speak of: their words without those that only say yes or no. Vectors,
where there are any, let two wordings of one matter meet. Limits: the words of negation are of English and a handful of
other languages; opposites that no table knows ("use tabs", "use four blanks") are not seen; an exception ("unless")
is not understood, so a clause with one contradicts nothing.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from tacit.logic.stopwords import STOP_WORDS
from tacit.logic.words import terms
from tacit.types import Item, Rule, Value

__all__ = ["Contradiction", "contradictions", "near_duplicates", "opposed"]

NEGATIONS = frozenset(terms(
    "no not never dont doesnt cannot cant wont shouldnt mustnt neither nor without avoid refrain stop skip omit forbid "
    "forbidden prohibit refuse nicht nie niemals kein keine vermeide pas jamais ne sans eviter nunca jamas sin evita "
    "не никогда нет"
))  # fmt: skip
UNSPACED_NEGATIONS = ("不要", "不能", "不得", "禁止", "别", "勿", "しない", "するな", "ない", "금지", "마세요", "않")
SHORTENED = re.compile(r"(?<=[a-z])n['\u2019]t\b", re.IGNORECASE)
"""don't, shouldn't, isn't"""
FILLERS = frozenset(terms(
    "always must shall should will would can could may might please do does done make makes sure ensure try use uses "
    "used using prefer keep be is are let need needs have has it this that every all any each immer sempre siempre "
    "toujours"
))  # fmt: skip
"""Words that only say yes."""
EXCEPTION = re.compile(r"\b(?:unless|except|only if|only when|other than|apart from)\b", re.IGNORECASE)
OPPOSITES = """
enable disable|before after|first last|increase decrease|allow deny|allow forbid|include exclude
more less|more fewer|short long|verbose concise|brief detailed|brief verbose|start stop|open close
accept reject|show hide|public private|sync async|synchronous asynchronous|early late|minimum maximum
min max|ascending descending|tabs spaces|single double|uppercase lowercase|upper lower|strict lenient
encrypt decrypt|mutable immutable|keep delete|keep remove|add remove|create delete|fast slow|high low
local remote|relative absolute|true false|on off|with without|left right|top bottom|manual automatic
manually automatically|formal informal|internal external|serial parallel|optional required
"""
_ANTONYMS = frozenset(
    frozenset(pair) for line in OPPOSITES.splitlines() for two in line.split("|") if len(pair := terms(two)) == 2
)
MEANT = frozenset(word for pair in _ANTONYMS for word in pair)
"""Words kept although they say little elsewhere: before, after, on, off."""
CLAUSE = re.compile(r"[.;!?\n\u3002\uff01\uff1b]+\s*|,?\s+\b(?:but|instead)\b\s*", re.IGNORECASE)
CONDITION = re.compile(r"\s*(?:when|if|after|before|while|for|in|on|during|with)\b[^,:]{1,160}[,:]\s*", re.IGNORECASE)
NUMBER = re.compile(r"(?<![\w.])-?\d{1,15}(?:[.,]\d{1,6})?(?:\s?(?:%|[a-z]{1,3}\b))?", re.IGNORECASE)
CLAUSES = 20
"""Of one rule that are looked at."""
COMMON = 0.5
"""Share of the words of either clause that both need, Jaccard; less where vectors say that they mean the same."""
COMMON_NEAR = 0.2
NEAR = 0.8
"""Cosine from which two rules are of one matter."""
DUPLICATE = 0.92
"""Cosine from which two rules say the same in other words."""
FREQUENT = 400
"""A word in more clauses than this makes no pairs."""

Kind = Literal["negation", "opposite", "number"]


class Contradiction(Value, frozen=True, kw_only=True):
    """Two rules of which an agent can follow one."""

    first: str
    """Id; the older one."""
    second: str
    kind: Kind
    because: str
    """In words."""
    similarity: float
    """Of the words of the two clauses, Jaccard; or the cosine of the rules, where that brought them together."""


@dataclass(frozen=True)
class _Clause:
    words: frozenset[str]
    """What it speaks of."""
    denies: bool
    numbers: tuple[str, ...]
    condition: frozenset[str]


def contradictions(rules: Sequence[Item], vectors: Mapping[str, np.ndarray] | None = None) -> list[Contradiction]:
    """All pairs among the active rules, in their order; `vectors`: id -> unit vector, of as many as there are.

    Of a pair the first finding is told. Pairs that share a word are compared: 2,000 rules take about a second.
    """
    active = [rule for rule in rules if isinstance(rule.payload, Rule) and rule.payload.state == "active"]
    clauses = [_clauses(rule) for rule in active]
    cosines = _cosines(active, vectors or {})
    found: list[Contradiction] = []
    for first, second in sorted(_pairs(clauses) | {pair for pair, cosine in cosines.items() if cosine >= NEAR}):
        near = cosines.get((first, second), 0.0)
        finding = _finding(clauses[first], clauses[second], near)
        if finding is not None:
            kind, because, similarity = finding
            one, other = active[first].id, active[second].id
            found.append(
                Contradiction(first=one, second=other, kind=kind, because=because, similarity=round(similarity, 3))
            )
    return found


def opposed(one: str, other: str) -> bool:
    """Whether two texts contradict each other by their words.

    >>> opposed("Always run the tests before a commit", "Never run tests before a commit")
    True
    """
    return _finding(_clauses_of(one, ""), _clauses_of(other, ""), 0.0) is not None


def near_duplicates(rules: Sequence[Item], vectors: Mapping[str, np.ndarray]) -> list[tuple[str, str, float]]:
    """(older id, newer id, cosine) of active rules that say the same in other words, and do not contradict."""
    active = [rule for rule in rules if isinstance(rule.payload, Rule) and rule.payload.state == "active"]
    pairs = [(pair, cosine) for pair, cosine in _cosines(active, vectors).items() if cosine >= DUPLICATE]
    return [
        (active[first].id, active[second].id, round(cosine, 3))
        for (first, second), cosine in sorted(pairs)
        if _finding(_clauses(active[first]), _clauses(active[second]), cosine) is None
    ]


def _cosines(rules: Sequence[Item], vectors: Mapping[str, np.ndarray]) -> dict[tuple[int, int], float]:
    """Of the pairs that are near each other."""
    placed = [place for place, rule in enumerate(rules) if rule.id in vectors and bool(vectors[rule.id].any())]
    if len(placed) < 2:
        return {}
    matrix = np.stack([vectors[rules[place].id] for place in placed])
    found: dict[tuple[int, int], float] = {}
    for row, place in enumerate(placed[:-1]):
        cosines = matrix[row + 1 :] @ matrix[row]
        found.update(((place, placed[row + 1 + int(at)]), float(cosines[at])) for at in np.flatnonzero(cosines >= NEAR))
    return found


def _pairs(rules: Sequence[Sequence[_Clause]]) -> set[tuple[int, int]]:
    """Rules that share two words in a clause each, or the only one."""
    places: dict[str, list[int]] = {}
    for place, clauses in enumerate(rules):
        for word in {word for clause in clauses for word in clause.words}:
            places.setdefault(word, []).append(place)
    shared: Counter[tuple[int, int]] = Counter()
    for found in places.values():
        if len(found) <= FREQUENT:
            shared.update((one, other) for at, one in enumerate(found) for other in found[at + 1 :])
    return set(shared)


def _finding(ones: Sequence[_Clause], others: Sequence[_Clause], near: float) -> tuple[Kind, str, float] | None:
    for one, other in product(ones, others):
        if not _same_case(one.condition, other.condition):
            continue
        finding = _between(one, other, near)
        if finding is not None:
            kind, because = finding
            return kind, because, max(_jaccard(one.words, other.words), near)
    return None


def _between(one: _Clause, other: _Clause, near: float) -> tuple[Kind, str] | None:
    both = one.words & other.words
    opposite = _opposite(one.words - both, other.words - both)
    if opposite and both and one.denies == other.denies and _matches(one, other, near, besides=2):
        return "opposite", f"{opposite[0]} against {opposite[1]}"
    if not both or opposite or not _matches(one, other, near):
        return None
    if one.denies != other.denies:
        return "negation", f"one says no, the other yes, to: {' '.join(sorted(both))}"
    if one.numbers != other.numbers and len(one.numbers) == len(other.numbers) > 0:
        return "number", f"{', '.join(one.numbers)} against {', '.join(other.numbers)}"
    return None


def _matches(one: _Clause, other: _Clause, near: float, besides: int = 0) -> bool:
    """Whether two clauses speak of the same; `besides` words of them may differ anyway."""
    union = len(one.words | other.words) - besides
    common = len(one.words & other.words) / max(1, union)
    return common >= (COMMON_NEAR if near >= NEAR else COMMON)


def _opposite(only_one: frozenset[str], only_other: frozenset[str]) -> tuple[str, str] | None:
    found = [(a, b) for a in sorted(only_one) for b in sorted(only_other) if frozenset((a, b)) in _ANTONYMS]
    return found[0] if found else None


def _same_case(one: frozenset[str], other: frozenset[str]) -> bool:
    """A rule for one case and a rule for another, or for all, do not meet."""
    return one == other or (bool(one) and bool(other) and _jaccard(one, other) >= COMMON)


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def _clauses(rule: Item) -> list[_Clause]:
    told = rule.payload
    if not isinstance(told, Rule):
        return []
    text = told.rule
    return _clauses_of(text, told.condition)


def _clauses_of(text: str, condition: str) -> list[_Clause]:
    return [clause for part in CLAUSE.split(text)[:CLAUSES] for clause in _clause(part, condition)]


def _clause(text: str, condition: str) -> Iterator[_Clause]:
    if EXCEPTION.search(text):
        return
    opening = CONDITION.match(text)
    told = text[opening.end() :] if opening else text
    case = _content(terms(opening.group() if opening else condition))
    words = terms(SHORTENED.sub(" not", told))
    signs = sum(word in NEGATIONS for word in words) + sum(told.count(sign) for sign in UNSPACED_NEGATIONS)
    numbers = tuple(sorted(" ".join(number.lower().split()) for number in NUMBER.findall(told)))
    content = _content(words)
    if content:
        yield _Clause(words=content, denies=signs % 2 == 1, numbers=numbers, condition=case)


def _content(words: Sequence[str]) -> frozenset[str]:
    return frozenset(
        word
        for word in words
        if (word not in STOP_WORDS or word in MEANT)
        and word not in NEGATIONS
        and word not in FILLERS
        and not word.isdigit()
        and not any(sign in word or word in sign for sign in UNSPACED_NEGATIONS)
    )
