"""The race: who may still be in the ensemble."""

import numpy as np

from chemopt.outcomes.generate import generate_scores
from chemopt.selection.plan.race import greedy_ensembles


def greedy_by_hand(right, weights, size):
    """The greedy algorithm for one draw, ties by the share of right answers, then the first."""
    chosen = []
    for _ in range(size):
        values = [
            -np.inf
            if model in chosen
            else round(float(weights @ right[:, [*chosen, model]].max(axis=1)), 6)
            for model in range(right.shape[1])
        ]
        best = [model for model, value in enumerate(values) if value == max(values)]
        chosen.append(max(best, key=lambda model: right[:, model].mean()))
    return chosen


def test_greedy_ensembles_are_those_of_the_greedy_algorithm():
    """Many weights at once give what the algorithm gives for each, with marks as well."""
    rng = np.random.default_rng(1)
    for right in (generate_scores(7, 40, seed=2), rng.integers(0, 5, (40, 7)) / 4):
        weights = rng.multinomial(40, np.full(40, 1 / 40), size=20).astype(float)
        for weight, chosen in zip(weights, greedy_ensembles(right, weights, 3), strict=True):
            assert chosen.tolist() == greedy_by_hand(right, weight, 3)


def test_more_members_than_models():
    """All models then."""
    assert greedy_ensembles(np.eye(2), np.ones((1, 2)), 5).shape == (1, 2)
    assert greedy_ensembles(np.eye(2), np.ones((1, 2)), 0).shape == (1, 0)
