"""What follows from samples: the dual solution says what the primal one does."""

import numpy as np
import pytest

from tacit.logic.kernel import solved
from tacit.logic.samples import coded, decoded, numbered


def test_the_weights_are_those_of_the_primal_solution() -> None:
    rng = np.random.default_rng(1)
    names, variances = [f"f{number}" for number in range(12)], rng.uniform(0.01, 0.3, 12)
    rows = [{name: size for name, size in zip(names, variances, strict=True) if rng.random() < 0.5} for _ in range(30)]
    texts, targets, stands_for = [coded(row) for row in rows], rng.normal(size=(30, 2)), rng.uniform(1, 5, 30)
    kept = dict(zip(*(part.tolist() for part in decoded(coded(dict(zip(names, variances, strict=True))))), strict=True))
    columns = np.array([[np.sqrt(kept[numbered(name)]) * (name in row) for name in names] for row in rows])
    weight = np.diag(stands_for / 0.1)
    expected = np.linalg.solve(columns.T @ weight @ columns + np.eye(12), columns.T @ weight @ targets)
    model = solved(texts, targets, stands_for, 0.1)
    assert np.array([model[numbered(name)][:2] for name in names]) == pytest.approx(expected, abs=1e-4)


def test_what_was_met_more_often_is_known_better() -> None:
    texts = [coded({"often": 0.1}), coded({"often": 0.1, "once": 0.1})]
    model = solved(texts, np.zeros((2, 1)), np.array([8.0, 1.0]), 0.1)
    assert model[numbered("often")][-1] < model[numbered("once")][-1] < 1.0


def test_a_feature_of_one_sample_has_a_weight_too() -> None:
    model = solved([coded({"alone": 0.5})], np.ones((1, 1)), np.ones(1), 0.01)
    assert model[numbered("alone")][0] * 0.5**0.5 == pytest.approx(1.0, abs=0.05)
