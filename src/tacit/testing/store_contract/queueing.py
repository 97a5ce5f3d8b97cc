"""The queue: leases, attempts, the dead, and effects in the transaction that ends a job.

Floor 6. Below: base. Above: contract.
"""
# ruff: noqa: S101 - these are tests: they assert

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from tacit.changes import ATTEMPTS, Enqueue, Feedback, Job, LogFeedback, Put
from tacit.errors import InvalidInput, NotFound
from tacit.ports import Backend
from tacit.testing.clock import FrozenClock
from tacit.testing.store_contract.base import NAMESPACE, OTHER, Contract, enqueue, fact
from tacit.types import Filter

__all__ = ["Queueing"]

LEASE = 1_000
STAGES = ("embed",)


class Queueing(Contract):
    """At least once, effects exactly once."""

    def test_a_job_enters_once_for_ever(self, store: Backend) -> None:
        """By stage and key within a namespace, also after it was done."""
        job = Enqueue(stage="embed", key="a", payload={"n": [1, None]})
        assert store.write(NAMESPACE, [job, job, Enqueue(stage="learn", key="a")]).enqueued == 2
        assert store.write(OTHER, [job]).enqueued == 1
        assert store.finish(store.claim(STAGES), [])
        assert store.write(NAMESPACE, [job]).enqueued == 0
        assert [(job.stage, job.key, job.payload, job.state) for job in store.jobs(NAMESPACE)] == [
            ("embed", "a", {"n": [1, None]}, "done"),
            ("learn", "a", {}, "queued"),
        ]

    def test_what_waits_is_told_oldest_first_of_all_stages_or_of_some(self, store: Backend) -> None:
        """However much of it was done, and whatever waits in another namespace."""
        for stage, key in (("learn", "a"), ("embed", "b"), ("distill", "c"), ("embed", "d"), ("learn", "e")):
            store.write(NAMESPACE, [Enqueue(stage=stage, key=key)])
            store.write(OTHER, [Enqueue(stage=stage, key=key)])
        store.finish(store.claim(["distill"], namespace=NAMESPACE), [])
        store.claim(["embed"], namespace=NAMESPACE)

        def told(*states: str, stages: tuple[str, ...] = (), limit: int = 100) -> list[str]:
            return [job.key for job in store.jobs(NAMESPACE, states=states, stages=stages, limit=limit)]

        assert told("queued", "leased") == ["a", "b", "d", "e"]
        assert (told("queued"), told("leased")) == (["a", "d", "e"], ["b"])
        assert told("queued", "leased", stages=("embed", "distill")) == ["b", "d"]
        assert (told("queued", "leased", limit=2), told("queued", limit=0)) == (["a", "b"], [])
        assert told("queued", "done") == ["a", "c", "d", "e"]

    def test_the_oldest_due_job_and_others_of_its_namespace_are_leased(
        self, store: Backend, clock: FrozenClock
    ) -> None:
        """Of the stages asked for, as many as the limit says."""
        enqueue(store, "other stage", stage="learn")
        enqueue(store, "a")
        enqueue(store, "foreign", namespace=OTHER)
        enqueue(store, "b", "c")
        first = store.claim(STAGES, limit=2, lease=LEASE)
        assert _keys(first) == ["a", "b"]
        assert {(job.namespace, job.state, job.attempts) for job in first} == {(NAMESPACE, "leased", 1)}
        assert {job.leased_until for job in first} == {clock() + LEASE}
        assert {job.created_at for job in first} == {clock()}
        assert [_keys(store.claim(STAGES, limit=9)) for _ in range(3)] == [["foreign"], ["c"], []]
        assert store.claim((), limit=9) == []
        assert store.claim(STAGES, limit=0) == store.claim(STAGES, limit=-1) == []
        assert _keys(store.claim(("embed", "learn"))) == ["other stage"]

    def test_of_a_serial_stage_one_claim_a_namespace_is_held(self, store: Backend, clock: FrozenClock) -> None:
        """What its worker writes depends on what was written before; other namespaces and stages go on."""
        enqueue(store, "a", "b", stage="learn")
        enqueue(store, "e")
        enqueue(store, "foreign", stage="learn", namespace=OTHER)
        held = store.claim(["learn"], lease=LEASE)
        assert _keys(held) == ["a"]
        assert _keys(store.claim(["learn"], lease=LEASE)) == ["foreign"]
        assert store.claim(["learn"]) == store.claim(["learn"], namespace=NAMESPACE) == []
        assert _keys(store.claim(["learn", "embed"])) == ["e"]
        assert store.finish(held, [])
        assert _keys(store.claim(["learn"], lease=LEASE)) == ["b"]
        clock.advance(LEASE)
        assert _keys(store.claim(["learn"], limit=9, namespace=NAMESPACE)) == ["b"]

    def test_a_claim_may_be_for_one_namespace_alone(self, store: Backend, clock: FrozenClock) -> None:
        """It touches no job of another, not even one that was claimed too often."""
        enqueue(store, "foreign", namespace=OTHER)
        enqueue(store, "mine")
        for _ in range(ATTEMPTS):
            store.claim(STAGES, namespace=OTHER, lease=LEASE)
            clock.advance(LEASE)
        assert _keys(store.claim(STAGES, namespace=NAMESPACE, limit=9)) == ["mine"]
        assert store.claim(STAGES, namespace=NAMESPACE) == store.claim(STAGES, namespace="never/written") == []
        assert [job.state for job in store.jobs(OTHER)] == ["leased"]
        assert store.claim(STAGES, namespace=OTHER) == []
        assert [job.state for job in store.jobs(OTHER)] == ["dead"]

    def test_a_job_waits_for_its_time(self, store: Backend, clock: FrozenClock) -> None:
        """Due from the very moment on; what is due goes before it."""
        enqueue(store, "later", not_before=clock() + 5)
        enqueue(store, "now")
        assert _keys(store.claim(STAGES)) == ["now"]
        assert store.claim(STAGES) == []
        clock.advance(5)
        assert _keys(store.claim(STAGES)) == ["later"]

    def test_finishing_writes_the_effects_and_ends_the_jobs(self, store: Backend) -> None:
        """In one transaction; done jobs are not claimed again."""
        enqueue(store, "a", "b")
        jobs = store.claim(STAGES, limit=2)
        assert store.finish(jobs, [Put(item=fact("effect")), Enqueue(stage="learn", key="next")])
        assert [item.id for item in store.select(NAMESPACE, Filter())] == ["effect"]
        assert _states(store) == {"a": "done", "b": "done", "next": "queued"}
        assert store.claim(STAGES) == []
        assert not store.finish(jobs, [Put(item=fact("again"))])

    def test_effects_that_fail_leave_the_job_leased(self, store: Backend) -> None:
        """It can still be finished, or given back."""
        enqueue(store, "a")
        jobs = store.claim(STAGES)
        with pytest.raises(NotFound):
            store.finish(
                jobs, [Put(item=fact("1")), LogFeedback(feedback=Feedback(id="f", recall="nowhere", score=0.0))]
            )
        assert store.select(NAMESPACE, Filter()) == []
        assert _states(store) == {"a": "leased"}
        assert store.finish(jobs, [Put(item=fact("1"))])

    def test_a_lease_that_ran_out_can_be_taken_over_and_its_first_holder_writes_nothing(
        self, store: Backend, clock: FrozenClock
    ) -> None:
        """Not even where one of several jobs was lost."""
        enqueue(store, "a", "b")
        slow = store.claim(STAGES, limit=2, lease=LEASE)
        clock.advance(LEASE - 1)
        assert store.claim(STAGES) == []
        clock.advance(1)
        taken = store.claim(STAGES, lease=LEASE)
        assert (_keys(taken), taken[0].attempts) == (["a"], 2)
        assert taken[0].lease != slow[0].lease
        assert not store.finish(slow, [Put(item=fact("twice"))])
        store.fail(slow[0], "too late", retry_at=None)
        assert store.extend(slow[:1], lease=LEASE) == []
        assert store.finish(taken, [Put(item=fact("once"))])
        assert [item.id for item in store.select(NAMESPACE, Filter())] == ["once"]
        assert _states(store) == {"a": "done", "b": "leased"}

    def test_a_lease_that_ran_out_and_was_not_taken_is_still_ours(self, store: Backend, clock: FrozenClock) -> None:
        """Nobody else did the work."""
        enqueue(store, "a")
        jobs = store.claim(STAGES, lease=LEASE)
        clock.advance(10 * LEASE)
        assert store.finish(jobs, [])

    def test_a_heartbeat_keeps_the_lease(self, store: Backend, clock: FrozenClock) -> None:
        """From now on for as long as it says; it answers with what is still ours."""
        enqueue(store, "a", "b")
        jobs = store.claim(STAGES, limit=2, lease=LEASE)
        store.finish(jobs[1:], [])
        clock.advance(LEASE - 1)
        extended = store.extend(jobs, lease=LEASE)
        assert extended == [msgspec.structs.replace(jobs[0], leased_until=clock() + LEASE)]
        clock.advance(LEASE - 1)
        assert store.claim(STAGES) == []
        assert store.finish(extended, [])

    def test_a_job_given_back_waits_and_keeps_the_reason(self, store: Backend, clock: FrozenClock) -> None:
        """The reason is gone when it succeeds."""
        enqueue(store, "a")
        store.fail(store.claim(STAGES)[0], "the model was away", retry_at=clock() + 5)
        waiting = store.jobs(NAMESPACE)[0]
        assert (waiting.state, waiting.error, waiting.attempts) == ("queued", "the model was away", 1)
        assert store.claim(STAGES) == []
        clock.advance(5)
        again = store.claim(STAGES)
        assert again[0].attempts == 2
        assert store.finish(again, [])
        assert store.jobs(NAMESPACE)[0].error == ""

    def test_a_released_job_is_as_if_it_had_not_been_claimed(self, store: Backend) -> None:
        """At once, for anybody; a lease that was lost is nobody's to release."""
        enqueue(store, "a", "b")
        lost = store.claim(STAGES, limit=2, lease=LEASE)
        store.release(lost)
        assert [(job.state, job.attempts, job.lease) for job in store.jobs(NAMESPACE)] == [("queued", 0, "")] * 2
        taken = store.claim(STAGES, limit=2, lease=LEASE)
        assert [job.attempts for job in taken] == [1, 1]
        store.release(lost)
        assert store.finish(taken, [])

    def test_a_job_without_a_next_time_is_dead_until_it_is_revived(self, store: Backend) -> None:
        """Revived, it is as new, in its namespace alone."""
        enqueue(store, "a", "b")
        enqueue(store, "foreign", namespace=OTHER)
        for job in [*store.claim(STAGES, limit=2), *store.claim(STAGES)]:
            store.fail(job, "hopeless", retry_at=None)
        assert store.claim(STAGES) == []
        assert [(job.state, job.error) for job in store.jobs(NAMESPACE)] == [("dead", "hopeless")] * 2
        assert store.revive(NAMESPACE) == 2
        assert store.revive(NAMESPACE) == 0
        assert store.revive("never/written") == 0
        assert [job.attempts for job in store.claim(STAGES, limit=5)] == [1, 1]
        assert [job.state for job in store.jobs(OTHER)] == ["dead"]

    def test_a_job_that_is_claimed_too_often_dies_and_hides_no_other(self, store: Backend, clock: FrozenClock) -> None:
        """A worker that is killed by it every time is not killed for ever."""
        enqueue(store, "poison")
        for attempt in range(1, ATTEMPTS + 1):
            assert store.claim(STAGES, lease=LEASE)[0].attempts == attempt
            clock.advance(LEASE)
        enqueue(store, "good")
        enqueue(store, "foreign", namespace=OTHER)
        assert _keys(store.claim(STAGES)) == ["good"]
        dead = store.jobs(NAMESPACE, states=("dead",))
        assert _keys(dead) == ["poison"]
        assert (dead[0].attempts, bool(dead[0].error)) == (ATTEMPTS, True)
        assert store.revive(NAMESPACE) == 1
        assert store.claim(STAGES)[0].attempts == 1

    def test_jobs_are_listed_oldest_first_by_state(self, store: Backend) -> None:
        """All of them, if no state is named."""
        enqueue(store, "a", "b", "c")
        store.finish(store.claim(STAGES), [])
        store.claim(STAGES)
        assert [(job.key, job.state) for job in store.jobs(NAMESPACE)] == [
            ("a", "done"),
            ("b", "leased"),
            ("c", "queued"),
        ]
        assert _keys(store.jobs(NAMESPACE, states=("done", "queued"))) == ["a", "c"]
        assert _keys(store.jobs(NAMESPACE, limit=2)) == ["a", "b"]
        assert store.jobs(NAMESPACE, limit=-1) == store.jobs(OTHER) == []

    def test_no_jobs_are_not_finished(self, store: Backend) -> None:
        """Nobody holds anything, so nothing is written; jobs of two namespaces are no one transaction."""
        assert not store.finish([], [Put(item=fact("1"))])
        enqueue(store, "a")
        enqueue(store, "a", namespace=OTHER)
        two = [*store.claim(STAGES), *store.claim(STAGES)]
        with pytest.raises(InvalidInput):
            store.finish(two, [Put(item=fact("1"))])
        assert store.select(NAMESPACE, Filter()) == store.select(OTHER, Filter()) == []
        assert _states(store) == {"a": "leased"}

    def test_many_workers_share_the_work_and_no_effect_comes_twice(self, store: Backend) -> None:
        """Every job is claimed by one of them."""
        enqueue(store, *[str(number) for number in range(60)])

        def work(_: int) -> list[str]:
            done: list[str] = []
            while jobs := store.claim(STAGES, limit=3):
                assert store.finish(jobs, [Put(item=fact(job.key)) for job in jobs])
                done += _keys(jobs)
            return done

        with ThreadPoolExecutor(6) as pool:
            done = [key for keys in pool.map(work, range(6)) for key in keys]
        assert sorted(done) == sorted(str(number) for number in range(60))
        assert store.records(NAMESPACE).stats().jobs == {"done": 60}


def _keys(jobs: list[Job]) -> list[str]:
    return [job.key for job in jobs]


def _states(store: Backend) -> dict[str, str]:
    return {job.key: job.state for job in store.jobs(NAMESPACE)}
