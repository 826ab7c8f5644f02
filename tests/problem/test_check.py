"""The check of what solvers claim."""

import pytest

from chemopt import ChemistryProblem, ChemistryTable
from chemopt.errors import SolverError
from chemopt.problem.check import checked_bound
from chemopt.problem.loss import loss_floor, loss_terms


def problem_of(entry):
    """Return a problem over three models, one pair of which has this entry."""
    matrix = [[0, entry, 1.0], [entry, 0, 2.0], [1.0, 2.0, 0]]
    return ChemistryProblem(ChemistryTable(("a", "b", "c"), matrix, entries="general"))


def test_a_bound_above_a_loss_is_an_error_or_proves_less():
    """By more than tolerances it is an error; by less it is lowered; next to 1e12 it is left."""
    problem = problem_of(3.0)
    terms = loss_terms(problem, [0, 1])
    assert checked_bound(problem, terms, terms.loss - 1, "one") == terms.loss - 1
    assert checked_bound(problem, terms, terms.loss + 1e-6, "one") == pytest.approx(
        terms.loss - 1e-6, abs=1e-12
    )
    with pytest.raises(SolverError, match="one claims the bound"):
        checked_bound(problem, terms, terms.loss + 1, "one")
    wide = problem_of(1e12)
    terms = loss_terms(wide, [0, 2])
    assert checked_bound(wide, terms, 10 * terms.loss, "one") == loss_floor(wide)
