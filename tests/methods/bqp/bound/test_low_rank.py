"""The bounds of large problems, on small ones: they hold, and are close to the semidefinite one."""

import math

import numpy as np
import pytest
from exact_cases import least_value, random_problem
from hypothesis import given, settings
from hypothesis import strategies as st

from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.low_rank import low_rank_bound
from chemopt.methods.bqp.bound.pair_bound import pair_bound
from chemopt.methods.bqp.bound.sdp import BoundParameters, bound_node
from chemopt.methods.bqp.bound.sign_form import natural_scale, sign_form
from chemopt.methods.bqp.heuristics.tabu import tabu_search
from chemopt.methods.bqp.problem import BinaryQuadratic
from chemopt.methods.bqp.processing import NodeOptions
from chemopt.methods.bqp.search import branch_and_bound
from chemopt.methods.quadratic import binary_quadratic
from chemopt.problem.generate import generate_problem

SEEDS = st.integers(0, 10**6)


def bound_of(problem, target=-math.inf, **options):
    form = sign_form(problem, natural_scale(problem))
    aim = 0.0 if math.isinf(target) else (form.base - target) / form.scale
    relaxed = low_rank_bound(form, aim, **options)
    return form.base - form.scale * relaxed.certificate.bound - problem.rounding_error


def mixed(seed, most=8):
    """Draw coefficients of magnitudes from 1e-6 to 1e6."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, most + 1))
    quadratic = rng.standard_normal((n, n)) * 10.0 ** rng.integers(-6, 7, (n, n))
    quadratic = np.triu(quadratic, k=1)
    linear = rng.standard_normal(n) * 10.0 ** rng.integers(-6, 7, n)
    return BinaryQuadratic(linear, quadratic + quadratic.T)


@given(SEEDS)
def test_the_bound_holds(seed):
    """No feasible point is below it, whatever the constraints."""
    problem = random_problem(seed, most=8).scaled_rows()
    assert bound_of(problem, seed=seed) <= least_value(problem)


@given(SEEDS)
def test_the_bound_holds_for_mixed_magnitudes(seed):
    """Rounding errors of large coefficients are in it."""
    problem = mixed(seed)
    assert bound_of(problem) <= least_value(problem)
    assert pair_bound(problem) <= least_value(problem)


@given(SEEDS)
def test_the_bound_holds_however_early_it_stops(seed):
    """A factor that was never improved gives a bound too."""
    problem = random_problem(seed, most=7).scaled_rows()
    assert bound_of(problem, stop=lambda: True) <= least_value(problem)


@given(SEEDS)
def test_the_pair_bound_is_no_worse_than_the_negative_coefficients(seed):
    """And holds for all points."""
    problem = random_problem(seed, most=8)
    pairs = problem.quadratic[np.triu_indices(problem.n, k=1)]
    negative = np.minimum(problem.linear, 0).sum() + np.minimum(pairs, 0).sum()
    free = BinaryQuadratic(problem.linear, problem.quadratic, problem.constant)
    bound, error = pair_bound(problem), 4 * problem.rounding_error
    assert problem.constant + negative - error <= bound <= least_value(free)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"size": 10}, {"size": 30}, {"m_inter": "published"}])
@pytest.mark.parametrize("alpha", [0.5, 0.8, 1.0])
def test_close_to_the_semidefinite_bound(alpha, options):
    """Without inequalities, both are bounds of the same relaxation."""
    problem = generate_problem(60, seed=4).with_options(
        alpha=alpha, beta=0.5, **{"m_inter": "total", **options}
    )
    program, _ = binary_quadratic(problem)
    program = program.scaled_rows()
    form = sign_form(program, natural_scale(program))
    start = Duals.eigenvalue_bound(form.matrix)
    parameters = BoundParameters(rounds=9, triangles=0, odd_cliques=0, patience=1e9)
    bound = bound_node(form, start, -math.inf, parameters).certificate.bound
    value = tabu_search(program, moves=2000).value
    aim = (form.base - value) / form.scale
    excess = low_rank_bound(form, aim).certificate.bound - bound
    assert form.scale * excess <= 0.003 * value


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(SEEDS, st.sampled_from([(1, 100), (1, 1), (4, 6)]))
def test_branch_and_bound_from_low_rank_bounds(seed, low_rank):
    """With the machinery of large problems from few variables on, small ones are proved right."""
    problem = random_problem(seed, most=9)
    least = least_value(problem)
    answer = branch_and_bound(problem, nodes=NodeOptions(enumeration_limit=0, low_rank=low_rank))
    assert answer.finished
    assert answer.bound <= least
    if math.isinf(least):
        assert answer.x is None
    else:
        allowance = 1e-9 * problem.inter.limit if problem.inter is not None else 0.0
        assert answer.value == pytest.approx(least, rel=1e-9, abs=allowance)


@pytest.mark.slow
def test_the_point_is_no_worse_than_that_of_tabu_search():
    """The search of the root is the tabu search with the same seed, and goes on."""
    problem = generate_problem(240, seed=2).with_options(alpha=0.8, m_inter="total")
    program, _ = binary_quadratic(problem)
    polls = 0

    def stop():
        nonlocal polls
        polls += 1
        return polls > 400

    answer = branch_and_bound(program, nodes=NodeOptions(seed=5), stop=stop)
    assert not answer.finished
    assert answer.bound >= pair_bound(program)
    assert answer.value <= tabu_search(program, seed=5, moves=20 * program.n + 1000).value
    assert answer.value - answer.bound <= 0.01 * answer.value
