"""Constraints that contradict each other: an irreducible set of them, to say why.

All constraints on an ensemble are linear (bounds on its size, required and excluded models,
budgets, groups, pairs, no-good cuts), but for the inter constraint inter(X) ≤ M_inter. A set of
constraints that no ensemble meets, but that some ensemble meets as soon as any one of them is
dropped, comes from trying to do without each in turn (the deletion filter of Chinneck and
Dravnieks, ORSA Journal on Computing 3, 1991).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from chemopt.methods.bqp.enumeration import all_values, members
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.solvers import feasible_point
from chemopt.problem.constrained import ConstrainedPool
from chemopt.problem.constraints import LinearConstraint
from chemopt.problem.linear import linear_constraints
from chemopt.problem.problem import ChemistryProblem

# Up to this pool, an irreducible set that includes the inter constraint is sought, over all
# subsets.
ENUMERATION_LIMIT = 20


def conflicts(problem: ConstrainedPool) -> tuple[str, ...]:
    """Return an irreducible set of constraints that no ensemble meets; empty if some ensemble does.

    No proper part of the set is contradictory; there may be other such sets. The inter constraint
    is not looked at here.

    Parameters
    ----------
    problem : ChemistryProblem, or another `ConstrainedPool`

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> conflicts(ChemistryProblem(table, require=("a", "b"), exclude=("c",), max_size=1))
    ("require 'a'", "require 'b'", 'max_size=1')
    """
    rows = linear_constraints(problem)
    if feasible_ensemble(problem) is not None:
        return ()
    kept = _deletion_filter(
        rows, lambda some: feasible_point(some, len(problem.models)) is not None
    )
    return tuple(row.name for row in kept)


def conflict(problem: ConstrainedPool) -> MethodOutcome:
    """Return the outcome of a problem whose linear constraints contradict each other.

    It says who found that, whatever the method: CP-SAT, or a look at the sizes.
    """
    by_sizes = sizes_clash(problem)
    return MethodOutcome(
        None, StopReason.CONFLICT, "chemopt" if by_sizes else "CP-SAT", infeasible=True,
        message=conflict_message(problem),
    )  # fmt: skip


def feasible_ensemble(problem: ConstrainedPool) -> tuple[int, ...] | None:
    """Return an ensemble, by model numbers, that meets all linear constraints, or None.

    Without side constraints, or where sizes clash, no solver is needed.
    """
    if sizes_clash(problem):
        return None
    if problem.side_constraints:
        return feasible_point(linear_constraints(problem), len(problem.models))
    required = problem.positions(problem.require)
    fixed = {*required, *problem.positions(problem.exclude)}
    free = [i for i in range(len(problem.models)) if i not in fixed]
    more = max(0, problem.size_bounds[0] - len(required))
    return tuple(sorted([*required, *free[:more]]))


def sizes_clash(problem: ConstrainedPool) -> bool:
    """Say whether bounds on size, required and excluded models contradict each other."""
    low, high = problem.size_bounds
    fewest = max(low, len(problem.require))
    most = min(high, len(problem.models) - len(problem.exclude))
    return fewest > most or bool(set(problem.require) & set(problem.exclude))


def conflict_message(problem: ConstrainedPool) -> str:
    """Explain why a problem is infeasible, the inter constraint included."""
    names = conflicts(problem)
    pool = f"the {len(problem.models)} models"
    if names or not isinstance(problem, ChemistryProblem):
        return f"no ensemble of {pool} meets {_listed(names)}"
    rows = linear_constraints(problem)
    if len(problem.models) <= ENUMERATION_LIMIT:
        rows = _deletion_filter(rows, _meets_inter_constraint(problem))
    return (
        f"no ensemble with {_listed([row.name for row in rows])} has inter at most M_inter = "
        f"{problem.m_inter_value:.6g}; m_inter 'greedy', 'cut' and 'total' drop that constraint"
    )


def _meets_inter_constraint(
    problem: ChemistryProblem,
) -> Callable[[tuple[LinearConstraint, ...]], bool]:
    """Return a test whether some subset meets the inter constraint and some linear ones."""
    c = problem.matrix
    degrees = problem.table.degrees
    inters = all_values(degrees, -2 * c)
    within = inters <= problem.inter_limit
    met: dict[int, npt.NDArray[np.bool_]] = {}

    def satisfiable(rows: tuple[LinearConstraint, ...]) -> bool:
        feasible = within.copy()
        for row in rows:
            if id(row) not in met:
                met[id(row)] = subsets_that_meet(row)
            feasible &= met[id(row)]
        return bool(feasible.any())

    return satisfiable


def subsets_that_meet(
    row: LinearConstraint, order: npt.NDArray[np.intp] | None = None
) -> npt.NDArray[np.bool_]:
    """Return for every mask whether its subset meets a constraint.

    Parameters
    ----------
    row : LinearConstraint
    order : ndarray of int of shape (n,), optional
        Bit i of a mask is model ``order[i]``; by default i.
    """
    n = len(row.weights)
    order = np.arange(n) if order is None else order
    sums = all_values(row.weights[order])
    met = (row.low <= sums) & (sums <= row.high)
    for mask in np.flatnonzero(met & (sums > row.high - row.doubt)).tolist():
        met[mask] = row.is_met(order[members(mask, n)].tolist())
    return met


def _deletion_filter(
    rows: tuple[LinearConstraint, ...], satisfiable: Callable[[tuple[LinearConstraint, ...]], bool]
) -> tuple[LinearConstraint, ...]:
    kept = rows
    for row in rows:
        without = tuple(other for other in kept if other is not row)
        if not satisfiable(without):
            kept = without
    return kept


def _listed(names: list[str] | tuple[str, ...]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]} together"
