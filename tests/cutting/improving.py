"""The loop: what is proposed, tried, judged, applied, watched and taken back."""

import sys
from pathlib import Path

import msgspec
from tests.cutting.harness import brings
from tests.improving.harness import MISLED, approved, asked, bought, furnished

from tacit.clock import system_clock
from tacit.improvement import IMPROVEMENTS, Trial
from tacit.logic.improving.shelf import put_rows
from tacit.memory import Memory
from tacit.sandboxes import open_sandbox
from tacit.testing.clock import FrozenClock


def answered(memory: Memory, recalls: int) -> None:
    """Recalls with honest feedback."""
    for number in range(recalls):
        question, answer = asked()[number % len(asked())]
        found = memory.recall(question, k=5)
        right = [one.item.id for one in found.results if answer in one.item.text]
        memory.feedback(found.id, 1.0 if right else -1.0, items=right)


def tried(memory: Memory, dials: dict[str, object], metric: str = "recall_quality") -> Trial:
    """A change of dials as if somebody had proposed it, tried."""
    approved(memory, dials)
    row = msgspec.structs.replace(memory.improvements(limit=1)[0], status="proposed", metric=metric)
    memory._backend.write(memory.namespace, [put_rows(IMPROVEMENTS, row)])
    trial = memory.try_improvement(row.id)
    assert trial.success, trial.errors
    return trial


def seen_by_all(memory: Memory) -> bool:
    """Whether somebody who knows nothing finds the first answers."""
    return all(answer in memory.recall(question, k=3).results[0].item.text for question, answer in asked()[:5])


@brings("pointer to the policy")
def a_dial_that_is_turned_is_turned(folder: Path) -> None:
    with furnished(folder / "a.db", cases=0) as memory:
        assert seen_by_all(memory)
        memory.set_policy(MISLED)
        assert not seen_by_all(memory)


@brings("canary")
def a_new_policy_answers_its_share(folder: Path) -> None:
    with furnished(folder / "a.db", cases=0) as memory:
        memory.apply_improvement(approved(memory, {"words": 0.5}), share=0.5)
        for question, _ in asked()[:40]:
            memory.recall(question)
        assert 5 < sum(one.policy != "" for one in memory.recalls(limit=40)) < 35


@brings("watch")
def what_harms_is_taken_back(folder: Path) -> None:
    with furnished(folder / "a.db", cases=0) as memory:
        answered(memory, 40)
        memory.apply_improvement(approved(memory, MISLED))
        answered(memory, 80)
        memory.watch()
        assert [one.state for one in memory.applications()] == ["rolled back"]


@brings("failures become cases")
def what_saw_a_failure_judges_from_then_on(folder: Path) -> None:
    with furnished(folder / "a.db", cases=0) as memory:
        answered(memory, 40)
        memory.apply_improvement(approved(memory, MISLED), share=0.5)
        answered(memory, 160)
        memory.watch()
        assert "failure" in {one.origin for one in memory.cases()}


@brings("cases of feedback")
def feedback_says_what_was_right(folder: Path) -> None:
    with furnished(folder / "a.db", cases=0) as memory:
        answered(memory, 3)
        assert [one.origin for one in memory.cases()] == ["feedback"] * 3


@brings("cases of the log")
def a_faster_policy_is_judged_by_what_was_shown_before(folder: Path) -> None:
    with furnished(folder / "a.db", cases=0) as memory:
        for question, _ in asked()[:60]:
            memory.recall(question)
        judgement = tried(memory, {"kept": 20, "candidates": 50}, "query_time_ms").judgement
        assert judgement is not None
        assert judgement.cases == 60


@brings("probing")
def the_quality_of_recall_is_measured_by_the_cases(folder: Path) -> None:
    with furnished(folder / "a.db", cases=5) as memory:
        list(memory.improve(trials=1))
        assert memory.snapshots()[-1].metrics.get("recall_quality") == 1.0


@brings("sandbox")
def a_program_that_nobody_vouches_for_writes_nothing_outside(folder: Path) -> None:
    outside = folder / "written"
    program = f"open({str(outside)!r}, 'w').write('was here')"
    assert open_sandbox("auto").run([sys.executable, "-c", program]).exit_code != 0
    assert not outside.exists()


@brings("guards")
def what_is_faster_and_finds_less_is_rejected(folder: Path) -> None:
    with furnished(folder / "a.db") as memory:
        memory.set_policy({"candidates": 3000, "kept": 2000})
        trial = tried(memory, {**MISLED, "candidates": 10, "kept": 10}, "query_time_ms")
        assert trial.judgement is not None
        assert trial.judgement.change > 0.03, trial.judgement
        assert not trial.judgement.accepted


@brings("budget of the chain")
def what_savings_of_time_cost_is_added_up(folder: Path) -> None:
    with furnished(folder / "a.db") as memory:
        bought(memory, {"kept": 90}, cost=0.009)
        judgement = tried(memory, {"recency": 0.12}, "query_time_ms").judgement  # costs .006: alone it would do
        assert judgement is not None
        assert "changes may cost 0.010 together" in judgement.reason, judgement


@brings("levels of looks")
def a_look_costs_those_after_it(folder: Path) -> None:
    with furnished(folder / "a.db") as memory:
        first, second = (tried(memory, {"exploration": value}).judgement for value in (0.5, 0.6))
        assert first is not None
        assert second is not None
        assert 0 < second.level < first.level < 0.05


@brings("giving up early")
def what_is_hopeless_is_not_measured_to_its_end(folder: Path) -> None:
    with furnished(folder / "a.db", cases=80) as memory:
        for case in memory.cases():
            memory.add_case(case.query, case.relevant)
        judgement = tried(memory, MISLED).judgement
        assert judgement is not None
        assert judgement.cases < 100


@brings("the simpler of equals")
def what_is_equal_and_simpler_is_accepted(folder: Path) -> None:
    with furnished(folder / "a.db") as memory:
        memory.set_policy({"exploration": 0.5})  # of learned items, of which there are none
        looks = (tried(memory, {"exploration": 1.0}).judgement for _ in range(5))  # a busy machine may look unequal
        assert any(one is not None and one.simpler for one in looks)


@brings("surrogate of trials")
def dials_are_proposed_from_what_trials_measured(folder: Path) -> None:
    with furnished(folder / "a.db") as memory:
        memory.set_target("recall_quality", 0.99)
        memory.set_policy(MISLED)
        memory.probe()
        memory.analyze()
        assert any(one.change.kind == "policy" for one in memory.propose(most=5, shipped_known=False))


@brings("shipped values")
def going_back_to_what_was_shipped_is_proposed(folder: Path) -> None:
    with furnished(folder / "a.db") as memory:
        memory.set_target("recall_quality", 0.99)
        memory.set_policy(MISLED)
        memory.probe()
        memory.analyze()
        moved = [one.change.policy for one in memory.propose(most=50)]
        assert {"words": 0.7} in moved


def filtered(folder: Path) -> list[str]:
    """Columns that get an index proposed, where all recalls filter by author."""
    with furnished(folder / "a.db", cases=0) as memory:
        for question, _ in asked()[:30]:
            memory.recall(question, authors=["guest 3"])
        memory.set_target("query_time_ms", 0.001)
        memory.analyze()
        return [one.change.index for one in memory.propose(most=50) if one.change.kind == "index"]


@brings("other kinds of changes")
def an_index_is_proposed(folder: Path) -> None:
    assert filtered(folder) == ["author"]


@brings("observed filters")
def what_recalls_filter_by_is_observed(folder: Path) -> None:
    assert filtered(folder) == ["author"]


@brings("what nobody was shown")
def learned_items_that_nobody_was_shown_may_go(folder: Path) -> None:
    clock = FrozenClock(system_clock())
    with furnished(folder / "a.db", clock=clock) as memory:
        rule = memory.add_rule("Keep the lantern in the cellar")
        clock.advance(100 * 86_400_000_000)
        memory.set_target("recall_quality", 0.99)
        memory.set_policy(MISLED)
        memory.probe()
        memory.analyze()
        assert [one.change.items for one in memory.propose(most=50) if one.change.kind == "retire"] == [(rule.id,)]


@brings("applying by itself")
def what_is_better_is_applied_without_being_asked(folder: Path) -> None:
    with furnished(folder / "a.db") as memory:
        memory.set_target("recall_quality", 0.99)
        memory.set_policy(MISLED)
        list(memory.improve(trials=6))
        assert memory.applications() != []
