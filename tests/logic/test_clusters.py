"""Clusters: of three or more, each in one group, whatever the order."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.clusters import LEAST, Member, clusters


def member(key: str, text: str, block: str = "") -> Member:
    return Member(key=key, features=frozenset(text.split()), block=block)


def families(count: int, size: int, seed: int = 0) -> list[Member]:
    """Groups of members that share six words and have two of their own."""
    rng = random.Random(seed)
    found = []
    for family in range(count):
        own = [f"w{rng.randrange(count * 20)}" for _ in range(6)]
        for number in range(size):
            words = [*own, f"x{rng.randrange(10**6)}", f"y{rng.randrange(10**6)}"]
            found.append(member(f"{family:05}-{number}", " ".join(words)))
    return found


def test_families_are_found_and_nothing_else():
    some = [*families(40, 4), *(member(f"single {number}", f"u{number} v{number}") for number in range(50))]
    groups = clusters(some)
    assert len(groups) == 40
    assert all(len({key.split("-")[0] for key in group}) == 1 and len(group) == 4 for group in groups)


def test_two_are_no_group_and_blocks_do_not_mix():
    assert clusters([member("a", "one two"), member("b", "one two")]) == []
    mixed = [member(key, "one two", block) for key, block in (("a", "p"), ("b", "p"), ("c", "q"), ("d", "q"))]
    assert clusters(mixed) == []


def test_a_chain_is_not_a_group():
    """Each is like the next, but the ends have nothing in common."""
    chain = [member(f"{n:02}", f"w{n} w{n + 1} w{n + 2} w{n + 3}") for n in range(12)]
    assert all(len(group) <= 4 for group in clusters(chain))


WORDS = st.sampled_from([f"w{number}" for number in range(12)])
MEMBERS = st.lists(st.frozensets(WORDS, max_size=6), max_size=40)


@given(MEMBERS, st.randoms(use_true_random=False))
def test_the_order_of_members_does_not_matter(features: list[frozenset[str]], rng: random.Random):
    some = [Member(key=f"k{number}", features=one) for number, one in enumerate(features)]
    groups = clusters(some)
    shuffled = list(some)
    rng.shuffle(shuffled)
    assert clusters(shuffled) == groups
    seen = [key for group in groups for key in group]
    assert len(seen) == len(set(seen))
    assert all(len(group) >= LEAST for group in groups)


def test_thousands_that_share_a_common_word_are_not_all_compared():
    """All pairs of 1,600 would be over a million; what is compared grows with the number of members."""
    some = [Member(key=one.key, features=one.features | {"common"}) for one in families(400, 4)]
    assert len(clusters(some)) >= 390


def test_a_large_family_is_one_group():
    assert [len(group) for group in clusters(families(1, 150))] == [150]
