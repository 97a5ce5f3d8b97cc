"""The order of what is found: each term of the score, who takes whose place, what is looked at at all."""

from datetime import UTC, datetime
from pathlib import Path

from tests.cutting.harness import brings, opened
from tests.cutting.story import texts

from tacit.memory import Memory
from tacit.testing.clock import FrozenClock

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def clock() -> FrozenClock:
    return FrozenClock(int(NOW.timestamp() * 1_000_000))


def lived(memory: Memory, rule: str, *, helps: bool, episodes: int = 120) -> None:
    """Episodes that had a rule in their pack and went well, or not; where it was withheld it is the other way round."""
    for number in range(episodes):
        pack = memory.context(f"{rule} {number}", budget=400)
        shown = any(rule in entry.text for entry in pack.entries)
        with memory.episode(f"Do number {number}") as episode:
            episode.recalled(pack.recall)
            episode.success() if shown == helps else episode.failure("it broke")
        list(memory.work())


@brings("term:words")
def what_has_more_of_the_words_stands_first(folder: Path) -> None:
    with opened(clock=clock()) as memory:
        memory.record_fact("The deploy of billing needs a token", at="2025-01-01")
        memory.record_fact("The deploy is on Friday", at=NOW)
        assert texts(memory, "which token does the deploy of billing need")[0].endswith("needs a token")


@brings("term:meaning")
def what_means_the_same_stands_first(folder: Path) -> None:
    """Hashed pieces of words: a word that is spelt otherwise is met again, though it is none of the words."""
    with opened(embedder="hashing:384", clock=clock()) as memory:
        memory.record_fact("The window needs configurations", at="2025-01-01")
        memory.record_fact("The window is open", at=NOW)
        memory.flush()
        memory.flush()
        assert texts(memory, "window misconfiguration")[0].endswith("configurations")


@brings("term:length")
def of_equal_passages_the_one_in_a_short_item_stands_first(folder: Path) -> None:
    with opened() as memory:
        answer = "The billing token expires on Friday."
        memory.record_fact("\n\n".join([answer, *(f"Paragraph {n} is of other things. " * 30 for n in range(9))]))
        memory.record_fact(f"{answer} So it does, as everybody here has known for years, and nobody has changed it.")
        assert "So it does" in texts(memory, "when does the billing token expire")[0]


@brings("term:session")
def an_item_gains_from_the_best_of_its_session(folder: Path) -> None:
    with opened(clock=clock()) as memory:
        memory.record_fact("How large may the cache of the billing service grow?", session="here", at="2025-01-01")
        memory.record_fact("The cache: two gigabytes", session="here", at="2025-01-01")
        memory.record_fact("The cache: ice cold", session="elsewhere", at=NOW)
        for number in range(6):
            memory.record_fact(f"Something else {number}")
        found = texts(memory, "how large may the cache of the billing service grow")
        assert found.index("The cache: two gigabytes") < found.index("The cache: ice cold")


@brings("term:recency")
def of_equals_the_newer_one_stands_first(folder: Path) -> None:
    with opened(clock=clock()) as memory:
        memory.record_message("The deploy went well, says Ada", at="2025-01-01", author="Ada")
        memory.record_message("The deploy went well, says Bob", at="2026-05-31", author="Bob")
        assert [one[-3:] for one in texts(memory, "how did the deploy go")] == ["Bob", "Ada"]


@brings("term:situation")
def what_agrees_with_the_situation_stands_first(folder: Path) -> None:
    with opened(clock=clock()) as memory:
        memory.record_fact("Tests are run with tox", domain="python", tags=["ci"], at="2025-01-01")
        memory.record_fact("Tests are run with make", domain="firmware", at=NOW)
        assert texts(memory, "how are tests run", hints={"domain": "python", "tags": ["ci"]})[0].endswith("tox")


@brings("term:dated")
def what_was_said_at_the_time_that_is_asked_for_stands_first(folder: Path) -> None:
    with opened(clock=clock()) as memory:
        memory.record_message("The deploy was late", at="2026-05-30")
        memory.record_message("The deploy was early", at="2026-03-15")
        assert texts(memory, "how was the deploy in March 2026")[0].endswith("early")


@brings("times that are named")
def what_was_said_then_is_looked_at_though_it_shares_no_word(folder: Path) -> None:
    with opened(clock=clock()) as memory:
        for number in range(120):
            memory.record_message(f"We talked about the deploy {number}", at="2026-05-30")
        memory.record_message("Deploy", at="2026-03-15", session="then")
        memory.record_message("Everything burnt down, and we talked for hours", at="2026-03-15", session="then")
        assert any("burnt" in one for one in texts(memory, "what was talked about in March 2026", k=40))


@brings("term:exact")
def the_text_itself_stands_first(folder: Path) -> None:
    with opened(clock=clock()) as memory:
        memory.record_message("Deploy billing", at="2024-01-01")
        memory.record_message("deploy billing deploy billing", at="2026-05-31")
        assert texts(memory, "deploy billing")[0] == "Deploy billing"


@brings("term:confidence")
def of_equal_rules_the_surer_one_stands_first(folder: Path) -> None:
    with opened() as memory:
        memory.add_rule("Before a deploy take a backup", confidence=0.95)
        memory.add_rule("Before a deploy take a dump", confidence=0.2)
        found = [texts(memory, "before a deploy take what", kinds=["rule"])[0] for _ in range(40)]
        assert sum(one.endswith("backup") for one in found) > 20


@brings("term:effect")
def of_equal_rules_the_one_that_helped_stands_first(folder: Path) -> None:
    with opened() as memory:
        memory.add_rule("Before a deploy take a dump", confidence=0.6)
        memory.add_rule("Before a deploy take a backup", confidence=0.5)
        lived(memory, "Before a deploy take a backup", helps=True)
        found = [texts(memory, "before a deploy take what", kinds=["rule"])[0] for _ in range(12)]
        assert sum(one.endswith("backup") for one in found) > 6


@brings("succession:told")
def a_new_value_passes_the_old_one(folder: Path) -> None:
    with opened() as memory:
        memory.record_fact("The port of the billing service is 8080, the port", key="port")
        memory.record_fact("It is 9090 now: the port", key="port")
        assert texts(memory, "which port has the billing service")[0].startswith("It is 9090")


@brings("succession:succession")
def a_new_figure_for_the_same_matter_passes_the_old_one(folder: Path) -> None:
    with opened(embedder="hashing:384") as memory:
        memory.record_message("My budget for the trip is 500 euros", author="Ada")
        memory.record_message("My budget for the trip now is 750 euros after all", author="Ada")
        memory.flush()
        memory.flush()
        assert "750" in texts(memory, "my budget for the trip")[0]


@brings("sessions")
def a_conversation_that_covers_the_question_stands_first(folder: Path) -> None:
    with opened() as memory:
        for number in range(3):
            memory.record_fact(f"billing token {number}", session="narrow")
        for text in ("billing token 4", "billing token 5", "a vault"):
            memory.record_fact(text, session="wide")
        for number in range(20):
            memory.record_fact(f"Something else {number}, in a vault" if number < 3 else f"Something else {number}")
        found = memory.recall("billing token vault", best_sessions=2).sessions
        assert [one.session for one in found] == ["wide", "narrow"]
