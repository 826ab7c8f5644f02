"""The chemistry table."""

import math

import numpy as np
import pytest
from hypothesis import given
from strategies import tables

from chemopt import ChemistryTable, InputError


@given(table=tables())
def test_json_brings_it_back(table):
    """A table survives JSON to the bit."""
    assert ChemistryTable.from_json(table.to_json()) == table


def test_forms(table):
    """Frame, matrix and graph hold the same pairs."""
    assert table.to_frame()["chemistry"].to_list() == [1.0, 0.5, 0.25]
    assert table.matrix[0, 1] == 1.0
    graph = table.to_networkx()
    assert graph.edges["a", "c"]["weight"] == 0.5
    assert list(table.pairs()) == [("a", "b", 1.0), ("a", "c", 0.5), ("b", "c", 0.25)]


def test_zero_entries_are_no_edges():
    """Models without chemistry stay nodes."""
    graph = ChemistryTable(("a", "b"), np.zeros((2, 2))).to_networkx()
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (2, 0)


def test_it_cannot_be_changed(table):
    """The matrix is read-only, and it is a copy of the caller's."""
    with pytest.raises(ValueError, match="read-only"):
        table.matrix[0, 1] = 0.0
    own = np.zeros((2, 2))
    zero = ChemistryTable(("a", "b"), own)
    own[0, 1] = own[1, 0] = 1.0
    assert zero["a", "b"] == 0.0


def test_equality_looks_at_settings(table):
    """Tables computed differently are different."""
    assert table != ChemistryTable(table.models, table.matrix, {"tau": 0.1})
    assert table != "a table"


def test_entries_above_one_only_without_a_cap():
    """An uncapped table says so in its settings."""
    matrix = [[0, 2], [2, 0]]
    assert ChemistryTable(("a", "b"), matrix, {"cap": False})["a", "b"] == 2
    with pytest.raises(InputError, match=r"2.0 of 'a' and 'b' is not in \[0, 1\]"):
        ChemistryTable(("a", "b"), matrix)


@pytest.mark.parametrize(
    ("models", "matrix", "message"),
    [
        (("a", "b"), [[0, 1], [0.5, 0]], "differs from the entry across the diagonal"),
        (("a", "b"), [[1, 0], [0, 0]], "is on the diagonal"),
        (("a", "b"), [[0, np.nan], [np.nan, 0]], "is not a finite number"),
        (("a", "b"), [[0, -0.1], [-0.1, 0]], r"is not in \[0, 1\]"),
        (("a", "b"), [[0, 1, 0], [1, 0, 0]], "need a 2 × 2 matrix"),
        (("a", "b"), [["x", 1], [1, 0]], "not made of numbers"),
        (("a", "a"), [[0, 1], [1, 0]], "'a' is listed more than once"),
        (("a", " "), [[0, 1], [1, 0]], "' ' is not a model name"),
        ((), [], "at least one model"),
        ("ab", [[0, 1], [1, 0]], "must be a list of names, not 'ab'"),
        (2, [[0, 1], [1, 0]], "must be a list of names, not 2"),
        (("a", "b"), 1.0, "need a 2 × 2 matrix"),
    ],
)
def test_bad_tables(models, matrix, message):
    """An invalid table is refused, and the error names the pair."""
    with pytest.raises(InputError, match=message):
        ChemistryTable(models, matrix)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "an object is needed"),
        ('{"models": ["a"]}', "the key 'matrix' is missing"),
        ('{"models": "a", "matrix": [[0]]}', "'models' must be a list"),
        ('{"models": ["a"], "matrix": [[0]], "settings": 3}', "'settings' must be an object"),
    ],
)
def test_bad_json(text, message):
    """Text that holds no table is refused with the reason."""
    with pytest.raises(InputError, match=message):
        ChemistryTable.from_json(text)


def test_unknown_names(table):
    """Looking up a model that is not there names those that are."""
    with pytest.raises(InputError, match="unknown model 'zoe'; the pool has a, b, c"):
        table["a", "zoe"]


@given(table=tables())
def test_sums(table):
    """Degrees and totals are the correctly rounded sums of their definitions."""
    n = len(table)
    assert table.degrees.tolist() == [math.fsum(table.matrix[i]) for i in range(n)]
    assert table.total == math.fsum(c for _, _, c in table.pairs())
    assert table.magnitude == math.fsum(abs(c) for _, _, c in table.pairs())
