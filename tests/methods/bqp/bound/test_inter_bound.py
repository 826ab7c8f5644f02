"""Where the inter constraint binds: the bound that it gives."""

import pytest
from exact_cases import least_value, random_problem
from hypothesis import given
from hypothesis import strategies as st

from chemopt import recommend
from chemopt.methods.bqp.bound.inter_bound import inter_bound
from chemopt.methods.quadratic import binary_quadratic
from chemopt.problem.generate import generate_problem

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
def test_the_bound_holds(seed):
    """It is never above the optimum, whatever the products are."""
    problem = random_problem(seed, most=8)
    assert inter_bound(problem, 0, problem.n) <= least_value(problem)


def test_the_bound_is_the_size_penalty_at_alpha_one():
    """At α = 1 the loss is at least β times the smallest size, and that bound is sharp."""
    problem = generate_problem(12, seed=1).with_options(alpha=1.0, beta=0.5, m_inter="published")
    core, _ = binary_quadratic(problem)
    assert inter_bound(core, 4, 12) == pytest.approx(2.0, abs=1e-6)


def test_agreement_where_the_constraint_binds():
    """With α = 1 and the reference's M_inter, against brute force."""
    for seed in range(3):
        problem = generate_problem(17, seed=seed).with_options(alpha=1.0)
        best, found = recommend(problem, "brute-force"), recommend(problem, "exact")
        assert found.status.value == "optimal"
        assert found.loss == pytest.approx(best.loss, rel=1e-8)
