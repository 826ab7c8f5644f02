"""Tabu search: good points, never infeasible ones."""

import math

import numpy as np
import pytest
from exact_cases import least_value, random_problem
from hypothesis import given
from hypothesis import strategies as st

from chemopt import recommend
from chemopt.methods.bqp.heuristics.tabu import tabu_search
from chemopt.methods.bqp.problem import BinaryQuadratic
from chemopt.problem.check import violations
from chemopt.problem.generate import generate_problem


@given(st.integers(0, 10**6))
def test_never_infeasible(seed):
    """The point returned is feasible, and has the value returned."""
    problem = random_problem(seed)
    result = tabu_search(problem, seed=seed, moves=100)
    if result.x is None:
        assert result.value == math.inf
    else:
        assert problem.is_feasible(result.x)
        assert result.value == problem.value(result.x)
    values = [value for _, value in result.history]
    assert values == sorted(values, reverse=True)


def test_small_problems_are_solved():
    """Without constraints, small problems are solved to optimality."""
    for seed in range(60):
        problem = random_problem(seed, most=9)
        if not problem.constrained:
            assert tabu_search(problem).value == pytest.approx(least_value(problem), rel=1e-9)


def test_a_published_optimum(shared):
    """A maximum cut of a hundred nodes is found in few moves."""
    numbers = (shared / "benchmarks" / "maxcut" / "g05_100.4").read_text().split()
    weights = np.zeros((100, 100))
    for i, j in zip(numbers[2::3], numbers[3::3], strict=True):
        weights[int(i) - 1, int(j) - 1] = weights[int(j) - 1, int(i) - 1] = 1.0
    problem = BinaryQuadratic(-weights.sum(axis=1), 2 * weights)
    assert tabu_search(problem, moves=20_000).value == -1440


def test_fixed_size():
    """With a size given, swaps find the best ensemble of that size."""
    problem = generate_problem(16, seed=2).with_options(alpha=0.1, size=5, m_inter="total")
    assert recommend(problem, "tabu").loss == pytest.approx(recommend(problem, "brute-force").loss)


def test_the_method_meets_all_constraints():
    """Through `recommend`, with required and excluded models and an inter constraint."""
    for seed in range(2):
        problem = generate_problem(20, seed=seed)
        names = problem.models
        problem = problem.with_options(
            alpha=0.9, require=names[:2], exclude=names[5:7], max_size=9, m_inter="published"
        )
        answer = recommend(problem, "tabu", seed=seed)
        assert answer.models
        assert not violations(problem, answer.models)
        assert answer.models == recommend(problem, "tabu", seed=seed).models
        assert answer.bound is None


def test_a_time_limit():
    """With a time limit the search goes on until then."""
    answer = recommend(generate_problem(30, seed=1), "tabu", time_limit=0.05)
    assert answer.stop_reason.value == "time_limit"
