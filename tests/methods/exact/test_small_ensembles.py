"""Ensembles of few members are enumerated from large pools, with the answers of other methods."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, least_loss, problems, random_problem

from chemopt import InputError, Status, recommend
from chemopt.methods.exact import small_ensembles
from chemopt.methods.options import RunOptions
from chemopt.problem.check import violations
from chemopt.problem.generate import generate_problem
from chemopt.problem.loss import loss_terms


def check(problem, least):
    """The outcome is the optimum, or says that there is none."""
    outcome = small_ensembles.solve(problem, RunOptions())
    if math.isinf(least):
        assert outcome.infeasible
        return
    assert not violations(problem, [problem.models[k] for k in outcome.models])
    assert loss_terms(problem, outcome.models).loss == pytest.approx(least, rel=1e-9, abs=1e-9)
    assert outcome.bound <= least + 1e-12


@given(problems())
@examples(120)
def test_small_pools(problem):
    """All sizes of small pools, under every kind of constraint."""
    check(problem, least_loss(problem))


@pytest.mark.parametrize(
    "seed", [*range(15), *(pytest.param(k, marks=pytest.mark.slow) for k in range(15, 60))]
)
def test_larger_pools(seed):
    """Pools of up to 14 models, against enumeration of all subsets."""
    problem = random_problem(seed)
    best = recommend(problem, "brute-force")
    check(problem, math.inf if best.loss is None else best.loss)


@pytest.mark.slow
def test_auto_enumerates_few_members():
    """Three of sixty are proved at once, and the default method does it."""
    problem = generate_problem(60, 1, "uniform").with_options(size=3)
    best = recommend(problem)
    assert best.status is Status.OPTIMAL
    assert best.solver == "chemopt enumeration"
    assert best.loss == pytest.approx(recommend(problem, "tabu").loss)
    with pytest.raises(InputError, match="or ensembles of few members"):
        recommend(generate_problem(30), "brute-force")


def test_time_limit():
    """When the time is up, the best ensemble so far is returned, with a valid bound."""
    problem = generate_problem(70, 1, "uniform").with_options(size=5)
    best = recommend(problem, time_limit=0.05)
    assert best.status in (Status.FEASIBLE, Status.NO_RECOMMENDATION, Status.OPTIMAL)
    if best.loss is not None:
        assert best.bound <= best.loss


@given(st.integers(0, 30))
@examples(20)
def test_order_does_not_matter(seed):
    """Permuted pools have the same least loss."""
    problem = generate_problem(25, seed, "uniform").with_options(size=4)
    order = np.random.default_rng(seed).permutation(25)
    table = type(problem.table)(
        [problem.models[k] for k in order], problem.matrix[np.ix_(order, order)]
    )
    other = problem.with_options(table=table)
    assert recommend(problem).loss == pytest.approx(recommend(other).loss)
