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

from chemopt._version import __version__
from chemopt.methods.flips import Flips, random_start
from chemopt.methods.incumbent import Incumbent
from chemopt.methods.outcome import MethodOptions, Outcome
from chemopt.problem import SelectionProblem
from chemopt.recommendation import StopReason

PATIENCE = 200
NO_START = (
    f"none of {PATIENCE} random starts could be changed into an ensemble that meets the "
    "conditions; an exact method tells whether there is one"
)


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Descend from random starts and return the best end."""
    rng = np.random.default_rng(options.seed)
    flips, best = Flips(problem), Incumbent(problem, options)
    reason, fruitless = StopReason.LOCAL_OPTIMUM, 0
    while fruitless < PATIENCE:
        flips.start(random_start(problem, rng))
        while flips.descend(options.out_of_time):
            pass
        fruitless += 1
        if flips.violation == 0 and best.beaten_by(flips.loss) and best.offer(flips.chosen):
            fruitless = 0
        if options.out_of_time:
            reason = StopReason.TIME_LIMIT
            break
    return best.outcome(reason, "chemopt multi-start", __version__, NO_START)
