"""Bounds of fixed sizes: never above the least loss of their size."""

import math

import pytest
from hypothesis import given
from strategies import examples, least_loss, problems

from chemopt.methods.infeasibility import conflicts
from chemopt.methods.mip.fixed_size_bound import fixed_size_bound
from chemopt.problem.generate import generate_problem


@given(problem=problems())
@examples(150)
def test_bounds_are_bounds(problem):
    """Of every size that the constraints leave, whatever the target."""
    for k in problem.feasible_sizes:
        least = least_loss(problem.with_options(size=k, min_size=None, max_size=None))
        for target in (math.inf, 0.0):
            assert fixed_size_bound(problem, k, target=target) <= least


@given(problem=problems())
def test_sizes_are_those_that_are_left(problem):
    """No feasible ensemble has another size."""
    without = dict.fromkeys(("budgets", "groups", "apart", "together", "forbid"), ())
    free = problem.with_options(
        m_inter="total", min_size=problem.constraints.min_size or 0, **without
    )
    if not conflicts(free):
        for k in range(len(problem.models) + 1):
            of_size = free.with_options(size=k)
            assert (k in free.feasible_sizes) == (not conflicts(of_size))


def test_more_steps_do_not_loosen_it():
    """The best bound of all steps counts, and steps help."""
    problem = generate_problem(20, seed=1, kind="uniform").with_options(alpha=0.9)
    bounds = [fixed_size_bound(problem, 8, steps=steps) for steps in (1, 5, 60)]
    assert bounds == sorted(bounds)
    assert bounds[2] > bounds[0]
    assert fixed_size_bound(problem, 0) == pytest.approx(
        0.9 * problem.m_inter_value + 0.1 * problem.m_intra_value
    )
