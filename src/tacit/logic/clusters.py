"""Clusters: groups of three or more sets of features that are alike.

Floor 2. Below: nothing. Above: distillation, which clusters patterns by their words.

Not all pairs are compared: those that share one of their rarest features are, and within a long list of such only
neighbours in the order of their minimal hashes. The time is that of n log n, and the answer depends on the set of
members alone, not on their order. A group is a star: every member is like its centre, so that groups do not chain.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from zlib import crc32

__all__ = ["LEAST", "Member", "clusters"]

LEAST = 3
"""Members of a group."""
ALIKE = 0.45
"""Weighed Jaccard index (Charikar, 2002) from which two members may share a group."""
PECULIAR = 1.0
"""Weight of a feature that fewer have than make a group: it may well be what is to become a placeholder. The others
weigh log(1 + n / count)."""
RARE = 8
"""Rarest features of a member by which it finds others."""
WHOLE = 24
"""In a list of so many members all pairs are compared; in a longer one each with the `AHEAD` that follow it."""
AHEAD = 8


@dataclass(frozen=True)
class Member:
    """What is clustered."""

    key: str
    """Unique."""
    features: frozenset[str]
    block: str = ""
    """Only members of the same block share a group."""


def clusters(members: Iterable[Member]) -> list[tuple[str, ...]]:
    """Groups of keys, each with its centre first and then the members, the most alike first; ordered by centre.

    Nobody is in two groups; most members of a varied set are in none. 5,000 members with 20 features each take about a
    second.

    >>> rows = {"a": "cat the file", "b": "cat this file", "c": "cat a file", "d": "make clean"}
    >>> clusters(Member(key, frozenset(text.split())) for key, text in rows.items())
    [('a', 'b', 'c')]
    """
    blocks: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        blocks[member.block].append(member)
    return sorted(group for block in blocks.values() for group in _of_block(sorted(block, key=lambda one: one.key)))


def _of_block(members: Sequence[Member]) -> list[tuple[str, ...]]:
    if len(members) < LEAST:
        return []
    seen = Counter(feature for member in members for feature in member.features)
    weights = {
        feature: log(1 + len(members) / count) if count >= LEAST else PECULIAR for feature, count in seen.items()
    }
    near: dict[int, dict[int, float]] = defaultdict(dict)
    totals = [sum(sorted(weights[feature] for feature in member.features)) for member in members]
    for one, other in _candidates(members, seen):
        common = sum(sorted(weights[feature] for feature in members[one].features & members[other].features))
        likeness = round(common / (totals[one] + totals[other] - common or 1.0), 6)
        if likeness >= ALIKE:
            near[one][other] = near[other][one] = likeness
    return [tuple(members[place].key for place in group) for group in _stars(near)]


def _candidates(members: Sequence[Member], seen: Mapping[str, int]) -> set[tuple[int, int]]:
    """Pairs of places, the smaller first."""
    lists: dict[str, list[int]] = defaultdict(list)
    for place, member in enumerate(members):
        shared = [feature for feature in member.features if seen[feature] > 1]
        for feature in sorted(shared, key=lambda feature: (seen[feature], feature))[:RARE]:
            lists[feature].append(place)
    hashes = [_hashes(member) for member in members]
    return {pair for places in lists.values() for pair in _pairs(places, hashes)}


def _pairs(places: Sequence[int], hashes: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    if len(places) <= WHOLE:
        yield from combinations(places, 2)
        return
    ordered = sorted(places, key=lambda place: (hashes[place], place))
    for start, one in enumerate(ordered):
        for other in ordered[start + 1 : start + 1 + AHEAD]:
            yield (one, other) if one < other else (other, one)


def _hashes(member: Member) -> tuple[int, int]:
    """Two minimal hashes of the features: equal with the probability of the Jaccard index (Broder, 1997)."""
    coded = [feature.encode("utf-8", "replace") for feature in member.features]
    return min(map(crc32, coded), default=0), min((crc32(one, 1) for one in coded), default=0)


def _stars(near: Mapping[int, Mapping[int, float]]) -> list[list[int]]:
    """The place with the most and closest neighbours becomes a centre and takes those that are free, and so on; then
    each member goes to the centre that it is most like."""
    centres: list[int] = []
    taken: set[int] = set()
    for place in sorted(near, key=lambda place: (-round(sum(sorted(near[place].values())), 6), place)):
        free = [other for other in near[place] if other not in taken]
        if place not in taken and len(free) + 1 >= LEAST:
            centres.append(place)
            taken.update((place, *free))
    groups: dict[int, list[int]] = {centre: [] for centre in centres}
    for place in sorted(taken - set(centres)):
        home = max((centre for centre in centres if centre in near[place]), key=lambda one: (near[place][one], -one))
        groups[home].append(place)
    return [
        [centre, *sorted(own, key=lambda place: (-near[centre][place], place))]
        for centre, own in groups.items()
        if len(own) + 1 >= LEAST
    ]
