"""Double swaps: the values and points that they promise."""

import numpy as np
import pytest
from exact_cases import random_problem
from hypothesis import given
from hypothesis import strategies as st

from chemopt.methods.bqp.heuristics.double_swap import double_swap

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
def test_double_swaps_return_their_value(seed):
    """The value is right, the size is kept, and the inter constraint holds up to rounding error."""
    problem = random_problem(seed)
    rng = np.random.default_rng(seed)
    x = rng.random(problem.n) < 0.5
    swapped = double_swap(problem, x, rng)
    if swapped is not None:
        point, value = swapped
        assert point.sum() == x.sum()
        assert (point != x).sum() == 4
        assert value == pytest.approx(problem.value(point), abs=100 * problem.rounding_error)
        assert problem.inter.value(point) <= problem.inter.limit + 1e-12
