"""Bounds of each size are below every feasible point of it, and close where products are equal."""

import math

import numpy as np
import pytest
from exact_cases import random_problem
from hypothesis import given
from hypothesis import strategies as st

from chemopt.methods.bqp.bound.size_bounds import narrow_sizes, size_bounds
from chemopt.methods.bqp.problem import BinaryQuadratic


def least_of_sizes(problem):
    """Return the least feasible value of each size, by enumeration."""
    least = np.full(problem.n + 1, math.inf)
    for mask in range(1 << problem.n):
        x = np.array([bool(mask >> i & 1) for i in range(problem.n)])
        if problem.is_feasible(x):
            size = int(x.sum())
            least[size] = min(least[size], problem.value(x))
    return least


@given(seed=st.integers(0, 10**6))
def test_no_point_is_below(seed):
    """For all kinds of problems, with and without constraints."""
    problem = random_problem(seed, most=8)
    bounds = size_bounds(problem)
    assert bounds.shape == (problem.n + 1,)
    assert (bounds <= least_of_sizes(problem)).all()


@given(n=st.integers(1, 9), entry=st.floats(-5, 5), cost=st.floats(-5, 5))
def test_equal_products_have_exact_bounds(n, entry, cost):
    """With equal products the size decides."""
    problem = BinaryQuadratic(np.full(n, cost), entry * (1 - np.eye(n)), 1.0)
    sizes = np.arange(n + 1)
    exact = 1 + cost * sizes + entry * sizes * (sizes - 1) / 2
    assert size_bounds(problem) == pytest.approx(exact, abs=1e-9)


def test_rows_rule_out_sizes():
    """A budget that the cheapest alone overrun, and one that not even all reach."""
    weights = np.array([[1.0, 2.0, 3.0]])
    free = BinaryQuadratic(np.zeros(3), np.zeros((3, 3)))
    budget = free.with_changes(weights=weights, low=np.array([-math.inf]), high=np.array([3.0]))
    assert np.isinf(size_bounds(budget)).tolist() == [False, False, False, True]
    least = free.with_changes(weights=weights, low=np.array([4.0]), high=np.array([math.inf]))
    assert np.isinf(size_bounds(least)).tolist() == [True, True, False, False]


def test_sizes_are_left_out_at_the_ends_only():
    """What is left is a range; the bound is that of what was left out."""
    bounds = np.array([3.0, 1.0, 9.0, 1.0, 4.0])
    assert narrow_sizes(bounds, (0, 4), 2.0) == ((1, 3), 3.0)
    assert narrow_sizes(bounds, (0, 4), 0.5) == ((5, 4), 1.0)
    assert narrow_sizes(bounds, (1, 3), 2.0) == ((1, 3), math.inf)
