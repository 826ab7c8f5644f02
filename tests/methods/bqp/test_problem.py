"""A problem: restriction and granularity."""

import numpy as np
import pytest
from exact_cases import random_problem
from hypothesis import given
from hypothesis import strategies as st

from chemopt.methods.bqp.problem import FREE, BinaryQuadratic

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
def test_restriction_is_the_same_function(seed):
    """With variables fixed, f has the same values at the points that remain."""
    rng = np.random.default_rng(seed)
    problem = random_problem(seed, most=8)
    fixed = rng.integers(-1, 2, problem.n).astype(np.int8)
    part, free = problem.restrict(fixed), fixed == FREE
    point = rng.random(int(free.sum())) < 0.5
    x = fixed == 1
    x[free] = point
    assert abs(part.value(point) - problem.value(x)) <= problem.rounding_error
    if problem.inter is not None:
        assert part.inter.value(point) == pytest.approx(problem.inter.value(x), abs=1e-12)


def test_granularity():
    """Integers times a power of two have one; other numbers have none."""
    quadratic = np.array([[0.0, 1.5], [1.5, 0.0]])
    assert BinaryQuadratic(np.array([3.0, -4.5]), quadratic).granularity == 1.5
    assert BinaryQuadratic(np.array([3.0, -4.5]), quadratic / 3 + 0.1).granularity == 0.0
    assert BinaryQuadratic(np.zeros(2), np.zeros((2, 2))).granularity == 0.0
