"""Presolve keeps an optimum."""

import numpy as np
from exact_cases import all_signs, least_value, random_problem
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from chemopt.methods.bqp.presolve import fix_variables
from chemopt.methods.bqp.problem import FREE

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
@examples(40)
def test_an_optimum_keeps_its_values(seed):
    """Some optimum has the values that presolve fixes."""
    problem = random_problem(seed, most=8).scaled_rows()
    least = least_value(problem)
    fixed = fix_variables(problem, np.full(problem.n, FREE, dtype=np.int8))
    if not np.isfinite(least):
        return
    assert fixed is not None
    points = all_signs(problem.n)[:, 1:] > 0
    limit = least + 3 * problem.rounding_error
    good = [x for x in points if problem.is_feasible(x) and problem.value(x) <= limit]
    assert any((fixed[x] != 0).all() and (fixed[~x] != 1).all() for x in good)
