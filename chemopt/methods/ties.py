"""Ties between ensembles of equal loss go by accuracy.

Where chemistry does not tell models apart (those that are not used have none at all), the order of
the pool would decide, which says nothing. So an answer moves, by swaps that leave its loss as it
is, to more accurate members until none is left.

Not all ties are a swap away: ensembles of different sizes may have the same loss. A method then
takes one by the order of the pool, so it is given the pool in the order of names: in whatever order
the pool comes, the answer is the same.
"""

from __future__ import annotations

import numpy as np

from chemopt.chemistry.table import ChemistryTable
from chemopt.methods.accuracy import accuracy_rank
from chemopt.methods.local_search.neighbourhood import Neighbourhood
from chemopt.numerics import IMPROVEMENT_TOLERANCE
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_terms
from chemopt.problem.problem import SelectionProblem


def more_accurate(problem: SelectionProblem, models: tuple[int, ...]) -> tuple[int, ...]:
    """Return an ensemble of equal loss whose members no swap makes more accurate.

    Parameters
    ----------
    problem : SelectionProblem
        Without profiles the ensemble stays as it is.
    models : tuple of int
        A feasible ensemble, by numbers in the pool.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import ChemistryTable, Profiles
    >>> profiles = Profiles.from_frame(pd.DataFrame(
    ...     {"model": ["a", "b", "c"], "quality": 5.0, "accuracy": [0.1, 0.3, 0.4]}))
    >>> table = ChemistryTable(("a", "b", "c"), [[0] * 3] * 3)
    >>> problem = SelectionProblem(table, profiles=profiles)
    >>> more_accurate(problem, (0, 1))
    (1, 2)
    """
    rank = accuracy_rank(problem)
    if rank is None:
        return models
    chosen = np.zeros(len(problem.models), dtype=bool)
    chosen[list(models)] = True
    neighbourhood = Neighbourhood(problem)
    neighbourhood.start(chosen)
    if neighbourhood.violation > 0:
        return models
    while (move := neighbourhood.equal_swap(rank)) is not None:
        neighbourhood.make(move)
    found = tuple(int(i) for i in np.flatnonzero(neighbourhood.chosen))
    # The search keeps sums up to date; here all is computed from the definitions.
    same = abs(_chemistry_loss(problem, found) - _chemistry_loss(problem, models))
    if same > IMPROVEMENT_TOLERANCE * problem.table.magnitude:
        return models
    return models if violations(problem, (problem.models[i] for i in found)) else found


def in_order_of_names(problem: SelectionProblem) -> SelectionProblem:
    """Return the problem with its pool in the order of names; itself if it is so already."""
    table = problem.table
    order = sorted(range(len(table)), key=table.models.__getitem__)
    if order == list(range(len(table))):
        return problem
    ordered = ChemistryTable(
        [table.models[k] for k in order],
        table.matrix[np.ix_(order, order)],
        table.settings,
        table.entries,
    )
    return problem.with_options(table=ordered, maximum_cut=problem.maximum_cut)


def _chemistry_loss(problem: SelectionProblem, models: tuple[int, ...]) -> float:
    """Return the loss without the size penalty, beside which a large β would hide differences."""
    terms = loss_terms(problem, models)
    return terms.loss_inter + terms.loss_intra
