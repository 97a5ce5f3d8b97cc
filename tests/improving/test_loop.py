"""The loop through the front door: proposed, tried in the sandbox, judged, applied, watched, taken back."""

import dataclasses
import time

import msgspec
import pytest
from tests.improving.harness import MISLED, approved, asked, furnished

from tacit.clock import new_id
from tacit.errors import Conflict, InvalidInput, NotFound, SandboxError
from tacit.improvement import APPLICATIONS, IMPROVEMENTS, Application, Standing
from tacit.logic.improving.shelf import put_rows
from tacit.logic.improving.vigil import WINDOW
from tacit.memory.base import LOOK_EVERY
from tacit.sandboxes import open_sandbox


def lived(memory, recalls, *, every=4):
    """Recalls with honest feedback, until the watch has spoken."""
    for number in range(recalls):
        question, answer = asked()[number * 7 % len(asked())]
        found = memory.recall(question, k=5)
        right = [one.item.id for one in found.results if answer in one.item.text]
        memory.feedback(found.id, 1.0 if right else -1.0, items=right)
        if number % every == every - 1 and (seen := memory.watch()) is not None and seen.state != "watching":
            return seen
    return None


def test_the_loop_finds_back_from_a_policy_that_shows_the_wrong_things(tmp_path):
    with furnished(tmp_path / "a.db") as memory:
        memory.set_policy(MISLED)
        memory.set_target("recall_quality", 0.95)
        told = list(memory.improve(trials=8))
        trials = memory.trials()[::-1]
        accepted = [one for one in trials if one.judgement and one.judgement.accepted]
        assert accepted, [one.judgement or one.errors for one in trials]
        assert accepted[-1].after["quality"] > accepted[0].before["quality"] + 0.2
        assert memory.standing().candidate, "half of the recalls are answered by the new policy, which is watched"
        assert {one.stage for one in told} >= {"measured", "proposed", "trial", "applied", "ended"}
        assert {one.what for one in memory.ledger()} >= {"proposed", "trial", "applied"}
        assert all(one.sandbox == memory.trials()[0].sandbox != "" for one in trials)


def test_what_harms_live_recalls_is_taken_back_and_the_state_is_what_it_was(tmp_path):
    with furnished(tmp_path / "a.db", cases=0) as memory:
        lived(memory, 60)
        before = memory.fingerprint()
        memory.apply_improvement(approved(memory, MISLED), share=0.5)
        assert memory.fingerprint() != before
        seen = lived(memory, WINDOW)
        assert seen is not None
        assert (seen.state, seen.metric) == ("degraded", "feedback")
        assert memory.fingerprint() == before
        assert memory.standing() == Standing()
        (taken,) = memory.applications()
        assert (taken.state, taken.success) == ("rolled back", False)
        assert memory.improvements()[0].status == "rejected"
        assert memory.ledger(limit=1)[0].what == "rolled back"


def test_what_was_seen_failing_judges_from_then_on(tmp_path):
    with furnished(tmp_path / "a.db", cases=0) as memory:
        lived(memory, 60)
        memory.apply_improvement(approved(memory, MISLED), share=0.5)
        seen = lived(memory, WINDOW, every=40)  # late enough for the old policy to have been right
        assert seen is not None
        assert seen.state == "degraded"
        assert "failure" in {one.origin for one in memory.cases()}


def test_what_does_no_harm_is_kept_after_the_window(tmp_path):
    with furnished(tmp_path / "a.db", cases=0) as memory:
        lived(memory, 20)
        memory.apply_improvement(approved(memory, {"exploration": 0.5}), share=0.5)
        seen = lived(memory, WINDOW + 10, every=40)
        assert seen is not None
        assert seen.state == "kept", seen.reason
        assert memory.policy.exploration == 0.5
        assert memory.standing().candidate == ""
        assert [one.state for one in memory.applications()] == ["kept"]


def test_the_log_says_which_policy_answered_and_the_share_is_drawn(tmp_path):
    with furnished(tmp_path / "a.db", cases=0) as memory:
        memory.apply_improvement(approved(memory, {"words": 0.5}), share=0.3)
        for question, _ in asked():
            memory.recall(question)
        by = [one.policy for one in memory.recalls(limit=80)]
        assert set(by) == {"", memory.standing().candidate}
        assert 8 <= len(by) - by.count("") <= 44
        assert all(one.milliseconds > 0 and one.k == 10 for one in memory.recalls(limit=80))


def test_the_worker_watches_by_itself(tmp_path):
    with furnished(tmp_path / "a.db", cases=0, worker=True) as memory:
        for question, answer in asked():
            found = memory.recall(question, k=5)
            memory.feedback(found.id, 1.0, items=[one.item.id for one in found.results if answer in one.item.text])
        memory.apply_improvement(approved(memory, MISLED), share=0.5)
        deadline = time.monotonic() + 60
        while memory.standing().application and time.monotonic() < deadline:
            question, answer = asked()[int(time.monotonic() * 1000) % len(asked())]
            found = memory.recall(question, k=5)
            right = [one.item.id for one in found.results if answer in one.item.text]
            memory.feedback(found.id, 1.0 if right else -1.0, items=right)
        assert [one.state for one in memory.applications()] == ["rolled back"]


def test_the_worker_looks_again_once_enough_was_recalled(tmp_path):
    """A look reads the whole watch: it is not repeated at every wake."""
    with furnished(tmp_path / "a.db", cases=0) as memory:
        lived(memory, 40)
        memory.apply_improvement(approved(memory, MISLED))
        memory._tick()
        lived(memory, LOOK_EVERY - 1, every=LOOK_EVERY)
        memory._tick()
        assert memory.standing().application
        memory.recall(asked()[0][0])
        memory._tick()
        assert memory.applications()[0].state == "rolled back"


def test_only_what_a_trial_found_better_is_applied(tmp_path):
    with furnished(tmp_path / "a.db", cases=0) as memory:
        memory.set_policy(MISLED)
        memory.set_target("recall_quality", 0.95)
        memory.analyze()
        before = memory.fingerprint()
        with pytest.raises(NotFound):
            memory.apply_improvement("nobody")
        with pytest.raises(InvalidInput, match="share"):
            memory.apply_improvement(approved(memory, {"words": 0.5}), share=0)
        stale = approved(memory, {"words": 0.5})
        memory.set_policy({"words": 0.6})
        with pytest.raises(Conflict, match="another policy"):
            memory.apply_improvement(stale)
        memory.set_policy(MISLED)
        assert memory.fingerprint() != before, "another row, though the dials are the same"


def test_the_last_one_applied_is_taken_back_first(tmp_path):
    with furnished(tmp_path / "a.db", cases=0) as memory:
        states = [memory.fingerprint()]
        first = approved(memory, {"words": 0.5})
        memory.apply_improvement(first, share=0.5)
        states.append(memory.fingerprint())
        second = approved(memory, {"length": 0.2})
        memory.apply_improvement(second, share=0.5)
        with pytest.raises(Conflict, match="not the last"):
            memory.rollback(first)
        memory.rollback(second)
        assert memory.fingerprint() == states[1]
        memory.rollback(first)
        assert memory.fingerprint() == states[0]
        with pytest.raises(InvalidInput):
            memory.rollback()


def test_retired_items_come_back_as_they_were(tmp_path):
    with furnished(tmp_path / "a.db", cases=0) as memory:
        rule = memory.add_rule("Keep the lantern in the cellar")
        before = memory.fingerprint()
        memory.apply_improvement(approved(memory, kind="retire", items=(rule.id,)))
        assert memory.rules() == []
        memory.rollback()
        assert [one.payload for one in memory.rules()] == [rule.payload]
        assert memory.fingerprint() == before


def test_without_a_sandbox_nothing_is_tried(tmp_path):
    with furnished(tmp_path / "a.db", sandbox="none") as memory, pytest.raises(SandboxError):
        list(memory.improve(trials=1))
    with furnished(tmp_path / "b.db") as memory:
        for wrong in ({"trials": 0}, {"share": 0.0}, {"side_by_side": 65}, {"least_confidence": 2.0}):
            with pytest.raises(InvalidInput):
                list(memory.improve(**wrong))
        assert memory.trials() == []


@pytest.mark.parametrize(
    ("dials", "told"), [({"nothing": 1}, "no dial"), ({"words": "many"}, "turned"), ({"candidates": None}, "turned")]
)
def test_a_dial_is_turned_to_what_it_can_be_turned_to(tmp_path, dials, told):
    with furnished(tmp_path / "a.db", cases=0) as memory:
        with pytest.raises(InvalidInput, match=told):
            memory.set_policy(dials)
        assert memory.standing() == Standing()


def test_cases_come_from_feedback_and_outcomes(tmp_path):
    with furnished(tmp_path / "a.db", cases=1) as memory:
        question, answer = asked()[3]
        found = memory.recall(question)
        (right,) = [one.item.id for one in found.results if answer in one.item.text]
        memory.feedback(found.id, 1.0, items=[right])
        led = memory.recall(asked()[5][0])
        with memory.episode("fetch it") as episode:
            episode.recalled(led.id)
            episode.step("walk", result="success")
            episode.success()
        memory.recall(asked()[6][0])
        told = {one.origin: one for one in memory.cases()}
        assert set(told) == {"owner", "feedback", "outcome"}
        assert told["feedback"].relevant == {right: 1.0}
        assert set(told["outcome"].relevant.values()) == {0.5}
        memory.forget(right)
        assert "feedback" not in {one.origin for one in memory.cases()}, "what is gone is no answer any more"


def test_a_filter_that_reads_every_row_gets_an_index_which_can_be_taken_back(tmp_path):
    with furnished(tmp_path / "a.db", cases=0) as memory:
        for question, _ in asked()[:40]:
            memory.recall(question, authors=["guest 3", "guest 5"])
        memory.set_target("query_time_ms", 0.001)
        memory.analyze()
        before = memory.fingerprint()
        (wanted,) = [one for one in memory.propose(most=50) if one.change.kind == "index"]
        assert wanted.change.index == "author"
        assert "40 of 40 recalls filter by it" in wanted.description
        trial = memory.try_improvement(wanted.id)
        assert trial.success, trial.errors
        memory.apply_improvement(approved(memory, kind="index", index="author"))
        assert memory._file.facts().tuned == ("author",)
        assert memory.fingerprint() != before
        assert not [one for one in memory.propose(most=50) if one.change.kind == "index"]
        assert not [problem for _, _, problem in memory.check() if problem]
        memory.rollback()
        assert memory._file.facts().tuned == ()
        assert memory.fingerprint() == before


def test_another_installed_embedder_is_tried_but_its_choice_is_the_owners(tmp_path):
    with furnished(tmp_path / "a.db") as memory:
        memory.set_policy({"words": 0.0})
        one = approved(memory, kind="embedder", embedder="hashing:64")
        row = msgspec.structs.replace(memory.improvements()[0], status="proposed")
        memory._backend.write(memory.namespace, [put_rows(IMPROVEMENTS, row)])
        trial = memory.try_improvement(one)
        assert trial.success, trial.errors
        assert trial.after["quality"] != trial.before["quality"]
        with pytest.raises(InvalidInput, match="embedder"):
            memory.apply_improvement(approved(memory, kind="embedder", embedder="hashing:64"))
        assert memory.embedder.name == "hashing:384"


def test_what_was_proposed_and_left_is_tried_first(tmp_path):
    with furnished(tmp_path / "a.db") as memory:
        memory.set_policy(MISLED)
        memory.set_target("recall_quality", 0.95)
        memory.probe()
        memory.analyze()
        left = [one.id for one in memory.propose(most=2)]
        told = [one.trial.improvement for one in memory.improve(trials=2, apply=False) if one.trial is not None]
        assert told == left


def test_what_changed_a_workspace_stands_in_no_ones_way(tmp_path):
    with furnished(tmp_path / "a.db", cases=0) as memory:
        mine = approved(memory, {"words": 0.5})
        memory.apply_improvement(mine)
        theirs = approved(memory, kind="patch", diff="-a")
        row = Application(id=new_id(), improvement=theirs, applied_at=1, undo={"workspace": "w"}, state="kept")
        memory._backend.write(memory.namespace, [put_rows(APPLICATIONS, row)])
        with pytest.raises(InvalidInput, match="workspace"):
            memory.rollback(theirs)
        memory.rollback(mine)
        assert memory.standing() == Standing()


class Loud:
    """A sandbox whose programs complain, and come to their end."""

    def __init__(self):
        self._inner = open_sandbox("auto")
        self.name = self._inner.name

    def run(self, command, **given):
        ran = self._inner.run(command, **given)
        return msgspec.structs.replace(ran, errors=b"careful: old\nAuthorization: Bearer abcdefghijklmnop1234567890\n")


def test_what_a_trial_warns_of_is_kept_without_secrets(tmp_path):
    with furnished(tmp_path / "a.db") as memory:
        memory._trying = dataclasses.replace(memory._trying, sandbox=Loud)
        memory.set_policy(MISLED)
        memory.set_target("recall_quality", 0.95)
        memory.probe()
        memory.analyze()
        trial = memory.try_improvement(memory.propose(most=1)[0].id)
        assert trial.success, trial.errors
        assert trial.warnings[0] == "careful: old"
        assert "abcdefghijklmnop1234567890" not in " ".join(memory.trials()[0].warnings)
