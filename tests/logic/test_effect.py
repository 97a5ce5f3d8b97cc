"""Effect: estimates, intervals and verdicts from simulated draws, all with fixed seeds."""

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.changes import RecallLog, Shown
from tacit.logic import effect
from tacit.logic.effect import credit, credited, effect_of, fed, pool_key, pooled, posterior, retire, verdict
from tacit.logic.wagers import BLANK, REACH, STAKES, K, added, decided, estimate, evidence, highest, lowest
from tacit.logic.withholding import Exposure, drawn, exposures, propensity, shows
from tacit.policy import Policy
from tacit.types import Item, Knowledge, Pattern, Rule

POLICY = Policy()


def lived(
    seed: int, gain: float, episodes: int, *, shown: float | None = None, base: float = 0.4, drift: float = 0.0
) -> list[dict[str, Any]]:
    """The rows of an item after each of the episodes, shown with a fixed probability or an adaptive one."""
    rng, row, rows = random.Random(seed), None, []
    for number in range(episodes):
        chance = propensity(row, POLICY) if shown is None else shown
        there = rng.random() < chance
        likely = base + drift * number / episodes + gain * there
        success = float(rng.random() < likely)
        row = credited(row, shown=there, propensity=chance, success=success, applied=True)
        rows.append(row)
    return rows


# Verdicts


def test_harm_of_twenty_points_is_found_out_within_600_episodes():
    retired = [any(retire(row, POLICY) for row in lived(seed, -0.2, 600)) for seed in range(40)]
    assert sum(retired) >= 38


def test_what_does_nothing_is_hardly_ever_said_to_help_or_hurt_though_one_looks_after_every_episode():
    said = [{verdict(row, POLICY) for row in lived(seed, 0.0, 500)} for seed in range(100)]
    assert sum("helps" in one for one in said) <= 5
    assert sum("hurts" in one for one in said) <= 5


def test_a_drift_of_success_is_no_effect():
    said = [{verdict(row, POLICY) for row in lived(seed, 0.0, 500, base=0.1, drift=0.8)} for seed in range(60)]
    assert sum(one != {"unproven"} for one in said) <= 6


def test_help_of_ten_points_is_seen_in_the_end_and_never_retired():
    ended = [lived(seed, 0.1, 3_000, shown=0.5) for seed in range(10)]
    assert sum(verdict(rows[-1], POLICY) == "helps" for rows in ended) >= 9
    assert not any(retire(row, POLICY) for rows in ended for row in rows)


def test_what_is_always_shown_teaches_nothing_about_itself():
    row = lived(1, -0.3, 200, shown=1.0)[-1]
    found = effect_of("i", row, POLICY)
    assert (found.verdict, found.low, found.high, found.shown, found.withheld) == ("unproven", -1.0, 1.0, 200, 0)
    assert "never withheld" in found.reason
    assert posterior(row, None) == pytest.approx(effect.ALIKE)


def test_an_item_that_no_episode_had_says_so():
    found = effect_of("i", None, POLICY)
    assert (found.verdict, found.reason) == ("unproven", "no finished episode had it in a context pack")


# Intervals


@pytest.mark.parametrize("gain", [-0.2, 0.0, 0.1, 0.5])
def test_intervals_hold_the_truth_at_all_looks_together_and_narrow(gain: float):
    missed = 0
    for seed in range(30):
        rows = lived(seed, gain, 600)[24::25]
        bounds = [(lowest(row["sums"], 0.05), highest(row["sums"], 0.05)) for row in rows]
        missed += any(not low <= gain <= high for low, high in bounds)
        assert bounds[-1][1] - bounds[-1][0] < 0.8
    assert missed <= 3, "10 % is what both sides together may miss"


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.5, 0.8, 0.95])), max_size=60
    ),
    st.floats(-1, 1),
)
def test_the_evidence_from_sums_never_exceeds_what_a_gambler_really_holds(draws: list[Any], than: float):
    sums, seen = list(BLANK), []
    for shown, success, chance in draws:
        x, q = (shown - chance) * (success - 0.5), chance * (1 - chance)
        sums = added(sums, x, q)
        seen.append((x, q))
    for side in (1, -1):
        held = [math.prod(1 + side * stake * (x - q * than) for x, q in seen) for stake in STAKES]
        assert evidence(sums, than, side) <= math.log(sum(held) / len(held)) + 1e-6


@given(st.floats(-REACH, 2.0))
def test_the_bound_of_the_logarithm_holds_within_reach(y: float):
    assert math.log1p(y) >= y - y**2 / 2 + y**3 / 3 - K * y**4 - 1e-12


def test_the_verdict_is_where_the_interval_leaves_zero():
    for gain in (-0.3, 0.3):
        for row in lived(3, gain, 300)[9::10]:
            low, high = lowest(row["sums"], 0.05), highest(row["sums"], 0.05)
            assert decided(row["sums"], 0.05) == (1 if low > 0 else -1 if high < 0 else 0)


def test_the_estimate_weighs_an_episode_by_what_its_draw_told():
    rows = lived(5, 0.3, 4_000, shown=0.9)
    found, variance = estimate(rows[-1]["sums"])
    assert found == pytest.approx(0.3, abs=4 * math.sqrt(variance))
    around_the_mean = 0.9 * (0.24 + 0.27**2) + 0.1 * (0.21 + 0.03**2)
    assert variance == pytest.approx(around_the_mean / (4_000 * 0.09), rel=0.15)


# Pooling


def test_an_estimate_of_few_episodes_is_drawn_to_what_similar_items_do():
    pool = None
    for seed in range(12):
        before = None
        for row in lived(seed, 0.2, 400, shown=0.5):
            pool, before = pooled(pool, before, row), row
    row = lived(99, 0.2, 20, shown=0.5)[-1]
    alone, together = posterior(row, None), posterior(row, pool)
    assert together[1] < alone[1] < 0.11
    assert abs(together[0] - 0.2) < abs(alone[0] - 0.2)
    assert verdict(row, POLICY) == "unproven", "a verdict rests on the item's own episodes"


def test_a_pool_is_the_same_however_often_its_items_were_counted():
    ends, pool = [], None
    for seed in range(3):
        before = None
        rows = lived(seed, 0.1, 60, shown=0.5)
        for row in rows:
            pool, before = pooled(pool, before, row), row
        ends.append(rows[-1])
    once = None
    for row in ends:
        once = pooled(once, None, row)
    assert pool == pytest.approx(once, abs=1e-6)


def test_items_of_a_kind_and_type_share_a_pool():
    pattern = Pattern(pattern_type="error_recovery", extractor="recovery")
    rule = Rule(rule_type="GENERAL_LEARNING", rule="x")
    known = Knowledge(category="c", pattern="p", applicability="a", confidence=0.5, source_count=3)
    keys = [
        pool_key(Item(id="a", kind="pattern", text="", payload=pattern)),
        pool_key(Item(id="b", kind="rule", text="", payload=rule)),
        pool_key(Item(id="c", kind="knowledge", text="", type="c", payload=known)),
    ]
    assert keys == ["pool/pattern/error_recovery", "pool/rule/GENERAL_LEARNING", "pool/knowledge/c"]


# Counting


def test_a_row_counts_what_happened_and_is_not_changed_in_place():
    first = credited(None, shown=True, propensity=0.7, success=1.0, applied=True)
    kept = {key: list(value) if isinstance(value, list) else value for key, value in first.items()}
    second = credited(first, shown=False, propensity=0.7, success=0.5, applied=False)
    third = fed(credited(second, shown=True, propensity=0.7, success=0.0, applied=True), -0.5)
    assert first == kept
    assert {key: third[key] for key in ("n", "won", "applied", "helped", "hindered", "fed")} == {
        "n": [2, 1],
        "won": [1.0, 0.5],
        "applied": 2,
        "helped": 1,
        "hindered": 1,
        "fed": [1, -0.5],
    }


def test_crediting_a_page_keeps_the_row_and_its_pool():
    page: dict[str, Any] = {}
    item = Item(id="r", kind="rule", text="x", payload=Rule(rule_type="GENERAL_LEARNING", rule="x"))
    for number in range(12):
        credit(page, item, shown=number % 2 == 0, propensity=0.5, success=1.0, applied=True)
    assert page["r"]["n"] == [6, 6]
    assert page["pool/rule/GENERAL_LEARNING"][0] == 1.0


# Withholding


def test_a_new_item_is_shown_until_outcomes_are_told_then_doubted_and_trusted_by_what_it_does():
    assert propensity(None, POLICY) == 1.0
    assert propensity(lived(1, 0.0, 4)[-1], POLICY) == 1.0
    young = propensity(lived(1, 0.0, 5)[-1], POLICY)
    assert 0.5 <= young < 0.7
    assert propensity(lived(1, -0.3, 200)[-1], POLICY) == 0.5
    assert propensity(lived(1, 0.4, 400)[-1], POLICY) == 0.95


def test_draws_follow_from_the_ids_are_even_and_independent():
    draws = [drawn(f"recall-{number}", "item") for number in range(2_000)]
    assert draws == [drawn(f"recall-{number}", "item") for number in range(2_000)]
    assert sum(draws) / 2_000 == pytest.approx(0.5, abs=0.03)
    others = [drawn(f"recall-{number}", "other") for number in range(2_000)]
    both = sum(a < 0.5 and b < 0.5 for a, b in zip(draws, others, strict=True)) / 2_000
    assert both == pytest.approx(0.25, abs=0.04)
    assert all(shows("r", str(number), 1.0) and not shows("r", str(number), 0.0) for number in range(100))


def test_what_one_of_several_packs_showed_was_shown_and_the_probability_is_that_of_any():
    logs = [
        RecallLog(id="a", query="", shown=(Shown(item="x", score=1, propensity=0.5),)),
        RecallLog(
            id="b",
            query="",
            shown=(Shown(item="y", score=1, propensity=0.9),),
            withheld=(Shown(item="x", score=1, propensity=0.6),),
        ),
        RecallLog(id="c", query="", shown=(Shown(item="y", score=1),)),
    ]
    found = {one.item: one for one in exposures(logs)}
    assert found["x"] == Exposure(item="x", shown=True, propensity=pytest.approx(0.8))
    assert found["y"] == Exposure(item="y", shown=True, propensity=1.0)
