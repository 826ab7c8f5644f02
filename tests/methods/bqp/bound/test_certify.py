"""What is certified holds."""

import numpy as np
from exact_cases import least_value, random_problem
from hypothesis import given
from hypothesis import strategies as st

from chemopt.methods.bqp.bound.certify import certify, quadratic_bound
from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.hypermetric import (
    HypermetricInequalities,
)
from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.bound.sign_form import natural_scale, sign_form
from chemopt.methods.bqp.bound.triangles import separate_triangles

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
def test_any_multipliers_give_a_valid_bound(seed):
    """Multipliers need not be near optimal for their bound to hold."""
    rng = np.random.default_rng(seed)
    problem = random_problem(seed, most=7).scaled_rows()
    form = sign_form(problem, natural_scale(problem))
    x = rng.uniform(-1, 1, (form.nodes,) * 2)
    x = (x + x.T) / 2
    triangles = separate_triangles(x, 10, 0.1)
    products = {key: rng.random(2 * problem.n) for key in form.inequalities}
    odd = HypermetricInequalities.none(form.nodes).with_new(
        np.ones((1, form.nodes)) + np.eye(form.nodes)[:1] * (form.nodes % 2 + 1)
    )
    duals = Duals(rng.standard_normal(form.nodes), triangles, odd, products, float(rng.random()))
    relaxation = Relaxation(form)
    u = relaxation.use(duals)
    u[form.nodes :] = rng.random(len(u) - form.nodes)
    bound = form.base - form.scale * certify(relaxation, u).bound - problem.rounding_error
    assert bound <= least_value(problem)


def test_a_factorisation_proves_an_eigenvalue_bound():
    """Below the largest eigenvalue there is no proof; above it there is."""
    m = np.diag([1.0, 2.0, 3.0])
    assert quadratic_bound(m, 2.9) is None
    assert 9.3 <= quadratic_bound(m, 3.1) <= 9.3 + 1e-12
