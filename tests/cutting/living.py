"""What happens by itself once an episode is complete: nobody asks to learn, the queue is worked off."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.cutting.harness import brings, opened
from tests.cutting.judging import SERVICES
from tests.cutting.knowing import reports
from tests.cutting.story import done, learned, locked, patterns

from tacit.logic.extractors import Custom, Seen
from tacit.memory import Memory
from tacit.opening import examine
from tacit.results import Check
from tacit.types import Episode, Item

PULL = "Pull before you push"


@brings("learning by itself")
def a_complete_episode_is_learned_from(folder: Path) -> None:
    with opened() as memory:
        locked(memory, "billing", unlocks=True)
        list(memory.work())
        assert patterns(memory, "error_recovery") != []


@brings("review by itself")
def after_some_episodes_all_patterns_are_looked_at_together(folder: Path) -> None:
    with opened() as memory:
        for service in SERVICES:
            for number in range(4):
                locked(memory, f"{service} {number}", unlocks=number % 2 == 0)
        list(memory.work())
        assert any("force-unlock" in one.text for one in memory.rules())


@brings("distilling by itself")
def after_a_review_similar_patterns_become_knowledge(folder: Path) -> None:
    with opened() as memory:
        for _ in range(7):
            reports(memory)
        list(memory.work())
        assert memory.items(kinds=["knowledge"]) != []


@brings("embedding by itself")
def what_was_learned_is_found_by_its_meaning(folder: Path) -> None:
    with opened(embedder="hashing:384") as memory:
        locked(memory, "billing", unlocks=True)
        list(memory.work())
        found = memory.recall("terraformed force-unlocking", kinds=["pattern"]).results
        assert any((one.why.cosine or 0.0) > 0.1 for one in found)


@brings("cascade of forgetting")
def what_was_derived_from_an_episode_is_forgotten_with_it(folder: Path) -> None:
    with opened() as memory:
        item = locked(memory, "billing", unlocks=True)
        learned(memory)
        assert patterns(memory, "error_recovery") != []
        assert memory.forget(item.id).kinds.get("pattern", 0) > 0
        assert patterns(memory, "error_recovery") == []


@brings("comparable episodes")
def a_recovery_is_compared_with_what_else_was_done_about_its_error(folder: Path) -> None:
    """Tasks without the error are easy: against these it would seem to do harm."""
    with opened() as memory:
        for number in range(30):
            locked(memory, f"service {number}", unlocks=number % 2 == 0, ok=number % 4 == 0)
            done(memory, f"Look at service {number}", [("terraform", "plan", "success", "")], domain="ops")
        learned(memory)
        (seen,) = [
            one
            for one in patterns(memory, "error_recovery")
            if one.pattern_type == "error_recovery" and "force-unlock" in one.action
        ]
        assert seen.lift is not None
        assert seen.lift > 0


@brings("following")
def what_was_shown_counts_as_followed_where_it_was(folder: Path) -> None:
    with opened() as memory:
        locked(memory, "billing", unlocks=True)
        learned(memory)
        pack = memory.context("terraform apply fails: state lock held", kinds=["pattern"])
        done(memory, "Deploy the mail service", [("helm", "helm up", "success", "")], recall=pack.recall, domain="web")
        learned(memory)
        assert memory.effects() != []
        assert all((one.shown, one.helped) == (1, 0) for one in memory.effects())


@brings("looking back")
def a_similar_episode_is_shown_with_what_it_says_of_itself(folder: Path) -> None:
    with opened() as memory:
        locked(memory, "billing", unlocks=False)
        learned(memory)
        assert "looking back" in memory.context("Deploy the billing service", kinds=["episode"]).text


def replied(reply: str) -> list[Item]:
    with opened() as memory:
        memory.apply_rules(reply)
        return memory.rules()


@brings("replies in JSON")
def a_teacher_may_answer_in_json(folder: Path) -> None:
    reply = f'Here you are:\n```json\n[{{"action": "add", "insight": "{PULL}"}}]\n```'
    assert [one.text for one in replied(reply)] == [PULL]


@brings("replies in XML")
def a_teacher_may_answer_in_xml(folder: Path) -> None:
    operation = f"<operation><action>add</action><insight>{PULL}</insight></operation>"
    assert [one.text for one in replied(f"<operations_list>{operation}</operations_list>")] == [PULL]


@brings("history of rules")
def a_rule_keeps_its_history(folder: Path) -> None:
    def told(memory: Memory) -> list[tuple[Any, ...]]:
        (rule,) = memory.rules()
        return [(one.operation, one.by) for one in rule.payload.history]

    with opened() as memory:
        memory.add_rule(PULL, confidence=0.5)
        memory.apply_rules([{"action": "reinforce", "old_insight_to_replace": PULL}])
        assert told(memory) == [("add", "person"), ("reinforce", "teacher")]


@brings("failures of extractors")
def an_extractor_that_fails_is_told_by_the_doctor(folder: Path) -> None:
    def broken(episode: Episode) -> Iterable[Seen]:
        raise ZeroDivisionError(f"on {episode.task}")

    with opened(folder, extractors=[Custom("mine", broken)]) as memory:
        locked(memory, "billing", unlocks=True)
        learned(memory)
        assert patterns(memory, "error_recovery") != []
    looked = examine(folder / "agent.db", embedder="none", reranker="none")
    told = [one.found for one in looked if isinstance(one, Check) and one.name == "extractors"]
    assert ["extractor mine failed on 1 episode" in one for one in told] == [True]
