"""Contradictory constraints: found exactly when they are, and told as a smallest set."""

import math

import pytest
from hypothesis import given
from strategies import examples, least_loss, problems

from chemopt import ChemistryProblem, recommend
from chemopt.methods.infeasibility import conflicts, feasible_ensemble
from chemopt.methods.solvers import feasible_point
from chemopt.problem.linear import linear_constraints


@given(problem=problems())
@examples(200)
def test_conflicts_are_found_exactly_when_constraints_clash(problem):
    """Without the inter constraint, conflicts are reported if and only if no subset is feasible."""
    free = problem.with_options(m_inter="total")
    assert bool(conflicts(free)) == math.isinf(least_loss(free))
    assert conflicts(problem) == conflicts(free)


@given(problem=problems())
@examples(100)
def test_conflicts_are_a_smallest_set(problem):
    """The set is contradictory, and none of its proper subsets is."""
    names = conflicts(problem)
    rows = [row for row in linear_constraints(problem) if row.name in names]
    n = len(problem.models)
    if names:
        assert feasible_point(rows, n) is None
    for left_out in rows:
        assert feasible_point([row for row in rows if row is not left_out], n) is not None


@given(problem=problems())
@examples(100)
def test_feasible_points_are_feasible(problem):
    """The point found without looking at losses meets every linear constraint."""
    point = feasible_ensemble(problem)
    if point is not None:
        assert all(row.is_met(point) for row in linear_constraints(problem))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"require": ("a",), "exclude": ("a", "b")}, ("require 'a'", "exclude 'a'")),
        ({"min_size": 3, "max_size": 2}, ("min_size=3", "max_size=2")),
        ({"min_size": 3, "size": 2}, ("min_size=3", "size=2")),
        ({"size": 4}, ("size=4",)),
        ({"min_size": 3, "exclude": ("a",)}, ("exclude 'a'", "min_size=3")),
        ({"require": ("a", "b"), "max_size": 1}, ("require 'a'", "require 'b'", "max_size=1")),
        (
            {"exclude": ("a", "b", "c")},
            ("min_size=1 (at least one model)", "exclude 'a'", "exclude 'b'", "exclude 'c'"),
        ),
        ({"budgets": ["price<=0.5"]}, ("min_size=2 (the default)", "budget price<=0.5")),
        ({"budgets": ["price<=-1"], "min_size": 0}, ("budget price<=-1",)),
        (
            {"apart": [("a", "b")], "together": [("b", "a")], "require": ("a",)},
            ("require 'a'", "apart 'a' and 'b'", "together 'a' and 'b'"),
        ),
        ({"groups": ["provider>=1"], "max_size": 1}, ("max_size=1", "group provider=x>=1", "group provider=y>=1")),
    ],
)  # fmt: skip
def test_smallest_sets_by_hand(table, options, expected):
    """The constraints that clash, each needed for that, under the names of their options."""
    attributes = {"a": {"price": 0.5, "provider": "x"}, "b": {"price": 0.25, "provider": "x"},
                  "c": {"price": 1, "provider": "y"}}  # fmt: skip
    problem = ChemistryProblem(table, attributes=attributes, **options)
    assert conflicts(problem) == expected
    for method in ("brute-force", "highs", "cp-sat", "hill-climb"):
        answer = recommend(problem, method)
        assert answer.status.value == "infeasible"
        assert all(name in answer.message for name in expected)


def test_the_rule_on_inter_is_named(table):
    """Where only that rule stands in the way, the message says so and names what it clashes with."""
    answer = recommend(ChemistryProblem(table, size=2, require=("b",), exclude=("a",), max_size=3))
    assert answer.status.value == "infeasible"
    assert answer.message.startswith("no ensemble with ")
    assert "max_size" not in answer.message
    assert "inter at most M_inter = 1.25" in answer.message
