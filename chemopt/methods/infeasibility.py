"""Conditions that contradict each other: a smallest set of them, to say why nothing is admissible.

The conditions on an ensemble are linear (bounds on its size, required and excluded models, budgets,
groups, pairs), except for the rule inter(X) ≤ M_inter. A set of conditions that no ensemble
meets, but that some ensemble meets as soon as any one of them is dropped, is found by trying to do
without each in turn (the deletion filter of Chinneck and Dravnieks, ORSA Journal on Computing 3,
1991).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from chemopt.methods.bqp.enumeration import subset_values
from chemopt.methods.solvers import feasible_point
from chemopt.problem.constraints import Condition
from chemopt.problem.loss import degrees
from chemopt.problem.problem import DEFAULT_MIN_SIZE, SelectionProblem

# Up to this pool, a smallest set with the rule on inter is found, by looking at all subsets.
ENUMERATION_LIMIT = 20


def conflicts(problem: SelectionProblem) -> tuple[str, ...]:
    """Return a smallest set of conditions that no ensemble meets; empty if some ensemble meets all.

    No proper part of the set is contradictory; there may be other such sets. The rule inter(X) ≤
    M_inter is not looked at here.

    Parameters
    ----------
    problem : SelectionProblem

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> conflicts(SelectionProblem(table, require=("a", "b"), exclude=("c",), max_size=1))
    ("require 'a'", "require 'b'", 'max_size=1')
    """
    rows = linear_conditions(problem)
    if admissible_point(problem) is not None:
        return ()
    kept = _deletion_filter(
        rows, lambda some: feasible_point(some, len(problem.models)) is not None
    )
    return tuple(row.name for row in kept)


def admissible_point(problem: SelectionProblem) -> tuple[int, ...] | None:
    """Return an ensemble, by model numbers, that meets all conditions but the rule on inter.

    None if there is none. Without side conditions no solver is asked.
    """
    if problem.conditions:
        return feasible_point(linear_conditions(problem), len(problem.models))
    if sizes_clash(problem):
        return None
    required = problem.positions(problem.require)
    fixed = {*required, *problem.positions(problem.exclude)}
    free = [i for i in range(len(problem.models)) if i not in fixed]
    more = max(0, problem.size_bounds[0] - len(required))
    return tuple(sorted([*required, *free[:more]]))


def sizes_clash(problem: SelectionProblem) -> bool:
    """Tell whether bounds on size, required and excluded models contradict each other."""
    low, high = problem.size_bounds
    fewest = max(low, len(problem.require))
    most = min(high, len(problem.models) - len(problem.exclude))
    return fewest > most or bool(set(problem.require) & set(problem.exclude))


def linear_conditions(problem: SelectionProblem) -> tuple[Condition, ...]:
    """Return all conditions but the rule on inter, each under the name of its option."""
    models = problem.models
    one = np.eye(len(models))
    everyone = np.ones(len(models))
    low = problem.size_bounds[0]
    rows = []
    if problem.min_size is None and problem.size is None:
        # first, so that what was asked for is blamed rather than the default
        default = "the default" if low == DEFAULT_MIN_SIZE else "at least one model"
        rows.append(Condition(f"min_size={low} ({default})", everyone, low=low))
    rows += [
        Condition(f"require {m!r}", one[k], low=1.0)
        for k, m in enumerate(models)
        if m in problem.require
    ]
    rows += [
        Condition(f"exclude {m!r}", one[k], high=0.0)
        for k, m in enumerate(models)
        if m in problem.exclude
    ]
    if problem.min_size is not None:
        rows.append(Condition(f"min_size={problem.min_size}", everyone, low=problem.min_size))
    if problem.max_size is not None:
        rows.append(Condition(f"max_size={problem.max_size}", everyone, high=problem.max_size))
    if problem.size is not None:
        size = problem.size
        rows.append(Condition(f"size={size}", everyone, low=size, high=size))
    return (*rows, *problem.conditions)


def conflict_message(problem: SelectionProblem) -> str:
    """Explain why a problem is infeasible, the rule on inter included."""
    names = conflicts(problem)
    pool = f"the {len(problem.models)} models"
    if names:
        return f"no ensemble of {pool} meets {_listed(names)}"
    rows = linear_conditions(problem)
    if len(problem.models) <= ENUMERATION_LIMIT:
        rows = _deletion_filter(rows, _meets_inter_rule(problem))
    return (
        f"no ensemble with {_listed([row.name for row in rows])} has inter at most M_inter = "
        f"{problem.m_inter_value:.6g}; m_inter 'cut' or 'total' do without that rule"
    )


def _meets_inter_rule(problem: SelectionProblem) -> Callable[[tuple[Condition, ...]], bool]:
    """Return a test whether some subset meets some conditions and the rule on inter."""
    c = problem.matrix
    limit = np.inf if problem.inter_limit is None else problem.inter_limit
    inters = np.concatenate([values for _, values in subset_values(degrees(c), -2 * c)])
    within = inters <= limit
    masks: dict[int, npt.NDArray[np.bool_]] = {}

    def satisfiable(rows: tuple[Condition, ...]) -> bool:
        found = within.copy()
        for row in rows:
            if id(row) not in masks:
                sums = np.concatenate([values for _, values in subset_values(row.weights)])
                low = -np.inf if row.low is None else row.low
                high = np.inf if row.high is None else row.high
                masks[id(row)] = (low <= sums) & (sums <= high)
            found &= masks[id(row)]
        return bool(found.any())

    return satisfiable


def _deletion_filter(
    rows: tuple[Condition, ...], satisfiable: Callable[[tuple[Condition, ...]], bool]
) -> tuple[Condition, ...]:
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
