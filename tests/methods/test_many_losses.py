"""The losses of many ensembles at once, against sums of fractions."""

from fractions import Fraction
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chemopt import ChemistryProblem, ChemistryTable
from chemopt.methods.many_losses import ManyLosses
from chemopt.problem.loss import loss_terms


@st.composite
def wide_problems(draw):
    """Tables in which some entries are up to 10¹⁵ times, or 10⁻¹⁵ times, the others."""
    n = draw(st.integers(2, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    matrix = np.triu(np.round(rng.random((n, n)), draw(st.sampled_from([1, 2, 16]))), 1)
    pairs = list(combinations(range(n), 2))
    for pair in draw(st.lists(st.sampled_from(pairs), max_size=3)):
        matrix[pair] = min(1e15, matrix[pair] * 10.0 ** draw(st.integers(-15, 14)))
    table = ChemistryTable([f"m{k}" for k in range(n)], matrix + matrix.T, entries="general")
    m_inter = draw(st.sampled_from(["published", "greedy", "total"]))
    return ChemistryProblem(table, alpha=draw(st.floats(0, 1)), m_inter=m_inter, min_size=0)


def lacking(problem, chosen):
    """M_inter − inter and M_intra − intra, by their definitions, as fractions."""
    inter = intra = Fraction(0)
    side = problem.m_inter_side
    for i, j in combinations(range(len(chosen)), 2):
        entry = Fraction(float(problem.matrix[i, j]))
        counted = side is None or side[i] != side[j]
        inter += entry * (int(counted) - int(chosen[i] != chosen[j]))
        intra += entry * (1 - int(chosen[i] and chosen[j]))
    return inter, intra


@given(problem=wide_problems(), seed=st.integers(0, 2**32 - 1))
def test_many_losses_are_as_exact_as_one(problem, seed):
    """What is lacking is right to a unit in the last place, however wide the table is."""
    n = len(problem.models)
    chosen = np.random.default_rng(seed).random((8, n)) < 0.5
    inters, intras = ManyLosses(problem).lacking(chosen)
    all_inters, all_intras = ManyLosses(problem).lacking_of_all(np.arange(n))
    for row, inter, intra in zip(chosen, inters, intras, strict=True):
        exact = tuple(float(value) for value in lacking(problem, row))
        terms = loss_terms(problem, np.flatnonzero(row))
        mask = int(row @ (1 << np.arange(n)))
        assert (terms.lacking_inter, terms.lacking_intra) == exact
        for found in ((inter, intra), (all_inters[mask], all_intras[mask])):
            for value, right in zip(found, exact, strict=True):
                assert abs(value - right) <= np.spacing(abs(right))


@given(problem=wide_problems())
def test_the_least_are_those_of_least_exact_loss(problem):
    """Of ensembles of one size those of least loss are found, and what ties with them."""
    n, alpha = len(problem.models), Fraction(problem.alpha)
    pairs = np.array([[k in pair for k in range(n)] for pair in combinations(range(n), 2)])
    exact = []
    for row in pairs:
        inter, intra = lacking(problem, row)
        exact.append(alpha * inter + (1 - alpha) * intra)
    found = ManyLosses(problem).least(pairs).tolist()
    best = exact.index(min(exact))
    inter, intra = lacking(problem, pairs[best])
    ulps = 40 * Fraction(2) ** -53 * (alpha * abs(inter) + (1 - alpha) * abs(intra))
    assert best in found
    assert all(exact[k] <= exact[best] + ulps for k in found)
