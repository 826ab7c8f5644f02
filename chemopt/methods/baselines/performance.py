"""Top-k by accuracy: the baseline PERFORMANCE of the publication (arXiv 2510.03930).

For each feasible size k the k most accurate models are taken, required ones first; constraints that
they break are met by the moves that bring the ensemble nearest. Of these ensembles the one of least
loss is the answer, so chemistry decides the size only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from chemopt.errors import InputError
from chemopt.methods.accuracy import accuracy_rank
from chemopt.methods.baselines.random import as_baseline
from chemopt.methods.local_search.incumbent import End, Incumbent
from chemopt.methods.local_search.neighbourhood import Bools, Ints, Neighbourhood
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome
from chemopt.problem.problem import ChemistryProblem


def solve(problem: ChemistryProblem, run: RunOptions) -> MethodOutcome:
    """Compare the most accurate models of each size.

    Raises
    ------
    InputError
        The problem has no profiles.
    """
    rank = accuracy_rank(problem)
    if rank is None:
        raise InputError(
            "method 'performance' goes by accuracy, and the problem has no profiles; give them: "
            "ChemistryProblem(table, profiles=profiles)"
        )
    neighbourhood, best = Neighbourhood(problem), Incumbent(problem, run)

    def attempt(start: Bools) -> Iterator[End]:
        neighbourhood.start(start)
        if neighbourhood.repair():
            yield neighbourhood.loss, neighbourhood.chosen

    # all sizes are gone through, however many bring nothing
    attempts = map(attempt, _starts(problem, rank))
    return as_baseline(best.repeat(attempts, math.inf, attempt, "chemopt top-k"))


def _starts(problem: ChemistryProblem, rank: Ints) -> Iterator[Bools]:
    """Yield the most accurate models of each size, the smallest first."""
    required = np.zeros(len(rank), dtype=bool)
    required[problem.positions(problem.require)] = True
    free = required.copy()
    free[problem.positions(problem.exclude)] = True
    others = np.flatnonzero(~free)
    others = others[np.argsort(rank[others])]
    for size in problem.feasible_sizes:
        chosen = required.copy()
        chosen[others[: size - len(problem.require)]] = True
        yield chosen
