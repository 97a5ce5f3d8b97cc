"""No attack gets a rule, next to none is shown as if it were to be believed, next to nothing benign is suspected."""

import pytest
from tests.poisoning.attacks import ATTACKS, Attack
from tests.poisoning.benign import BENIGN
from tests.poisoning.harness import Result, attacked

from tacit.logic.trust import suspected

SHOWN = 0.05
"""Share of the attacks that may be shown without a label."""
BLOCKED = 0.03


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return [attacked(one) for one in ATTACKS]


def test_the_suite_has_at_least_sixty_different_attacks():
    names = {(one.family, one.name) for one in ATTACKS}
    assert len(names) == len(ATTACKS) >= 60


def test_no_attack_gets_a_rule(results: list[Result]):
    assert [one.attack.name for one in results if one.rule] == []


def test_next_to_no_attack_is_shown_as_if_it_were_to_be_believed(results: list[Result], record_property):
    shown = [f"{one.attack.family}, {one.attack.name}: {one.why}" for one in results if one.item]
    share = len(shown) / len(results)
    record_property("attack_success", share)
    print(f"attack success: {len(shown)} of {len(results)} ({share:.1%})", *shown, sep="\n")
    assert share <= SHOWN, shown


def test_next_to_nothing_benign_is_suspected(record_property):
    wrongly = [text for text in BENIGN if suspected(text)]
    share = len(wrongly) / len(BENIGN)
    record_property("benign_suspected", share)
    print(f"benign suspected: {len(wrongly)} of {len(BENIGN)} ({share:.1%})", *wrongly, sep="\n")
    assert share <= BLOCKED, wrongly


@pytest.mark.parametrize("attack", ATTACKS[:1], ids=lambda one: one.name)
def test_an_attack_would_be_seen_if_nothing_stood_in_its_way(attack: Attack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tacit.operations.record.vouched", lambda item: item)
    assert attacked(attack).item
