"""Reduced-cost fixing keeps an optimum."""

import numpy as np
from exact_cases import all_signs, least_value, random_problem
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.sdp import BoundParameters, bound_node
from chemopt.methods.bqp.bound.sign_form import natural_scale, sign_form
from chemopt.methods.bqp.reduced_costs import reduced_cost_fixing

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
@examples(40)
def test_an_optimum_keeps_its_values(seed):
    """Some optimum has the values that reduced costs fix."""
    problem = random_problem(seed, most=8).scaled_rows()
    least = least_value(problem)
    if not np.isfinite(least):
        return
    points = all_signs(problem.n)[:, 1:] > 0
    limit = least + problem.rounding_error
    good = [x for x in points if problem.is_feasible(x) and problem.value(x) <= limit]
    form = sign_form(problem, natural_scale(problem))
    parameters = BoundParameters(rounds=5, patience=1e9)
    bound = bound_node(form, Duals.eigenvalue_bound(form.matrix), -np.inf, parameters)
    target = (form.base - least - 2 * problem.rounding_error) / form.scale
    # Points just above the optimum, and better ones, are all kept.
    values = reduced_cost_fixing(bound.certificate, target - 1e-6 * (1 + abs(target)))
    assert any((values[x] != 0).all() and (values[~x] != 1).all() for x in good)
