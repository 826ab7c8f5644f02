"""Tables whose entries differ by many orders of magnitude, given to HiGHS and CP-SAT."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemopt import ChemistryProblem, ChemistryTable, recommend
from chemopt.errors import InputError
from chemopt.methods.mip.formulations import CP_SAT_FORMULATIONS, FORMULATIONS, MipOptions
from chemopt.methods.outcome import StopReason

CASES = [("highs", name) for name in FORMULATIONS if name != "glover"]
CASES += [("cp-sat", name) for name in CP_SAT_FORMULATIONS]


def mixed_table(n, orders, seed, share=1.0):
    """A table whose entries lie in [1e-6, 10^(orders − 6)]."""
    rng = np.random.default_rng(seed)
    entries = rng.random((n, n)) * 10.0 ** (rng.uniform(0, orders, (n, n)) - 6)
    entries = np.triu(entries * (rng.random((n, n)) < share), 1)
    return ChemistryTable([f"m{k}" for k in range(n)], entries + entries.T, entries="general")


def check(problem, method, formulation):
    """No bound above the optimum, nothing called optimal that is not."""
    best = recommend(problem, "brute-force").loss
    tolerance = problem.proof_tolerance(best)
    answer = recommend(problem, method, options=MipOptions(formulation))
    assert answer.bound <= best + tolerance
    if answer.status.value == "optimal":
        assert answer.loss <= best + tolerance
    assert answer.stop_reason in (StopReason.PROVED, StopReason.ACCURACY)


@pytest.mark.parametrize(("method", "formulation"), CASES)
@given(
    n=st.integers(2, 7),
    orders=st.floats(0, 18),
    seed=st.integers(0, 2**32 - 1),
    share=st.sampled_from([1.0, 0.4]),
    alpha=st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]),
    beta=st.sampled_from([0.0, 0.1, 1e3, 1e9]),
)
@settings(max_examples=10)
def test_mixed_magnitudes(method, formulation, n, orders, seed, share, alpha, beta):
    table = mixed_table(n, orders, seed, share)
    check(ChemistryProblem(table, alpha=alpha, beta=beta, m_inter="total"), method, formulation)


@given(orders=st.floats(0, 5.5), seed=st.integers(0, 2**32 - 1), alpha=st.floats(0, 1))
@settings(max_examples=10)
def test_glover_within_its_spread(orders, seed, alpha):
    """Entries in [0.5, 1] times up to 10^5.5 are within a factor of a million."""
    rng = np.random.default_rng(seed)
    entries = np.triu(rng.uniform(0.5, 1, (6, 6)) * 10.0 ** rng.uniform(0, orders, (6, 6)), 1)
    table = ChemistryTable([*"abcdef"], entries + entries.T, entries="general")
    check(ChemistryProblem(table, alpha=alpha, m_inter="total"), "highs", "glover")


def test_glover_refuses_what_scaling_cannot_save():
    """HiGHS said 288220074.1, "optimal"; the optimum is 279938996.6."""
    entries = np.zeros((8, 8))
    entries[np.triu_indices(8, 1)] = [
        6.6859e7, 4.9543e7, 1.4445e7, 1.2303e5, 0.47194, 9.8405e7, 4.4893e7,
        0.61837, 0.97387, 0.7874, 3.6706e7, 4.25e7, 9.1916e7,
        2.4554e7, 8.607e6, 0.96935, 0.26179, 0.63508,
        5.5746e7, 4.531e7, 3.6531e7, 0.70796,
        1.293e7, 0.53759, 9.4033e7,
        0.3969, 8.7431e7,
        4.9578e7,
    ]  # fmt: skip
    table = ChemistryTable([*"abcdefgh"], entries + entries.T, entries="general")
    problem = ChemistryProblem(table, alpha=0.8, beta=1.0, m_inter="total")
    with pytest.raises(InputError, match=r"'glover'.*0\.26179 to 9\.8405e\+07.*use method 'exact'"):
        recommend(problem, "highs", options=MipOptions("glover"))
    assert recommend(problem, "exact").status.value == "optimal"
    check(problem, "highs", "linearised")


def test_a_solved_problem_without_a_close_bound_says_accuracy():
    """Next to an entry of 1e13 HiGHS cannot see the others; the message names it."""
    entries = np.triu(np.random.default_rng(1).random((8, 8)), 1)
    entries[2, 5] = 1e13
    table = ChemistryTable([*"abcdefgh"], entries + entries.T, entries="general")
    problem = ChemistryProblem(table, alpha=1.0, beta=0.0, m_inter="total")
    answer = recommend(problem, "highs")
    assert (answer.status.value, answer.stop_reason.value) == ("feasible", "accuracy")
    assert "entries such as that of 'c' and 'f' (1e+13)" in answer.message
    assert recommend(problem).status.value == "optimal"
