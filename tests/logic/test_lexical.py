"""BM25 as the stores share it: what is left out for its cost, and what a score can reach."""

from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.lexical import K1, affordable, ceiling, idf, saturated

frequencies = st.dictionaries(st.text(max_size=3), st.integers(0, 50), max_size=8)


@given(frequencies, st.integers(0, 120))
def test_the_rarest_terms_are_kept_while_their_postings_fit(known: dict[str, int], budget: int) -> None:
    kept = affordable(known, budget)
    left_out = [known[term] for term in known if known[term] and term not in kept]
    assert [known[term] for term in kept] == sorted(known[term] for term in kept)
    assert len(kept) <= 1 or sum(known[term] for term in kept) <= budget
    assert not left_out or max(known[term] for term in kept) <= min(left_out)
    assert not left_out or sum(known[term] for term in kept) + min(left_out) > budget


@given(frequencies)
def test_something_is_asked_for_wherever_a_term_occurs(known: dict[str, int]) -> None:
    assert bool(affordable(known, 0)) == any(known.values())


@given(frequencies, st.floats(0.5, 1000), st.integers(1, 1000), st.floats(1, 1000))
def test_no_score_is_above_the_ceiling(known: dict[str, int], frequency: float, tokens: int, average: float) -> None:
    scored = sum(idf(containing, 50) * saturated(frequency, tokens, average) for containing in known.values())
    assert scored <= ceiling(known, 50) * (1 + 1e-9)
    assert saturated(frequency, tokens, average) <= K1 + 1


def test_a_term_in_every_passage_still_counts_a_little() -> None:
    assert 0 < idf(100, 100) < idf(50, 100) + 1e-5 < idf(1, 100)
