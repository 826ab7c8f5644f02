"""Who answered: a result names what did the work, with the version of that."""

import pytest
from helpers import labelled_rightly

from chemopt import ChemistryProblem, Status, recommend
from chemopt.methods.registry import METHODS
from chemopt.problem.generate import generate_problem

# A conflict of sizes needs no solver; that of pairs and a size is found by one.
CASES = {
    "optimal": {},
    "sizes": {"require": ("model-1", "model-2"), "max_size": 1},
    "pairs": {"apart": [("model-1", "model-2"), ("model-2", "model-3"), ("model-1", "model-3")],
              "size": 6},
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", sorted(set(METHODS) - {"performance"}))
def test_what_answered_is_named(method, case):
    """Every method, whether it finds an ensemble, or it or another finds that there is none."""
    table = generate_problem(7, 1).table
    alpha = 0.3 if method == "min-cut" else 0.5
    problem = ChemistryProblem(table, alpha=alpha, m_inter="total", **CASES[case])
    answer = recommend(problem, method)
    labelled_rightly(answer)
    assert (answer.status is Status.INFEASIBLE) == (case != "optimal")
    assert answer.models or case != "optimal"
    if case == "sizes":
        assert answer.solver == "chemopt"
    if METHODS[method].proves is False and case == "pairs":
        assert answer.solver == "CP-SAT"
