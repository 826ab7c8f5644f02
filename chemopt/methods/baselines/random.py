"""A random feasible ensemble: the baseline RANDOM of the publication (arXiv 2510.03930).

A size is drawn among those that bounds leave, then members; constraints that they break are met by
the moves that bring the ensemble nearest, as in `chemopt.methods.local_search.multi_start`. So
where constraints bind, not all feasible ensembles are equally likely.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from chemopt.methods.local_search.incumbent import End, Incumbent, random_starts
from chemopt.methods.local_search.neighbourhood import Bools, Neighbourhood
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.problem.problem import ChemistryProblem


def solve(problem: ChemistryProblem, run: RunOptions) -> MethodOutcome:
    """Draw an ensemble."""
    neighbourhood, only = Neighbourhood(problem), Incumbent(problem, run)

    def attempt(start: Bools) -> Iterator[End]:
        neighbourhood.start(start)
        if neighbourhood.repair():
            yield neighbourhood.loss, neighbourhood.chosen

    starts = random_starts(problem, np.random.default_rng(run.seed))
    # no patience: the first feasible one is the answer
    return as_baseline(only.repeat(map(attempt, starts), 0, attempt, "chemopt random"))


def as_baseline(outcome: MethodOutcome) -> MethodOutcome:
    """Say of an ensemble that it was chosen without a search."""
    if outcome.models is None or outcome.stop_reason is not StopReason.LOCAL_OPTIMUM:
        return outcome
    return replace(outcome, stop_reason=StopReason.BASELINE)
