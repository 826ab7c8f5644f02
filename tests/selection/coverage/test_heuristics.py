"""Greedy and swap: the textbook algorithm, its guarantee, and feasible ensembles."""

import math

import numpy as np
import pytest
from coverage_cases import (
    best_value,
    greedy_by_the_book,
    random_coverage,
    random_patterns,
    synthetic,
)
from strategies import cases

from chemopt import Constraints
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import StopReason
from chemopt.problem.check import linear_violations
from chemopt.selection.coverage import greedy, swap
from chemopt.selection.problem import CoverageProblem

RUN = RunOptions()


def test_greedy_is_the_textbook_algorithm():
    """Where only |X| is bounded; and its value is at least 1 − 1/e of the optimum."""
    for seed in range(150):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 9))
        size = int(rng.integers(1, n + 1))
        problem = CoverageProblem(random_patterns(rng, n), Constraints(max_size=size))
        outcome = greedy.solve(problem, RUN)
        assert outcome.claimed_loss == pytest.approx(greedy_by_the_book(problem, size))
        assert outcome.claimed_loss >= (1 - 1 / math.e) * best_value(problem) - 1e-9


@pytest.mark.random_cases
def test_answers_are_feasible_and_swap_is_no_worse():
    """With all side constraints; infeasible exactly if nothing is feasible."""
    for seed in range(3000, 3000 + cases(150)):
        problem = random_coverage(seed)
        best = best_value(problem)
        values = []
        for method in (greedy, swap):
            outcome = method.solve(problem, RUN)
            assert outcome.bound is None
            assert outcome.infeasible == (best == -np.inf)
            if outcome.models is not None:
                assert not linear_violations(problem, [problem.models[i] for i in outcome.models])
                assert outcome.claimed_loss == pytest.approx(problem.patterns.value(outcome.models))
                values.append(outcome.claimed_loss)
            else:
                assert outcome.message
        assert values == sorted(values)
        assert not values or values[-1] <= best + 1e-9


def test_swap_mends_what_greedy_does():
    """Greedy begins with the model of the best accuracy; two others cover all."""
    right = np.array([[1.0, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1], [0, 1, 0], [0, 0, 1]])
    patterns = random_patterns(np.random.default_rng(0), 3)
    patterns = type(patterns)(("a", "b", "c"), right, np.ones(6), 6.0)
    problem = CoverageProblem(patterns, Constraints(size=2))
    assert greedy.solve(problem, RUN).claimed_loss == 5
    assert swap.solve(problem, RUN).claimed_loss == 6


def test_a_budget_is_spent_on_several():
    """One model that takes the whole budget is not all that greedy looks at."""
    prices = {f"m{k:03}": {"price": 10 if k == 0 else 1} for k in range(30)}
    problem = synthetic(30, 500, attributes=prices, budgets=["price<=10"], require=())
    assert len(greedy.solve(problem, RUN).models) == 10


def test_time_is_kept():
    """Without time for moves the greedy ensemble is returned."""
    problem = synthetic(40, 500, size=8)
    outcome = swap.solve(problem, RunOptions(time_limit=1e-9))
    assert outcome.stop_reason is StopReason.TIME_LIMIT
    assert outcome.claimed_loss == greedy.solve(problem, RUN).claimed_loss
