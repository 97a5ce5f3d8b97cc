"""BM25 as the stores share it: what is left out for its cost, and what a score can reach."""

from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.lexical import COUNTING, K1, WHOLE, WIDE, ceiling, divided, idf, saturated

frequencies = st.dictionaries(st.text(max_size=3), st.integers(0, 50), max_size=8)


@given(frequencies, st.booleans())
def test_the_rarest_terms_choose_and_the_next_ones_count(known: dict[str, int], wide: bool) -> None:
    known = {term: containing * 1_000 for term, containing in known.items()}
    choosing, counting, together = divided(known, wide=wide)
    taken = [known[term] for term in choosing + counting]
    left_out = [known[term] for term in known if known[term] and term not in choosing + counting]
    assert taken == sorted(taken)
    assert not left_out or max(taken) <= min(left_out)
    assert len(choosing) <= 1 or sum(known[term] for term in choosing) <= (WIDE if wide else WHOLE)
    assert sum(known[term] for term in counting) <= COUNTING
    assert together == (bool(counting) and known[choosing[0]] > WHOLE)


@given(frequencies)
def test_few_postings_are_scored_all(known: dict[str, int]) -> None:
    assert divided(known) == (sorted(filter(known.get, known), key=lambda term: (known[term], term)), [], False)


@given(frequencies, st.booleans())
def test_something_is_asked_for_wherever_a_term_occurs(known: dict[str, int], wide: bool) -> None:
    known = {term: containing * 100_000 for term, containing in known.items()}
    assert bool(divided(known, wide=wide)[0]) == any(known.values())


@given(frequencies, st.floats(0.5, 1000), st.integers(1, 1000), st.floats(1, 1000))
def test_no_score_is_above_the_ceiling(known: dict[str, int], frequency: float, tokens: int, average: float) -> None:
    scored = sum(idf(containing, 50) * saturated(frequency, tokens, average) for containing in known.values())
    assert scored <= ceiling(known, 50) * (1 + 1e-9)
    assert saturated(frequency, tokens, average) <= K1 + 1


def test_a_term_in_every_passage_still_counts_a_little() -> None:
    assert 0 < idf(100, 100) < idf(50, 100) + 1e-5 < idf(1, 100)
