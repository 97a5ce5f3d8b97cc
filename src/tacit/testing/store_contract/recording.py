"""What a store keeps beside the items: drafts, recalls, feedback, notes, counts.

Floor 6. Below: base. Above: contract.
"""
# ruff: noqa: S101 - these are tests: they assert

from typing import Any

import pytest

from tacit.changes import (
    Advance,
    AppendSteps,
    Delete,
    DropDraft,
    Feedback,
    LogFeedback,
    LogRecall,
    Put,
    PutLearned,
    RecallLog,
    SaveDraft,
    Shown,
    StoreStats,
)
from tacit.changes import SetNote as Note
from tacit.errors import Conflict, InvalidInput, NotFound
from tacit.ports import Backend
from tacit.testing.store_contract.base import MODEL, NAMESPACE, OTHER, Contract, axis, embed, enqueue, fact, put
from tacit.types import Episode, Filter, Item, Step

__all__ = ["Recording"]


class Recording(Contract):
    """Each of one namespace."""

    def test_a_draft_grows_by_steps_in_order(self, store: Backend) -> None:
        """Steps that it began with come first."""
        draft = _draft("d", _steps("a"))
        store.write(NAMESPACE, [SaveDraft(item=draft)])
        store.write(NAMESPACE, [AppendSteps(draft="d", first=1, steps=_steps("b", "c"))])
        store.write(NAMESPACE, [AppendSteps(draft="d", first=3, steps=())])
        store.write(NAMESPACE, [AppendSteps(draft="d", first=3, steps=_steps("d"))])
        assert store.records(NAMESPACE).drafts() == [_draft("d", _steps("a", "b", "c", "d"))]
        assert store.records(OTHER).drafts() == []

    def test_steps_that_do_not_follow_are_refused(self, store: Backend) -> None:
        """Somebody else has logged meanwhile, or something is missing."""
        store.write(NAMESPACE, [SaveDraft(item=_draft("d", _steps("a", "b")))])
        for first in (0, 1, 3):
            with pytest.raises(Conflict):
                store.write(NAMESPACE, [AppendSteps(draft="d", first=first, steps=_steps("c"))])
        with pytest.raises(NotFound):
            store.write(NAMESPACE, [AppendSteps(draft="none", first=0, steps=_steps("c"))])
        with pytest.raises(NotFound):
            store.write(OTHER, [AppendSteps(draft="d", first=2, steps=_steps("c"))])
        assert store.records(NAMESPACE).drafts() == [_draft("d", _steps("a", "b"))]

    def test_drafts_are_episodes_with_ids_of_their_own(self, store: Backend) -> None:
        """Listed by id; the same id again is a conflict; anything but an episode is refused."""
        store.write(NAMESPACE, [SaveDraft(item=_draft("e")), SaveDraft(item=_draft("d"))])
        assert [draft.id for draft in store.records(NAMESPACE).drafts()] == ["d", "e"]
        assert store.records(NAMESPACE).drafts("e") == [_draft("e")]
        assert store.records(NAMESPACE).drafts("none") == []
        with pytest.raises(Conflict):
            store.write(NAMESPACE, [SaveDraft(item=_draft("d"))])
        with pytest.raises(InvalidInput):
            store.write(NAMESPACE, [SaveDraft(item=fact("f"))])
        assert store.select(NAMESPACE, Filter()) == []

    def test_a_draft_is_dropped_where_the_episode_is_put(self, store: Backend) -> None:
        """One transaction; an unknown draft is passed over; afterwards it can begin anew."""
        store.write(NAMESPACE, [SaveDraft(item=_draft("d", _steps("a")))])
        store.write(NAMESPACE, [AppendSteps(draft="d", first=1, steps=_steps("b"))])
        store.write(NAMESPACE, [Put(item=_draft("d")), DropDraft(id="d"), DropDraft(id="none")])
        assert store.records(NAMESPACE).drafts() == []
        store.write(NAMESPACE, [SaveDraft(item=_draft("d"))])
        assert store.records(NAMESPACE).drafts() == [_draft("d")]

    def test_recalls_are_kept_whole_and_listed_latest_first(self, store: Backend) -> None:
        """The same id again is a conflict."""
        logs = [_recall(str(number)) for number in range(3)]
        for log in logs:
            store.write(NAMESPACE, [LogRecall(recall=log)])
        records = store.records(NAMESPACE)
        assert records.recall("1") == logs[1]
        assert records.recall("none") is None
        assert records.recalls() == logs[::-1]
        assert records.recalls(limit=2) == [logs[2], logs[1]]
        assert store.records(OTHER).recall("1") is None
        with pytest.raises(Conflict):
            store.write(NAMESPACE, [LogRecall(recall=_recall("1"))])

    def test_feedback_needs_a_recall_of_its_namespace_and_keeps_its_order(self, store: Backend) -> None:
        """On one recall or on all."""
        store.write(NAMESPACE, [LogRecall(recall=_recall("1")), LogRecall(recall=_recall("2"))])
        said = [Feedback(id=f"f{n}", recall=recall, score=0.5, items=("a",)) for n, recall in enumerate("1211")]
        store.write(NAMESPACE, [LogFeedback(feedback=one) for one in said])
        records = store.records(NAMESPACE)
        assert records.feedback() == said
        assert records.feedback("2") == [said[1]]
        assert records.feedback("none") == []
        assert records.feedback(since="2") == [one for one in said if one.recall >= "2"]
        assert records.feedback("1", since="2") == []
        for namespace, recall in ((NAMESPACE, "none"), (OTHER, "1")):
            with pytest.raises(NotFound):
                store.write(namespace, [LogFeedback(feedback=Feedback(id="f", recall=recall, score=1.0))])

    @pytest.mark.parametrize("value", [0, False, "", [], {"a": [1, {"b": None}]}, 1.5, "東京"], ids=ascii)
    def test_a_note_keeps_any_json_value(self, store: Backend, value: Any) -> None:
        """None deletes it; the last one counts."""
        store.write(NAMESPACE, [Note(key="n", value="before"), Note(key="n", value=value)])
        records = store.records(NAMESPACE)
        assert records.note("n") == value
        assert type(records.note("n")) is type(value)
        assert records.note("other") is None
        assert store.records(OTHER).note("n") is None
        store.write(NAMESPACE, [Note(key="n", value=None), Note(key="none", value=None)])
        assert records.note("n") is None

    @pytest.mark.parametrize("value", [object(), {1: object()}, "\ud800"], ids=["object", "inside", "surrogate"])
    def test_what_json_cannot_say_is_refused(self, store: Backend, value: Any) -> None:
        """And nothing of the transaction is kept."""
        with pytest.raises(InvalidInput):
            store.write(NAMESPACE, [Note(key="a", value=1), Note(key="n", value=value)])
        assert store.records(NAMESPACE).note("a") is None

    def test_what_was_learned_is_kept_by_space_and_key(self, store: Backend) -> None:
        """JSON values over what was there; None deletes; pages ascend by key."""
        rows = {"b": [1, None], "a": {"x": 0.5}, "东": "京"}
        store.write(NAMESPACE, [PutLearned(space="s", rows=rows), PutLearned(space="t", rows={"a": 1})])
        store.write(OTHER, [PutLearned(space="s", rows={"a": "foreign"})])
        store.write(NAMESPACE, [PutLearned(space="s", rows={"a": 2, "b": None, "none": None})])
        records = store.records(NAMESPACE)
        assert records.learned("s", ["a", "b", "东"]) == {"a": 2, "东": "京"}
        assert records.learned("s", []) == records.learned("u", ["a"]) == {}
        assert list(records.learnings("s").items()) == [("a", 2), ("东", "京")]
        assert (records.learnings("s", limit=1), records.learnings("s", after="a")) == ({"a": 2}, {"东": "京"})

    def test_what_was_learned_is_paged_from_either_end(self, store: Backend) -> None:
        """Keys that are ids ascend in time, so that the latest are read without the others."""
        store.write(NAMESPACE, [PutLearned(space="s", rows={"a": 1, "b": 2, "c": 3})])
        records = store.records(NAMESPACE)
        assert list(records.learnings("s", newest_first=True, limit=2)) == ["c", "b"]
        assert records.learnings("s", newest_first=True, after="b") == {"a": 1}
        assert records.learnings("s", newest_first=True, after="a") == {}

    def test_a_note_advances_from_what_it_was(self, store: Backend) -> None:
        """Or nothing of the transaction is kept."""
        store.write(NAMESPACE, [Advance(key="n", before=None, after=[1])])
        store.write(NAMESPACE, [Advance(key="n", before=[1], after=[2])])
        with pytest.raises(Conflict):
            store.write(NAMESPACE, [PutLearned(space="s", rows={"a": 1}), Advance(key="n", before=[1], after=[3])])
        assert store.records(NAMESPACE).note("n") == [2]
        assert store.records(NAMESPACE).learned("s", ["a"]) == {}

    def test_the_counts_are_of_what_is_there(self, store: Backend) -> None:
        """Of one namespace; nothing is counted where nothing was written."""
        put(store, fact("1", key="k"), fact("m", kind="message"))
        second = put(store, fact("2", key="k"), on_conflict="supersede").items[0]
        embed(store, second, axis(0), axis(1))
        enqueue(store, "a", "b")
        store.finish(store.claim(["embed"]), [])
        store.write(NAMESPACE, [SaveDraft(item=_draft("d")), LogRecall(recall=_recall("r")), Note(key="n", value=1)])
        store.write(NAMESPACE, [LogFeedback(feedback=Feedback(id="f", recall="r", score=1.0))])
        stats = store.records(NAMESPACE).stats()
        assert stats.items == {"fact": 2, "message": 1}
        assert (stats.superseded, stats.drafts, stats.recalls, stats.feedback) == (1, 1, 1, 1)
        assert stats.vectors == {MODEL: 1}
        assert stats.jobs == {"done": 1, "queued": 1}
        store.write(NAMESPACE, [Delete(ids=("1", "2"))])
        stats = store.records(NAMESPACE).stats()
        assert (stats.items, stats.superseded, stats.vectors) == ({"message": 1}, 0, {MODEL: 0})
        empty = store.records(OTHER).stats()
        assert StoreStats(items={}, bytes=empty.bytes) == empty


def _draft(id: str, steps: tuple[Step, ...] = ()) -> Item:
    return Item(id=id, kind="episode", text="a task", payload=Episode(task="a task", steps=steps), tags=("t",))


def _steps(*tools: str) -> tuple[Step, ...]:
    return tuple(Step(tool=tool, observation="東京", latency_ms=1.5) for tool in tools)


def _recall(id: str) -> RecallLog:
    return RecallLog(
        id=id,
        query="what is it?",
        filter=Filter(kinds=("fact",), metadata={"a": True}),
        shown=(Shown(item="1", score=0.25),),
        withheld=(Shown(item="2", score=0.5),),
        known=0.75,
        created_at=5,
    )
