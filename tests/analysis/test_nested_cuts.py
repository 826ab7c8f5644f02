"""The path of best ensembles over β."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import all_subsets, problems

from chemopt import InputError, recommend
from chemopt.analysis.paths import beta_path
from chemopt.problem.generate import generate_problem
from chemopt.problem.loss import loss_terms


@given(problem=problems(), alpha=st.sampled_from([0.0, 0.1, 0.25, 0.3, 1 / 3]))
@settings(max_examples=80)
def test_every_piece_is_best_in_its_interval(problem, alpha):
    """Within each interval, ends included, no ensemble has a smaller loss."""
    problem = problem.with_options(alpha=alpha, m_inter="total")
    if set(problem.require) & set(problem.exclude):
        return
    frame = beta_path(problem)
    assert frame["beta_from"].iloc[0] == 0
    assert math.isinf(frame["beta_to"].iloc[-1])
    assert (frame["beta_to"][:-1].to_numpy() == frame["beta_from"][1:].to_numpy()).all()
    admissible = [
        X
        for X in all_subsets(range(len(problem.models)))
        if set(problem.positions(problem.require)) <= set(X)
        and not set(problem.positions(problem.exclude)) & set(X)
    ]
    scale = problem.m_intra_value + 1e-12
    for row in frame.itertuples():
        high = min(row.beta_to, row.beta_from + 5)
        for beta in (row.beta_from, (row.beta_from + high) / 2, high):
            priced = problem.with_options(beta=beta)
            least = min(loss_terms(priced, X).loss for X in admissible)
            own = loss_terms(priced, problem.positions(row.models)).loss
            assert own <= least + 1e-8 * scale
            assert row.loss_at_zero + beta * row.size == pytest.approx(own, abs=1e-9)


def test_ensembles_are_nested():
    """Each ensemble contains the next, on a pool of a hundred models."""
    problem = generate_problem(100, seed=3, kind="uniform").with_options(
        alpha=0.33, m_inter="total", min_size=0
    )
    frame = beta_path(problem)
    assert len(frame) > 20
    for larger, smaller in itertools.pairwise(frame["models"]):
        assert set(smaller) < set(larger)
    for row in frame.iloc[::7].itertuples():
        beta = row.beta_from + min(1.0, row.beta_to - row.beta_from) / 2
        answer = recommend(problem.with_options(beta=beta), "min-cut")
        assert answer.models == row.models


def test_allowed_tells_conditions_apart():
    """Sizes and the rule on inter are no part of the path, but are told."""
    problem = generate_problem(8, seed=1).with_options(alpha=0.3, min_size=2)
    frame = beta_path(problem)
    assert not frame["allowed"].iloc[-1]
    assert frame["allowed"].iloc[0]


def test_bad_problems():
    """A larger α and contradicting conditions are refused."""
    problem = generate_problem(5, seed=1)
    with pytest.raises(InputError, match="beta_path is for alpha ≤ 1/3"):
        beta_path(problem)
    clash = problem.with_options(alpha=0.1, require=("model-1",), exclude=("model-1",))
    with pytest.raises(InputError, match="both name 'model-1'"):
        beta_path(clash)
