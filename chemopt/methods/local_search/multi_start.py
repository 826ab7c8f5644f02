"""Descents from random ensembles, by one and two flips at a time.

A start has a random size and random models. Single flips (add, remove) are made as long as one
helps, the best first; where none does, the best pair of flips (a swap, or two models that come or
go together) is, and then single flips again. So each descent ends where neither one nor two flips
help, which is at least as good as what the published climber calls a local optimum. A start that
breaks a condition is first brought to meet it, by the flips that lower the violation most.

It stops when `PATIENCE` starts in a row have found nothing better, or at the time limit.
"""

from __future__ import annotations

import numpy as np

from chemopt.methods.local_search.flips import Bools, Flips
from chemopt.methods.local_search.incumbent import Incumbent
from chemopt.methods.options import MethodOptions, Outcome
from chemopt.problem.problem import SelectionProblem

PATIENCE = 200


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Descend from random starts and return the best end."""
    rng = np.random.default_rng(options.seed)
    flips, best = Flips(problem), Incumbent(problem, options)

    def attempt(start: Bools) -> bool:
        flips.start(start)
        return descend(flips, best, options)

    return best.repeat(attempt, PATIENCE, rng, "chemopt multi-start")


def descend(flips: Flips, best: Incumbent, options: MethodOptions) -> bool:
    """Descend to a local optimum and tell whether it is the best ensemble so far."""
    while flips.descend(options.out_of_time):
        pass
    return flips.violation == 0 and best.beaten_by(flips.loss) and best.offer(flips.chosen)
