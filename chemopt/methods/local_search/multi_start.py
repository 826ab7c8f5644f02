"""Descents from random ensembles, by one and two flips at a time.

A start has a random size and random models. Single flips (add, remove) are made as long as one
helps, the best first; where none does, the best pair of flips (a swap, or two models that come or
go together) is, and then single flips again. So each descent ends where neither one nor two flips
help, which is at least as good as what the published climber calls a local optimum. A start that
breaks a constraint is first repaired, by the flips that lower the violation most.

The search stops when `PATIENCE` starts in a row have found nothing better, or at the time limit.
"""

from __future__ import annotations

import numpy as np

from chemopt.methods.local_search.incumbent import Incumbent, random_starts
from chemopt.methods.local_search.neighbourhood import Bools, Neighbourhood
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import Outcome
from chemopt.problem.problem import SelectionProblem

PATIENCE = 200


def solve(problem: SelectionProblem, run: RunOptions) -> Outcome:
    """Descend from random starts and return the best end."""
    rng = np.random.default_rng(run.seed)
    neighbourhood, best = Neighbourhood(problem), Incumbent(problem, run)

    def attempt(start: Bools) -> bool:
        neighbourhood.start(start)
        return descend(neighbourhood, best, run)

    return best.repeat(attempt, PATIENCE, random_starts(problem, rng), "chemopt multi-start")


def descend(neighbourhood: Neighbourhood, best: Incumbent, run: RunOptions) -> bool:
    """Descend to a local optimum; say whether it is the best ensemble so far."""
    while neighbourhood.descend(run.out_of_time):
        pass
    return (
        neighbourhood.violation == 0
        and best.beaten_by(neighbourhood.loss)
        and best.offer(neighbourhood.chosen)
    )
