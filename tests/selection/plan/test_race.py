"""The race: who may still be in the ensemble."""

import numpy as np
import pandas as pd
import pytest

from chemopt.outcomes.generate import generate_scores
from chemopt.outcomes.outcomes import Outcomes
from chemopt.selection.plan.next_evaluations import next_evaluations
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


@pytest.mark.parametrize("good", [True, False])
def test_models_are_judged_by_what_they_were_asked(good):
    """A poor model is not asked again; a new one is, if its first items speak for it."""
    rng = np.random.default_rng(0)
    names = ("best", "fair", "new", "poor", "sound")
    scores = np.full((300, 5), np.nan)
    right, failed, unseen = np.arange(140), np.arange(140, 200), np.arange(200, 300)
    scores[right, 0], scores[failed, 0] = 1, 0
    scores[right[:25], 1:] = rng.random((25, 4)) < 0.6
    for model, share in ((1, 0.5), (4, 0.6)):
        scores[failed, model] = rng.random(60) < share
    scores[failed[:25], 3] = 0
    scores[failed[:25], 2] = rng.random(25) < 0.7 if good else 0
    items = pd.Index([f"q{k:03}" for k in range(300)], name="item")
    plan = next_evaluations(Outcomes(names, items, scores), 1000, method="race", explore=0)
    asked = plan.calls.groupby("model")["item"].agg(set)
    assert set(asked.index) == ({"best", "new"} if good else {"best"})
    assert asked["best"] <= set(items[unseen])
    if good:
        assert asked["new"] == set(items[failed[25:]])
