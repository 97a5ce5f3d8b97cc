"""Every term of ranking is on the live path: a story through the front door ends otherwise when the term is cut out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tacit
from tacit.changes import PutLearned
from tacit.logic import ranking, scoring
from tacit.logic.effect import credited
from tacit.memory import Memory
from tacit.testing.clock import FrozenClock

DAY = 86_400_000_000

TABLES = {"passage": scoring.PASSAGE_TERMS, "item": scoring.ITEM_TERMS, "succession": ranking.SUCCESSIONS}


def meaning(memory: Memory, _clock: FrozenClock) -> bool:
    """Longer forms of the same words are near, and share no term."""
    memory.record_message("electromagnetically shielded")
    memory.record_message("zebras, a")
    memory.flush()
    (found, *_) = memory.recall("electromagnet shield a").results
    return found.why.relevance > 0.7


def words(memory: Memory, _clock: FrozenClock) -> bool:
    memory.record_message("the port is 8080")
    return memory.recall("which port").results[0].why.relevance > 0.0


def length(memory: Memory, _clock: FrozenClock) -> bool:
    memory.record_message("the port is 8080. " + "Nothing else was said that day. " * 1_500)
    return memory.recall("which port").results[0].why.relevance < 0.0


def session(memory: Memory, _clock: FrozenClock) -> bool:
    memory.record_message("which of the ports is open", session="a")
    found = memory.recall("which of the ports").results[0]
    return found.score > found.why.relevance + found.why.recency + 0.01


def recency(memory: Memory, clock: FrozenClock) -> bool:
    memory.record_message("the port is open", session="old")
    clock.advance(90 * DAY)
    memory.record_message("the port is open", session="new")
    return memory.recall("port").results[0].item.session == "new"


def situation(memory: Memory, clock: FrozenClock) -> bool:
    memory.record_message("the port is open", domain="mine")
    clock.advance(9 * DAY)
    memory.record_message("the port is open", domain="other")
    return memory.recall("port", hints={"domain": "mine"}).results[0].item.domain == "mine"


def dated(memory: Memory, _clock: FrozenClock) -> bool:
    memory.record_message("the meeting took place", at="2023-05-08T10:00:00Z", session="then")
    memory.record_message("the meeting took place", at="2023-09-01T10:00:00Z", session="later")
    return memory.recall("the meeting on 8 May 2023").results[0].item.session == "then"


def exact(memory: Memory, _clock: FrozenClock) -> bool:
    memory.record_message("a port")
    memory.record_message("port port port of a port")
    found = memory.recall("a port").results[0]
    return found.item.text == "a port" and found.score > 3.0


def confidence(memory: Memory, _clock: FrozenClock) -> bool:
    memory.add_rule("[GENERAL_LEARNING|0.90] look at the port")
    return memory.recall("look at the port", kinds=("rule",)).results[0].why.confidence > 0.0


def effect(memory: Memory, clock: FrozenClock) -> bool:
    helps = memory.add_rule("[GENERAL_LEARNING|0.10] check the port first").id
    clock.advance(60 * DAY)
    memory.add_rule("[GENERAL_LEARNING|0.90] check the port last")
    row = None
    for number in range(300):
        shown = number % 2 == 0
        row = credited(row, shown=shown, propensity=0.5, success=float(shown), applied=True)
    memory._backend.write(memory.namespace, [PutLearned(space="worth", rows={helps: row})])
    return memory.recall("check the port", kinds=("rule",)).results[0].item.id == helps


def told(memory: Memory, _clock: FrozenClock) -> bool:
    memory.record_fact("the port of the staging server is open to everybody", key="port")
    memory.record_fact("closed port", key="port")
    found = memory.recall("is the port of the staging server open to everybody").results
    return found[0].item.text == "closed port"


def succession(memory: Memory, _clock: FrozenClock) -> bool:
    memory.record_message("the staging port of the api server is 8080", author="Ana")
    memory.record_message("now the staging port of the api server is 9090", author="Ana")
    memory.flush()
    found = memory.recall("what is the staging port of the api server").results
    return bool(found[0].why.supersedes)


Story = Callable[[Memory, FrozenClock], bool]
STORIES: dict[str, tuple[Story, str]] = {
    "meaning": (meaning, "hashing:384"),
    "words": (words, "none"),
    "length": (length, "none"),
    "session": (session, "none"),
    "recency": (recency, "none"),
    "situation": (situation, "none"),
    "dated": (dated, "none"),
    "exact": (exact, "none"),
    "confidence": (confidence, "none"),
    "effect": (effect, "none"),
    "told": (told, "none"),
    "succession": (succession, "hashing:384"),
}


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def memory(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[Memory]:
    _, embedder = STORIES[request.getfixturevalue("term")]
    with tacit.open(tmp_path / "agent.db", embedder=embedder, worker=False, clock=clock) as opened:
        yield opened


def test_every_term_has_a_story():
    assert set(STORIES) == {name for table in TABLES.values() for name in table}


@pytest.mark.parametrize("term", STORIES)
def test_the_story_holds(term: str, memory: Memory, clock: FrozenClock):
    assert STORIES[term][0](memory, clock)


@pytest.mark.parametrize("term", STORIES)
def test_without_the_term_the_story_ends_otherwise(
    term: str, memory: Memory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
):
    (table,) = [table for table in TABLES.values() if term in table]
    monkeypatch.delitem(table, term)
    assert not STORIES[term][0](memory, clock)
