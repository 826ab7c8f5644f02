"""Pseudo-items have the accuracies and the correlation that they are made of."""

import math

import numpy as np
import pandas as pd
import pytest

from chemopt import Constraints, InputError, load_outcomes
from chemopt.evidence.splits import repeated_folds
from chemopt.outcomes.generate import generate_outcomes
from chemopt.outcomes.outcomes import Outcomes
from chemopt.selection import procedure
from chemopt.selection.methods import solve_coverage
from chemopt.selection.procedure import (
    FOLDS,
    STRENGTHS,
    Choice,
    choose_strength,
)
from chemopt.selection.shrinkage import (
    TOP_K,
    checked_strength,
    pseudo_items,
    shrunk_accuracies,
    shrunk_patterns,
)


def outcomes_of(scores):
    return Outcomes(
        tuple(f"m{k}" for k in range(scores.shape[1])), pd.RangeIndex(len(scores)), scores
    )


def one_factor(items, thresholds, rho, seed=0):
    """Draw outcomes of the model itself."""
    rng = np.random.default_rng(seed)
    z, own = rng.normal(size=(items, 1)), rng.normal(size=(items, len(thresholds)))
    return outcomes_of((math.sqrt(rho) * z + math.sqrt(1 - rho) * own < thresholds).astype(float))


def test_the_model_is_recovered():
    """On many items of the one-factor model, pseudo-items have its accuracies, pairs and coverage."""
    outcomes = one_factor(200_000, np.array([-0.5, 0.0, 0.4, 1.0]), 0.4)
    chances, weights = pseudo_items(outcomes)
    assert weights.sum() == pytest.approx(1)
    assert weights @ chances == pytest.approx(outcomes.scores.mean(axis=0), abs=0.003)
    for i, j in [(0, 1), (1, 3), (2, 3)]:
        both = (outcomes.scores[:, i] * outcomes.scores[:, j]).mean()
        assert weights @ (chances[:, i] * chances[:, j]) == pytest.approx(both, abs=0.006)
    model = shrunk_patterns(outcomes, math.inf)
    for X in [(0, 1, 2), (0, 1, 2, 3)]:
        covered = outcomes.scores[:, list(X)].max(axis=1).mean()
        assert model.value(X) == pytest.approx(covered, abs=0.006)


def test_accuracies_are_drawn_to_the_mean():
    """Models that differ by chance alone get the mean; with many items nothing moves."""
    same = one_factor(60, np.zeros(8), 0.0, seed=5)
    shrunk = shrunk_accuracies(same)
    raw = same.scores.mean(axis=0)
    assert np.ptp(shrunk) < 0.6 * np.ptp(raw)
    assert shrunk.mean() == pytest.approx(raw.mean(), abs=1e-9)
    many = one_factor(20_000, np.array([-1.0, 0.0, 1.0]), 0.2)
    assert shrunk_accuracies(many) == pytest.approx(many.scores.mean(axis=0), abs=1e-3)


def test_strengths():
    """0 is the items, m adds that many, ∞ leaves them out, top-k ranks by accuracy."""
    outcomes = one_factor(50, np.array([-0.5, 0.2, 0.6]), 0.3, seed=1)
    plain, some = shrunk_patterns(outcomes, 0.0), shrunk_patterns(outcomes, 100.0)
    assert some.total == 150
    model = shrunk_patterns(outcomes, math.inf)
    for X in [(0,), (1, 2), (0, 1, 2)]:
        assert some.value(X) == pytest.approx(plain.value(X) + 100 * model.value(X))
    accuracy = outcomes.scores.mean(axis=0)
    assert shrunk_patterns(outcomes, TOP_K).value((0, 2)) == pytest.approx(accuracy[[0, 2]].sum())


@pytest.mark.parametrize("scores", [np.zeros((5, 3)), np.ones((5, 3)), np.array([[1.0], [0.0]])])
def test_degenerate_outcomes(scores):
    """Models that are always wrong or always right, or a pool of one, give finite chances."""
    for strength in (0.0, 10.0, math.inf, TOP_K):
        patterns = shrunk_patterns(outcomes_of(scores), strength)
        assert np.isfinite(patterns.value((0,)))
        assert ((patterns.right >= 0) & (patterns.right <= 1)).all()


@pytest.mark.parametrize("strength", [-1, "most", True, None, [1], float("nan")])
def test_bad_strengths(strength):
    """A strength is a number of at least 0, or top-k."""
    with pytest.raises(InputError, match="shrink must be 'cv', None, 'top-k' or a number"):
        checked_strength(strength)


def test_cross_validation_knows_training_items_only(monkeypatch):
    """Costs of side constraints are means over the folds that a strength is tried on."""
    items = load_outcomes(generate_outcomes(6, 60, seed=5, cost=True))
    choice = Choice("coverage", Constraints(budgets=["cost<=1e6"], size=2))
    seen = []

    def noted(problem, method, run):
        seen.append(problem.constraints.table["cost"])
        return solve_coverage(problem, method, run)

    monkeypatch.setattr(procedure, "solve_coverage", noted)
    choose_strength(items, choice, seed=4)
    for _, fold, train, _ in repeated_folds(len(items), FOLDS, 1, 4):
        costs = items.cost[train].mean(axis=0)
        for means in seen[fold * len(STRENGTHS) : (fold + 1) * len(STRENGTHS)]:
            np.testing.assert_allclose(means, costs, rtol=1e-11)
