"""Problems of one size keep their values when coefficients move to about 0."""

import numpy as np
import pytest
from exact_cases import random_problem
from hypothesis import given
from hypothesis import strategies as st

from chemopt.methods.bqp.branching import centred


@given(seed=st.integers(0, 10**6), size=st.integers(0, 8))
def test_values_stay(seed, size):
    """At every point of the size, up to the errors of both problems."""
    problem = random_problem(seed, most=8)
    size = min(size, problem.n)
    same = centred(problem, size)
    error = problem.rounding_error + same.rounding_error
    for mask in range(1 << problem.n):
        x = np.array([bool(mask >> i & 1) for i in range(problem.n)])
        if x.sum() == size:
            assert same.value(x) == pytest.approx(problem.value(x), rel=0, abs=error)
    assert (np.diag(same.quadratic) == 0).all()
    assert (same.quadratic == same.quadratic.T).all()
