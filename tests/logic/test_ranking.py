"""Ranking as a function of arrays: which order, which reasons, how sure."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.passages import passage_id
from tacit.logic.ranking import Found, Situation, known, question_terms, rank, rerank, to_reread
from tacit.policy import Policy
from tacit.types import Item, Kind

NOW = 1_700_000_000_000_000
DAY = 86_400_000_000


def item(sequence: int, text: str = "", *, kind: Kind = "message", **fields: Any) -> Item:
    return Item(id=f"i{sequence}", kind=kind, text=text or f"text {sequence}", sequence=sequence, **fields)


def found(
    *rows: tuple[Item, float, float | None], query: str = "anything", ceiling: float = 10.0, **fields: Any
) -> Found:
    """One passage for each (item, BM25, cosine); items may come again."""
    items = tuple({row[0].id: row[0] for row in rows}.values())
    numbers: dict[str, int] = {}
    passages = []
    for row in rows:
        numbers[row[0].id] = numbers.get(row[0].id, -1) + 1
        passages.append(passage_id(row[0].sequence, numbers[row[0].id]))
    cosines = [row[2] for row in rows]
    return Found(
        query=query,
        terms=tuple(question_terms(query)),
        items=items,
        passages=np.array(passages, dtype=np.int64),
        words=np.array([row[1] for row in rows], dtype=np.float64),
        ceiling=ceiling,
        cosine=None if None in cosines else np.array(cosines, dtype=np.float64),
        vectors=fields.pop("vectors", None),
        **fields,
    )


def order(candidates: Found, situation: Situation | None = None, policy: Policy | None = None) -> list[str]:
    ranked = rank(candidates, situation or Situation(), policy or Policy(), now=NOW)
    return [candidates.items[place].id for place in ranked.order]


def test_nothing_found_ranks_nothing_and_is_not_known():
    ranked = rank(found(), Situation(), Policy(), now=NOW)
    assert (ranked.order, ranked.known) == ([], 0.0)


def test_a_passage_scores_its_cosine_and_the_share_of_the_words_it_covers():
    ranked = rank(found((item(1), 5.0, 0.4), (item(2), 0.0, 0.7)), Situation(), Policy(), now=NOW)
    assert ranked.relevance.tolist() == pytest.approx([0.4 + 0.7 * 0.5, 0.7])
    assert ranked.scores.tolist() == pytest.approx([0.75 * 1.2, 0.7 * 1.2])


def test_words_cover_no_more_than_all_and_the_scale_does_not_depend_on_the_others():
    alone = rank(found((item(1), 50.0, 0.4)), Situation(), Policy(), now=NOW)
    beside = rank(found((item(1), 50.0, 0.4), (item(2), 90.0, 0.9)), Situation(), Policy(), now=NOW)
    assert alone.relevance[0] == beside.relevance[0] == pytest.approx(1.1)


def test_an_item_scores_by_its_best_passage_less_what_its_length_costs():
    long = item(1, "x" * 5_100)
    ranked = rank(found((long, 0.0, 0.5), (long, 0.0, 0.8), (item(2), 0.0, 0.7)), Situation(), Policy(), now=NOW)
    assert ranked.relevance.tolist() == pytest.approx([0.8 - 0.1 * np.log(10), 0.7])
    assert ranked.best.tolist() == [1, 2]


def test_an_item_gains_from_the_best_of_its_session_and_from_no_other():
    rows = [(item(1, session="a"), 0.0, 0.9), (item(2, session="a"), 0.0, 0.5), (item(3, session="b"), 0.0, 0.55)]
    assert order(found(*rows)) == ["i1", "i2", "i3"]
    assert order(found(*rows), policy=Policy(session=0.0)) == ["i1", "i3", "i2"]


def test_each_agreement_with_the_situation_counts_once():
    mine = Situation(domain="d", language="l", type="t", tags=frozenset({"x", "y"}))
    rows = [
        item(1, domain="d"),
        item(2, domain="d", language="l"),
        item(3, domain="d", language="l", type="t", tags=("x", "y")),
        item(4),
    ]
    ranked = rank(found(*[(one, 0.0, 0.5) for one in rows]), mine, Policy(), now=NOW)
    assert ranked.added["situation"].tolist() == pytest.approx([0.03, 0.06, 0.12, 0.0])
    nobody = rank(found(*[(one, 0.0, 0.5) for one in rows]), Situation(), Policy(), now=NOW)
    assert nobody.added["situation"].tolist() == [0.0] * 4, (
        "an empty situation agrees with nothing, also not with empty fields"
    )


def test_recency_halves_with_each_half_life_and_the_future_counts_as_now():
    ages = [-DAY, 0, 30 * DAY, 60 * DAY, 36_500 * DAY]
    ranked = rank(
        found(*[(item(n + 1, created_at=NOW - age), 0.0, 0.5) for n, age in enumerate(ages)]),
        Situation(),
        Policy(),
        now=NOW,
    )
    assert ranked.added["recency"].tolist() == pytest.approx([0.02, 0.02, 0.01, 0.005, 0.0])


def test_what_was_told_to_supersede_stands_right_before_it_through_a_chain():
    rows = [item(1, superseded_by="i2"), item(2, superseded_by="i3"), item(3), item(4)]
    scores = [0.9, 0.2, 0.1, 0.8]
    assert order(found(*[(one, 0.0, score) for one, score in zip(rows, scores, strict=True)])) == [
        "i3",
        "i2",
        "i1",
        "i4",
    ]


def successors(old: Item, new: Item, *, query: str = "q", similarity: float = 0.9) -> list[str]:
    """The order where the old one is nearer to the question."""
    other = (1 - similarity**2) ** 0.5
    vectors = np.array([[1.0, 0.0], [similarity, other]], dtype=np.float32)
    return order(found((old, 0.0, 0.9), (new, 0.0, 0.8), query=query, vectors=vectors))


def test_a_newer_statement_with_another_figure_passes_the_older_one():
    old, new = item(1, "it takes 35 minutes", author="A"), item(2, "it takes 50 minutes", author="A")
    assert successors(old, new) == ["i2", "i1"]


@pytest.mark.parametrize(
    ("old", "new", "asked"),
    [
        (item(2, "it takes 35 minutes"), item(1, "it takes 50 minutes"), {}),
        (item(1, "it takes 35 minutes", author="A"), item(2, "it takes 50 minutes", author="B"), {}),
        (item(1, "it takes 35 minutes"), item(2, "it takes 50 minutes", kind="fact"), {}),
        (item(1, "it takes 35 minutes"), item(2, "it takes 35 whole minutes"), {}),
        (item(1, "it takes long"), item(2, "it takes 50 minutes"), {}),
        (item(1, "it takes 35 minutes"), item(2, "it takes 50 minutes"), {"similarity": 0.5}),
        (item(1, "it takes 35 minutes"), item(2, "it takes 50 minutes"), {"query": "It takes 35  minutes"}),
        (item(1, "run 35", kind="episode"), item(2, "run 50", kind="episode"), {}),
    ],
    ids=[
        "older",
        "another author",
        "another kind",
        "the same figure",
        "no figure",
        "another matter",
        "asked for",
        "runs",
    ],
)
def test_nothing_else_passes(old: Item, new: Item, asked: dict[str, Any]):
    assert successors(old, new, **asked) == [old.id, new.id]


def test_an_exact_match_comes_first():
    rows = [(item(1, "Restart the  server"), 0.0, 0.1), (item(2, "restart the server now"), 9.0, 0.9)]
    assert order(found(*rows, query="restart the server")) == ["i1", "i2"]


def test_the_reranker_blends_and_what_it_read_stays_above_what_it_did_not():
    policy = Policy(rerank_top=2)
    ranked = rank(found(*[(item(n), 0.0, 0.9 - n / 100) for n in range(1, 5)]), Situation(), policy, now=NOW)
    read = to_reread(ranked, policy)
    assert read == [0, 1]
    again = rerank(ranked, read, np.array([-8.0, 8.0]), policy)
    assert again.order == [1, 0, 2, 3]
    assert again.logits == {0: -8.0, 1: 8.0}


@given(
    st.lists(st.tuples(st.floats(0, 20), st.floats(-1, 1)), min_size=1, max_size=30), st.randoms(use_true_random=False)
)
def test_the_order_of_the_candidates_does_not_matter(rows: list[tuple[float, float]], random: Any):
    made = [(item(n + 1, f"number {n}"), words, cosine) for n, (words, cosine) in enumerate(rows)]
    shuffled = random.sample(made, len(made))
    first, second = (rank(found(*some), Situation(), Policy(), now=NOW) for some in (made, shuffled))
    assert np.sort(first.scores).tolist() == pytest.approx(np.sort(second.scores).tolist())
    assert first.known == pytest.approx(second.known)


def test_known_grows_with_what_was_found_and_is_judged_by_words_where_meaning_is_not_calibrated():
    calibrated = {"embedder": "onnx:bge-small-en-v1.5-int8"}
    levels = [known(found((item(1), 0.0, best), **calibrated), np.array([best])) for best in (0.3, 0.6, 0.8, 1.2)]
    assert levels == sorted(levels)
    assert levels[0] < 0.01 < 0.99 < levels[-1]
    by_words = [
        known(found((item(1), words, 0.99), embedder="hashing:384"), np.array([9.0])) for words in (0.0, 1.59, 9.0)
    ]
    assert by_words[0] < 0.05 < by_words[1] < 0.95 < by_words[2]


def test_a_question_of_stop_words_alone_keeps_them():
    assert question_terms("to be or not to be") == ["to", "be", "or", "not"]
    assert question_terms("Where is 京?") == ["京"]


def test_the_reasons_name_the_words_that_the_item_has():
    candidates = found((item(1, "the tests were running"), 3.0, 0.5), query="which test runs the linter")
    why = rank(candidates, Situation(), Policy(), now=NOW).why(candidates, 0)
    assert (why.words, why.lexical, why.cosine, why.reranker) == (("test", "run"), 3.0, 0.5, None)
