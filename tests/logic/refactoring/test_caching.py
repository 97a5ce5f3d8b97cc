"""Caching: only what is pure, gives what cannot change, and of what equal means the same."""

from textwrap import dedent

import pytest
from tests.logic.refactoring.proposing import new, proposed, ran, refused

from tacit.logic.refactoring.caching import caching
from tacit.logic.refactoring.patch import Heat, Observed
from tacit.logic.refactoring.program import Program

STEM = '''
"""Words."""

ENDINGS = ["ing", "ed"]


def stem(word):
    for ending in ENDINGS:
        if word.endswith(ending):
            return word[: -len(ending)]
    return word
'''


def test_a_pure_function_without_annotations_keeps_results_of_plain_arguments_only() -> None:
    made = ran(new(caching, STEM))
    assert [made["stem"](word) for word in ("going", "gone", "going")] == ["go", "gone", "go"]
    with pytest.raises(AttributeError):
        made["stem"](["going"])

    class Word(str):
        pass

    word = Word("go")
    assert made["stem"](word) is word


def test_what_is_annotated_as_plain_gets_the_plain_decorator() -> None:
    text = new(caching, "import math\n\n\ndef root(n: int) -> int:\n    return math.isqrt(n)\n")
    assert text == dedent(
        """\
        import functools
        import math


        @functools.lru_cache(maxsize=16384, typed=True)
        def root(n: int) -> int:
            return math.isqrt(n)
        """
    )


def test_equal_arguments_of_different_types_are_not_the_same() -> None:
    made = ran(new(caching, "def shown(value):\n    return str(value)\n"))
    assert [made["shown"](value) for value in (1, True, 1.0, "1", 0.0, -0.0)] == [
        "1",
        "True",
        "1.0",
        "1",
        "0.0",
        "-0.0",
    ]


def test_arguments_by_name_and_errors_come_through() -> None:
    made = ran(new(caching, "def part(a, b):\n    return a // b\n"))
    assert made["part"](b=2, a=7) == 3
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            made["part"](1, 0)


def test_a_second_function_of_a_file_shares_the_guard() -> None:
    text = new(caching, STEM)
    (patch,) = proposed(caching, main=text + "\n\ndef twice(word):\n    return word + word\n")
    assert patch.files["main.py"].count("def _keeps_results") == 1
    assert ran(patch.files["main.py"])["twice"]("ab") == "abab"


def test_what_is_cold_is_left_alone() -> None:
    cold = Observed(functions={("main.py", 7): Heat(10, 0.5, 0.5), ("main.py", 1): Heat(1, 1.0, 1.0)})
    assert [*caching(Program({"main.py": STEM}), cold)] == []


REFUSED = {
    "it prints": "def f(x):\n    print(x)\n    return 1\n",
    "it reads a file": "def f(x):\n    return open(x).read()\n",
    "it tells the time": "import time\ndef f(x):\n    return time.time() + x\n",
    "it draws": "import random\ndef f(x):\n    return random.random() * x\n",
    "it writes a global": "n = 0\ndef f(x):\n    global n\n    n += 1\n    return n\n",
    "it reads a global that changes": "n = 0\ndef g():\n    global n\n    n += 1\ndef f(x):\n    return n + x\n",
    "it reads a list that is filled": "all = []\ndef g(x):\n    all.append(x)\ndef f(x):\n    return len(all) + x\n",
    "it gives a list": "def f(x):\n    return [x]\n",
    "it gives what it was given a list of": "def f(x):\n    y = [x]\n    return y\n",
    "it gives a set now and then": "def f(x):\n    return {x} if x else 1\n",
    "it is a generator": "def f(x):\n    yield x\n",
    "it is asynchronous": "async def f(x):\n    return 1\n",
    "it is a method": "class A:\n    def f(self, x):\n        return 1\n",
    "it calls something unknown": "from elsewhere import g\ndef f(x):\n    return len(g(x))\n",
    "it calls itself": "def f(n):\n    return 1 if n < 2 else n * f(n - 1)\n",
    "they call each other": "def f(n):\n    return g(n) + 1\ndef g(n):\n    return f(n) + 1\n",
    "it takes a float": "def f(x: float) -> float:\n    return x * 2.0\n",
    "it takes a list": "def f(x: list) -> int:\n    return len(x)\n",
    "it takes anything many": "def f(*x):\n    return len(x)\n",
    "a default can change": "def f(x, y=[]):\n    y.append(x)\n    return len(y)\n",
    "it gives nothing": "def f(x):\n    x.split()\n",
    "it takes nothing": "def f():\n    return 1\n",
    "it is decorated": "import atexit\n@atexit.register\ndef f(x):\n    return 1\n",
    "it compares identity": "def f(a, b):\n    return a is b\n",
    "it asks for the identity": "def f(a):\n    return id(a)\n",
    "it writes into what it is given": "def f(a, b):\n    a[0] = b\n    return 1\n",
    "it sets an attribute": "def f(a):\n    a.b = 1\n    return 1\n",
    "a built-in was replaced": "def len(x):\n    return input()\ndef f(x):\n    return len(x)\n",
    "a wildcard may replace anything": "from os import *\ndef f(x):\n    return len(x)\n",
    "its name is bound twice": "def f(x):\n    return 1\nif f:\n    def f(x):\n        return 2\n",
    "its name is looked into": "def f(x):\n    return 1\nprint(f.__code__)\n",
    "it is named as a text somewhere": "def f(x):\n    return 1\nprint(eval('f(1)'))\n",
    "the locale shapes it": "def f(x):\n    return f'{x:n}'\n",
    "it has its own function": "def f(x):\n    def g():\n        return x\n    return len(str(g()))\n",
    "it opens in a with": "def f(x):\n    with x:\n        return 1\n",
    "functools is something else": "functools = 1\ndef f(x):\n    return 1\n",
}


@pytest.mark.parametrize("why", REFUSED)
def test_it_is_not_cached_where(why: str) -> None:
    assert refused(caching, REFUSED[why])


def test_it_is_not_cached_where_a_test_puts_another_constant_or_function_in_place() -> None:
    assert refused(caching, STEM, test_main="import main\nmain.ENDINGS = ['s']\n")
    assert refused(caching, STEM, test_main="import main\nmain.ENDINGS.append('s')\n")
    assert refused(caching, STEM, test_main="from main import ENDINGS as known\nknown.append('s')\n")
    assert refused(caching, STEM, test_main="def test(monkeypatch):\n    monkeypatch.setattr('main.stem', len)\n")
    assert not refused(caching, STEM, test_main="from main import stem\nassert stem('going') == 'go'\n")


def test_a_pure_function_of_another_file_is_followed() -> None:
    first = "from second import half\ndef f(x):\n    return half(x) + 1\n"
    assert not refused(caching, first, second="def half(x):\n    return x // 2\n")
    impure = "def half(x):\n    print(x)\n    return x // 2\n"
    assert refused(caching, first, second=impure)
