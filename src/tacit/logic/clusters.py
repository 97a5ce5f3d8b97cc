"""Clusters: groups of three or more sets of features that are alike.

Floor 2. Below: nothing. Above: distillation, which clusters patterns by their words.

Not all pairs are compared: those that share one of their rarest features are, and within a long list of such only
neighbours in the order of their minimal hashes. The time is that of n log n, and the answer depends on the set of
members alone, not on their order. A group is a star: every member is like its centre, so that groups do not chain.

Meaning is left out on purpose: vectors are made later, by another stage and another model a year on, and groups would
come and go with them. What differs in words only, the masks of whoever gives the features have made equal.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import fsum, log
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
ROUNDS = 3
"""How often groups that turn out to be alike are looked at again."""


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
    return [tuple(members[place].key for place in group) for group in _Block(members).groups()]


class _Block:
    """Members that may share groups, by their places, and who of them is like whom."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members
        self._seen = Counter(feature for member in members for feature in member.features)
        self._weights = {
            feature: log(1 + len(members) / count) if count >= LEAST else PECULIAR
            for feature, count in self._seen.items()
        }
        self._totals = [self._weight(member.features) for member in members]
        self._near: dict[int, dict[int, float]] = defaultdict(dict)
        self._compared: set[tuple[int, int]] = set()

    def groups(self) -> list[list[int]]:
        """Stars. Where two centres in a long list are alike, the members of each are compared with the other one."""
        lists = self._lists()
        hashes = [_hashes(member) for member in self._members]
        for places in lists:
            for pair in _pairs(places, hashes):
                self._compare(*pair)
        stars = _stars(self._near)
        for _ in range(ROUNDS):
            if not self._widened({star[0]: star for star in stars}, lists):
                break
            stars = _stars(self._near)
        return stars

    def _widened(self, stars: Mapping[int, Sequence[int]], lists: Iterable[Sequence[int]]) -> bool:
        """Whether two centres were found to be alike."""
        found = False
        for places in lists:
            centres = [place for place in places if place in stars] if len(places) > WHOLE else []
            for one, other in combinations(centres, 2):
                if self._compare(one, other):
                    found = True
                    for centre, star in ((one, stars[other]), (other, stars[one])):
                        for place in star:
                            self._compare(min(centre, place), max(centre, place))
        return found

    def _compare(self, one: int, other: int) -> bool:
        """Whether two that were not compared before are alike."""
        if (one, other) in self._compared or one == other:
            return False
        self._compared.add((one, other))
        common = self._weight(self._members[one].features & self._members[other].features)
        likeness = round(common / (self._totals[one] + self._totals[other] - common or 1.0), 6)
        if likeness < ALIKE:
            return False
        self._near[one][other] = self._near[other][one] = likeness
        return True

    def _weight(self, features: Iterable[str]) -> float:
        """Exactly the same in whatever order."""
        return fsum(self._weights[feature] for feature in features)

    def _lists(self) -> list[list[int]]:
        """For each rare feature the places of those that have it among their rarest."""
        lists: dict[str, list[int]] = defaultdict(list)
        for place, member in enumerate(self._members):
            shared = [feature for feature in member.features if self._seen[feature] > 1]
            for feature in sorted(shared, key=lambda feature: (self._seen[feature], feature))[:RARE]:
                lists[feature].append(place)
        return list(lists.values())


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
    for place in sorted(near, key=lambda place: (-fsum(near[place].values()), place)):
        free = [other for other in near[place] if other not in taken]
        if place not in taken and len(free) + 1 >= LEAST:
            centres.append(place)
            taken.update((place, *free))
    groups: dict[int, list[int]] = {centre: [] for centre in centres}
    for place in sorted(taken - set(centres)):
        home = max(near[place].keys() & groups.keys(), key=lambda one: (near[place][one], -one))
        groups[home].append(place)
    return [
        [centre, *sorted(own, key=lambda place: (-near[centre][place], place))]
        for centre, own in groups.items()
        if len(own) + 1 >= LEAST
    ]
