"""The Parzen estimator that proposers are compared with is a real rival: it beats random search on a bowl."""

import numpy as np

from bench import tpe


def reached(*, model: bool, seed: int) -> float:
    random = np.random.default_rng(seed)
    points: list[np.ndarray] = []
    losses: list[float] = []
    for _ in range(60):
        point = tpe.suggest(points, losses, dials=6, random=random) if model else random.random(6)
        assert ((point >= 0) & (point <= 1)).all()
        points.append(point)
        losses.append(float(np.square(point - 0.3).sum()))
    return min(losses)


def test_it_comes_nearer_to_the_bottom_of_a_bowl_than_random_search():
    with_model, without = ([reached(model=model, seed=seed) for seed in range(8)] for model in (True, False))
    assert np.median(with_model) < 0.6 * np.median(without)
