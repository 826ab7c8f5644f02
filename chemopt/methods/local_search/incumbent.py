"""The incumbent: the best ensemble of a search so far, and when it was found; restarts."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import numpy as np

from chemopt.methods.infeasibility import conflict, feasible_ensemble
from chemopt.methods.local_search.neighbourhood import Bools
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.numerics import IMPROVEMENT_TOLERANCE
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_terms
from chemopt.problem.problem import ChemistryProblem

logger = logging.getLogger(__name__)

# Where a search ended, or came by, with the loss by its own account.
End: TypeAlias = tuple[float, Bools]

START_PATIENCE = 50
_NO_START = (
    "no start could be changed into an ensemble that meets the constraints; an exact method "
    "decides whether there is one"
)


class Incumbent:
    """Keeps the best feasible ensemble offered, by its correctly rounded loss.

    Attributes
    ----------
    models : tuple of int or None
    loss : float
        Infinite as long as there is none.
    progress : list of (float, float)
        Seconds since the start and the loss, at each improvement.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> problem = ChemistryProblem(ChemistryTable(("a", "b"), [[0, 1], [1, 0]]))
    >>> best = Incumbent(problem, RunOptions())
    >>> best.offer(np.array([True, False])), best.offer(np.array([True, True])), best.loss
    (False, True, 1.5)
    """

    def __init__(self, problem: ChemistryProblem, run: RunOptions) -> None:
        self.models: tuple[int, ...] | None = None
        self.loss = math.inf
        self.progress: list[tuple[float, float]] = []
        self._problem = problem
        self._run = run

    def beaten_by(self, loss: float) -> bool:
        """Say whether a loss is lower by more than rounding."""
        if self.models is None:
            return True
        return loss < self.loss - IMPROVEMENT_TOLERANCE * max(abs(loss), abs(self.loss))

    def offer(self, chosen: Bools) -> bool:
        """Keep an ensemble if it is better and feasible; say whether it is kept.

        A search keeps sums up to date; here everything is computed from the definitions.
        """
        models = tuple(int(i) for i in np.flatnonzero(chosen))
        loss = loss_terms(self._problem, models).loss
        names = (self._problem.models[i] for i in models)
        if not self.beaten_by(loss) or violations(self._problem, names):
            return False
        self.models, self.loss = models, loss
        self.progress.append((self._run.clock.seconds, loss))
        logger.debug("incumbent of %d models, loss %.6f", len(models), loss)
        return True

    def repeat(
        self,
        attempts: Iterable[Iterable[End]],
        patience: float,
        last: Callable[[Bools], Iterable[End]],
        solver: str,
    ) -> MethodOutcome:
        """Make attempts until `patience` in a row bring no improvement, or they or time are up.

        Parameters
        ----------
        attempts : iterable of iterable of (float, ndarray of bool)
            The feasible ensembles that each attempt comes to, with their losses.
        patience : float
            As long as there is no ensemble, it is `START_PATIENCE`; a solver then looks for a
            start.
        last : callable
            Makes an attempt from that start.
        solver : str
            What to report as the solver.

        Raises
        ------
        KeyboardInterrupt
            It was interrupted before there was an ensemble.
        """
        reason, fruitless = StopReason.LOCAL_OPTIMUM, 0
        try:
            for ends in attempts:
                fruitless = 0 if self._take(ends) else fruitless + 1
                if self._run.out_of_time:
                    reason = StopReason.TIME_LIMIT
                    break
                if fruitless >= (START_PATIENCE if self.models is None else patience):
                    break
            else:
                if self._run.out_of_time:
                    reason = StopReason.TIME_LIMIT
        except KeyboardInterrupt:
            if self.models is None:
                raise
            reason = StopReason.INTERRUPTED
        if self.models is None and reason is StopReason.LOCAL_OPTIMUM:
            point = feasible_ensemble(self._problem)
            if point is None:
                return conflict(self._problem)
            start = np.zeros(len(self._problem.models), dtype=bool)
            start[list(point)] = True
            if not self._take(last(start)):
                reason = StopReason.NO_START
        found = self.models is not None
        return MethodOutcome(
            models=self.models,
            stop_reason=reason,
            solver=solver,
            claimed_loss=self.loss if found else None,
            message="" if found else _NO_START,
            progress=tuple(self.progress),
        )

    def _take(self, ends: Iterable[End]) -> bool:
        """Offer the ends of an attempt as they come; say whether any is kept."""
        found = False
        for loss, chosen in ends:
            found |= self.beaten_by(loss) and self.offer(chosen)
        return found


def random_starts(problem: ChemistryProblem, rng: np.random.Generator) -> Iterator[Bools]:
    """Yield random starts without end."""
    while True:
        yield random_start(problem, rng)


def random_start(problem: ChemistryProblem, rng: np.random.Generator) -> Bools:
    """Draw a size, and an ensemble of that size with all required and no excluded models."""
    chosen = np.zeros(len(problem.models), dtype=bool)
    chosen[problem.positions(problem.require)] = True
    fixed = {*problem.require, *problem.exclude}
    free = np.array([i for i, name in enumerate(problem.models) if name not in fixed], dtype=int)
    low, high = (bound - int(chosen.sum()) for bound in problem.size_bounds)
    low, high = max(low, 0), min(high, len(free))
    chosen[rng.permutation(free)[: rng.integers(low, high + 1)]] = True
    return chosen
