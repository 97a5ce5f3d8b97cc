from hypothesis import given
from hypothesis import strategies as st

from tacit.logic import literals, trust
from tacit.logic.literals import Literals
from tacit.logic.secrets_table import RULES

GROUPS = [rule.literals for rule in RULES] + [sign.stems for sign in trust.SIGNS]
PIECES = st.sampled_from([literal for group in GROUPS for literal in group] + ["a", " ", "\n", "é", "東", "\ud800"])


@given(st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join).map(str.lower))
def test_one_look_finds_what_a_search_for_each_finds(text: str) -> None:
    searched = {number for number, group in enumerate(GROUPS) if any(literal in text for literal in group)}
    assert Literals(GROUPS).within(text) == searched


def test_a_literal_across_two_blocks_is_found() -> None:
    for cut in range(1, 6):
        assert Literals([["secret"]]).within("x" * (literals.BLOCK - cut) + "secret") == {0}
