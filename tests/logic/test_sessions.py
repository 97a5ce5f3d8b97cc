"""Which sessions answer: by their best items, by what these cover together, by a cross-encoder."""

from typing import Any

import numpy as np
import pytest

from tacit.logic.passages import passage_id
from tacit.logic.ranking import Found, Situation, question_terms, rank
from tacit.logic.sessions import Session, by_session, extract, reread
from tacit.policy import Policy
from tacit.types import Item

PLAIN = Policy(session=0.0, recency=0.0, coverage=0.0, succession_top=0)


def found(*rows: tuple[str, str, float], query: str = "anything", **fields: Any) -> Found:
    """One item with one passage for each (session, text, cosine)."""
    items = tuple(
        Item(id=f"i{n}", kind="message", text=text, session=session, sequence=n)
        for n, (session, text, _) in enumerate(rows, start=1)
    )
    return Found(
        query=query,
        terms=tuple(question_terms(query)),
        items=items,
        passages=np.array([passage_id(item.sequence, 0) for item in items], dtype=np.int64),
        words=np.zeros(len(rows)),
        ceiling=1.0,
        cosine=np.array([row[2] for row in rows]),
        vectors=None,
    )


def sessions(candidates: Found, policy: Policy = PLAIN) -> list[Session]:
    return by_session(candidates, rank(candidates, Situation(), policy, now=0), policy)


def test_a_session_scores_the_mean_of_its_best_three_items():
    candidates = found(("a", "1", 0.9), ("b", "2", 0.7), ("a", "3", 0.3), ("a", "4", 0.6), ("a", "5", 0.1))
    first, second = sessions(candidates)
    assert (first.name, first.score) == ("b", pytest.approx(0.7))
    assert (second.name, second.score) == ("a", pytest.approx(0.6))
    assert [candidates.items[place].id for place in second.places] == ["i1", "i4", "i3", "i5"]


def test_items_without_a_session_belong_to_none():
    assert sessions(found(("", "1", 0.9))) == []
    assert sessions(found()) == []


def test_what_the_items_of_a_session_cover_together_counts():
    rows = [("a", "The red kayak was sold", 0.5), ("b", "A red door", 0.5), ("b", "Our kayak leaks", 0.5)]
    rows += [("c", "Nothing of it", 0.5), ("c", "red", 0.5)]
    candidates = found(*rows, query="red kayak leaks")
    assert [one.name for one in sessions(candidates)] == ["a", "b", "c"], "equal, in their order"
    by_name = {one.name: one.score for one in sessions(candidates, Policy(session=0.0, recency=0.0, coverage=0.2))}
    assert by_name["b"] == pytest.approx(0.7), "all three terms"
    assert by_name["b"] > by_name["a"] > by_name["c"]


def test_an_extract_is_the_best_passages_of_the_best_three_items():
    candidates = found(*(("a", f"said {n}", n / 10) for n in range(5)))
    ranked = rank(candidates, Situation(), PLAIN, now=0)
    (only,) = by_session(candidates, ranked, PLAIN)
    assert extract(candidates, ranked, only) == "said 4\nsaid 3\nsaid 2"


def test_what_was_reread_is_reordered_and_stays_above_the_rest():
    before = [Session(name=name, score=score, places=(0,)) for name, score in (("a", 0.9), ("b", 0.8), ("c", 0.7))]
    after = reread(before, np.array([-8.0, 8.0], dtype=np.float32), Policy(rerank_session=-1.0))
    assert [one.name for one in after] == ["a", "b", "c"]
    after = reread(before, np.array([-8.0, 8.0], dtype=np.float32), Policy())
    assert [one.name for one in after] == ["b", "a", "c"]
    assert all(one.score > after[-1].score for one in after[:2])
    assert after[-1].score == 0.7
    assert reread([], np.zeros(0, dtype=np.float32), Policy()) == []
