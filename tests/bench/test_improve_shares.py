"""Shares of the best known: what holds when it is measured again, not what was lucky once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from bench.improve_search import Course, shares

from bench import improve_search

TRUTH = {"lucky": (0.5, 4.0), "good": (0.6, 2.0), "quick": (0.58, 1.0), "poor": (0.4, 0.1), "start": (0.3, 8.0)}
SHIPPED = (0.55, 3.0)
CASES = 3


class Known:
    """A bench where everything about a policy is known by its name."""

    def quality(self, dials: Mapping[str, Any]) -> np.ndarray:
        return np.array([self._of(dials)[0]] * CASES)

    def times(self, policies: Sequence[Mapping[str, Any]], *, rounds: int) -> np.ndarray:
        taken = np.tile([[self._of(one)[1]] * CASES for one in policies], (rounds, 1, 1))
        busy = np.random.default_rng(0).random(taken.shape) < 0.5  # half of the times are what the machine did beside
        return taken + 3.0 * busy

    def _of(self, dials: Mapping[str, Any]) -> tuple[float, float]:
        return TRUTH[dials["name"]] if dials else SHIPPED


@pytest.fixture
def courses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Course]]:
    monkeypatch.setattr(improve_search, "_BENCH", [Known()])
    monkeypatch.setattr(improve_search, "STARTS", {"bad": {"name": "start"}})
    told = {"lucky": (0.9, 4.0), "good": (0.6, 2.0), "quick": (0.58, 1.0), "poor": (0.4, 0.1)}  # as measured in trials
    made = []
    for method, names in {"loop": ["good"], "random": ["poor", "lucky"], "parzen": ["good", "quick"]}.items():
        measured = [({"name": name}, *told[name]) for name in names]
        made.append(Course(start="bad", method=method, measured=measured, final={"name": names[-1]}))
    yield made


def test_the_best_is_what_is_best_when_measured_again(courses: list[Course]) -> None:
    found = shares(courses)
    assert (found["best_quality"], found["highest_single_quality"]) == (0.6, 0.9)
    assert found["fastest"] == {"name": "quick"}  # with 97 % of the best; the poor one is faster and does not count
    rows = {row["method"]: (row["quality_share"], row["speed_share"]) for row in found["courses"]}
    assert rows == {"loop": (1.0, 0.5), "random": (0.8333, 0.25), "parzen": (0.9667, 1.0)}
    assert [row["quality_before"] for row in found["courses"]] == [0.5] * 3
    assert {name: row["reached"] for name, row in found["methods"].items()} == {"loop": 0, "random": 0, "parzen": 1}


def test_the_report_is_json(courses: list[Course]) -> None:
    assert json.loads(json.dumps(shares(courses)))["measured_again"] == 6
