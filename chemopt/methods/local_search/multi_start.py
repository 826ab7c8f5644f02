"""Descents from random ensembles, by one and two flips at a time.

A start has a random size and random models. Single flips (add, remove) are made as long as one
helps, the best first; where none does, the best pair of flips (a swap, or two models that come or
go together) is, and then single flips again. So each descent ends where neither one nor two flips
help, which is at least as good as what the published climber calls a local optimum. A start that
breaks a constraint is first repaired, by the flips that lower the violation most.

The search stops when `PATIENCE` starts in a row have found nothing better, or at the time limit.
With several threads the same starts are descended from, by several processes, and their ends are
looked at in the same order: without a time limit the answer is the same for any number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

import numpy as np

from chemopt.methods.local_search.incumbent import End, Incumbent, random_starts
from chemopt.methods.local_search.neighbourhood import Bools, Neighbourhood
from chemopt.methods.local_search.parallel import attempts_together
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome
from chemopt.problem.problem import ChemistryProblem

PATIENCE = 200
# Starts that a process is given at once.
_BATCH = 10


def solve(problem: ChemistryProblem, run: RunOptions) -> MethodOutcome:
    """Descend from random starts and return the best end."""
    starts = random_starts(problem, np.random.default_rng(run.seed))
    best = Incumbent(problem, run)

    def attempt(start: Bools) -> Iterator[End]:
        return next(_attempts(problem, run, [start]))

    with closing(attempts_together(_attempts, problem, run, starts, _BATCH)) as attempts:
        return best.repeat(attempts, PATIENCE, attempt, "chemopt multi-start")


def descend(neighbourhood: Neighbourhood, run: RunOptions) -> Iterator[End]:
    """Descend to a local optimum; yield it if it is feasible."""
    while neighbourhood.descend(run.out_of_time):
        pass
    if neighbourhood.violation == 0:
        yield neighbourhood.loss, neighbourhood.chosen


def _attempts(
    problem: ChemistryProblem, run: RunOptions, starts: Iterable[Bools]
) -> Iterator[Iterator[End]]:
    """Descend from some starts."""
    neighbourhood = Neighbourhood(problem)
    for start in starts:
        neighbourhood.start(start)
        yield descend(neighbourhood, run)
