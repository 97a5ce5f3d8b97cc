"""Membership: a set beside the list, only for what is surely hashable."""

import pytest
from tests.logic.refactoring.proposing import new, proposed, ran, refused

from tacit.logic.refactoring.membership import membership

STOP = "STOP = ['a', 'the', 'of', 'in', 'on', 'to', 'and']\n"
KNOWN = STOP + "def kept(text: str):\n    return [w for w in text.split() if w not in STOP]\n"
UNKNOWN = STOP + "def kept(words):\n    return [w for w in words if w not in STOP]\n"
UNIQUE = """
def unique(text: str):
    seen = []
    for word in text.split():
        if word not in seen:
            seen.append(word)
    return seen
"""


def test_a_settled_list_is_searched_as_a_set_and_stays_a_list() -> None:
    text = new(membership, KNOWN)
    assert "not in _STOP_SET" in text
    made = ran(text)
    assert made["kept"]("the cat in a hat") == ["cat", "hat"]
    assert made["STOP"][:2] == ["a", "the"]


def test_where_the_type_is_not_known_each_call_looks() -> None:
    made = ran(new(membership, UNKNOWN))
    assert made["kept"](["the", "cat", ["a"], bytearray(b"a"), 1]) == ["cat", ["a"], bytearray(b"a"), 1]


def test_a_list_that_is_filled_and_searched_gets_a_set_beside_it() -> None:
    text = new(membership, UNIQUE)
    assert "seen.append(word)\n            _in_seen.add(word)" in text
    assert ran(text)["unique"]("b a b c a") == ["b", "a", "c"]


def test_the_set_is_emptied_with_the_list() -> None:
    text = new(
        membership,
        """
        def lines(text: str):
            found = []
            for line in text.splitlines():
                seen = []
                for word in line.split():
                    if word not in seen:
                        seen.append(word)
                found.append(len(seen))
            return found
        """,
    )
    assert ran(text)["lines"]("a a b\na b c") == [2, 3]


REFUSED = {
    "the list changes": KNOWN + "def more(x):\n    STOP.append(x)\n",
    "the list is handed on": KNOWN + "import elsewhere\nelsewhere.use(STOP)\n",
    "the list is returned": KNOWN + "def stop():\n    return STOP\n",
    "the list is bound twice": KNOWN + "STOP = []\n",
    "it is no constant by its name": KNOWN.replace("STOP", "stop"),
    "it is short": "STOP = ['a']\ndef kept(x: str):\n    return x in STOP\n",
    "it is mixed": "STOP = ['a', 1, 2.0, None, 'b', 'c', 'd']\ndef kept(x: str):\n    return x in STOP\n",
    "it is searched once, at the outermost level": STOP + "x = 'a' in STOP\n",
    "the elements may not be hashable": UNIQUE.replace("text: str", "text"),
    "the list is changed otherwise": UNIQUE.replace("    return seen", "    seen.pop()\n    return seen"),
    "the list is sorted in place by others": UNIQUE.replace("    return seen", "    elsewhere(seen)\n    return seen"),
    "the list has another name": UNIQUE.replace("    return seen", "    other = seen\n    return other"),
    "the list is given": "def f(seen, x: str):\n    for c in x:\n        if c in seen:\n            return 1\n",
    "it is no loop": "def f(x: str):\n    seen = []\n    seen.append(x)\n    return x in seen\n",
    "something else is appended": UNIQUE.replace("append(word)", "append([word])"),
    "it is filled at once": UNIQUE.replace("seen = []", "seen = list(text)"),
    "an inner function fills it": UNIQUE.replace("    for", "    def add(x):\n        seen.append(x)\n    for", 1),
    "two statements share a line": UNIQUE.replace(
        "            seen.append(word)", "            seen.append(word); x = 1"
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_it_stays_a_list_where(why: str) -> None:
    assert refused(membership, REFUSED[why])


def test_what_the_new_name_would_hide_is_left_alone() -> None:
    assert proposed(membership, main=KNOWN + "_STOP_SET = 1\n") == []
