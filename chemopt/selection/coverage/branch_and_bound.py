"""chemopt's own exact solver for maximum coverage: relaxations, and branch and bound.

The local search of `chemopt.selection.coverage.swap` comes first, and the rest is in
`chemopt.selection.coverage.search`; then `chemopt.selection.coverage.ties` looks for a more
accurate ensemble of the same value. Nothing is random. Pseudo-items, with chances between 0 and 1,
are taken too.
"""

from __future__ import annotations

import math
import threading

from chemopt.execution.blas import blas_threads
from chemopt.methods.infeasibility import conflict
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.solvers import on_interrupt
from chemopt.numerics import PRUNE_TOLERANCE
from chemopt.selection.coverage.instance import instance_of_problem
from chemopt.selection.coverage.search import Search
from chemopt.selection.coverage.swap import search as local_search
from chemopt.selection.coverage.ties import TieSearch
from chemopt.selection.problem import CoverageProblem

SOLVER = "chemopt branch and bound"


def solve(problem: CoverageProblem, run: RunOptions, most_work: float = math.inf) -> MethodOutcome:
    """Find the best ensemble and prove it, as far as time allows.

    Parameters
    ----------
    problem : CoverageProblem
    run : RunOptions
    most_work : float
        Entries of the matrices of nodes that are looked at, at most; after them it stops as after
        the time limit, but at the same node on every machine.

    Examples
    --------
    >>> import numpy as np
    >>> from chemopt.outcomes.patterns import Patterns
    >>> right = np.array([[1.0, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1]])
    >>> from chemopt import Constraints
    >>> patterns = Patterns(("a", "b", "c"), right, np.ones(4), 4.0)
    >>> problem = CoverageProblem(patterns, Constraints(size=2))
    >>> outcome = solve(problem, RunOptions())
    >>> outcome.models, outcome.bound, outcome.stop_reason.value
    ((0, 2), 4.0, 'proved')
    """
    interrupted = threading.Event()
    with on_interrupt(interrupted.set), blas_threads(run.threads):
        instance = instance_of_problem(problem)
        incumbent, _ = local_search(instance, run)
        if incumbent.chosen is None:
            return conflict(problem)

        def stop() -> bool:
            return search.work > most_work or run.out_of_time or interrupted.is_set()

        search = Search(instance, incumbent, stop, run.rel_gap)
        search.run()
        bound, nodes = search.bound, search.nodes
        if search.finished:
            ties = TieSearch(instance, incumbent, stop)
            ties.run()
            nodes += ties.nodes
    if search.finished:
        within = bound <= incumbent.value * (1 + PRUNE_TOLERANCE)
        reason = StopReason.PROVED if within else StopReason.GAP_LIMIT
    else:
        limit = StopReason.STEP_LIMIT if search.work > most_work else StopReason.TIME_LIMIT
        reason = StopReason.INTERRUPTED if interrupted.is_set() else limit
    return MethodOutcome(
        instance.in_pool(incumbent.chosen),
        reason,
        SOLVER,
        bound=bound,
        claimed_loss=incumbent.value,
        progress=tuple(incumbent.history),
        nodes=nodes,
    )
