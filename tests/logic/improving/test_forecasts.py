"""Forecasts: from what a metric did itself, with intervals that cover what comes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.improvement import Forecast, Target
from tacit.logic.improving.changepoints import changepoints
from tacit.logic.improving.forecasts import FEWEST, HOUR, Foreseen, foresee, horizon_of, score, scored, trend

LENGTH, AHEAD = 48, 12
RUNS = 60


def dragging(rng: np.random.Generator, drag: float) -> np.ndarray:
    """Autocorrelated noise of LENGTH + AHEAD values."""
    noise = rng.normal(size=LENGTH + AHEAD)
    for place in range(1, len(noise)):
        noise[place] += drag * noise[place - 1]
    return noise


PLACES = np.arange(LENGTH + AHEAD)
SHAPES = {
    "level": lambda rng: 100 + dragging(rng, 0.0),
    "dragging": lambda rng: 100 + dragging(rng, 0.7),
    "wandering": lambda rng: 100 + dragging(rng, 1.0),
    "growing": lambda rng: 100 + 0.5 * PLACES + dragging(rng, 0.0),
    "stepped": lambda rng: 100 + 8 * (PLACES >= 25) + dragging(rng, 0.0),
    "bent": lambda rng: 100 + np.maximum(0, PLACES - 20) + dragging(rng, 0.0),
    "exact": lambda rng: 100.0 + 2 * PLACES,
    "standing still": lambda rng: np.full(LENGTH + AHEAD, 7.0),
}


def seen(values: np.ndarray, target: Target | None = None) -> Foreseen:
    times = [int(place) * HOUR for place in range(LENGTH)]
    found = foresee("query_time_ms", times, values[:LENGTH].tolist(), ahead=AHEAD * HOUR, target=target)
    assert found is not None
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_nine_in_ten_intervals_cover_what_comes(shape: str) -> None:
    rng = np.random.default_rng(3)
    made = []
    for number in range(RUNS):
        values = SHAPES[shape](rng)
        told = seen(values)
        made.append(
            Forecast(
                id=str(number), metric="query_time_ms", made_at=0, due_at=1, value=told.value, low=told.low,
                high=told.high, came=float(values[LENGTH - 1 + AHEAD]),
            )
        )  # fmt: skip
    assert score(made)["covered"] >= 0.8, score(made)


@pytest.mark.parametrize(
    ("shape", "way"), [("level", "level"), ("growing", "trend"), ("bent", "trend"), ("stepped", "level")]
)
def test_the_way_that_missed_by_least_speaks(shape: str, way: str) -> None:
    rng = np.random.default_rng(4)
    ways = [seen(SHAPES[shape](rng)).way for _ in range(20)]
    assert ways.count(way) >= 15


def test_a_breach_is_told_where_the_trend_leads_there() -> None:
    told = seen(SHAPES["exact"](np.random.default_rng(0)), Target(value=214.0))
    assert told.breach_at == pytest.approx(57 * HOUR)
    falling = seen(300 - SHAPES["exact"](np.random.default_rng(0)), Target(value=86.0, higher_is_better=True))
    assert falling.breach_at == pytest.approx(57 * HOUR)


@pytest.mark.parametrize("shape", ["level", "dragging", "wandering"])
def test_no_breach_is_told_of_what_has_no_trend(shape: str) -> None:
    rng = np.random.default_rng(5)
    told = []
    for _ in range(RUNS):
        values = SHAPES[shape](rng)
        told.append(seen(values, Target(value=float(values[LENGTH - 1]) + 3.0)).breach_at)
    assert sum(one is not None for one in told) <= 0.05 * RUNS


def test_no_breach_is_told_away_from_the_target_or_beyond_sight() -> None:
    growing = SHAPES["exact"](np.random.default_rng(0))
    assert seen(growing, Target(value=50.0, higher_is_better=True)).breach_at is None
    assert seen(growing, Target(value=10_000.0)).breach_at is None
    assert seen(growing, Target(value=150.0)).breach_at is None, "it is worse than that already"


def test_what_came_before_a_change_is_another_story() -> None:
    rng = np.random.default_rng(6)
    told = [seen(SHAPES["bent"](rng)).since / HOUR for _ in range(20)]
    assert sum(14 <= one <= 26 for one in told) >= 17


@pytest.mark.parametrize(("drag", "most"), [(0.0, 0.06), (0.5, 0.12), (0.8, 0.18)])
def test_noise_that_drags_is_rarely_taken_for_changes(drag: float, most: float) -> None:
    rng = np.random.default_rng(7)
    parted = [bool(changepoints(100 + dragging(rng, drag))) for _ in range(200)]
    assert np.mean(parted) <= most


def test_a_step_is_found_where_it_is_and_one_outlier_is_none() -> None:
    rng = np.random.default_rng(8)
    for _ in range(20):
        values = 100 + rng.normal(size=60)
        values[40:] += 6
        assert any(abs(place - 40) <= 2 for place in changepoints(values))
        lone = 100 + rng.normal(size=60)
        lone[30] = 10_000.0
        assert len(changepoints(lone)) <= 1


def test_half_the_values_may_be_wrong_but_not_the_trend() -> None:
    times = np.arange(40.0)
    values = 3 * times + 5
    values[::4] = 10_000.0
    slope, low, high, last = trend(times, values)
    assert (slope, last) == (pytest.approx(3.0, abs=0.5), pytest.approx(122.0, rel=0.1))
    assert low <= slope <= high


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_the_bounds_of_a_slope_hold_it(values: list[float]) -> None:
    slope, low, high, _ = trend(np.arange(float(len(values))), np.array(values))
    assert low <= slope <= high


def test_little_is_not_foretold() -> None:
    times = [place * HOUR for place in range(FEWEST - 1)]
    assert foresee("query_time_ms", times, [1.0] * len(times), ahead=HOUR) is None
    assert foresee("query_time_ms", [0] * 50, [1.0] * 50, ahead=HOUR) is None, "all at one time"


@given(st.lists(st.floats(0, 1), min_size=FEWEST, max_size=40), st.integers(1, 20))
def test_a_forecast_stays_within_what_the_metric_can_be(values: list[float], ahead: int) -> None:
    times = [place * HOUR for place in range(len(values))]
    found = foresee("cache_hit_rate", times, values, ahead=ahead * HOUR)
    if found is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_the_horizon_is_a_quarter_of_what_is_known_within_bounds() -> None:
    assert horizon_of([0, 40 * HOUR]) == 10 * HOUR
    assert horizon_of([0, 1]) == 600_000_000
    assert horizon_of([0, 10_000 * HOUR]) == 24 * HOUR
    assert horizon_of([]) == 600_000_000


def forecast(**changed: object) -> Forecast:
    told = {"id": "f", "metric": "m", "made_at": 0, "due_at": 10, "value": 5.0, "low": 4.0, "high": 6.0}
    return Forecast(**{**told, **changed})  # type: ignore[arg-type]


def test_a_forecast_is_scored_by_the_value_at_its_time() -> None:
    assert scored(forecast(), [5, 9, 10, 12], [1.0, 2.0, 5.5, 9.0]).came == 5.5
    assert scored(forecast(), [5, 9, 11, 12], [1.0, 2.0, 5.0, 9.0]).came == 3.5
    assert scored(forecast(), [11], [7.0]).came == 7.0
    assert scored(forecast(), [5, 9], [1.0, 2.0]).came is None, "nothing came yet"
    assert scored(forecast(), [5, 16], [1.0, 2.0]).came is None, "what came was too late to be it"


def test_scores_are_of_what_was_due() -> None:
    assert score([forecast()]) == {"n": 0}
    found = score([forecast(came=5.5), forecast(came=8.0), forecast()])
    assert found == {"n": 2, "mae": 1.75, "relative": pytest.approx(3.5 / 13.5), "covered": 0.5}
