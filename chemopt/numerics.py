"""Every tolerance of chemopt, with what it guarantees and where it comes from.

Three kinds of number stand here.

Rounding error of binary floating point
    `UNIT_ROUNDOFF`, and the bound `gamma` of Higham for sums. What is derived from them is proved.
Rounding allowances
    Differences that rounding alone can cause between two ways of computing the same number.
    Smaller differences do not count: ties stay ties, whatever the order of a sum.
Tolerances of a proof
    `PROOF_TOLERANCE` says what *optimal* means, `SOLVER_FEASIBILITY` what solvers are asked for.

References
----------
Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, SIAM 2002, sections 3.1, 4.2.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Rounding error ------------------------------------------------------------------------------

# Half the distance from 1 to the next double: a correctly rounded result is off by at most this,
# relative to its size (IEEE 754).
UNIT_ROUNDOFF = 2.0**-53

# Of the sum of absolute values: what sums over the subsets of up to 28 models, formed by matrix
# products, can be off by. Each sum has at most n² terms, and n² u = 8.7e-14 at n = 28.
ENUMERATION_ERROR = 2e-13

# Rounding allowances -------------------------------------------------------------------------

# Relative, for sums of the same numbers in another order. Pools of 1,000 models stay far below
# (n² u = 1.1e-10). Budgets have no such allowance (see `chemopt.problem.decimal_sum`).
SUM_TOLERANCE = 1e-9

# Of the sum of absolute values: a heuristic takes smaller improvements of a loss, which it keeps
# up to date by additions, for rounding; so it cannot go round in circles.
IMPROVEMENT_TOLERANCE = 1e-12

# Relative to 1 + |target|: the semidefinite bound aims this far below the value that prunes a node,
# because the proof of a bound adds the rounding error of the matrix to it. Too small a value costs
# nodes, not correctness.
CERTIFICATE_ALLOWANCE = 1e-9

# Of the sum of the costs in it: a smaller interaction Δ counts as 0. Four correctly rounded costs
# and three subtractions are off by at most 3 u of that sum.
INTERACTION_ERROR = 4 * UNIT_ROUNDOFF

# Relative to the terms: differences of rank weights or of gains up to this size count as 0. It
# covers two roundings of each weight and those of a second difference.
WEIGHT_DIFFERENCE_ERROR = 16 * UNIT_ROUNDOFF

# Relative: the ratio of Dinkelbach's method grows by more than this in each round, or it has
# converged. It covers the rounding of a ratio of two short sums.
RATIO_ERROR = 32 * UNIT_ROUNDOFF

# In steps: a decimal score is a multiple of a step such as 0.1 up to its representation in binary.
GRID_TOLERANCE = 1e-6

# Absolute, for cosines and correlations, which are at most 1: equal vectors have a cosine of 1, and
# permutations of equal data the same correlation, whatever the order of summation.
COSINE_TOLERANCE = 1e-12

# Tolerances of a proof -----------------------------------------------------------------------

# Relative distance between a loss and a proved bound at which an ensemble is called optimal.
PROOF_TOLERANCE = 1e-6

# Relative to M_inter, in whose last place all that rounding does to it ends: by how much inter(X)
# may be above. Entries such as 0.1, 0.2 and 0.3 make sums that are equal as decimal numbers and
# differ by 3 u as binary ones.
INTER_ALLOWANCE = 8 * UNIT_ROUNDOFF

# Relative to the terms of a loss: losses that differ by less are equal. It is what two correctly
# rounded losses can differ by if the entries behind them are decimal numbers, each with an error of
# u, and the sums of these equal.
TIE_TOLERANCE = 16 * UNIT_ROUNDOFF

# Of the incumbent: branch and bound prunes a node whose bound is within this part of it, so an
# optimum proved there is right to this. Its bounds have errors of about 1e-12.
PRUNE_TOLERANCE = 1e-9

# A relative gap to a value smaller than this, which rounding may have made, is one to this.
SMALLEST_VALUE = 1e-9

# Feasibility and optimality tolerance asked of HiGHS (its own defaults are 1e-6 and 1e-7).
SOLVER_FEASIBILITY = 1e-9

# Relative to the terms: by how much an ensemble may break a constraint that a user added together
# with variables, whose values come from the solver. Its tolerance is `SOLVER_FEASIBILITY` for each
# variable of a row, and rounding whole numbers moves them by as much.
OWN_VARIABLE_TOLERANCE = 1e-6

# Relative to max(1, |loss|): how far a solver's own objective may be from the recomputed loss. Its
# feasibility tolerance on each product, times the chemistry that hangs on it, stays below.
AGREEMENT_TOLERANCE = 1e-5


def gamma(terms: int) -> float:
    """Return γ_k = k u / (1 − k u), the relative error bound of a sum of k terms in any order.

    Examples
    --------
    >>> gamma(1) >= UNIT_ROUNDOFF
    True
    """
    return terms * UNIT_ROUNDOFF / (1 - terms * UNIT_ROUNDOFF)


def row_sums(matrix: Floats) -> Floats:
    """Return the sum of each row, correctly rounded."""
    return np.array([math.fsum(row) for row in matrix])


def has_exact_sums(rows: Floats) -> npt.NDArray[np.bool_]:
    """Return whether sums of some entries of a row, in any order, have no rounding error.

    They have none if all entries are multiples of a power of two, and add up to at most 2⁵² of it.

    Parameters
    ----------
    rows : ndarray of shape (m, n)

    Returns
    -------
    ndarray of bool of shape (m,)

    Examples
    --------
    >>> has_exact_sums(np.array([[3.0, 0.25, 1e9], [0.1, 1.0, 0.0]])).tolist()
    [True, False]
    """
    mantissa, exponent = np.frexp(rows)
    whole = np.ldexp(mantissa, 53).astype(np.int64)
    unit = np.ldexp((whole & -whole).astype(float), exponent - 53)
    unit[rows == 0] = np.inf
    finest = unit.min(axis=1, initial=np.inf)
    return np.asarray(np.abs(rows).sum(axis=1) <= 2.0**52 * finest)


def without_noise(value: float) -> float:
    """Return a number rounded to 12 significant digits: a decimal number, without binary noise.

    Examples
    --------
    >>> without_noise(0.1 + 0.2), without_noise(2e-300 / 3)
    (0.3, 6.66666666667e-301)
    """
    return float(f"{value:.12g}")


def power_of_two_below(value: float) -> float:
    """Return the largest power of two that is at most a positive value; 1 for zero.

    Multiplying by a power of two is exact, so it is how chemopt scales.

    Examples
    --------
    >>> power_of_two_below(5.0), power_of_two_below(0.0)
    (4.0, 1.0)
    """
    return math.ldexp(1.0, math.frexp(value)[1] - 1) if value > 0 else 1.0


def proof_tolerance(loss: float, typical: float, rounding: float = 0.0) -> float:
    """Return how far a loss may be above a proved bound for an ensemble to be called optimal.

    It is `PROOF_TOLERANCE` of the loss, or of a typical entry where the loss is smaller than that.
    Beyond that only the rounding of this very loss counts, so no entry that has no part in it can
    loosen what is said of it.

    Parameters
    ----------
    loss : float
    typical : float
        The size of the smaller entries: `chemopt.chemistry.table.ChemistryTable.typical`.
    rounding : float
        A bound on how far the loss may be from its exact value.

    Examples
    --------
    >>> proof_tolerance(2.0, 0.25)
    2e-06
    >>> proof_tolerance(0.0, 0.25)
    2.5e-07
    """
    return max(PROOF_TOLERANCE * max(abs(loss), typical), rounding)
