"""The loss, its constants, and the maximum cut."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from chemopt_models import build_max_cut
from hypothesis import given
from strategies import all_subsets, loss_by_definition, problems, tables

import chemopt.methods.exact.max_cut
from chemopt import ChemistryProblem, ChemistryTable, UnansweredError
from chemopt.methods.bqp.enumeration import members, subset_sizes, subset_values
from chemopt.methods.exact.max_cut import maximum_cut, resolve_m_inter
from chemopt.methods.options import RunOptions
from chemopt.methods.solvers import HighsModel
from chemopt.problem.check import meets_inter
from chemopt.problem.generate import generate_table
from chemopt.problem.loss import loss_floor, loss_terms, quadratic_loss


@given(problem=problems(constrained=False))
def test_terms_are_their_definition(problem):
    """The three terms add up to the loss by definition, for every subset."""
    free = problem.with_options(m_inter="total", min_size=0)
    for X in all_subsets(free.models):
        terms = loss_terms(free, free.positions(X))
        assert terms.loss == pytest.approx(loss_by_definition(free, X), abs=1e-12)
        assert terms.size_penalty == free.beta * len(X)


@given(problem=problems(constrained=False))
def test_the_quadratic_form_is_the_loss(problem):
    """constant + linear + product gives the same number."""
    form = quadratic_loss(problem)
    for X in all_subsets(range(len(problem.models))):
        x = np.isin(np.arange(len(problem.models)), X).astype(float)
        value = form.constant + form.linear @ x + form.product * (x @ problem.matrix @ x) / 2
        assert value == pytest.approx(loss_terms(problem, X).loss, abs=1e-12)


def alternating_cut(table):
    return table.across(table.alternating_side)


def test_alternating_cut_by_hand():
    """Totals 1.6, 1.4, 1.8, 2.0 put dot and bea against cyd and ada... by rank: d, c, a, b."""
    c = [[0, 0.5, 0.1, 1.0], [0.5, 0, 0.8, 0.1], [0.1, 0.8, 0, 0.9], [1.0, 0.1, 0.9, 0]]
    # ranks: dot 2.0, cyd 1.8, ada 1.6, bea 1.4; groups {dot, ada} and {cyd, bea}
    expected = 0.9 + 0.1 + 0.1 + 0.5
    table = ChemistryTable(("ada", "bea", "cyd", "dot"), c)
    assert alternating_cut(table) == pytest.approx(expected)


def test_alternating_cut_breaks_ties_by_name_and_not_by_rounding():
    """Totals that differ in the last bit count as equal."""
    c = np.array([[0, 0.1, 0.2, 0.3], [0.1, 0, 0.3, 0.2], [0.2, 0.3, 0, 0.1], [0.3, 0.2, 0.1, 0]])
    bent = c.copy()
    bent[2, 3] = bent[3, 2] = np.nextafter(0.1, 1)
    cut, other = (alternating_cut(ChemistryTable(("a", "b", "c", "d"), m)) for m in (c, bent))
    assert cut == pytest.approx(other, abs=1e-12)
    assert cut == pytest.approx(0.1 + 0.3 + 0.3 + 0.1)  # {a, c} against {b, d}


@given(table=tables(fewest=1, most=6))
def test_maximum_cut(table):
    """The largest of all cuts; the side returned has that value."""
    best = 0.0
    for X in all_subsets(range(len(table))):
        across = [table.matrix[i, j] for i in X for j in range(len(table)) if j not in X]
        best = max(best, math.fsum(across))
    value, side = maximum_cut(table)
    assert value == pytest.approx(best, abs=1e-12)
    across = [table[a, b] for a, b in itertools.product(side, set(table.models) - set(side))]
    assert math.fsum(across) == pytest.approx(value, abs=1e-12)
    assert alternating_cut(table) <= value + 1e-9


def test_maximum_cut_next_to_an_entry_that_nobody_cuts(monkeypatch):
    """An entry far below 0, which the largest cut leaves alone, does not round the others away."""
    matrix = np.triu(np.random.default_rng(0).uniform(-1, 1, (8, 8)), 1)
    matrix[0, 1] = -8e14
    table = ChemistryTable(tuple("abcdefgh"), matrix + matrix.T, entries="signed")
    exact = [[Fraction(entry) for entry in row] for row in table.matrix]
    best = max(
        sum((exact[i][j] for i in X for j in range(8) if j not in X), Fraction(0))
        for X in all_subsets(range(8))
    )
    assert maximum_cut(table)[0] == pytest.approx(float(best), rel=1e-12)
    monkeypatch.setattr(chemopt.methods.exact.max_cut, "ENUMERATION_LIMIT", 1)
    with pytest.raises(UnansweredError, match="rounding"):
        maximum_cut(table)


def test_maximum_cut_by_other_ways(monkeypatch):
    """Branch and bound and the declarative model find what enumeration finds."""
    table = generate_table(9, seed=1, kind="uniform")
    by_enumeration = maximum_cut(table)[0]
    monkeypatch.setattr(chemopt.methods.exact.max_cut, "ENUMERATION_LIMIT", 1)
    assert maximum_cut(table)[0] == pytest.approx(by_enumeration, abs=1e-12)
    model = build_max_cut(table.models, table.matrix)
    outcome = HighsModel(model).solve(RunOptions())
    assert outcome.claimed_loss == pytest.approx(by_enumeration, abs=1e-9)


def test_maximum_cut_that_is_not_proved():
    """Without a proof there is no value, and the message gives the bounds."""
    problem = ChemistryProblem(generate_table(120, seed=1, kind="uniform"), m_inter="cut")
    with pytest.raises(UnansweredError, match=r"not proved in time: it lies between"):
        resolve_m_inter(problem, time_limit=0.5)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_subset_values(n):
    """All values of a quadratic function, against a sum for each subset."""
    rng = np.random.default_rng(n)
    linear, quadratic = rng.normal(size=n), rng.normal(size=(n, n))
    quadratic += quadratic.T
    ((first, values),) = subset_values(linear, quadratic)
    assert (first, len(values)) == (0, 2**n)
    assert subset_sizes(0, 2**n).tolist() == [bin(mask).count("1") for mask in range(2**n)]
    for mask, value in enumerate(values):
        inside = members(mask, n)
        pairs = sum(quadratic[i, j] for i, j in itertools.combinations(inside, 2))
        assert value == pytest.approx(linear[inside].sum() + pairs)


def test_subset_values_in_chunks(monkeypatch):
    """Chunks follow each other without a gap."""
    monkeypatch.setattr("chemopt.methods.bqp.enumeration._CHUNK", 8)
    rng = np.random.default_rng(1)
    linear, quadratic = rng.normal(size=7), np.zeros((7, 7))
    chunks = list(subset_values(linear, quadratic))
    assert len(chunks) > 1
    assert [first for first, _ in chunks] == list(range(0, 128, len(chunks[0][1])))
    whole = np.concatenate([values for _, values in chunks])
    assert whole[0b1010011] == pytest.approx(linear[[0, 1, 4, 6]].sum())


def test_conventions(table):
    """M_inter of three models under each convention."""
    values = {
        convention: resolve_m_inter(ChemistryProblem(table, m_inter=convention)).m_inter_value
        for convention in ("published", "greedy", "cut", "total")
    }
    assert values == {"published": 1.25, "greedy": 1.25, "cut": 1.5, "total": 1.75}
    assert ChemistryProblem(table).inter_limit == pytest.approx(1.25)
    assert ChemistryProblem(table, m_inter="greedy").inter_limit == math.inf


def test_one_model_has_no_cut():
    """A pool of one has nothing to cut."""
    assert maximum_cut(ChemistryTable(("a",), [[0.0]])) == (0.0, ("a",))


@given(problem=problems())
def test_the_floor_is_below_every_loss(problem):
    """The bound that needs no work holds for every subset that meets the inter constraint."""
    names, floor = problem.models, loss_floor(problem)
    for X in all_subsets(range(len(names))):
        if len(X) >= problem.size_bounds[0] and meets_inter(problem, [names[k] for k in X]):
            assert floor <= loss_terms(problem, X).loss
