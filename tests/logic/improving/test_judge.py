"""The judge: what is accepted, what is not, and what it says."""

import msgspec
import numpy as np
import pytest

from tacit.errors import InvalidInput
from tacit.improvement import Guard, Judgement
from tacit.logic.improving.judge import GUARDS, Measures, Primary, Terms, hopeless, is_simpler, judge, terms


def side(seed: int, cases: int = 200, **told: object) -> Measures:
    rng = np.random.default_rng(seed)
    quality, milliseconds = rng.random(cases) * 0.8, 4.0 * np.exp(rng.normal(0.0, 0.2, cases))
    return Measures(**{"quality": quality, "milliseconds": milliseconds, **told})  # type: ignore[arg-type]


def changed(old: Measures, seed: int = 1, *, quality: float = 0.0, times: float = 1.0, share: float = 0.2) -> Measures:
    """The old with a share of its cases moved by `quality`, and its times multiplied, both with noise on the times."""
    rng = np.random.default_rng(seed)
    cases = old.quality.size
    noise = np.exp(rng.normal(0.0, 0.05, cases))
    moved = old.quality + np.where(rng.random(cases) < share, quality, 0.0)
    return Measures(moved, old.milliseconds * times * noise, old.regression)


def said(old: Measures, new: Measures, primary: Primary = "quality", **told: object) -> Judgement:
    return judge(old, new, terms=terms(primary), **{"history": (), "seed": 1, **told})  # type: ignore[arg-type]


def vain(count: int) -> list[Judgement]:
    return [Judgement(primary="quality", accepted=False, reason="", p_value=0.5, level=0.01)] * count


OLD = side(0)

# What is accepted


def test_better_answers_at_the_same_cost_are_accepted_with_figures_in_the_reason() -> None:
    found = said(OLD, changed(OLD, quality=0.15))
    assert found.accepted
    assert not found.simpler
    assert found.low > 0.0
    assert found.p_value <= found.level
    assert [guard.measure for guard in found.guards] == ["milliseconds", "p95_ms", "regression"]
    assert found.reason.startswith("better: quality rose by 0.0")
    assert "over 200 cases" in found.reason


def test_the_same_answers_in_less_time_are_accepted() -> None:
    found = said(OLD, changed(OLD, times=0.9), "milliseconds")
    assert found.accepted
    assert found.change == pytest.approx(0.1, abs=0.01)
    assert "milliseconds fell by" in found.reason
    assert [guard.measure for guard in found.guards] == ["quality", "chain", "p95_ms", "regression"]
    assert found.reason.endswith("; changes have cost 0.000 of quality so far, 0.010 is left")


def test_the_same_seed_and_history_judge_the_same() -> None:
    new = changed(OLD, quality=0.1)
    assert said(OLD, new) == said(OLD, new)


# What is not


def test_the_old_against_itself_is_never_accepted() -> None:
    for primary in ("quality", "milliseconds"):
        found = said(OLD, OLD, primary)
        assert not found.accepted
        assert found.p_value == 1.0
        assert f"{primary} did not change" in found.reason


def test_two_hundred_trials_of_nothing_accept_at_most_one_in_twenty() -> None:
    history: list[Judgement] = []
    old = side(0, cases=60)
    for number in range(200):
        new = changed(old, seed=number)
        primary: Primary = "milliseconds" if number % 2 else "quality"
        history.append(judge(old, new, terms=terms(primary), history=history, seed=number))
    assert sum(one.accepted for one in history) <= 10


def test_the_same_gain_is_refused_after_many_looks_in_vain() -> None:
    new = changed(OLD, quality=0.1, share=0.05)
    early, late = said(OLD, new), said(OLD, new, history=vain(400))
    assert early.accepted
    assert not late.accepted
    assert late.p_value == early.p_value > late.level
    assert "luck alone" in late.reason


def test_a_discovery_in_the_history_makes_the_level_easier_and_equality_does_not() -> None:
    new = changed(OLD, quality=0.1)
    found = msgspec.structs.replace(vain(1)[0], accepted=True)
    equal = msgspec.structs.replace(found, simpler=True)
    plain, after, after_equal = (said(OLD, new, history=[*vain(10), one]).level for one in (vain(1)[0], found, equal))
    assert after > plain == after_equal


def test_better_but_too_slow_is_refused_and_the_reason_says_how_slow() -> None:
    found = said(OLD, changed(OLD, quality=0.15, times=1.3))
    assert not found.accepted
    assert not next(guard for guard in found.guards if guard.measure == "milliseconds").passed
    assert "milliseconds may be worse by 3" in found.reason
    assert "no more than 10.0 % is allowed" in found.reason


def test_faster_but_worse_answers_are_refused() -> None:
    found = said(OLD, changed(OLD, quality=-0.1, times=0.5), "milliseconds")
    assert not found.accepted
    assert "quality may be worse by" in found.reason


def test_savings_of_time_may_cost_only_what_those_before_them_have_left() -> None:
    new = changed(OLD, times=0.9, quality=-0.01)
    for lost, accepted in ((0.0, True), (0.005, True), (0.009, False), (0.05, False)):
        found = judge(OLD, new, terms=terms("milliseconds", lost=lost), history=(), seed=1)
        assert found.accepted is accepted, found
    assert "quality would be 0.053 under the highest that it stood at" in found.reason
    same = judge(OLD, changed(OLD, times=0.9), terms=terms("milliseconds", lost=0.05), history=(), seed=1)
    assert same.accepted
    assert same.reason.endswith("; changes have cost 0.050 of quality so far, 0.000 is left")


def test_what_is_simpler_may_cost_no_more_either() -> None:
    new = changed(OLD, quality=-0.01)
    for lost, accepted in ((0.0, True), (0.009, False)):
        found = judge(OLD, new, terms=terms("quality", lost=lost), history=(), simpler=True, seed=1)
        assert found.accepted is accepted, found


def test_what_is_better_needs_no_budget() -> None:
    assert judge(OLD, changed(OLD, quality=0.15), terms=terms("quality", lost=0.5), history=(), seed=1).accepted


def test_recalls_that_take_for_ever_are_refused_though_the_mean_is_better() -> None:
    rng = np.random.default_rng(5)
    slow = np.where(rng.random(200) < 0.1, 2.2, 0.7)
    new = Measures(OLD.quality, OLD.milliseconds * slow)
    found = said(OLD, new, "milliseconds")
    assert found.change > 0.1
    assert not found.accepted
    assert "p95_ms may be worse" in found.reason


def test_cases_from_failures_may_not_fall() -> None:
    old = side(0, regression=np.array([1.0, 0.63, 0.5]))
    better = changed(old, quality=0.15)
    fallen = Measures(better.quality, better.milliseconds, np.array([1.0, 0.63, 0.43]))
    assert said(old, better).accepted
    assert not said(old, fallen).accepted
    assert "the cases from failures fell by 0.023" in said(old, fallen).reason


def test_a_certain_gain_that_is_too_small_is_not_worth_a_change() -> None:
    new = Measures(OLD.quality + 0.002, OLD.milliseconds)
    found = said(OLD, new)
    assert found.p_value < found.level
    assert not found.accepted
    assert "less than 0.005 is not worth a change" in found.reason


def test_too_few_cases_are_no_look_and_the_reason_says_how_many_are_missing() -> None:
    old = side(3, cases=12)
    found = said(old, changed(old, quality=0.3, share=1.0))
    assert not found.accepted
    assert found.reason == "12 cases are too few to judge by: 8 more are needed"
    assert found.level == 0.0
    assert said(OLD, OLD, history=[found]).level == said(OLD, OLD).level


# Equal and simpler


def test_equal_and_simpler_is_accepted_and_equal_alone_is_not() -> None:
    new = changed(OLD)
    assert not said(OLD, new).accepted
    found = said(OLD, new, simpler=True)
    assert found.accepted
    assert found.simpler
    assert found.reason.startswith("equal and simpler")
    assert {guard.measure for guard in found.guards} == {"quality", "chain", "milliseconds", "p95_ms", "regression"}


def test_simpler_but_worse_is_refused() -> None:
    assert not said(OLD, changed(OLD, quality=-0.2), simpler=True).accepted
    assert not said(OLD, changed(OLD, times=1.08), simpler=True).accepted


def test_few_equal_cases_do_not_show_that_the_simpler_is_equal() -> None:
    old = side(3, cases=20)
    assert not said(old, old, simpler=True).accepted


def test_a_policy_is_simpler_with_fewer_dials_and_no_new_one_and_never_than_itself() -> None:
    dials = {"words": 0.5, "kept": 80}
    assert is_simpler(dials, {"words": 0.5})
    assert is_simpler(dials, {})
    assert not is_simpler(dials, dials)
    assert not is_simpler(dials, {"recency": 0.1})
    assert not is_simpler({}, {})


# Giving up


@pytest.mark.parametrize("primary", ["quality", "milliseconds"])
def test_a_first_part_that_is_clearly_worse_is_hopeless_and_one_that_is_better_is_not(primary: Primary) -> None:
    first = side(7, cases=60)
    worse, better = changed(first, quality=-0.2, times=1.3), changed(first, quality=0.2, times=0.8)
    assert hopeless(first, worse, terms=terms(primary), planned=400)
    assert not hopeless(first, better, terms=terms(primary), planned=400)


def test_a_guard_that_has_failed_already_is_hopeless() -> None:
    first = side(7, cases=60)
    assert hopeless(first, changed(first, quality=0.3, times=1.5), terms=terms("quality"), planned=400)
    assert hopeless(first, changed(first, quality=-0.3, times=0.5), terms=terms("milliseconds"), planned=400)


def test_few_cases_are_never_hopeless() -> None:
    first = side(7, cases=12)
    assert not hopeless(first, changed(first, times=3.0), terms=terms("milliseconds"))


def test_hardly_a_gain_that_the_whole_trial_would_find_is_given_up() -> None:
    given_up = 0
    for seed in range(60):
        whole = side(seed, cases=400)
        new = changed(whole, seed + 1_000, quality=0.1, share=0.2)
        first = [Measures(one.quality[:60], one.milliseconds[:60]) for one in (whole, new)]
        given_up += hopeless(*first, terms=terms("quality"), planned=400)
    assert given_up <= 2


# Bad input


def test_sides_of_different_cases_are_refused() -> None:
    with pytest.raises(InvalidInput, match="cannot be compared"):
        said(OLD, side(0, cases=100))
    with pytest.raises(InvalidInput, match="cannot be compared"):
        said(OLD, Measures(np.full(200, np.nan), OLD.milliseconds))
    with pytest.raises(InvalidInput, match="have a quality"):
        said(Measures(OLD.quality, OLD.milliseconds[:5]), Measures(OLD.quality, OLD.milliseconds[:5]))


def test_a_clock_that_says_zero_of_quick_recalls_is_no_error() -> None:
    coarse = Measures(OLD.quality, np.where(OLD.milliseconds < 4.0, 0.0, 15.6))
    assert not said(coarse, coarse, "milliseconds").accepted


def test_terms_of_ones_own_are_held_to() -> None:
    strict = Terms(primary="quality", minimum=0.2, guards=(Guard(measure="milliseconds", margin=0.01),))
    found = judge(OLD, changed(OLD, quality=0.15), terms=strict, history=(), seed=1)
    assert not found.accepted
    assert "less than 0.200" in found.reason
    assert GUARDS["quality"] != strict.guards
