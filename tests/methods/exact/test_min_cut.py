"""The polynomial case: minimum cuts for α ≤ 1/3, sorting at α = 1/3."""

import numpy as np
import pytest
from chemopt_models import build_linearised, build_min_cut
from hypothesis import given
from hypothesis import strategies as st
from strategies import all_subsets, examples, least_loss, problems

from chemopt import InputError, recommend
from chemopt.methods.infeasibility import conflicts
from chemopt.problem.generate import generate_problem
from chemopt.problem.loss import loss_terms

ALPHAS = st.one_of(st.sampled_from([0.0, 0.1, 0.3, 1 / 3]), st.floats(0, 1 / 3))


@given(problem=problems(), alpha=ALPHAS)
@examples(150)
def test_it_is_exact_or_a_bound(problem, alpha):
    """Called optimal, it is the least loss; otherwise its bound is below it."""
    problem = problem.with_options(alpha=alpha)
    if conflicts(problem):
        return
    answer, least = recommend(problem, "min-cut"), least_loss(problem)
    assert answer.bound <= least + 1e-12
    if answer.status.value == "optimal":
        assert answer.loss == pytest.approx(least, rel=1e-9, abs=1e-9)
    elif answer.models:
        assert answer.loss >= least - 1e-9
        assert answer.stop_reason.value == "relaxation"
    without = dict.fromkeys(("budgets", "groups", "apart", "together", "forbid"), ())
    free = problem.with_options(m_inter="total", min_size=0, max_size=None, **without)
    assert recommend(free, "min-cut").status.value == "optimal"


@given(problem=problems(most=5), alpha=ALPHAS)
@examples(60)
def test_every_cut_is_a_loss(problem, alpha):
    """For every subset that require and exclude allow, the cut is the loss, up to the error."""
    problem = problem.with_options(alpha=alpha, min_size=None, max_size=None)
    if conflicts(problem):
        return
    network = build_min_cut(problem)
    required, excluded = problem.positions(problem.require), problem.positions(problem.exclude)
    for X in all_subsets(range(len(problem.models))):
        if not set(required) <= set(X) or set(excluded) & set(X):
            continue
        node_of = {int(model): node for node, model in enumerate(network.free)}
        side = {*(node_of[k] for k in X if k in node_of), network.source}
        cut = sum(
            int(capacity)
            for tail, head, capacity in zip(
                network.tails, network.heads, network.capacities, strict=True
            )
            if tail in side and head not in side
        )
        value = cut / network.scale + network.constant
        assert abs(value - loss_terms(problem, X).loss) <= network.rounding_error + 1e-12


@pytest.mark.parametrize("options", [{}, {"size": 11}, {"max_size": 5}, {"min_size": 28}])
def test_a_third_is_sorted(options):
    """At α = 1/3 bounds on the size are met exactly, for any number of models."""
    problem = generate_problem(30, seed=2, kind="uniform")
    problem = problem.with_options(alpha=1 / 3, beta=5.0, m_inter="total", **options)
    answer = recommend(problem, "exact")
    assert answer.status.value == "optimal"
    assert "sorting" in answer.solver
    assert recommend(problem, "cp-sat").loss == pytest.approx(answer.loss, abs=1e-7)


@pytest.mark.parametrize(("beta", "size"), [(5.0, 40), (6.5, 26), (6.75, 15), (9.0, 0)])
def test_agreement_with_highs_on_forty_models(beta, size):
    """Min-cut and HiGHS prove the same loss."""
    problem = generate_problem(40, seed=7, kind="uniform").with_options(
        alpha=0.32, beta=beta, m_inter="total", min_size=0
    )
    cut, highs = recommend(problem, "min-cut"), recommend(problem, "highs")
    assert cut.status.value == highs.status.value == "optimal"
    assert cut.loss == pytest.approx(highs.loss, abs=1e-7)
    assert len(cut.models) == size


def test_auto_takes_it_where_its_ensemble_is_feasible():
    """Large pools with α ≤ 1/3 are cut, and branch and bound takes over when a size binds."""
    problem = generate_problem(200, seed=1).with_options(alpha=0.3, beta=40.0)
    answer = recommend(problem)
    assert (answer.status.value, answer.solver) == ("optimal", "OR-Tools max-flow")
    bound = generate_problem(24, seed=1).with_options(alpha=0.3, beta=0.1, max_size=20)
    answer = recommend(bound)
    assert answer.status.value == "optimal"
    assert answer.solver.startswith("chemopt branch and bound")


def test_a_larger_alpha_is_refused():
    """Above 1/3 the problem is not a minimum cut."""
    problem = generate_problem(5, seed=1).with_options(alpha=0.34)
    with pytest.raises(InputError, match=r"'min-cut' is for alpha ≤ 1/3"):
        recommend(problem, "min-cut")
    with pytest.raises(ValueError, match="alpha ≤ 1/3"):
        build_min_cut(problem)


def test_tiny_and_large_chemistry():
    """Scaling to integers keeps up with any size of numbers."""
    for factor in (1e-9, 1.0):
        base = generate_problem(12, seed=3)
        table = type(base.table)(base.models, base.matrix * factor)
        problem = base.with_options(table=table, alpha=0.2, beta=2.0 * factor, m_inter="total")
        cut, least = recommend(problem, "min-cut"), recommend(problem, "brute-force")
        assert cut.status.value == "optimal"
        assert cut.loss == pytest.approx(least.loss, rel=1e-9)
        assert np.isclose(cut.bound, least.loss, rtol=1e-9)


def test_the_linearised_model_is_integral_here():
    """For α ≤ 1/3 the relaxation of the linearised model has the value of the cut."""
    import pyomo.environ as pyo

    from chemopt.methods.options import RunOptions
    from chemopt.methods.solvers import HighsModel

    problem = generate_problem(10, seed=4).with_options(alpha=0.2, beta=3.0, m_inter="total")
    model = build_linearised(problem.with_options(min_size=0))
    for x in model.x.values():
        x.domain = pyo.UnitInterval
    relaxed = HighsModel(model).relax(RunOptions())
    assert relaxed.bound == pytest.approx(
        recommend(problem.with_options(min_size=0), "min-cut").loss, abs=1e-6
    )
