"""Breakpoints over β by nested minimum cuts, for α ≤ 1/3."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import all_subsets, examples, problems

from chemopt import ChemistryProblem, ChemistryTable, breakpoints, recommend
from chemopt.analysis.nested_cuts import nested_path
from chemopt.problem.generate import generate_problem
from chemopt.problem.loss import loss_terms


@given(problem=problems(), alpha=st.sampled_from([0.0, 0.1, 0.25, 0.3, 1 / 3]))
@examples(80)
def test_every_piece_is_best_in_its_interval(problem, alpha):
    """Within each interval, ends included, no ensemble has a smaller loss."""
    # what is left are required and excluded models, which the cuts respect
    problem = ChemistryProblem(
        problem.table, alpha, min_size=0, m_inter="total",
        require=problem.require, exclude=problem.exclude,
    )  # fmt: skip
    if set(problem.require) & set(problem.exclude):
        assert nested_path(problem, 1.0) is None
        return
    frame = breakpoints(problem, "beta")
    assert frame["beta_from"].iloc[0] == 0
    assert (frame["beta_to"][:-1].to_numpy() == frame["beta_from"][1:].to_numpy()).all()
    assert frame["proved"].all()
    feasible = [
        X
        for X in all_subsets(range(len(problem.models)))
        if set(problem.positions(problem.require)) <= set(X)
        and not set(problem.positions(problem.exclude)) & set(X)
    ]
    scale = problem.m_intra_value + 1e-12
    for row in frame.itertuples():
        for beta in (row.beta_from, (row.beta_from + row.beta_to) / 2, row.beta_to):
            at = problem.with_options(beta=beta)
            least = min(loss_terms(at, X).loss for X in feasible)
            own = loss_terms(at, problem.positions(row.models)).loss
            assert own <= least + 1e-8 * scale


def test_ensembles_are_nested():
    """Each ensemble contains the next, on a pool of a hundred models."""
    problem = generate_problem(100, seed=3, kind="uniform").with_options(
        alpha=0.33, m_inter="total", min_size=0
    )
    frame = breakpoints(problem, "beta")
    assert len(frame) > 20
    for larger, smaller in itertools.pairwise(frame["models"]):
        assert set(smaller) < set(larger)
    for row in frame.iloc[::7].itertuples():
        beta = row.beta_from + min(1.0, row.beta_to - row.beta_from) / 2
        answer = recommend(problem.with_options(beta=beta), "min-cut")
        assert answer.models == row.models


@pytest.mark.parametrize("high", [0.5, 3.0, None])
def test_the_same_path_without_cuts(high):
    """The general search has the same pieces, on part of the interval as well."""
    problem = generate_problem(9, seed=1, kind="uniform").with_options(
        alpha=0.3, m_inter="total", min_size=0
    )
    by_cuts = breakpoints(problem, "beta", high=high)
    by_search = breakpoints(problem, "beta", high=high, method="brute-force")
    assert by_cuts["models"].tolist() == by_search["models"].tolist()
    columns = ["beta_from", "beta_to", "loss_from", "loss_to"]
    assert by_cuts[columns].to_numpy() == pytest.approx(by_search[columns].to_numpy(), abs=1e-7)


def test_constraints_that_bind_need_the_search():
    """Where a nested ensemble is infeasible, the pieces are those of the constrained problem."""
    problem = generate_problem(8, seed=1).with_options(alpha=0.3, min_size=3, m_inter="total")
    frame = breakpoints(problem, "beta")
    assert frame["size"].min() == 3
    assert frame["proved"].all()


def test_large_entries():
    """Crossings beyond the largest β of a user are no error."""
    table = generate_problem(6, seed=1).table
    scaled = ChemistryTable(table.models, 1e10 * table.matrix, entries="general")
    problem = ChemistryProblem(scaled, 0.2, m_inter="total", min_size=0)
    frame = breakpoints(problem, "beta")
    assert frame["beta_to"].iloc[-1] == 1e9
