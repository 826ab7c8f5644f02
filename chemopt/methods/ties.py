"""Ties between ensembles of equal loss go by accuracy.

Where chemistry does not tell models apart (those that are not used have none at all), the order of
the pool would decide, which says nothing. So an answer moves, by swaps that leave its loss as it
is, to more accurate members until none is left.

Not all ties are a swap away: ensembles of different sizes may have the same loss. A method then
takes one by the order of the pool, so it is given the pool in the order of names: in whatever order
the pool comes, the answer is the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from chemopt.chemistry.table import ChemistryTable
from chemopt.methods.accuracy import accuracy_rank
from chemopt.methods.local_search.neighbourhood import Neighbourhood
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_terms
from chemopt.problem.problem import ChemistryProblem


def more_accurate(problem: ChemistryProblem, models: tuple[int, ...]) -> tuple[int, ...]:
    """Return an ensemble of equal loss whose members no swap makes more accurate.

    Parameters
    ----------
    problem : ChemistryProblem
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
    >>> problem = ChemistryProblem(table, profiles=profiles)
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
    equal = ties_with(problem, models)
    while (move := neighbourhood.equal_swap(rank, equal)) is not None:
        neighbourhood.make(move)
    return tuple(int(i) for i in np.flatnonzero(neighbourhood.chosen))


def ties_with(problem: ChemistryProblem, models: Sequence[int]) -> Callable[[Sequence[int]], bool]:
    """Return a function that says whether an ensemble of this size is feasible and ties with it.

    By the definitions, and without β |X|, next to which a difference would be lost.
    """
    first = loss_terms(problem, models)

    def is_tie(swapped: Sequence[int]) -> bool:
        terms = loss_terms(problem, swapped)
        change = math.fsum(
            (terms.loss_inter, terms.loss_intra, -first.loss_inter, -first.loss_intra)
        )
        return abs(change) <= first.tie and not violations(
            problem, (problem.models[i] for i in swapped)
        )

    return is_tie


def in_order_of_names(problem: ChemistryProblem) -> ChemistryProblem:
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
