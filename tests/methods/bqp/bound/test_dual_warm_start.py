"""A warm start keeps the bound."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from chemopt.methods.bqp.bound.certify import certify
from chemopt.methods.bqp.bound.dual_warm_start import dual_warm_start
from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.bound.sdp import BoundParameters, bound_node
from chemopt.methods.bqp.bound.sign_form import natural_scale, sign_form
from chemopt.methods.bqp.problem import FREE, BinaryQuadratic

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
@examples(40)
def test_a_child_starts_with_the_bound_of_its_parent(seed):
    """Before any iteration, a child has at least the bound of its parent."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 12))
    quadratic = np.triu(rng.standard_normal((n, n)), k=1)
    problem = BinaryQuadratic(rng.standard_normal(n), quadratic + quadratic.T)
    scale = natural_scale(problem)
    form = sign_form(problem, scale)
    parameters = BoundParameters(rounds=6, triangles=30, patience=1e9)
    node = bound_node(form, Duals.eigenvalue_bound(form.matrix), -np.inf, parameters)
    bound = form.base - form.scale * node.certificate.bound
    fixed = np.full(n, FREE, dtype=np.int8)
    fixed[rng.permutation(n)[: n // 3]] = 1
    fixed[rng.integers(n)] = 0
    child = sign_form(problem.restrict(fixed), scale)
    relaxation = Relaxation(child)
    u = relaxation.use(dual_warm_start(form, node.duals, fixed, child))
    assert child.base - child.scale * certify(relaxation, u).bound >= bound - 1e-7
