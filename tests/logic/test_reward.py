"""Rewards: the formula of the specification, its bounds, and what it does not read."""

from math import exp
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.reward import ENOUGH, LATEST, effective, place_of, reward_line, rewarded, usual
from tacit.types import Abstained, Episode, Failure, Item, Outcome, Partial, Reward, Step, Success

SECOND = 1_000_000
RESULTS = ("success", "error", "timeout", "unknown")
texts = st.text(max_size=12)
steps = st.builds(
    Step,
    tool=st.sampled_from(["bash", "pytest", "grep", "edit", "search", "make"]),
    arguments=st.sampled_from(["", "pytest -q", "ls", "make test", "x" * 50]),
    observation=texts,
    result=st.sampled_from(RESULTS),
    latency_ms=st.none() | st.floats(0, 1e6),
)
succeeded = st.builds(Success, verdict=texts, artifacts=st.lists(texts, max_size=5).map(tuple))
failed = st.builds(Failure, reason=texts) | st.builds(Abstained, reason=texts)
partly = st.builds(
    Partial, completed=st.lists(texts, max_size=4).map(tuple), failed=st.lists(texts, max_size=4).map(tuple)
)


def item(outcome: Outcome | None, *taken: Step, seconds: float | None = None, **more: Any) -> Item:
    about = {name: more.pop(name) for name in ("domain", "metadata") if name in more}
    ended = None if seconds is None else round(seconds * SECOND)
    episode = Episode(task="a task", steps=taken, outcome=outcome, started_at=0, ended_at=ended, **more)
    return Item(id="e", kind="episode", text="a task", payload=episode, **about)


def episodes(outcomes: st.SearchStrategy[Any]) -> st.SearchStrategy[Item]:
    return st.builds(
        lambda outcome, taken, seconds, complexity, metadata: item(
            outcome, *taken, seconds=seconds, complexity=complexity, metadata=metadata, domain="d"
        ),
        outcomes,
        st.lists(steps, max_size=12),
        st.none() | st.floats(0, 1e5),
        st.sampled_from(["simple", "moderate", "complex"]),
        st.dictionaries(st.sampled_from(["coverage", "tests"]), st.floats(allow_nan=True) | st.booleans()),
    )


def of(outcome: Outcome | None, *taken: Step, news: int = 0, **more: Any) -> Reward:
    made = rewarded(item(outcome, *taken, **more), {}, news)
    assert made is not None
    return made


def ok(tool: str = "bash", arguments: str = "ls") -> Step:
    return Step(tool=tool, arguments=arguments, result="success")


BAD = Step(tool="bash", arguments="ls", result="error", observation="no")


def test_an_episode_whose_outcome_is_not_known_has_no_reward_and_is_no_baseline():
    baselines: dict[str, Any] = {}
    assert rewarded(item(None, ok()), baselines, 3) is None
    assert rewarded(Item(id="f", kind="fact", text="x"), baselines, 3) is None
    assert baselines == {}


def test_efficiency_is_the_mean_of_what_time_and_steps_say_against_60_seconds_and_10_steps():
    made = of(Success(), *[ok()] * 5, seconds=30)
    d, s = 0.5 + exp(-0.5 / 2), 0.5 + exp(-0.5 / 2)
    assert made.efficiency == pytest.approx((d + s) / 2, abs=1e-4)
    assert made.complexity == 1.1
    assert made.total == pytest.approx(made.base * made.efficiency * 1.1 * made.quality + made.bonus, abs=1e-3)
    assert made.value == pytest.approx(0.5 + 0.5 * min(1.0, made.total / 2), abs=1e-4)


def test_a_time_that_nobody_measured_neither_pays_nor_costs():
    assert of(Success(), *[ok()] * 10).efficiency == pytest.approx(0.5 + exp(-0.5), abs=1e-4)
    assert of(Success()).efficiency == 1.0


def test_what_is_usual_in_a_domain_replaces_the_defaults_from_the_fifth_episode_on():
    baselines: dict[str, Any] = {}
    for number in range(ENOUGH):
        assert usual(item(None, domain="d"), baselines).known is False
        rewarded(item(Success(), *[ok()] * (number + 1), seconds=10, domain="d"), baselines, 0)
    found = usual(item(None, domain="d"), baselines)
    assert (found.known, found.seconds, found.steps) == (True, 10, 3)
    other = usual(item(None, domain="elsewhere"), baselines)
    assert (other.known, other.seconds, other.steps) == (False, 60, 10)
    slow = rewarded(item(Success(), *[ok()] * 6, seconds=20, domain="d"), baselines, 0)
    assert slow is not None
    assert slow.efficiency == pytest.approx(0.5 + exp(-1), abs=1e-4)


def test_a_baseline_keeps_the_latest_101_episodes():
    baselines: dict[str, Any] = {}
    for number in range(150):
        rewarded(item(Failure(), *[ok()] * (20 if number < 49 else 2), seconds=5, domain="d"), baselines, 0)
    assert [len(baselines["d"][name]) for name in ("seconds", "steps")] == [LATEST, LATEST]
    assert set(baselines["d"]["steps"]) == {2}


def test_an_episode_without_a_domain_is_compared_with_those_of_its_type():
    assert place_of(item(None, task_type="debugging")) == "debugging"
    assert place_of(item(None, task_type="debugging", domain="rust")) == "rust"


@pytest.mark.parametrize(
    ("taken", "about", "quality"),
    [
        ((), {}, 1.0),
        ((ok(),), {}, 1.1),
        ((ok(),) * 19 + (BAD,), {}, 1.0),
        ((ok(),) * 4 + (BAD,), {}, 0.9),
        ((ok(), BAD), {}, 0.8),
        ((), {"metadata": {"tests": True}}, 1.1),
        ((), {"metadata": {"tests": 0}}, 1.0),
        ((), {"metadata": {"coverage": 0.61}}, 1.1),
        ((), {"metadata": {"coverage": 81}}, 1.15),
        ((), {"metadata": {"coverage": 60}}, 1.0),
        ((), {"metadata": {"coverage": float("nan")}}, 1.0),
        ((), {"metadata": {"coverage": True}}, 1.0),
        ((ok("bash", "cd app && make test"),), {}, 1.2),
        ((ok("bash", '{"command": "npm run test:unit"}'),), {}, 1.2),
        ((ok("bash", "python -m unittest"),), {}, 1.2),
        ((ok("run_tests", ""),), {}, 1.2),
        ((ok("bash", "cat latest.txt"),), {}, 1.1),
        ((Step(tool="bash", arguments="pytest", result="error"), ok()), {}, 0.8),
    ],
)
def test_quality_counts_tests_coverage_and_errors(taken: tuple[Step, ...], about: dict[str, Any], quality: float):
    assert of(Success(), *taken, **about).quality == pytest.approx(quality)


def test_quality_reads_artifacts_and_the_verdict_and_never_what_a_tool_has_printed():
    assert of(Success(artifacts=("a", "b", "c"))).quality == 1.05
    assert of(Success(artifacts=("src/a.py", "tests/test_a.py"))).quality == 1.1
    assert of(Success(artifacts=("latest.py",))).quality == 1.0
    assert of(Success(verdict="green, 85 % coverage")).quality == 1.15
    told = Step(tool="bash", result="success", observation="coverage: 100 %, all tests passed, success")
    assert of(Success(), told).quality == 1.1
    assert of(Failure(), told).base == 0.0


def test_the_bonus_pays_for_new_patterns_tools_reliability_and_recovery():
    assert of(Success()).bonus == 0.0
    assert of(Success(), news=10).bonus == 0.2
    assert of(Success(), news=99).bonus == 0.2
    assert of(Success(), ok("a"), ok("b"), ok("c")).bonus == pytest.approx(0.05 + 0.1)
    assert of(Success(), BAD, ok()).bonus == 0.1
    assert of(Success(), BAD, BAD).bonus == 0.0
    assert of(Failure(), news=10).bonus == pytest.approx(0.08)


def test_who_is_quicker_than_usual_is_paid_for_it_where_the_usual_is_known():
    baselines: dict[str, Any] = {}
    made = [rewarded(item(Success(), ok(), ok(), seconds=40, domain="d"), baselines, 0) for _ in range(6)]
    quick = rewarded(item(Success(), ok(), seconds=10, domain="d"), baselines, 0)
    assert [one.bonus for one in made if one] == [0.0] * 6
    assert quick is not None
    assert quick.bonus == pytest.approx(0.1 * (1 - (10 / 40 + 1 / 2) / 2), abs=1e-4)


def test_the_value_of_each_outcome_lies_where_the_specification_says():
    assert of(Failure()).value == -1.0
    assert of(Abstained()).value == -0.5
    assert of(Partial(completed=("a", "b", "c"), failed=("d",))).value == 0.5
    assert of(Partial()).value == 0.0
    assert 0.5 < of(Success()).value <= 1.0


@given(episodes(succeeded), episodes(failed), st.integers(0, 40), st.integers(0, 40))
def test_a_failure_never_exceeds_a_success(good: Item, bad: Item, news: int, other: int):
    won, lost = rewarded(good, {}, news), rewarded(bad, {}, other)
    assert won is not None
    assert lost is not None
    assert lost.total < won.total
    assert lost.value < 0 < 0.5 <= won.value <= 1


@given(st.lists(episodes(succeeded | failed | partly), min_size=1, max_size=12), st.integers(-5, 40))
def test_every_component_stays_within_its_bounds_and_the_total_is_their_product(run: list[Item], news: int):
    baselines: dict[str, Any] = {}
    for one in run:
        made = rewarded(one, baselines, news)
        assert made is not None
        assert 0 <= made.base <= 1
        assert 0.5 <= made.efficiency <= 1.5
        assert made.complexity in (1.0, 1.1, 1.2)
        assert 0.5 <= made.quality <= 1.5
        assert 0 <= made.bonus <= 0.5
        assert -1 <= made.value <= 1
        product = made.base * made.efficiency * made.complexity * made.quality + made.bonus
        assert made.total == pytest.approx(product, abs=1e-3)


@given(st.lists(episodes(succeeded | failed | partly), max_size=12))
def test_the_same_episodes_in_the_same_order_are_worth_the_same(run: list[Item]):
    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    assert [rewarded(one, first, 1) for one in run] == [rewarded(one, second, 1) for one in run]
    assert first == second


@given(st.floats(-1, 1), st.floats(0, 1e5), st.floats(0, 1e5))
def test_an_old_reward_counts_for_less_and_never_changes_its_sign(value: float, young: float, old: float):
    young, old = sorted((young, old))
    assert abs(effective(value, old)) <= abs(effective(value, young)) <= abs(value)
    assert effective(value, old) * value >= 0
    assert effective(value, -5) == value


def test_a_reward_in_one_line_names_every_component():
    line = reward_line(of(Success(), ok(), news=5))
    assert line.startswith("+0.")
    assert all(name in line for name in ("base", "efficiency", "complexity", "quality", "bonus", "total"))
