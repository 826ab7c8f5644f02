"""The race: who may still be in the ensemble."""

import numpy as np

from chemopt.methods.options import RunOptions
from chemopt.outcomes.generate import generate_scores
from chemopt.outcomes.patterns import Patterns
from chemopt.selection.coverage import greedy
from chemopt.selection.plan.race import greedy_ensembles
from chemopt.selection.problem import CoverageProblem


def test_greedy_ensembles_are_those_of_the_greedy_method():
    """Many weights at once give what the method gives for each."""
    right = generate_scores(7, 40, seed=2)
    weights = np.random.default_rng(1).multinomial(40, np.full(40, 1 / 40), size=20).astype(float)
    names = tuple("abcdefg")
    for weight, chosen in zip(weights, greedy_ensembles(right, weights, 3), strict=True):
        problem = CoverageProblem(Patterns(names, right, weight + 1e-12, 40.0), size=3)
        found = greedy.solve(problem, RunOptions()).models
        values = [problem.patterns.value(one) for one in (tuple(chosen), found)]
        assert values[0] >= values[1] - 1.5  # ties may go another way
        assert len(set(chosen.tolist())) == 3


def test_more_members_than_models():
    """All models then."""
    assert greedy_ensembles(np.eye(2), np.ones((1, 2)), 5).shape == (1, 2)
    assert greedy_ensembles(np.eye(2), np.ones((1, 2)), 0).shape == (1, 0)
