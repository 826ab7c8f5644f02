"""Pairs that a known ensemble decides: a problem without its huge entries.

What a pair {i, j} adds to the loss depends on whether none, one or both of it are chosen. With the
least that every other pair can add, each of these three gets a lower bound, and where that is above
the loss of a known ensemble, no better ensemble has the pair in this state. If one state is left,
or states that add the same, what the pair adds is a constant, and its state a linear constraint. So
an entry that is huge next to all others, and would leave them no digits, leaves the problem. (It is
persistency, as in `chemopt.methods.bqp.presolve`, for pairs and by values.)
"""

from __future__ import annotations

import math

import numpy as np

from chemopt.chemistry.table import ChemistryTable
from chemopt.methods.bqp.problem import BinaryQuadratic, InterConstraint
from chemopt.methods.quadratic import binary_quadratic
from chemopt.numerics import Floats
from chemopt.problem.loss import LossTerms
from chemopt.problem.problem import ChemistryProblem

# Pairs whose entry is this many times a typical one are looked at.
_LARGE = 1e6
# Relative: a bound has to be above the loss by more than this.
_CLEARLY = 1e-9


def without_decided_pairs(problem: ChemistryProblem, known: LossTerms) -> BinaryQuadratic:
    """Return the quadratic program of a problem without the pairs that an ensemble decides.

    Parameters
    ----------
    problem : ChemistryProblem
    known : LossTerms
        Of a feasible ensemble.

    Returns
    -------
    BinaryQuadratic
        With its loss for every ensemble that may be better than the known one, or as good. The
        states of the pairs are rows; all other rows and the variables are those of
        `chemopt.methods.quadratic.binary_quadratic`.

    Examples
    --------
    >>> from chemopt.problem.loss import loss_terms
    >>> table = ChemistryTable(
    ...     ("a", "b", "c"), [[0, 1e12, 1], [1e12, 0, 2], [1, 2, 0]], entries="general")
    >>> problem = ChemistryProblem(table, alpha=1.0, beta=0.0, m_inter="total", min_size=1)
    >>> program = without_decided_pairs(problem, loss_terms(problem, [1]))
    >>> program.linear.tolist(), program.constant, program.weights[-1].tolist()
    ([-1.0, -2.0, -3.0], 3.0, [1.0, 1.0, 0.0])
    """
    table, side = problem.table, problem.m_inter_side
    (i, j), entries = table.above_diagonal, table.upper
    counted = np.ones(len(entries), dtype=bool) if side is None else side[i] != side[j]
    costs = _costs(problem.alpha, entries, counted)
    least = costs.min(axis=0)
    base = math.fsum(least) + problem.beta * problem.size_bounds[0]
    unsure = _CLEARLY * (math.fsum(np.abs(least)) + abs(known.loss)) + known.rounding_error
    possible = base - least + costs <= known.loss + unsure
    limited = problem.inter_limit < math.inf
    decided, states = [], []
    for k in np.flatnonzero(np.abs(entries) > _LARGE * table.typical):
        left = np.flatnonzero(possible[:, k])
        same = len(left) > 0 and np.ptp(costs[left, k]) == 0 and np.ptp(left) < 2
        if same and (len(left) == 1 or not limited):
            decided.append(int(k))
            states.append((int(left[0]), int(left[-1])))
    if not decided:
        return binary_quadratic(problem)[0]
    matrix = table.matrix.copy()
    matrix[i[decided], j[decided]] = matrix[j[decided], i[decided]] = 0.0
    others = problem.with_options(
        table=ChemistryTable(table.models, matrix, table.settings, table.entries),
        m_inter="total" if side is None else "cut",
        maximum_cut=None if side is None else np.array(table.models)[side].tolist(),
    )
    program, _ = binary_quadratic(others)
    rows = np.zeros((len(decided), len(table)))
    rows[np.arange(len(decided)), i[decided]] = 1.0
    rows[np.arange(len(decided)), j[decided]] = 1.0
    inter = None
    if limited:
        # inter over the other pairs is at most M_inter less what the decided ones have of it
        across = np.array([float(low == 1) for low, _ in states])
        more = entries[decided] * (counted[decided] - across)
        limit = math.fsum([others.m_inter_value, *more])
        inter = InterConstraint.of(matrix, limit - problem.least_lacking_inter)
    added = [float(costs[low, k]) for k, (low, _) in zip(decided, states, strict=True)]
    lows, highs = np.array(states, dtype=float).T
    return program.with_changes(
        constant=math.fsum([program.constant, *added]),
        weights=np.vstack([program.weights, rows]),
        low=np.append(program.low, lows),
        high=np.append(program.high, highs),
        inter=inter,
    )


def _costs(alpha: float, entries: Floats, counted: Floats) -> Floats:
    """Return what each pair adds to the loss if none, one or both of its models are chosen."""
    inter, intra = alpha * entries, (1 - alpha) * entries
    one = np.where(counted, intra, (1 - 2 * alpha) * entries)
    return np.array([counted * inter + intra, one, counted * inter])
