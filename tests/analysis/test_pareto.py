"""Fronts against a filter that compares every ensemble with every other."""

import importlib
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from strategies import all_subsets, examples, loss_by_definition, problems, random_problem

from chemopt import (
    ChemistryProblem,
    ChemistryTable,
    InputError,
    UnansweredError,
    breakpoints,
    pareto_front,
)
from chemopt.errors import InfeasibleError
from chemopt.problem.generate import generate_problem
from chemopt.problem.loss import loss_terms

pareto = importlib.import_module("chemopt.analysis.pareto")


def aims_of(problem, X, third):
    """Return inter, intra and minus the third aim."""
    terms = loss_terms(problem, problem.positions(X))
    cost = (
        len(X) if third == "size" else math.fsum(problem.constraints.table.loc[m, third] for m in X)
    )
    return terms.inter, terms.intra, -cost


def naive_front(problem, third):
    """Return the ensembles of the front, one for each point."""
    feasible = [
        tuple(sorted(X))
        for X in all_subsets(problem.models)
        if math.isfinite(loss_by_definition(problem, X))
    ]
    aims = {X: np.array(aims_of(problem, X, third)) for X in feasible}
    front = {}
    for X in sorted(feasible, key=lambda X: (len(X), X)):
        beaten = any(
            (aims[Y] >= aims[X] - 1e-9).all() and (aims[Y] > aims[X] + 1e-9).any() for Y in feasible
        )
        if not beaten:
            front.setdefault(tuple(np.round(aims[X], 6)), X)
    return set(front.values())


def check_front(problem, third):
    """The front is the naive one, in order, and complete."""
    expected = naive_front(problem, third)
    if not expected:
        with pytest.raises(InfeasibleError, match="no ensemble"):
            pareto_front(problem, third)
        return
    frame = pareto_front(problem, third)
    assert set(frame["models"]) == expected
    assert len(frame) == len(expected)
    assert frame["proved"].all()
    assert (frame["missing_within"] == 0).all()
    order = frame[[third, "inter"]].to_numpy().tolist()
    assert order == sorted(order, key=lambda row: (row[0], -row[1]))
    for row in frame.to_dict("records"):
        aims = aims_of(problem, row["models"], third)
        assert (row["inter"], row["intra"], -row[third]) == pytest.approx(aims, abs=1e-12)
        assert row["size"] == len(row["models"])


@pytest.mark.parametrize("third", ["size", "price"])
@given(problem=problems(most=5))
@examples(40)
def test_the_front(third, problem):
    """All ensembles that no other beats, with ties and constraints."""
    check_front(problem, third)


@pytest.mark.parametrize("third", ["size", "price"])
@pytest.mark.parametrize("seed", range(6))
def test_the_front_of_larger_pools(third, seed):
    """Up to 8 models with random side constraints."""
    check_front(random_problem(seed, most=8), third)


def test_names_break_ties_in_any_order_of_the_pool():
    """Of equal ensembles the alphabetically first stands for all."""
    problem = ChemistryProblem(ChemistryTable(tuple("dbac"), 1.0 - np.eye(4)), m_inter="total")
    assert pareto_front(problem)["models"].tolist() == [tuple("ab"), tuple("abc"), tuple("abcd")]


@pytest.mark.parametrize("seed", range(4))
def test_by_slices(monkeypatch, seed):
    """Supported ensembles are on the complete front; the rest of it lies in the gaps stated."""
    problem = random_problem(seed, most=9).with_options(m_inter="total")
    complete = pareto_front(problem)
    of_size = {
        size: pareto_front(problem.with_options(size=size, min_size=None, max_size=None))
        for size in complete["size"].unique().tolist()
    }
    monkeypatch.setattr(pareto, "MODEL_LIMIT", 0)
    supported = pareto_front(problem)
    assert list(supported.columns) == list(complete.columns)
    unit = max(problem.m_inter_value, 1e-300)

    def value(frame, alpha):
        return (alpha * frame["inter"] + (1 - alpha) * frame["intra"]).max()

    def find(row):
        same = complete[
            np.isclose(complete["inter"], row["inter"], atol=1e-8)
            & np.isclose(complete["intra"], row["intra"], atol=1e-8)
            & (complete["size"] == row["size"])
        ]
        return len(same) == 1

    assert all(find(row) for row in supported.to_dict("records"))
    assert supported["proved"].all()
    for size, own in complete.groupby("size"):
        hull = supported[supported["size"] == size].sort_values("inter")
        for alpha in (0.2, 0.5, 0.8):
            # where the front has the best of its size, so have the supported ensembles
            best = value(of_size[size], alpha)
            if value(own, alpha) >= best - 1e-9:
                assert value(hull, alpha) >= best - 1e-8
        for inter in own["inter"]:
            left = hull[hull["inter"] <= inter + 1e-9]
            if len(hull) and len(left):
                last = left.iloc[-1]
                assert inter <= last["inter"] + last["missing_within"] * unit + 1e-8


def test_by_slices_with_sizes_that_nothing_meets(monkeypatch):
    """A size that no ensemble can have is left out; if all are, that is said."""
    monkeypatch.setattr(pareto, "MODEL_LIMIT", 0)
    problem = generate_problem(6, seed=1).with_options(
        m_inter="total",
        min_size=1,
        attributes={m: {"price": 1.0} for m in generate_problem(6, seed=1).models},
        budgets=["price<=2"],
    )
    seen = []
    frame = pareto_front(problem, progress=lambda *counts: seen.append(counts))
    assert set(frame["size"]) <= {1, 2}
    assert seen[-1] == (6, 6)
    with pytest.raises(UnansweredError, match="no ensemble"):
        pareto_front(problem.with_options(min_size=3))


def test_large_pools_and_attributes(monkeypatch):
    """Attributes are for small pools; unknown ones are errors that name those there are."""
    problem = random_problem(1)
    with pytest.raises(InputError, match=r"third must be .* \(price, provider\), not 'cost'"):
        pareto_front(problem, "cost")
    with pytest.raises(InputError, match="attribute 'provider' of .* not a number"):
        pareto_front(problem, "provider")
    with pytest.raises(InputError, match=r"\(none\), not 'price'"):
        pareto_front(generate_problem(5), "price")
    monkeypatch.setattr(pareto, "MODEL_LIMIT", 0)
    with pytest.raises(InputError, match="a front over 'price' is for pools of up to 0 models"):
        pareto_front(problem, "price")


def test_m_inter_that_takes_a_search():
    """Under the convention "cut" the front is the same: M_inter is a constant."""
    problem = generate_problem(6, seed=1).with_options(m_inter="cut")
    expected = pareto_front(problem.with_options(m_inter="total"))
    pd.testing.assert_frame_equal(pareto_front(problem), expected)


def test_by_slices_next_to_a_huge_entry(monkeypatch):
    """An entry of 1e14 makes no two ensembles equal: each size keeps its own of the whole front."""
    matrix = np.triu(np.random.default_rng(2).random((6, 6)), 1)
    matrix[0, 1] = 1e14
    table = ChemistryTable([*"abcdef"], matrix + matrix.T, entries="general")
    problem = ChemistryProblem(table, m_inter="total")
    whole = set(pareto_front(problem)["models"])
    pieces = set()
    for size in problem.feasible_sizes:
        path = breakpoints(problem.with_options(size=size, beta=0.0), "alpha")
        pieces |= set(path["models"])
    monkeypatch.setattr(pareto, "MODEL_LIMIT", 0)
    assert set(pareto_front(problem)["models"]) == pieces & whole
