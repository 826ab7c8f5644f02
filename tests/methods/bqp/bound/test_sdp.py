"""The semidefinite bound is never above the optimum."""

import numpy as np
from exact_cases import least_value, random_problem
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.sdp import BoundParameters, bound_node
from chemopt.methods.bqp.bound.sign_form import natural_scale, sign_form

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
@examples(40)
def test_the_bound_is_never_above_the_optimum(seed):
    """However many rounds, with constraints and data of any scale: bound ≤ optimum."""
    problem = random_problem(seed, most=8).scaled_rows()
    form = sign_form(problem, natural_scale(problem))
    parameters = BoundParameters(rounds=seed % 6 + 1, triangles=20, odd_cliques=5, patience=1e9)
    node = bound_node(form, Duals.eigenvalue_bound(form.matrix), -np.inf, parameters)
    bound = form.base - form.scale * node.certificate.bound - problem.rounding_error
    assert bound <= least_value(problem)
