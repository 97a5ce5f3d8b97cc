"""What a model is shown: the hottest functions and what they call, and little else."""

from tacit.logic.refactoring.advice import Ended, question
from tacit.logic.refactoring.excerpts import excerpts, hottest
from tacit.logic.refactoring.patch import Heat, Observed
from tacit.logic.refactoring.program import Program

TEXT = '''"""Many things."""

import math

SIZE = 3
TABLE = [
''' + "    1,\n" * 30 + ''']


class Shop:
    """A shop."""

    name = "corner"

    @property
    def sold(self):
        return helper(SIZE)

    def cold(self):
        return "cold"


def helper(size):
    return math.pi * size


def other():
    return "other"
'''  # fmt: skip
LINES = TEXT.splitlines()
SOLD, HELPER = (next(n for n, line in enumerate(LINES, 1) if word in line) for word in ("@property", "def helper"))


def shown(heat: dict[int, Heat], most: int = 10_000) -> str:
    observed = Observed(functions={("shop.py", line): one for line, one in heat.items()})
    found = excerpts(hottest(Program({"shop.py": TEXT}), observed), most)
    return "\n".join(one.text for one in found)


def test_a_hot_method_is_shown_with_its_class_and_what_it_calls_and_nothing_cold():
    assert shown({SOLD: Heat(100, 0.9, 0.95), HELPER: Heat(100, 0.01, 0.01)}) == (
        "# [...]\nimport math\n\nSIZE = 3\n# [...]\nclass Shop:\n# [...]\n    @property\n    def sold(self):\n"
        "        return helper(SIZE)\n# [...]\ndef helper(size):\n    return math.pi * size\n# [...]"
    )


def test_what_only_calls_what_is_hot_comes_last_and_what_does_not_fit_is_left_out():
    heat = {SOLD: Heat(1, 0.01, 0.99), HELPER: Heat(100, 0.9, 0.9)}
    assert "def sold" in shown(heat)
    assert "def sold" not in shown(heat, 100)
    assert "def helper" in shown(heat, 100)
    assert shown(heat, 10) == ""


def test_what_judges_is_not_shown_and_where_nothing_was_observed_all_is():
    program = Program({"shop.py": TEXT, "test_shop.py": TEXT}, protected=frozenset({"test_shop.py"}))
    found = excerpts(hottest(program, Observed(functions={})), 10_000)
    assert [one.path for one in found] == ["shop.py"]
    assert "def cold" in found[0].text
    assert "def other" in found[0].text


def test_of_what_ended_the_question_tells_how_and_only_of_the_models_own_the_diff():
    ended = [
        Ended(description="a dial", how="rejected", diff="-secret = 1"),
        Ended(description="a patch", how="-3 %", diff="+ x = 2", mine=True),
    ]
    text = question([], measure="time", ended=[Ended(description="older", how="x")] * 20 + ended)[-1].text
    assert "- a dial: rejected\n- a patch: -3 %\n+ x = 2" in text
    assert "secret" not in text
    assert text.count("older") == 10
