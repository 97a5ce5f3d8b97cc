"""When a chat model is asked again."""

import pytest
from tests.logic.improving.test_advice import measured, moved

from tacit.improvement import Application, Consultation, Judgement
from tacit.logic.improving.asking import DAY, EVERY, due

M = "model:m"


def asked(*trials, origin=M, at=0):
    return [Consultation(id=f"c{n}", timestamp=at, origin=origin, trials=n) for n in trials]


def made(count, *, origin="bandit:x", accepted=False, at=0):
    """Trials, all of one proposer."""
    judgement = Judgement(primary="quality", accepted=accepted, reason="")
    pairs = []
    for number in range(count):
        improvement, trial = moved({"words": 0.5}, id=f"i{number}"), measured(f"i{number}", judgement=judgement)
        fields = {name: getattr(improvement, name) for name in improvement.__struct_fields__}
        told = {name: getattr(trial, name) for name in trial.__struct_fields__}
        pairs.append((type(improvement)(**fields | {"origin": origin}), type(trial)(**told | {"timestamp": at})))
    return pairs


def test_it_is_asked_first_when_there_is_something_to_ask():
    assert due([], [], origin=M, now=0)
    assert due(asked(0, origin="model:other"), [], origin=M, now=0), "another model is another adviser"


@pytest.mark.parametrize(("questions", "patience"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 8), (50, 8)])
def test_each_question_that_led_to_nothing_doubles_the_time_to_the_next(questions, patience):
    known = asked(*[0] * questions)
    assert not due(known, made(EVERY * patience - 1), origin=M, now=DAY * patience - 1)
    assert due(known, made(EVERY * patience), origin=M, now=0)
    assert due(known, [], origin=M, now=DAY * patience), "where nothing is left to try there are no trials"


def test_an_idea_that_is_accepted_sets_the_time_back():
    known, won = asked(0, 0, 0, 0), made(1, origin=M, accepted=True, at=5)
    others = made(EVERY - 1)
    assert due(known, won + others, origin=M, now=0)
    assert not due(known, made(1, origin=M, at=5) + others, origin=M, now=0), "it was rejected"
    assert not due(known, made(1, accepted=True, at=5) + others, origin=M, now=0), "it was another's"
    taken = [Application(id="a", improvement="i0", applied_at=0, state="rolled back")]
    assert not due(known, won + others, taken, origin=M, now=0), "it was taken back"
