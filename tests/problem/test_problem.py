"""Selection problems: validation, sizes."""

import math

import numpy as np
import pytest

from chemopt import ChemistryProblem, ChemistryTable, InputError, Profiles, recommend
from chemopt.methods.infeasibility import conflicts


@pytest.mark.parametrize(
    ("options", "bounds"),
    [
        ({}, (2, 3)),
        ({"max_size": 1}, (1, 1)),
        ({"size": 1}, (1, 1)),
        ({"size": 3}, (3, 3)),
        ({"min_size": 0}, (0, 3)),
        ({"exclude": ("a", "b")}, (1, 3)),
        ({"max_size": 9}, (2, 3)),
        ({"size": 0}, (0, 0)),
    ],
)
def test_sizes(table, options, bounds):
    """The default smallest size of 2 gives way to the other constraints, given ones do not."""
    problem = ChemistryProblem(table, **options)
    assert problem.size_bounds == bounds
    assert conflicts(problem) == ()


def test_a_pool_of_one():
    """The only model can be chosen."""
    assert ChemistryProblem(ChemistryTable(("a",), [[0]])).size_bounds == (1, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 1.5}, r"alpha must be a number in \[0, 1\], not 1.5"),
        ({"alpha": math.nan}, "alpha must be a number"),
        ({"alpha": "high"}, r"alpha must be a number in \[0, 1\], not 'high'"),
        ({"beta": -0.5}, "beta must be a number in"),
        ({"beta": math.inf}, "beta must be a number in"),
        ({"min_size": -1}, "min_size must be a whole number from 0 to 1000000000, not -1"),
        ({"max_size": 2.5}, "max_size must be a whole number"),
        ({"size": True}, "size must be a whole number"),
        ({"size": "3"}, "size must be a whole number"),
        ({"require": ("zoe",)}, "require: unknown model 'zoe'; the pool has a, b, c"),
        ({"exclude": "a"}, "exclude must be a collection of names, not 'a'"),
        ({"subsets": (("a", "zoe"),)}, "subsets: unknown model 'zoe'"),
        ({"m_inter": "max"}, "m_inter must be one of published, greedy, cut, total"),
        ({"table": "a table"}, "table must be a ChemistryTable"),
    ],
)
def test_bad_options(table, options, message):
    """An option that is not valid is an error that says what is accepted."""
    with pytest.raises(InputError, match=message):
        ChemistryProblem(**{"table": table, **options})


def test_numpy_numbers_are_numbers(table):
    """Integers and floats of NumPy are taken, and kept as Python's."""
    problem = ChemistryProblem(table, alpha=np.float64(0.25), size=np.int64(2))
    assert (type(problem.alpha), type(problem.constraints.size)) == (float, int)


def test_profiles_must_be_of_the_same_models(table, pool):
    """A table and profiles of different pools do not go together."""
    with pytest.raises(InputError, match="not of the same models"):
        ChemistryProblem(table, profiles=pool, subsets=())


def test_subsets_come_from_profiles(pool):
    """Historical subsets are those of the profiles unless given."""
    table = ChemistryTable(pool.models, np.zeros((4, 4)))
    assert ChemistryProblem(table, profiles=pool).subsets == (("a", "b"), ("b", "c", "idle"))
    assert ChemistryProblem(table, profiles=pool, subsets=()).subsets == ()
    assert ChemistryProblem(table).subsets is None


def test_with_options_keeps_constants_only_where_they_hold(table):
    """M_inter is computed once for a table and a convention."""
    problem = ChemistryProblem(table)
    assert problem.m_inter_value == 1.25
    assert problem.with_options(alpha=0.1).m_inter_value == 1.25
    assert problem.with_options(m_inter="total").m_inter_value == 1.75
    other = ChemistryTable(("a", "b"), [[0, 0.5], [0.5, 0]])
    assert problem.with_options(table=other).m_inter_value == 0.5


def test_profiles_from_frame_default_to_no_history():
    """Profiles without subsets are a history of no trials, not an unknown one."""
    assert Profiles.from_dict({"models": {"a": {"quality": 1.0, "accuracy": 0.5}}}).subsets == ()


def test_sizes_beyond_any_pool(table):
    """A size of hundreds of digits is an error, a large one makes the problem infeasible."""
    with pytest.raises(InputError, match="min_size must be a whole number from 0 to 1000000000"):
        ChemistryProblem(table, min_size=10**400)
    problem = ChemistryProblem(table, min_size=10**9, apart=[("a", "b")])
    assert recommend(problem).status.value == "infeasible"
