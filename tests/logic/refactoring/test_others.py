"""Joins, hoisted expressions, counting, queues, extremes: the same results, or nothing is proposed."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.logic.refactoring.proposing import new, ran, refused

from tacit.logic.refactoring.counting import counting
from tacit.logic.refactoring.extremes import extremes
from tacit.logic.refactoring.hoisting import hoisting
from tacit.logic.refactoring.joins import joins
from tacit.logic.refactoring.queues import queues

JOIN = "def f(text: str):\n    out = ''\n    for w in text.split():\n        out += w.upper() + ' '\n    return out\n"
HANDLED = (
    "def f(t: str):\n    try:\n        s = ''\n        for c in t:\n            s += c\n"
    "    except KeyError:\n        return s\n"
)
FRONT = JOIN.replace("out += w.upper() + ' '", "out = w + out")
COUNT = (
    "def f(text: str):\n    words = text.split()\n    found = {}\n    for w in words:\n"
    "        found[w] = words.count(w)\n    return found\n"
)
QUEUE = (
    "def f(n):\n    todo = [n]\n    done = 0\n    while todo:\n        one = todo.pop(0)\n        done += one\n"
    "        if one > 1:\n            todo.append(one - 1)\n    return done\n"
)
FIRST = "def f(text: str):\n    words = text.split()\n    return sorted(words)[0]\n"
TOP = "def f(text: str):\n    words = text.split()\n    return sorted(words, key=lambda w: len(w), reverse=True)[:3]\n"
HOIST = "import re\ndef f(x):\n    return [re.sub(r'\\d+', '#', w) for w in re.split('[ ,]+', x)]\n"


def both(refactoring: Any, text: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    return ran(text)["f"], ran(new(refactoring, text))["f"]


PAIRS = [both(joins, JOIN), both(joins, FRONT), both(counting, COUNT), both(extremes, TOP), both(hoisting, HOIST)]


@given(st.text(alphabet="ab1 ,", max_size=40))
def test_they_give_the_same(text: str) -> None:
    for old, changed in PAIRS:
        assert changed(text) == old(text)


def test_a_queue_gives_the_same_and_is_a_deque() -> None:
    old, changed = both(queues, QUEUE)
    assert [changed(n) for n in range(5)] == [old(n) for n in range(5)]
    assert "todo = collections.deque([n])" in new(queues, QUEUE)


def test_the_first_of_nothing_is_the_same_error() -> None:
    for function in both(extremes, FIRST):
        assert function("b a") == "a"
        with pytest.raises(IndexError):
            function("")


def test_a_pattern_is_named_once_and_flags_go_with_it() -> None:
    text = new(hoisting, "import re\ndef f(x):\n    return re.search('A', x, re.I) or re.match('A', x, re.I | re.M)\n")
    assert text.startswith(
        "import re\n\n_PATTERN_1 = re.compile('A', re.I)\n_PATTERN_2 = re.compile('A', re.I | re.M)\n"
    )
    assert ran(text)["f"]("a")


REFUSED = {
    "join: the part may be no text": (joins, JOIN.replace("text: str", "text")),
    "join: it is looked at on the way": (joins, JOIN.replace("    return", "        print(out)\n    return")),
    "join: it is left in the middle": (joins, JOIN.replace("        out", "        if w: return out\n        out")),
    "join: an error is handled": (joins, HANDLED),
    "join: an inner function looks": (joins, JOIN.replace("    for", "    def g():\n        return out\n    for", 1)),
    "join: a lambda looks at it": (joins, JOIN.replace("    return", "    g = lambda: out\n    return")),
    "join: it begins with something": (joins, JOIN.replace("''", "'x'")),
    "join: from both sides": (joins, JOIN.replace("    return", "        out = w + out\n    return")),
    "join: something stands between": (joins, JOIN.replace("    for", "    x = out\n    for", 1)),
    "join: it yields on the way": (joins, JOIN.replace("        out", "        yield 1\n        out")),
    "join: the loop has an else": (joins, JOIN.replace("    return", "    else:\n        out += 'x'\n    return")),
    "count: the list changes": (counting, COUNT.replace("found[w] =", "words.append(w); found[w] =")),
    "count: not a list for sure": (counting, COUNT.replace("text.split()", "text.parts()")),
    "count: not hashable for sure": (counting, COUNT.replace("text.split()", "[*text.parts()]")),
    "count: no loop": (counting, "def f(t: str):\n    w = t.split()\n    return w.count('a')\n"),
    "count: made in the loop": (counting, "def f(t: str):\n    for x in t:\n        w = [t]\n        w.count(x)\n"),
    "count: a text": (counting, "def f(t: str):\n    for x in t:\n        t.count(x)\n"),
    "queue: it is handed on": (queues, QUEUE.replace("    return done", "    return todo")),
    "queue: it is sliced": (queues, QUEUE.replace("done += one", "done += sum(todo[1:])")),
    "queue: a loop over it": (queues, QUEUE.replace("done += one", "done += sum(x for x in todo)")),
    "queue: it is given": (queues, "def f(todo):\n    while todo:\n        todo.pop(0)\n"),
    "queue: it is sorted": (queues, QUEUE.replace("    while", "    todo.sort()\n    while")),
    "queue: it is compared": (queues, QUEUE.replace("while todo:", "while todo != []:")),
    "queue: it is made by others": (queues, QUEUE.replace("[n]", "n.children()")),
    "queue: popped elsewhere": (queues, QUEUE.replace("pop(0)", "pop(1)")),
    "queue: it grows by itself": (queues, QUEUE.replace("todo.append(one - 1)", "todo.extend(todo)")),
    "sort: real numbers": (extremes, "def f(t: str):\n    return sorted([float(x) for x in t.split()])[0]\n"),
    "sort: unknown": (extremes, "def f(t):\n    return sorted(t)[0]\n"),
    "sort: an unknown key": (extremes, TOP.replace("len(w)", "w.rank")),
    "sort: the last": (extremes, FIRST.replace("[0]", "[-1]")),
    "sort: from the end": (extremes, TOP.replace("[:3]", "[:-3]")),
    "sort: by steps": (extremes, TOP.replace("[:3]", "[:3:2]")),
    "sort: it depends": (extremes, TOP.replace("reverse=True", "reverse=bool(text)")),
    "hoist: not written out": (hoisting, "import re\ndef f(p, x):\n    return re.sub(p, '', x)\n"),
    "hoist: it does not compile": (hoisting, "import re\ndef f(x):\n    return re.sub('(', '', x)\n"),
    "hoist: it warns": (hoisting, "import re\ndef f(x):\n    return re.sub('[[a]', '', x)\n"),
    "hoist: unknown flags": (hoisting, "import re\ndef f(x, g):\n    return re.search('a', x, g)\n"),
    "hoist: re is something else": (hoisting, "import regex as re\ndef f(x):\n    return re.search('a', x)\n"),
    "hoist: re is given": (hoisting, "import re\ndef f(re, x):\n    return re.search('a', x)\n"),
    "hoist: outermost level": (hoisting, "import re\nx = re.search('a', 'a')\n"),
    "hoist: a default": (hoisting, "import re\ndef f(x=re.search('a', 'a')):\n    return x\n"),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_nothing_is_proposed_where(why: str) -> None:
    refactoring, text = REFUSED[why]
    assert refused(refactoring, text)
