"""The policy: every dial that may be tuned, in one immutable value.

Floor 0. The defaults were chosen on the development sides of LoCoMo and BEAM together; `python -m bench.recall` prints
what each stage brings, docs/decisions/0006-ranking.md how flat the optima are.
"""

from tacit.types import Value

__all__ = ["Policy"]


class Policy(Value, frozen=True, kw_only=True):
    """Dials of recall, then of rules. Scores are on one absolute scale: a cosine, plus what the stages below add."""

    candidates: int = 200
    """Passages taken from each index. 100 cost BEAM 0.8 points of R@10, 400 brought nothing."""
    kept: int = 100
    """Of both lists together, by the most that each passage could score; only these are read from the store."""
    words: float = 0.7
    """Weight of the share of the question's words that a passage covers, against a cosine of 1. Flat from .5 to 1."""
    length: float = 0.1
    """What one natural logarithm of an item's number of passages costs: the best of many draws is high by luck."""
    session: float = 0.2
    """How much of the best score in its session an item is given: an answer often stands next to what matches."""
    context: float = 0.03
    """For each of domain, language, type and tags that agrees with the situation of the one who asks."""
    recency: float = 0.02
    """What an item of this moment gains over one of long ago; never a cut-off."""
    half_life_days: float = 30.0
    """Of the gain above."""
    dated: float = 0.3
    """What an item of the day or month that the question names gains. Flat from .2 to .6."""
    dated_kept: int = 40
    """Passages of that time that are looked at beside those above, by words and by meaning each; 0: none."""
    coverage: float = 0.2
    """Weight of the share of the question's words that a session's items have together, in the order of sessions."""
    confidence: float = 0.02
    """What a learned item of which all is certain gains over one of which nothing is."""
    effect: float = 0.08
    """What a learned item gains or loses for its effect at most: relevance yields by that much, and no more."""
    exploration: float = 1.0
    """Standard errors by which a drawn effect differs from the believed one: 0 trusts the estimate, 1 is Thompson's."""
    succession_top: int = 7
    """Newer statements of the best item's author are looked for among the first so many; 0 switches it off."""
    succession_similarity: float = 0.65
    """Cosine from which two statements are taken to be of the same matter."""
    rerank_top: int = 20
    """How many items the cross-encoder reads, where there is one."""
    rerank: float = 0.3
    """Weight of its squashed opinion: blended, never replacing the order."""
    rerank_sessions: int = 12
    """Where sessions are asked for: how many of them it reads an extract of."""
    rerank_session: float = 1.0
    """Weight of its opinion on an extract. Flat from .6 to 1.2."""
    rerank_softness: float = 4.0
    """Its logits are divided by this before the sigmoid."""
    abstain: float = 0.1
    """Below this probability that anything relevant is known, recall says that nothing is."""
    rules_shown: int = 8
    """Rules that a context pack is offered, beside the core rules, which always are."""
    lessons_shown: int = 8
    """Patterns and knowledge that it is offered."""
    lesson_relevance: float = 0.1
    """How much less relevant than the best one each of these may be."""
    lesson_words: float = 0.5
    """Or share of its own words that the task must have."""
    risk_most: float = 0.8
    """Risk from which a pattern is not recommended."""
    lesson_share: float = 0.5
    """Share of a pack's budget for all of these and the playbook: what happened needs room as well."""
    source_share: float = 0.5
    """Share of a pack's budget for what comes from one source, while there is anything from another."""
    rule_trials: int = 8
    """Episodes with an outcome that a pattern needs before it can become a rule, as its sources count."""
    rule_sources: int = 2
    """Distinct sessions (tasks, where no session is told) from which they must come."""
    rule_source_trials: int = 5
    """Episodes that one of these counts for at most, so that one that repeats itself proves nothing."""
    rule_q_value: float = 0.1
    """Share of false discoveries among the contrasts that may make a rule."""
    withhold_after: int = 5
    """Finished episodes that must have had an item before it is ever withheld: who does not tell outcomes sees all."""
    withhold_least: float = 0.05
    """How often an item that helps is left out of a pack all the same, to see whether it still does."""
    withhold_most: float = 0.5
    """How often one is at most; a new item, too. Nothing is learned faster than at even odds."""
    effect_error: float = 0.05
    """Probability with which an item that does nothing is ever said to help; and to hurt, as much again."""
