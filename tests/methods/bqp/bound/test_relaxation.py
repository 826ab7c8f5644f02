"""The regularised dual."""

import numpy as np
import pytest
from exact_cases import random_problem
from hypothesis import given
from hypothesis import strategies as st

from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.hypermetric import (
    HypermetricInequalities,
)
from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.bound.sign_form import natural_scale, sign_form
from chemopt.methods.bqp.bound.triangles import TriangleInequalities

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
def test_gradient(seed):
    """The gradient of F is what differences say."""
    problem = random_problem(seed, most=6).scaled_rows()
    form = sign_form(problem, natural_scale(problem))
    rng = np.random.default_rng(seed)
    products = {key: rng.random(2 * problem.n) for key in form.inequalities}
    relaxation = Relaxation(form)
    u = relaxation.use(
        Duals(
            rng.random(form.nodes),
            TriangleInequalities.none(),
            HypermetricInequalities.none(form.nodes),
            products,
            0.5,
        )
    )
    _, gradient, _, _ = relaxation.value(u, 0.7)
    way = rng.standard_normal(len(u))
    ahead, behind = (relaxation.value(u + h * way, 0.7)[0] for h in (1e-5, -1e-5))
    size = 1 + np.abs(gradient).max() * np.abs(way).sum()
    assert (ahead - behind) / 2e-5 == pytest.approx(gradient @ way, abs=1e-5 * size)
