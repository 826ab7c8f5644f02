"""Where the rule on inter binds: its bound, and double exchanges."""

import numpy as np
import pytest
from exact_cases import least_value, random_problem
from hypothesis import given
from hypothesis import strategies as st

from chemopt import recommend
from chemopt.methods.bqp.bound.inter_bound import rule_bound
from chemopt.methods.bqp.heuristics.double_swap import double_exchange
from chemopt.methods.quadratic import core_problem
from chemopt.problem.generate import generate_problem

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
def test_the_bound_of_the_rule_holds(seed):
    """It is never above the optimum, whatever the products are."""
    problem = random_problem(seed, most=8)
    assert rule_bound(problem, 0, problem.n) <= least_value(problem)


def test_the_bound_is_the_price_of_the_models_at_alpha_one():
    """At α = 1 the loss is at least β times the smallest size, and that bound is sharp."""
    problem = generate_problem(12, seed=1).with_options(alpha=1.0, beta=0.5, m_inter="reference")
    core, _ = core_problem(problem)
    assert rule_bound(core, 4, 12) == pytest.approx(2.0, abs=1e-6)


@given(SEEDS)
def test_double_exchanges_say_what_they_give(seed):
    """The value is right, the size is kept, and the rule is met up to rounding."""
    problem = random_problem(seed)
    rng = np.random.default_rng(seed)
    x = rng.random(problem.n) < 0.5
    found = double_exchange(problem, x, rng)
    if found is not None:
        point, value = found
        assert point.sum() == x.sum()
        assert (point != x).sum() == 4
        assert value == pytest.approx(problem.value(point), abs=100 * problem.rounding)
        assert problem.rule.inter(point) <= problem.rule.limit + 1e-12


def test_agreement_where_the_rule_binds():
    """With α = 1 and the reference's M_inter, against brute force."""
    for seed in range(3):
        problem = generate_problem(17, seed=seed).with_options(alpha=1.0)
        best, found = recommend(problem, "brute-force"), recommend(problem, "exact")
        assert found.status.value == "optimal"
        assert found.loss == pytest.approx(best.loss, rel=1e-8)
