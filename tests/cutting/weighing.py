"""What is proposed next, and what the judge asks beside the size of a gain."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import asdict
from tests.cutting.harness import brings
from tests.cutting.improving import tried
from tests.improving.harness import MISLED, asked, furnished

from tacit.clock import new_id, system_clock
from tacit.improvement import IMPROVEMENTS, TRIALS, Alteration, Improvement, Judgement, Trial
from tacit.logic.improving.shelf import put_rows
from tacit.memory import Memory
from tacit.policy import Policy

BACK: Mapping[str, object] = {dial: asdict(Policy())[dial] for dial in MISLED}
"""From what misleads to what was shipped."""


def found(memory: Memory, question: str) -> str:
    """Id of what is shown first."""
    return memory.recall(question, k=1).results[0].item.id


def misled(folder: Path) -> Memory:
    """A memory that shows the newest whatever is asked, and is measured."""
    memory = furnished(folder / "a.db")
    memory.set_target("recall_quality", 0.99)
    memory.set_policy(MISLED)
    memory.probe()
    memory.analyze()
    return memory


def judged(memory: Memory, changes: Sequence[dict[str, float]], *, accepted: bool) -> None:
    """Trials of these changes, of which nothing is known but the verdict."""
    parent = memory.standing().policy
    for number, dials in enumerate(changes, len(memory.trials()) + 1):
        row = Improvement(
            id=new_id(),
            metric="recall_quality",
            description="by force",
            change=Alteration(policy=dials),
            status="approved" if accepted else "rejected",
            timestamp=system_clock(),
            parent=parent,
        )
        said = Judgement(
            primary="quality",
            accepted=accepted,
            reason="by force",
            p_value=0.0 if accepted else 1.0,
            level=0.01,
            cases=60,
        )
        trial = Trial(
            id=new_id(), improvement=row.id, timestamp=row.timestamp, number=number, success=True, judgement=said
        )
        memory._backend.write(memory.namespace, [put_rows(IMPROVEMENTS, row), put_rows(TRIALS, trial)])


@brings("luck")
def what_luck_alone_would_do_is_not_accepted(folder: Path) -> None:
    with furnished(folder / "a.db", cases=0) as memory:
        same, better = [asked()[-1][0]] * 16, [question for question, _ in asked()[:4]]
        for question in (*same, *better):
            memory.add_case(question, [found(memory, question)], k=1)
        memory.set_policy(MISLED)
        judgement = tried(memory, {"words": 1.0, "recency": 0.01, "session": 0.1}).judgement
        assert judgement is not None
        assert judgement.low > 0.0
        assert "luck alone would do that" in judgement.reason


@brings("what must hold of the simpler")
def what_is_simpler_and_worse_is_rejected(folder: Path) -> None:
    with furnished(folder / "a.db", cases=0) as memory:
        newest = found(memory, asked()[-1][0])
        for question, _ in asked()[:30]:
            memory.add_case(question, [newest], k=1)
        memory.set_policy(MISLED)
        judgement = tried(memory, {**BACK}).judgement
        assert judgement is not None
        assert not judgement.accepted


@brings("what was proposed before")
def what_waits_for_its_trial_is_not_proposed_again(folder: Path) -> None:
    with misled(folder) as memory:
        first, second = ([one.change.policy for one in memory.propose(most=10)] for _ in range(2))
        assert not [one for one in second if one in first]


@brings("what families of changes were worth")
def what_never_worked_is_tried_after_what_did(folder: Path) -> None:
    with misled(folder) as memory:
        judged(memory, [{"words": 0.01 * number, "session": 0.5} for number in range(1, 41)], accepted=False)
        judged(memory, [{"words": 0.01 * number} for number in range(1, 41)], accepted=True)
        families = [one.origin for one in memory.propose(most=12, keep=False)]
        assert families.count("bandit:recall_quality/many") <= 1
        assert families.count("bandit:recall_quality/words/up") > 1


@brings("what a trial can see")
def the_more_looks_found_nothing_the_less_is_expected_of_the_next(folder: Path) -> None:
    with misled(folder) as memory:
        before = hoped(memory)
        judged(memory, [{"words": 0.001 * number} for number in range(1, 31)], accepted=False)
        assert hoped(memory) < before / 2


def hoped(memory: Memory) -> float:
    """Chances of the first idea of each family that the surrogate gives, together."""
    ideas = [one for one in memory.propose(most=30, keep=False) if one.origin.startswith("bandit")]
    return sum({one.origin: one.confidence for one in reversed(ideas)}.values())
